// `node scripts/fresh-clone.ts [--npm 10]`: does what a stranger does. Clones the committed state into a temporary folder,
// runs `npm start` there with nothing installed, stops it with Ctrl-C, starts it again, kills npm with -9, and checks
// each time that nothing is left. Needs the package registry and a few minutes; run it as root and as a normal user.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findFreePort } from './provision/ports.ts'

const { values } = parseArgs({ options: { npm: { type: 'string' } } })
const root = fileURLToPath(new URL('..', import.meta.url))
const npm: [string, ...string[]] = values.npm === undefined ? ['npm'] : ['npx', '-y', `npm@${values.npm}`]
const limitMs = 15 * 60_000

const folder = mkdtempSync(join(tmpdir(), 'trellis-clone-'))
chmodSync(folder, 0o711)
const home = join(folder, 'home')
const clone = join(folder, 'trellis')
const env: NodeJS.ProcessEnv = {
  HOME: process.env['HOME'],
  // Without our own node_modules/.bin, which runs this very script.
  PATH: (process.env['PATH'] ?? '')
    .split(':')
    .filter((path) => !path.includes('node_modules'))
    .join(':'),
  TRELLIS_HOME: home,
  PORT: String(await findFreePort()),
}

let isWell = true
try {
  execFileSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' })
  report(`npm ${execFileSync(npm[0], [...npm.slice(1), '--version'], { env, encoding: 'utf8' }).trim()}`, true)
  await startAndStop('first start', (group) => process.kill(-group, 'SIGINT'))
  await startAndStop('second start', (group) => process.kill(group, 'SIGKILL'))
} catch (error) {
  report(error instanceof Error ? error.message : String(error), false)
} finally {
  for (const pid of findProcesses()) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
}
process.exit(isWell ? 0 : 1)

/** Starts Trellis in the clone until it prints its address, ends it in the given way, and waits for what is left. */
async function startAndStop(name: string, end: (processGroup: number) => void): Promise<void> {
  const startedAt = performance.now()
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1)
  // A group of its own, as a terminal gives it: a signal to the group is what Ctrl-C does.
  const child = spawn(npm[0], [...npm.slice(1), 'start', '--', '--no-demo'], { cwd: clone, env, detached: true })
  let output = ''
  const address = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limitMs)
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
      const found = /Trellis runs at (\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
  })
  if (address === undefined || child.pid === undefined) throw new Error(`${name}: no address was printed.\n${output}`)
  const health = await fetch(`${address}/health`)
  report(`${name}: ${address} after ${seconds()} s, health ${String(health.status)}`, true)
  const stoppedAt = performance.now()
  end(child.pid)
  while (findProcesses().length > 0 && performance.now() - stoppedAt < 30_000) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const left = findProcesses()
  const stoppedIn = ((performance.now() - stoppedAt) / 1000).toFixed(1)
  report(`${name}: ${String(left.length)} processes left ${stoppedIn} s after it was ended`, left.length === 0)
}

/** Every process that was given our TRELLIS_HOME. */
function findProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const isOurs = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`TRELLIS_HOME=${home}`)
        return isOurs && readFileSync(`/proc/${name}/cmdline`, 'utf8') !== ''
      } catch {
        return false
      }
    })
    .map(Number)
}

function report(message: string, ok: boolean): void {
  isWell &&= ok
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${message}\n`)
}
