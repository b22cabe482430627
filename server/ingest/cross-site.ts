/** Which websites' pages may send events: those the company has named (Fetch standard, CORS protocol). */
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { contextOf } from '../middleware/request-context.ts'
import { isFromAnotherSite } from '../middleware/same-site.ts'
import { HttpProblem } from '../problem.ts'

/** Browsers may keep the answer to their question for a day; most keep it for less. */
const preflightSeconds = 86_400

/** Answers preflights; lets requests of the named origins through and tells the browser so. */
export function allowOrigins(origins: () => Promise<readonly string[]>): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    const { origin } = request.headers
    if (origin === undefined || !isFromAnotherSite(request)) return next()
    response.vary('Origin')
    if (!(await origins()).includes(origin.toLowerCase())) {
      const message = `Pages of "${origin.slice(0, 200)}" may not send events: name the origin in the ingest settings.`
      throw new HttpProblem('ORIGIN_REFUSED', message)
    }
    response.set({ 'Access-Control-Allow-Origin': origin, 'Cross-Origin-Resource-Policy': 'cross-origin' })
    if (request.method !== 'OPTIONS') return next()
    contextOf(response).route = 'preflight'
    response
      .set({
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Allow-Headers': 'authorization, content-type, idempotency-key',
        'Access-Control-Max-Age': String(preflightSeconds),
      })
      .status(204)
      .end()
  }
}
