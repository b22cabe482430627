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
  onFailed: (message: string) => void
}

export function openChecker({ onChecked, onFailed }: CheckListener): Checker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  let isReady = false
  let running: { id: number; graph: Graph } | null = null
  let waiting: Graph | null = null
  let count = 0
  const send = (message: ToWorker): void => worker.postMessage(message, [])
  const next = () => {
    if (!isReady || running !== null || waiting === null) return
    count += 1
    running = { id: count, graph: waiting }
    waiting = null
    send({ kind: 'check', ...running })
  }
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (running?.id !== data.id) return
    const { graph } = running
    running = null
    if (data.kind === 'failed') onFailed(data.message)
    // What is outdated already is not shown: its newer check is on its way.
    else if (waiting === null) onChecked(graph, data.issues, data.ms)
    next()
  })
  worker.addEventListener('error', ({ message }) => {
    running = null
    onFailed(message === '' ? 'The check could not be loaded.' : message)
  })
  return {
    setGround: (ground) => {
      send({ kind: 'ground', ground })
      isReady = true
      next()
    },
    check: (graph) => {
      waiting = graph
      next()
    },
    close: () => worker.terminate(),
  }
}
