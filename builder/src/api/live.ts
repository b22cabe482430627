/** The stream of live counts. */
import { createContext, use, useEffect, useState } from 'react'
import { liveEventName, streamPath, type Live } from '#server/contract/status.ts'
import { listen } from './streams/streams.ts'

export interface LiveState {
  /** Null until the first message. */
  live: Live | null
  /** False while the stream is cut: what is shown is the last that was known. */
  connected: boolean
}

const LiveContext = createContext<LiveState>({ live: null, connected: false })

export const LiveProvider = LiveContext.Provider

/** The latest counts and messages, from wherever the page is. */
export function useLive(): LiveState {
  return use(LiveContext)
}

/** Listens for as long as the component is shown. */
export function useLiveStream(): LiveState {
  const [state, setState] = useState<LiveState>({ live: null, connected: false })
  useEffect(
    () =>
      listen(streamPath, {
        events: { [liveEventName]: (data) => setState({ live: JSON.parse(data) as Live, connected: true }) },
        onState: (connected) =>
          setState((before) => (before.connected === connected ? before : { ...before, connected })),
      }),
    [],
  )
  return state
}
