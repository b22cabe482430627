// The one program that runs before anything is installed: `npm start`, `npm test` and the others come through here.
// It runs on Node 18 or later without any package, installs what package-lock.json lists when that is needed, finds
// Node 24 (an npm package brings it) and hands over to scripts/COMMAND.ts with node_modules/.bin first on PATH.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mendPackages } from './mend-packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const scripts = {
  start: 'start.ts',
  test: 'test.ts',
  check: 'check.ts',
  bench: 'bench.ts',
  cli: 'trellis.ts',
  'main-job': 'main-job.ts',
  'test-faults': 'test-faults.ts',
  'new-activity': 'new-activity.ts',
}

/** Everything said here goes to stderr: stdout belongs to the command, which may be asked for JSON. */
const say = (message) => process.stderr.write(`${message}\n`)

const fail = (message) => {
  say(message)
  process.exit(1)
}

/** True when a package that package-lock.json asks for is missing, or is there in another version. */
function needsInstall() {
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'))
  const wanted = readLock(join(root, 'package-lock.json'))
  if (installed === undefined || wanted === undefined) return true
  return Object.entries(wanted).some(
    ([path, entry]) => path !== '' && entry.optional !== true && installed[path]?.version !== entry.version,
  )
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Runs npm, the one that runs us if there is one. Its output goes to stderr. */
function runNpm(args, cwd) {
  const own = process.env.npm_execpath
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : [npmName(), []]
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], {
      cwd,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    })
    child.once('error', (error) => resolve({ code: 127, message: error.message }))
    child.once('exit', (code) => resolve({ code: code ?? 1, message: `exit code ${code}` }))
  })
}

const npmName = () => (process.platform === 'win32' ? 'npm.cmd' : 'npm')

async function install() {
  say('Installing packages with npm ci (a minute or two, first time only)…')
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  const progress = setInterval(() => say(`  still installing, ${seconds()} s`), 10_000)
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund']
  let { code, message } = await runNpm(['ci', ...options], root)
  if (code !== 0) {
    say(`npm ci failed (${message}); trying npm install, which completes a lock file that lacks this platform…`)
    ;({ code, message } = await runNpm(['install', '--no-save', ...options], root))
  }
  clearInterval(progress)
  if (code !== 0) {
    fail(
      `npm could not install (${message}); its words are above. Check the network and the registry, then run this again.`,
    )
  }
  say(`Packages installed in ${seconds()} s.`)
}

/** Node binaries the `node` package may have brought, wherever npm put them. */
function nodeCandidates() {
  const modules = join(root, 'node_modules')
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const platformPackages = [join(modules, 'node', 'node_modules'), modules].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((entry) => /^node-(bin-)?(linux|darwin|win)-/.test(entry))
          .map((entry) => join(folder, entry, 'bin', name))
      : [],
  )
  return [join(modules, 'node', 'bin', name), ...platformPackages].filter((path) => existsSync(path))
}

/** The version a Node binary reports as [major, minor], or undefined when it does not run here. */
function versionOf(binary) {
  const { status, stdout } = spawnSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().split('.').map(Number) : undefined
}

/** Strips types without a flag, and every dependency supports it. */
const isRecentEnough = ([major, minor]) => major >= 24 || (major === 22 && minor >= 22)

async function findNode() {
  const usable = () => nodeCandidates().find((path) => isRecentEnough(versionOf(path) ?? [0, 0]))
  const found = usable()
  if (found !== undefined) return found
  if (isRecentEnough(process.versions.node.split('.').map(Number))) return process.execPath
  // npm did not run the package's install script (--ignore-scripts, or scripts not approved): run it ourselves.
  const folder = join(root, 'node_modules', 'node')
  if (existsSync(join(folder, 'installArchSpecificPackage.js'))) {
    say('Fetching Node 24 (npm did not run the install script of the package "node")…')
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const platform = process.platform === 'win32' ? 'win' : process.platform
    const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
    await runNpm(
      ['install', '--no-save', '--no-audit', '--no-fund', `${prefix}-${platform}-${process.arch}@${version}`],
      folder,
    )
  }
  return (
    usable() ??
    fail(
      `Trellis needs Node 22.22 or later (24 is best) and this is Node ${process.versions.node}. The npm package "node" ` +
        'should have brought Node 24, but its program is missing or does not run here. Install Node 24, then run this again.',
    )
  )
}

/** Calls `onGone` when npm (or npx around it), which started us, is gone: killed, it cannot pass its end on. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const chain = findNpmChain()
  const timer = setInterval(() => {
    const isBroken = chain.some((pid, index) => index > 0 && parentOf(chain[index - 1]) !== pid)
    if (process.ppid === parent && !isBroken) return
    clearInterval(timer)
    onGone()
  }, 500)
  timer.unref()
}

/** Our process id and those above it that npm made: npm itself, the shell it runs scripts through, an npx around it. */
function findNpmChain() {
  const chain = [String(process.pid)]
  for (;;) {
    const parent = parentOf(chain.at(-1))
    if (isNpm(parent)) chain.push(parent)
    else if (isShell(parent) && isNpm(parentOf(parent))) chain.push(parent)
    else return chain
  }
}

const isNpm = (pid) => /^\d+ \(np[mx]\b/.test(readStat(pid))
const isShell = (pid) => /^\d+ \((ba|da|z|k)?sh\) /.test(readStat(pid))
const parentOf = (pid) => / \S (\d+) /.exec(readStat(pid).replace(/^.*\)/, ''))?.[1]

function readStat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

const [command, ...args] = process.argv.slice(2)
const script = scripts[command]
if (script === undefined) fail(`Unknown command "${command ?? ''}". Use one of: ${Object.keys(scripts).join(', ')}.`)
if (needsInstall()) await install()
mendPackages()
const node = await findNode()

const bin = join(root, 'node_modules', '.bin')
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, 'scripts', script), ...args], {
  // The CLI takes paths relative to where the person stands; the rest works on the source tree.
  cwd: command === 'cli' ? (process.env.INIT_CWD ?? process.cwd()) : root,
  env: { ...process.env, PATH: [dirname(node), bin, process.env.PATH ?? ''].join(delimiter) },
  // The pipe closes when we are killed, which tells the command to stop.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
const pass = (signal) => child.kill(signal)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
watchNpm(() => pass('SIGTERM'))
child.once('error', (error) => fail(`Cannot run "${node}": ${error.message}`))
child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
