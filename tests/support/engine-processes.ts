/** Workers as processes of their own, for tests that kill them or run several. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { EngineProcessOptions } from './engine-process.ts'

export interface RunningEngine {
  process: ChildProcess
  /** SIGKILL. */
  kill(): void
}

/** Starts `engine-process.ts`; resolves when it is ready. @throws when it ends before. */
export async function startEngineProcess(options: EngineProcessOptions): Promise<RunningEngine> {
  const child = spawn(process.execPath, ['tests/support/engine-process.ts', JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = new Promise<true>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      if (data.includes('ready')) resolve(true)
    })
  })
  const isReady = await Promise.race([ready, once(child, 'exit').then(() => false)])
  if (!isReady) throw new Error(`The worker ended with ${String(child.exitCode)} before it was ready.`)
  return { process: child, kill: () => void child.kill('SIGKILL') }
}
