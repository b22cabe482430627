import type { Request, RequestHandler, Response } from 'express'
import { liveEventName, streamPath } from '../contract/status.ts'
import type { LiveFeed } from '../live-feed.ts'
import { contextOf } from '../middleware/request-context.ts'
import { HttpProblem } from '../problem.ts'

/** Keeps proxies and browsers from closing an idle connection. */
const heartbeatMs = 15_000

/** A client that reads slower than this is let go; it reconnects and gets the present state. */
const maxBufferedBytes = 1024 * 1024

export interface StreamLimits {
  /** Streams of this process at once. */
  total: number
  /** Streams of one principal at once: a browser opens one per tab. */
  perCaller: number
  /** A stream ends after so long and is opened again, so that a revoked key or session does not go on watching. */
  lifetimeMs: number
}

const defaultStreamLimits: StreamLimits = { total: 500, perCaller: 60, lifetimeMs: 10 * 60_000 }

/**
 * Server-sent events: the present state at once, then each that differs. One poller serves all clients. Each event is the
 * whole state, so nothing is lost with a connection; `Last-Event-ID` spares a client the state it already has.
 */
export function stream(feed: LiveFeed, limits: StreamLimits = defaultStreamLimits): RequestHandler {
  const open = new Map<string, number>()
  let total = 0

  const enter = (actor: string): void => {
    const own = open.get(actor) ?? 0
    if (total >= limits.total || own >= limits.perCaller) {
      const whose = own >= limits.perCaller ? `You have ${String(own)}` : `This server has ${String(total)}`
      throw new HttpProblem('STREAMS_EXHAUSTED', `${whose} streams open, which is the most; close one, or try later.`, {
        headers: { 'Retry-After': '30' },
      })
    }
    total += 1
    open.set(actor, own + 1)
  }
  const leave = (actor: string): void => {
    total -= 1
    const own = (open.get(actor) ?? 1) - 1
    if (own === 0) open.delete(actor)
    else open.set(actor, own)
  }

  return (request: Request, response: Response) => {
    const context = contextOf(response)
    context.route = streamPath
    const { actor } = context
    enter(actor)
    const known = request.get('last-event-id')
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    response.flushHeaders()
    response.write('retry: 2000\n\n')
    const send = (text: string): void => {
      if (response.writableLength > maxBufferedBytes) response.destroy()
      else response.write(text)
    }
    let isFirst = true
    const stop = feed.watch({
      onLive: (data, id) => {
        const hasIt = isFirst && id === known
        isFirst = false
        send(hasIt ? ': as before\n\n' : `id: ${id}\nevent: ${liveEventName}\ndata: ${data}\n\n`)
      },
      onEnd: () => response.end(),
    })
    const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
    // Not all at once: clients that came together do not come back together.
    const lifetime = setTimeout(() => response.end(), limits.lifetimeMs * (0.8 + Math.random() * 0.4))
    response.once('close', () => {
      clearInterval(heartbeat)
      clearTimeout(lifetime)
      stop()
      leave(actor)
    })
  }
}
