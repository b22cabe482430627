// `npm run check`: what CI and a contributor run before a commit, cheapest first. Every step runs, so that one run
// shows all that is wrong. The steps are the scripts of package.json, plus the tests that need no server.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }

const steps: { name: string; command: string }[] = [
  ...['format', 'lint', 'typecheck', 'boundaries', 'deadcode'].map((name) => ({
    name,
    command: scripts[name] ?? name,
  })),
  { name: 'test', command: 'vitest run --project unit --project property --project builder --project replay' },
]

function run(command: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', () => resolve(127))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

process.on('disconnect', () => process.exit(1))

const failed: string[] = []
for (const { name, command } of steps) {
  process.stdout.write(`\n> ${name}: ${command}\n`)
  const startedAt = performance.now()
  const code = await run(command)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}  ${name}  ${seconds} s\n`)
  if (code !== 0) failed.push(name)
}
process.stdout.write(failed.length === 0 ? '\nAll checks passed.\n' : `\nFailed: ${failed.join(', ')}.\n`)
process.exit(failed.length === 0 ? 0 : 1)
