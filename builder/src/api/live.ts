/** The stream of live counts, one connection for the whole page. */
import { createContext, use, useEffect, useState } from 'react'
import { liveEventName, streamPath, type Live } from '#server/contract/status.ts'

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

/** A hidden tab lets its connection go after so long: a browser has six of them for all its tabs (HTTP/1.1). */
const hiddenMs = 20_000

/** Opens the stream for as long as the component is shown. The browser reconnects by itself. */
export function useLiveStream(): LiveState {
  const [state, setState] = useState<LiveState>({ live: null, connected: false })
  useEffect(() => {
    let source: EventSource | null = null
    let hiding: ReturnType<typeof setTimeout> | undefined
    const open = () => {
      clearTimeout(hiding)
      if (source !== null && source.readyState !== EventSource.CLOSED) return
      source = new EventSource(streamPath)
      source.addEventListener('open', () => setState((before) => ({ ...before, connected: true })))
      source.addEventListener('error', () => setState((before) => ({ ...before, connected: false })))
      source.addEventListener(liveEventName, (event: MessageEvent<string>) => {
        setState({ live: JSON.parse(event.data) as Live, connected: true })
      })
    }
    const onVisibility = () => {
      if (document.visibilityState === 'visible') open()
      else hiding = setTimeout(() => source?.close(), hiddenMs)
    }
    document.addEventListener('visibilitychange', onVisibility)
    open()
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(hiding)
      source?.close()
    }
  }, [])
  return state
}
