import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { homedir, platform } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { spawnGuarded } from './guarded-process.ts'

/** Newest version that `go install` can build; later ones have `replace` directives in their go.mod. */
const temporalCliVersion = 'v1.5.1'

const goModule = 'github.com/temporalio/cli/cmd/temporal'
const execute = promisify(execFile)

/** Where a Temporal program was found, and in words a person understands. */
export type TemporalBinary = { path: string; source: string; version: string }

/** Where to look and what to tell. */
export type FindTemporalOptions = {
  /** `TEMPORAL_CLI_PATH`; when set nothing else is tried. */
  cliPath: string | undefined
  /** Searched for `temporal`, as the shell does. */
  searchPath: string | undefined
  /** Keeps the downloaded or built program, so that the second start takes seconds. */
  binFolder: string
  /** Told when something slow begins or has failed. */
  onProgress?: (message: string) => void
}

/**
 * Finds the `temporal` program without changing anything: TEMPORAL_CLI_PATH, then PATH, then our own folder, then
 * Go's. Undefined when there is none.
 *
 * @throws {Error} when TEMPORAL_CLI_PATH is set to something that is not a working Temporal CLI.
 */
export async function findTemporalBinary(options: FindTemporalOptions): Promise<TemporalBinary | undefined> {
  if (options.cliPath !== undefined) {
    const version = await readVersion(options.cliPath)
    if (version !== undefined) return { path: options.cliPath, source: 'TEMPORAL_CLI_PATH', version }
    throw new Error(
      `TEMPORAL_CLI_PATH is "${options.cliPath}", which is not a working Temporal CLI ("temporal --version" fails). ` +
        'Correct the path, or unset it to let Trellis look for one itself.',
    )
  }
  const onPath = (options.searchPath ?? '').split(delimiter).map((folder) => join(folder, programName))
  const candidates = [
    ...onPath.map((path) => ({ path, source: '`temporal` on PATH' })),
    ...findOwnCopies(options.binFolder).map((path) => ({ path, source: 'the copy in TRELLIS_HOME' })),
  ]
  for (const candidate of candidates) {
    const version = await readVersion(candidate.path)
    if (version !== undefined) return { ...candidate, version }
  }
  const path = join((await findGo())?.binFolder ?? join(homedir(), 'go', 'bin'), programName)
  const version = await readVersion(path)
  return version === undefined ? undefined : { path, source: "Go's bin folder", version }
}

/**
 * Finds the `temporal` program, else gets one: by the SDK's own download, else by `go install` (about five minutes).
 *
 * @throws {Error} naming the three remedies when every way failed.
 */
export async function obtainTemporalBinary(options: FindTemporalOptions): Promise<TemporalBinary> {
  const found = await findTemporalBinary(options)
  if (found !== undefined) return found
  mkdirSync(options.binFolder, { recursive: true })

  options.onProgress?.('Downloading the Temporal dev server (about 100 MB, first start only)')
  const downloadProblem = shorten(await run(process.execPath, [downloader, options.binFolder], 10 * 60_000))
  const downloaded = await findTemporalBinary(options)
  if (downloaded !== undefined) return downloaded
  options.onProgress?.(`The download did not work: ${downloadProblem}`)

  let goProblem: string | undefined = 'Go is not installed'
  const go = await findGo()
  if (go !== undefined) {
    options.onProgress?.(`Building Temporal ${temporalCliVersion} with Go (about 5 minutes, first start only)`)
    goProblem = await run(go.program, ['install', `${goModule}@${temporalCliVersion}`], 30 * 60_000, {
      GOBIN: options.binFolder,
    })
    const built = await findTemporalBinary(options)
    if (built !== undefined) return built
  }
  throw new Error(
    `No Temporal server could be found or fetched (download: ${downloadProblem}; ` +
      `go install: ${goProblem ?? 'nothing was built'}). Do one of these, then start again:\n` +
      '  1. Install the Temporal CLI so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to it.\n' +
      '  2. Install Go (1.24 or later); Trellis then builds the CLI itself.\n' +
      '  3. Set TEMPORAL_ADDRESS to a Temporal server you run, e.g. TEMPORAL_ADDRESS=127.0.0.1:7233.',
  )
}

const programName = platform() === 'win32' ? 'temporal.exe' : 'temporal'
const downloader = fileURLToPath(new URL('./download-temporal.ts', import.meta.url))

/** The SDK names its download after itself and its version. */
function findOwnCopies(binFolder: string): string[] {
  if (!existsSync(binFolder)) return []
  return readdirSync(binFolder)
    .filter((name) => name.startsWith('temporal'))
    .map((name) => join(binFolder, name))
}

async function readVersion(path: string): Promise<string | undefined> {
  try {
    if (!statSync(path).isFile()) return undefined
    accessSync(path, constants.X_OK)
    const { stdout } = await execute(path, ['--version'], { timeout: 20_000 })
    return /Server (\d[^\s,)]*)/.exec(stdout)?.[1]
  } catch {
    return undefined
  }
}

/** Go itself, on PATH or where its installer puts it, and the folder it installs programs into. */
async function findGo(): Promise<{ program: string; binFolder: string } | undefined> {
  for (const program of ['go', '/usr/local/go/bin/go']) {
    try {
      const { stdout } = await execute(program, ['env', 'GOBIN', 'GOPATH'], { timeout: 20_000 })
      const [bin = '', path = ''] = stdout.split('\n')
      return { program, binFolder: bin === '' ? join(path.split(delimiter)[0] ?? '', 'bin') : bin }
    } catch {
      // Not there.
    }
  }
  return undefined
}

/** The SDK's words without the address it repeats twice. */
function shorten(problem: string | undefined): string {
  return (problem ?? 'no program arrived')
    .replaceAll(/( for url)? \(https?:[^)]*\)/g, '')
    .replace(/^(?:.*?error: )+/, '')
}

/** Undefined when the program succeeded, else the last line it said. It ends when we do. */
async function run(
  command: string,
  args: string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<string | undefined> {
  let last = ''
  try {
    const child = await spawnGuarded({
      command,
      args,
      env: { ...process.env, ...env },
      onLine: (line) => (last = line.trim() || last),
    })
    const timer = setTimeout(() => void child.stop(), timeoutMs)
    const { code } = await child.exited
    clearTimeout(timer)
    return code === 0 ? undefined : last || `exit code ${String(code)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
