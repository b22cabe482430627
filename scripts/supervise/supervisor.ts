import type { GuardedProcess, ProcessExit } from '../provision/guarded-process.ts'

/** Something that has to keep running. `start` resolves once it is usable. */
export type Service = { name: string; start: () => Promise<GuardedProcess> }

/** Options of {@link createSupervisor}. */
export type SupervisorOptions = {
  say: (message: string) => void
  /** Told the process id of each service as it starts, to be remembered. */
  onStart?: (name: string, process: GuardedProcess) => void
  /** Wait before the first restart; doubles up to `maxDelayMs`. @default 1000 */
  firstDelayMs?: number
  /** @default 30000 */
  maxDelayMs?: number
  /** A service that ran this long starts over with the first delay. @default 60000 */
  healthyAfterMs?: number
}

/** Keeps services running and stops them in the reverse order of their start. */
export type Supervisor = {
  /** Starts a service, waits until it is usable, and restarts it whenever it ends. Rejects if the *first* start fails. */
  run(service: Service): Promise<GuardedProcess>
  /** Stops the last started first, each before the next. Safe to call at any time, and twice. */
  stop(): Promise<void>
  readonly isStopping: boolean
}

type Entry = { service: Service; process: GuardedProcess; watched: Promise<void> }

/** A supervisor with no services yet. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { say, firstDelayMs = 1000, maxDelayMs = 30_000, healthyAfterMs = 60_000 } = options
  const entries: Entry[] = []
  let stopped: Promise<void> | undefined
  // Settled by stop(), so that nothing waits out a back-off.
  const { promise: stopping, resolve: announceStop } = Promise.withResolvers<void>()

  const isStopping = (): boolean => stopped !== undefined

  const start = async (service: Service): Promise<GuardedProcess> => {
    const process = await service.start()
    options.onStart?.(service.name, process)
    return process
  }

  const keepRunning = async (entry: Entry): Promise<void> => {
    let delayMs = firstDelayMs
    for (;;) {
      const startedAt = Date.now()
      const exit = await entry.process.exited
      if (isStopping()) return
      if (Date.now() - startedAt >= healthyAfterMs) delayMs = firstDelayMs
      let reason = describeExit(exit)
      for (;;) {
        say(`${entry.service.name} ${reason}; restarting in ${String(delayMs / 1000)} s`)
        await Promise.race([stopping, new Promise((resolve) => setTimeout(resolve, delayMs))])
        delayMs = Math.min(delayMs * 2, maxDelayMs)
        if (isStopping()) return
        try {
          entry.process = await start(entry.service)
          if (isStopping()) return await entry.process.stop()
          break
        } catch (error) {
          reason = `could not be started (${error instanceof Error ? error.message : String(error)})`
        }
      }
      say(`${entry.service.name} runs again (process ${String(entry.process.pid)})`)
    }
  }

  const stopAll = async (): Promise<void> => {
    announceStop()
    for (const entry of entries.toReversed()) {
      await entry.process.stop()
      // A restart under way ends here too.
      await entry.watched
    }
  }

  return {
    run: async (service) => {
      if (isStopping()) throw new Error(`"${service.name}" was not started: Trellis is stopping.`)
      const entry: Entry = { service, process: await start(service), watched: Promise.resolve() }
      // stop() may have come while the service was starting, and has not seen it.
      if (isStopping()) {
        await entry.process.stop()
        throw new Error(`"${service.name}" was stopped: Trellis is stopping.`)
      }
      entries.push(entry)
      entry.watched = keepRunning(entry)
      return entry.process
    },
    stop: () => (stopped ??= stopAll()),
    get isStopping() {
      return isStopping()
    },
  }
}

function describeExit({ code, signal }: ProcessExit): string {
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`
}
