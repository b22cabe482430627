import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnGuarded } from '../provision/guarded-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the built pages are made from. */
const sources = ['builder', 'engine', 'server/contract', 'package-lock.json']

/**
 * Builds the builder's pages when a source is newer than they are.
 *
 * @returns what was done.
 * @throws {Error} when the build fails, with its last lines.
 */
export async function buildBuilder(): Promise<'absent' | 'fresh' | 'built'> {
  if (!existsSync(join(root, 'builder', 'index.html'))) return 'absent'
  const built = join(root, 'dist', 'builder', 'index.html')
  const newest = Math.max(...sources.map((path) => newestChange(join(root, path))))
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return 'fresh'
  const lines: string[] = []
  const build = await spawnGuarded({
    command: process.execPath,
    args: [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'builder/vite.config.ts'],
    cwd: root,
    onLine: (line) => lines.push(line),
  })
  const { code } = await build.exited
  if (code !== 0) throw new Error(`The builder's pages could not be built:\n${lines.slice(-20).join('\n')}`)
  return 'built'
}

/** The latest modification below a path, in ms since 1970; 0 when there is nothing. */
function newestChange(path: string): number {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path)
    .filter((name) => name !== 'dist' && name !== 'node_modules')
    .reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), 0)
}
