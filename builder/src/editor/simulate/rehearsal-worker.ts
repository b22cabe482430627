/** The page's end of the worker: each question has one answer. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Compiled, FromWorker, Ground, ToWorker } from './protocol.ts'

type Question = Extract<ToWorker, { id: number }>
type Answer = Extract<FromWorker, { id: number }>
/** A question without its number, which is given here. */
type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never

export interface RehearsalWorker {
  setGround(ground: Ground): void
  setGraph(graph: Graph): void
  /** Rejects when it cannot be played. */
  ask(question: Asked): Promise<Exclude<Answer, { kind: 'failed' }>>
  close(): void
}

export interface RehearsalListener {
  onCompiled: (compiled: Compiled | null, problems: number) => void
  /** The worker could not be loaded, died, or could not read the journey; what was asked is rejected. */
  onFailed: (message: string) => void
}

export function openRehearsalWorker({ onCompiled, onFailed }: RehearsalListener): RehearsalWorker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>()
  let count = 0
  /** Why no answer will come any more. */
  let broken: Error | null = null
  const rejectAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const breakDown = (message: string): void => {
    broken = new Error(message)
    rejectAll(broken)
    onFailed(message)
  }
  const send = (message: ToWorker): void => worker.postMessage(message, [])
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'compiled') {
      onCompiled(data.compiled, data.problems)
      return
    }
    if (data.kind === 'failed' && data.id === null) {
      onFailed(data.message)
      return
    }
    const asked = data.id === null ? undefined : waiting.get(data.id)
    if (data.id !== null) waiting.delete(data.id)
    if (data.kind === 'failed') asked?.reject(new Error(data.message))
    else asked?.resolve(data as never)
  })
  worker.addEventListener('error', ({ message }) =>
    // An event without a message: its script was not loaded.
    breakDown(message === undefined || message === '' ? 'The rehearsal could not be loaded.' : message),
  )
  worker.addEventListener('messageerror', () => breakDown('The rehearsal gave an answer that cannot be read.'))
  return {
    setGround: (ground) => send({ kind: 'ground', ground }),
    setGraph: (graph) => send({ kind: 'graph', graph }),
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (broken !== null) {
          reject(broken)
          return
        }
        count += 1
        waiting.set(count, { resolve, reject })
        send({ ...question, id: count })
      }),
    close: () => {
      worker.terminate()
      rejectAll(new Error('The rehearsal was left.'))
    },
  }
}
