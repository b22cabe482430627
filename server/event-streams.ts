/** Server-sent events: how many may be open, how they are kept alive, and when they end. */
import type { Request, Response } from 'express'
import { contextOf } from './middleware/request-context.ts'
import { HttpProblem } from './problem.ts'

/** Keeps proxies and browsers from closing an idle connection. */
const heartbeatMs = 15_000

/** A client that reads slower than this is let go; it reconnects and gets the present state. */
const maxBufferedBytes = 1024 * 1024

export interface StreamLimits {
  /** Streams of this process at once. */
  total: number
  /** Streams of one principal at once: a browser opens one or two per tab. */
  perCaller: number
  /** A stream ends after so long and is opened again, so that a revoked key or session does not go on watching. */
  lifetimeMs: number
}

const defaultStreamLimits: StreamLimits = { total: 500, perCaller: 60, lifetimeMs: 10 * 60_000 }

/** One open stream. */
interface EventStream {
  /** The text of one or more events, with the empty line at their end. */
  send: (text: string) => void
  end: () => void
  onClose: (then: () => void) => void
}

export interface EventStreams {
  /**
   * Begins a stream as the answer to a request. `route` is the template that is logged.
   * @throws {HttpProblem} STREAMS_EXHAUSTED
   */
  open(request: Request, response: Response, route: string): EventStream
}

/** All streams of a process share their limits. */
export function createEventStreams(limits: StreamLimits = defaultStreamLimits): EventStreams {
  const openByActor = new Map<string, number>()
  let total = 0

  const enter = (actor: string): void => {
    const own = openByActor.get(actor) ?? 0
    if (total >= limits.total || own >= limits.perCaller) {
      const whose = own >= limits.perCaller ? `You have ${String(own)}` : `This server has ${String(total)}`
      throw new HttpProblem('STREAMS_EXHAUSTED', `${whose} streams open, which is the most; close one, or try later.`, {
        headers: { 'Retry-After': '30' },
      })
    }
    total += 1
    openByActor.set(actor, own + 1)
  }
  const leave = (actor: string): void => {
    total -= 1
    const own = (openByActor.get(actor) ?? 1) - 1
    if (own === 0) openByActor.delete(actor)
    else openByActor.set(actor, own)
  }

  return {
    open(_request, response, route) {
      const context = contextOf(response)
      context.route = route
      const { actor } = context
      enter(actor)
      response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      response.flushHeaders()
      response.write('retry: 2000\n\n')
      const send = (text: string): void => {
        if (response.writableLength > maxBufferedBytes) response.destroy()
        else response.write(text)
      }
      const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
      // Not all at once: clients that came together do not come back together.
      const lifetime = setTimeout(() => response.end(), limits.lifetimeMs * (0.8 + Math.random() * 0.4))
      response.once('close', () => {
        clearInterval(heartbeat)
        clearTimeout(lifetime)
        leave(actor)
      })
      return { send, end: () => response.end(), onClose: (then) => void response.once('close', then) }
    },
  }
}
