/** The page's end of the worker: one check at a time, and of all that came meanwhile only the newest. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { FromWorker, Ground, ToWorker } from './protocol.ts'

export interface Checker {
  /** From now on journeys are checked against this. */
  setGround(ground: Ground): void
  /** Asks for a check; an older one that has not begun is dropped. */
  check(graph: Graph): void
  close(): void
}

export interface CheckListener {
  onChecked: (graph: Graph, issues: Issue[], ms: number) => void
  /** The newest check failed, the worker could not be loaded or died, or it could not read what is checked against. */
  onFailed: (message: string) => void
}

/** A worker that is gone stays gone: every later check fails at once, and trying again takes a new checker. */
export function openChecker({ onChecked, onFailed }: CheckListener): Checker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  let isReady = false
  let running: { id: number; graph: Graph } | null = null
  let waiting: Graph | null = null
  let count = 0
  /** Why no answer will come any more. */
  let broken: string | null = null
  const send = (message: ToWorker): void => worker.postMessage(message, [])
  const next = () => {
    if (!isReady || running !== null || waiting === null) return
    count += 1
    running = { id: count, graph: waiting }
    waiting = null
    send({ kind: 'check', ...running })
  }
  const breakDown = (message: string): void => {
    broken = message
    running = null
    waiting = null
    onFailed(message)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'failed' && data.id === null) {
      onFailed(data.message)
      return
    }
    if (running?.id !== data.id) return
    const { graph } = running
    running = null
    // What is outdated already is not shown: its newer check is on its way.
    if (waiting === null) {
      if (data.kind === 'failed') onFailed(data.message)
      else onChecked(graph, data.issues, data.ms)
    }
    next()
  })
  worker.addEventListener('error', ({ message }) =>
    // An event without a message: its script was not loaded.
    breakDown(message === undefined || message === '' ? 'The check could not be loaded.' : message),
  )
  worker.addEventListener('messageerror', () => breakDown('The check gave an answer that cannot be read.'))
  return {
    setGround: (ground) => {
      send({ kind: 'ground', ground })
      isReady = true
      next()
    },
    check: (graph) => {
      if (broken !== null) {
        onFailed(broken)
        return
      }
      waiting = graph
      next()
    },
    close: () => worker.terminate(),
  }
}
