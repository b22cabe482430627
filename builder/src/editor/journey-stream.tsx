/** What the server tells about the open journey: one connection, shared by all parts of the editor. */
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import {
  journeyEvents,
  journeyStreamPath,
  type JourneyEvent,
  type JourneyEventName,
} from '#server/contract/journey-stream.ts'

export interface JourneyStream {
  /** The newest state; undefined until the first. */
  latest: <Name extends JourneyEventName>(name: Name) => JourneyEvent<Name> | undefined
  subscribe: (listener: () => void) => () => void
  /** False while the connection is cut: what is known is the last that was told. */
  isConnected: () => boolean
  /**
   * Listens at another address that tells the same events and more, in place of a second connection: a browser has six of
   * them for all its tabs (HTTP/1.1). `listeners` get the data of the further events by name. Returns how to go back.
   */
  tune: (address: string, listeners: Readonly<Record<string, (data: string) => void>>) => () => void
}

/** A hidden tab lets its connection go after so long: a browser has six of them for all its tabs (HTTP/1.1). */
const hiddenMs = 20_000

/** Opens the stream; `close` ends it. The browser reconnects by itself. */
function openJourneyStream(journey: string): JourneyStream & { close: () => void } {
  const states = new Map<JourneyEventName, unknown>()
  const listeners = new Set<() => void>()
  let source: EventSource | null = null
  let connected = false
  let hiding: ReturnType<typeof setTimeout> | undefined
  let tuned: { address: string; listeners: Readonly<Record<string, (data: string) => void>> } | null = null
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const setConnected = (next: boolean) => {
    if (connected === next) return
    connected = next
    tell()
  }
  const open = () => {
    clearTimeout(hiding)
    if (source !== null && source.readyState !== EventSource.CLOSED) return
    source = new EventSource(tuned?.address ?? journeyStreamPath(journey))
    source.addEventListener('open', () => setConnected(true))
    source.addEventListener('error', () => setConnected(false))
    for (const name of Object.keys(journeyEvents) as JourneyEventName[]) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        states.set(name, JSON.parse(event.data))
        connected = true
        tell()
      })
    }
    for (const [name, listener] of Object.entries(tuned?.listeners ?? {})) {
      source.addEventListener(name, (event: MessageEvent<string>) => listener(event.data))
    }
  }
  const tuneTo = (next: typeof tuned) => {
    tuned = next
    source?.close()
    if (document.visibilityState === 'visible') open()
  }
  const onVisibility = () => {
    if (document.visibilityState === 'visible') open()
    else hiding = setTimeout(() => source?.close(), hiddenMs)
  }
  document.addEventListener('visibilitychange', onVisibility)
  // After a refusal (signed out, too many streams) the browser does not try again.
  const retry = setInterval(() => {
    if (document.visibilityState === 'visible') open()
  }, 15_000)
  open()
  return {
    latest: <Name extends JourneyEventName>(name: Name) => states.get(name) as JourneyEvent<Name> | undefined,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isConnected: () => connected,
    tune: (address, others) => {
      const own = { address, listeners: others }
      tuneTo(own)
      return () => {
        if (tuned === own) tuneTo(null)
      }
    },
    close: () => {
      // Whoever goes back after this finds nothing to open.
      tuned = null
      document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(hiding)
      clearInterval(retry)
      source?.close()
    },
  }
}

const nothing: JourneyStream = {
  latest: () => undefined,
  subscribe: () => () => undefined,
  isConnected: () => false,
  tune: () => () => undefined,
}
const StreamContext = createContext<JourneyStream>(nothing)

/** Listens for as long as it is shown. */
export function JourneyStreamProvider({ journey, children }: { journey: string; children: ReactNode }) {
  const [stream, setStream] = useState<JourneyStream>(nothing)
  useEffect(() => {
    const opened = openJourneyStream(journey)
    setStream(opened)
    return opened.close
  }, [journey])
  return <StreamContext value={stream}>{children}</StreamContext>
}

/** The newest state of one event; draws again when it changes. */
export function useJourneyEvent<Name extends JourneyEventName>(name: Name): JourneyEvent<Name> | undefined {
  const stream = use(StreamContext)
  return useSyncExternalStore(stream.subscribe, () => stream.latest(name))
}

/** To subscribe without drawing, as stores of marks do. */
export function useJourneyStream(): JourneyStream {
  return use(StreamContext)
}
