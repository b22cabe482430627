/** Listens to server-sent events, sharing connections with the other tabs of the browser where it can share a worker. */
import { createHub, type Heard, type Wish } from './hub.ts'

export interface StreamListener {
  /** By name; each is given the data of the event. */
  events: Readonly<Record<string, (data: string) => void>>
  onState: (connected: boolean) => void
}

/** A hidden tab stops listening after so long. */
const hiddenMs = 20_000
const beatMs = 15_000

const listeners = new Map<number, { wish: Wish } & StreamListener>()
let last = 0
let isAway = false
let post: ((wishes: readonly Wish[]) => void) | null = null

/** Listens until the returned function is called. Connections come back by themselves. */
export function listen(address: string, listener: StreamListener): () => void {
  const id = (last += 1)
  listeners.set(id, { wish: { id, address, events: Object.keys(listener.events) }, ...listener })
  post ??= connect()
  tell()
  return () => {
    listeners.delete(id)
    tell()
  }
}

function tell(): void {
  post?.(isAway ? [] : [...listeners.values()].map(({ wish }) => wish))
}

function hear(heard: Heard): void {
  const listener = listeners.get(heard.id)
  if (listener === undefined) return
  if ('connected' in heard) listener.onState(heard.connected)
  else {
    listener.onState(true)
    listener.events[heard.name]?.(heard.data)
  }
}

function connect(): (wishes: readonly Wish[]) => void {
  const setAway = (away: boolean) => {
    if (isAway === away) return
    isAway = away
    tell()
  }
  let hiding: ReturnType<typeof setTimeout> | undefined
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding)
    if (document.visibilityState === 'visible') setAway(false)
    else hiding = setTimeout(() => setAway(true), hiddenMs)
  })
  addEventListener('pagehide', () => setAway(true))
  addEventListener('pageshow', () => setAway(false))
  return shared() ?? alone()
}

/** Null where browsers have no shared workers (Chrome on Android). */
function shared(): ((wishes: readonly Wish[]) => void) | null {
  if (typeof SharedWorker === 'undefined') return null
  try {
    const worker = new SharedWorker(new URL('worker.ts', import.meta.url), { type: 'module', name: 'trellis-streams' })
    // It could not be loaded, after an update of the server for instance.
    worker.addEventListener('error', () => {
      post = alone()
      tell()
    })
    worker.port.addEventListener('message', ({ data }: MessageEvent<Heard>) => hear(data))
    worker.port.start()
    // It forgets tabs that are silent, since it is not told when one dies.
    setInterval(tell, beatMs)
    return (wishes) => worker.port.postMessage(wishes, { transfer: [] })
  } catch {
    return null
  }
}

function alone(): (wishes: readonly Wish[]) => void {
  const hub = createHub((address) => new EventSource(address))
  setInterval(() => hub.tend(), 2000)
  return hub.join(hear)
}
