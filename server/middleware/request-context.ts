import { randomUUID } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import type { Logger } from 'pino'
import { isFromAnotherSite } from './same-site.ts'
import { nobody, type Principal } from '../principal.ts'

/** Who asks, and under which id it is logged. */
export interface RequestContext {
  /** Nobody until a route has admitted the request (server/access); never taken from what the caller claims. */
  principal: Principal
  /** Written to the audit log: the principal's. */
  actor: string
  /** Where the request came from; for rate limits, never stored. */
  address: string
  /** A browser sent it from a page of another site. */
  isFromAnotherSite: boolean
  /** Headers of the answer, whatever it will be. */
  headers: HeaderSink
  requestId: string
  log: Logger
  /** Aborted when the caller goes away before the answer is sent: work that only reads may stop. */
  gone: AbortSignal
}

/** What headers can be set on. */
export interface HeaderSink {
  set(headers: Record<string, string>): unknown
}

type LoggedContext = RequestContext & {
  /** The template of the route, known once one has matched: what is logged instead of the address. */
  route?: string
}

/** Told of each answered request, for metrics. */
export type ObserveRequest = (request: { method: string; route: string; status: number; seconds: number }) => void

/** The context of a request that went through `requestContext`. */
export function contextOf(response: Response): LoggedContext {
  return response.locals['context'] as LoggedContext
}

/**
 * Gives each request an id (answered as `X-Request-Id`) and logs it when done. Logged are the route's template, status
 * and time: never the address, the body or the caller's words, which may hold personal data.
 */
export function requestContext(logger: Logger, observe?: ObserveRequest) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = randomUUID()
    const startedAt = performance.now()
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const context: LoggedContext = {
      principal: nobody,
      actor: nobody.actor,
      address: request.ip ?? '',
      isFromAnotherSite: isFromAnotherSite(request),
      headers: response,
      requestId,
      log: logger.child({ requestId }),
      gone: gone.signal,
    }
    response.locals['context'] = context
    response.set('X-Request-Id', requestId)
    response.once('finish', () => {
      const { route = 'none' } = context
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
      const line = { method: request.method, route, status: response.statusCode, tookMs }
      observe?.({ method: request.method, route, status: response.statusCode, seconds: tookMs / 1000 })
      if (response.statusCode >= 500) context.log.warn(line, 'request')
      else context.log.debug(line, 'request')
    })
    next()
  }
}
