import { randomUUID } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import type { Logger } from 'pino'

/** Who asks, and under which id it is logged. */
export interface RequestContext {
  /** Written to the audit log. The local owner until sign-in exists; never taken from a header. */
  actor: string
  requestId: string
  log: Logger
}

/** The actor of every request until sign-in exists: whoever sits at this machine. */
const localOwner = 'owner'

type LoggedContext = RequestContext & {
  /** The template of the route, known once one has matched: what is logged instead of the address. */
  route?: string
}

/** The context of a request that went through `requestContext`. */
export function contextOf(response: Response): LoggedContext {
  return response.locals['context'] as LoggedContext
}

/**
 * Gives each request an id (answered as `X-Request-Id`) and logs it when done. Logged are the route's template, status
 * and time: never the address, the body or the caller's words, which may hold personal data.
 */
export function requestContext(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = randomUUID()
    const startedAt = performance.now()
    const context: LoggedContext = { actor: localOwner, requestId, log: logger.child({ requestId }) }
    response.locals['context'] = context
    response.set('X-Request-Id', requestId)
    response.once('finish', () => {
      const { route = 'none' } = context
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
      const line = { method: request.method, route, status: response.statusCode, tookMs }
      if (response.statusCode >= 500) context.log.warn(line, 'request')
      else context.log.debug(line, 'request')
    })
    next()
  }
}
