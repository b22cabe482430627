/** ELK in a web worker of its own: 460 KB that are fetched when somebody is about to tidy up, never with the page. */
import type { ElkNode } from 'elkjs/lib/elk-api'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'

interface Tidying {
  result: Promise<ElkNode>
  /** Stops at once; the result is then rejected with an AbortError. */
  cancel(): void
}

let waiting: Worker | null = null

/** Starts the worker, so that it is there when it is needed. */
export function warmTidyWorker(): void {
  waiting ??= startWorker()
}

function startWorker(): Worker {
  const worker = new Worker(workerUrl)
  worker.postMessage({ id: 0, cmd: 'register', algorithms: ['layered'] }, [])
  return worker
}

/** Lays a graph out. */
export function tidyInWorker(graph: ElkNode): Tidying {
  const worker = waiting ?? startWorker()
  waiting = null
  let abandon: (reason: Error) => void = () => {}
  const result = new Promise<ElkNode>((resolve, reject) => {
    abandon = reject
    worker.addEventListener('error', (event) => reject(new Error(event.message)))
    worker.addEventListener('message', ({ data }: MessageEvent<{ id: number; data?: ElkNode; error?: unknown }>) => {
      if (data.id !== 1) return
      // Kept for the next time: it is warm then.
      if (waiting === null) waiting = worker
      else worker.terminate()
      if (data.error === undefined && data.data !== undefined) resolve(data.data)
      else reject(new Error(`The drawing could not be tidied: ${JSON.stringify(data.error)}`))
    })
    worker.postMessage({ id: 1, cmd: 'layout', graph, layoutOptions: {}, options: {} }, [])
  })
  return {
    result,
    cancel: () => {
      worker.terminate()
      abandon(new DOMException('Tidying was stopped.', 'AbortError'))
    },
  }
}
