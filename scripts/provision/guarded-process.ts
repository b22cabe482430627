import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What `guard.mjs` is told about the child it watches. Passed on its command line: never put a secret here. */
export type GuardSpec = {
  command: string
  args: readonly string[]
  cwd?: string
  /** User and group to run as; only root may set them. */
  uid?: number
  gid?: number
  /** Signals to ask with, politest first; each gets `stopTimeoutMs`, then the process group is killed. */
  stopSignals: readonly NodeJS.Signals[]
  stopTimeoutMs: number
  /** A folder to delete once the child is gone, even when the parent died. */
  removeWhenDone?: string
}

/** How a guarded child ended. `signal` is set when a signal ended it. */
export type ProcessExit = { code: number | null; signal: string | null }

/** A running child that cannot outlive this process. */
export type GuardedProcess = {
  /** The child itself, not its watcher. */
  readonly pid: number
  readonly guardPid: number
  /** Settles when the child has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ProcessExit>
  isRunning(): boolean
  /** Stops the child (signals of the spec, then SIGKILL) and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>
}

/** Options of {@link spawnGuarded}: the spec plus what the parent keeps to itself. */
export type SpawnGuardedOptions = Omit<GuardSpec, 'stopSignals' | 'stopTimeoutMs'> & {
  /** @default ['SIGTERM'] */
  stopSignals?: readonly NodeJS.Signals[]
  /** @default 8000 */
  stopTimeoutMs?: number
  /** The child's whole environment. @default process.env */
  env?: NodeJS.ProcessEnv
  /** Append stdout and stderr to this file… */
  logFile?: string
  /** …and/or receive them line by line. With neither they are discarded. */
  onLine?: (line: string) => void
}

type GuardMessage =
  | { type: 'spawned'; pid: number }
  | { type: 'failed'; message: string }
  | ({ type: 'exited' } & ProcessExit)

const guardPath = fileURLToPath(new URL('./guard.mjs', import.meta.url))

/**
 * Starts a program under a watcher (`guard.mjs`), so that it stops when this process ends, even by kill -9.
 * A child that loses its watcher is killed too: nothing runs unwatched.
 *
 * @throws {Error} when the program cannot be started; the message names it.
 */
export async function spawnGuarded(options: SpawnGuardedOptions): Promise<GuardedProcess> {
  const { env, logFile, onLine, stopSignals = ['SIGTERM'], stopTimeoutMs = 8000, ...rest } = options
  const spec: GuardSpec = { ...rest, stopSignals, stopTimeoutMs }
  const log = logFile !== undefined && onLine === undefined ? openSync(logFile, 'a', 0o600) : undefined
  const output = onLine === undefined ? (log ?? 'ignore') : 'pipe'
  const guard = spawn(process.execPath, [guardPath, JSON.stringify(spec)], {
    env: env ?? process.env,
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  })
  if (log !== undefined) closeSync(log)
  if (onLine !== undefined) {
    for (const stream of [guard.stdout, guard.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', onLine)
    }
  }
  return watchGuard(guard, spec)
}

/** Sends a signal; false when there is no such process (any more). */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function watchGuard(guard: ChildProcess, spec: GuardSpec): Promise<GuardedProcess> {
  return new Promise((resolve, reject) => {
    let pid: number | undefined
    let exit: ProcessExit | undefined
    const exited = new Promise<ProcessExit>((settle) => {
      guard.once('exit', (code, signal) => {
        if (exit === undefined && pid !== undefined) sendSignal(-pid, 'SIGKILL')
        exit ??= { code, signal }
        settle(exit)
        reject(new Error(`"${spec.command}" ended before it had started (exit code ${String(code)}).`))
      })
    })
    guard.once('error', reject)
    guard.on('message', (message: GuardMessage) => {
      if (message.type === 'failed') reject(new Error(`Cannot start "${spec.command}": ${message.message}`))
      if (message.type === 'exited') exit = { code: message.code, signal: message.signal }
      if (message.type === 'spawned') {
        pid = message.pid
        resolve({
          pid,
          guardPid: guard.pid ?? -1,
          exited,
          isRunning: () => exit === undefined && guard.exitCode === null && guard.signalCode === null,
          stop: async () => {
            if (guard.connected) guard.send({ type: 'stop' }, () => undefined)
            await exited
          },
        })
      }
    })
  })
}
