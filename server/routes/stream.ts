import type { RequestHandler } from 'express'
import { liveEventName, streamPath } from '../contract/status.ts'
import type { LiveFeed } from '../live-feed.ts'
import { contextOf } from '../middleware/request-context.ts'

/** Keeps proxies and browsers from closing an idle connection. */
const heartbeatMs = 15_000

/** A client that reads slower than this is let go; it reconnects and gets the present state. */
const maxBufferedBytes = 1024 * 1024

/** Server-sent events: the present state at once, then each that differs. One poller serves all clients. */
export function stream(feed: LiveFeed): RequestHandler {
  return (_request, response) => {
    contextOf(response).route = streamPath
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    response.flushHeaders()
    response.write('retry: 2000\n\n')
    const send = (text: string): void => {
      if (response.writableLength > maxBufferedBytes) response.destroy()
      else response.write(text)
    }
    const stop = feed.watch({
      onLive: (live) => send(`event: ${liveEventName}\ndata: ${JSON.stringify(live)}\n\n`),
      onEnd: () => response.end(),
    })
    const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
    response.once('close', () => {
      clearInterval(heartbeat)
      stop()
    })
  }
}
