import type { Request, RequestHandler, Response } from 'express'
import { liveEventName, streamPath } from '../contract/status.ts'
import type { EventStreams } from '../event-streams.ts'
import type { LiveFeed } from '../live-feed.ts'

/**
 * Server-sent events: the present state at once, then each that differs. One poller serves all clients. Each event is the
 * whole state, so nothing is lost with a connection; `Last-Event-ID` spares a client the state it already has.
 */
export function stream(feed: LiveFeed, streams: EventStreams): RequestHandler {
  return (request: Request, response: Response) => {
    const opened = streams.open(request, response, streamPath)
    const known = request.get('last-event-id')
    let isFirst = true
    const stop = feed.watch({
      onLive: (data, id) => {
        const hasIt = isFirst && id === known
        isFirst = false
        opened.send(hasIt ? ': as before\n\n' : `id: ${id}\nevent: ${liveEventName}\ndata: ${data}\n\n`)
      },
      onEnd: opened.end,
    })
    opened.onClose(stop)
  }
}
