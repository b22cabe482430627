/** What the server tells about the open journey: one stream, shared by all parts of the editor. */
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import {
  journeyEvents,
  journeyStreamPath,
  type JourneyEvent,
  type JourneyEventName,
} from '#server/contract/journey-stream.ts'
import { listen } from '../api/streams/streams.ts'

type Tuned = Readonly<Record<string, (data: string) => void>>

export interface JourneyStream {
  /** The newest state; undefined until the first. */
  latest: <Name extends JourneyEventName>(name: Name) => JourneyEvent<Name> | undefined
  subscribe: (listener: () => void) => () => void
  /** False while the connection is cut: what is known is the last that was told. */
  isConnected: () => boolean
  /**
   * Listens at another address that tells the same events and more, in place of a second stream. `listeners` get the data of the further events by name. Returns how to go back.
   */
  tune: (address: string, listeners: Tuned) => () => void
}

/** Opens the stream; `close` ends it. */
function openJourneyStream(journey: string): JourneyStream & { close: () => void } {
  const states = new Map<JourneyEventName, unknown>()
  const listeners = new Set<() => void>()
  let connected = false
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const own = Object.fromEntries(
    (Object.keys(journeyEvents) as JourneyEventName[]).map((name) => [
      name,
      (data: string) => {
        states.set(name, JSON.parse(data))
        tell()
      },
    ]),
  )
  const start = (address: string, more: Tuned = {}) =>
    listen(address, {
      events: { ...own, ...more },
      onState: (next) => {
        if (connected === next) return
        connected = next
        tell()
      },
    })
  let stop: (() => void) | null = start(journeyStreamPath(journey))
  let tuned = 0
  return {
    latest: <Name extends JourneyEventName>(name: Name) => states.get(name) as JourneyEvent<Name> | undefined,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isConnected: () => connected,
    tune: (address, more) => {
      if (stop === null) return () => undefined
      stop()
      stop = start(address, more)
      const mine = (tuned += 1)
      return () => {
        if (tuned !== mine || stop === null) return
        stop()
        stop = start(journeyStreamPath(journey))
      }
    },
    close: () => {
      stop?.()
      // Whoever goes back after this finds nothing to open.
      stop = null
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
