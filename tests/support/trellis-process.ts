import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A Trellis started as a person starts it, through the bootstrap. */
export type TrellisProcess = {
  bootstrap: ChildProcess
  /** Everything said so far, stdout and stderr. */
  output: () => string
  /** Resolves with the first line that matches; rejects when the process ends first. */
  waitFor: (pattern: RegExp) => Promise<string>
  /** Settles when it has ended, with its exit code. */
  ended: Promise<number | null>
}

/** Runs `npm start -- --no-demo` on that home and port without npm in between. */
export function startTrellis(home: string, port: number, env: NodeJS.ProcessEnv = {}): TrellisProcess {
  const bootstrap = spawn(process.execPath, ['scripts/bootstrap.mjs', 'start', '--no-demo'], {
    env: { ...process.env, TRELLIS_HOME: home, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [bootstrap.stdout, bootstrap.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | null>((resolve) => bootstrap.once('close', (code) => resolve(code)))
  return {
    bootstrap,
    ended,
    output: () => text,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = text.split('\n').find((candidate) => pattern.test(candidate))
          if (line === undefined) return
          listeners.delete(look)
          resolve(line)
        }
        listeners.add(look)
        void ended.then(() => reject(new Error(`Trellis ended before it said ${String(pattern)}:\n${text}`)))
        look()
      }),
  }
}

/** Ids and command lines of all processes that were given this TRELLIS_HOME, children of children included. */
export function findProcessesOf(home: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(join('/proc', name, 'environ'), 'utf8').split('\0')
        if (!environment.includes(`TRELLIS_HOME=${home}`)) return []
        const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8')
          .split('\0')
          .join(' ')
          .trim()
        // A zombie that its parent has not collected yet has no command line.
        return command === '' ? [] : [{ pid: Number(name), command }]
      } catch {
        return []
      }
    })
}

/** What still runs on that home when the time is over; returns as soon as nothing does. */
export async function findSurvivors(home: string, timeoutMs: number): Promise<{ pid: number; command: string }[]> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const left = findProcessesOf(home)
    if (left.length === 0 || Date.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
