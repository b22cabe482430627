/** Handlers of public pages. */
import type { Request, RequestHandler, Response } from 'express'
import { linkPurposes, type LinkPurpose } from '#activities/links/token.ts'
import { contextOf } from '../middleware/request-context.ts'
import type { PublicFrame, Visit } from './frame.ts'

/** Answers a visit; what it throws becomes a friendly page. */
export type VisitHandler = (frame: PublicFrame, visit: Visit, request: Request, response: Response) => Promise<void>

/**
 * A handler for `/<letter>/:token`: reads the token for this purpose and finds who comes. The log gets the route, never
 * the address, which holds the token.
 */
export function onVisit(
  frame: PublicFrame,
  purpose: LinkPurpose,
  handle: VisitHandler,
): RequestHandler<{ token: string }> {
  return onPage(`/${linkPurposes[purpose]}/{token}`, async (request, response) => {
    const visit = await frame.visit(purpose, String(request.params['token']))
    await handle(frame, visit, request, response)
  })
}

/** A handler for a page without a token. `route` is what the log calls it. */
export function onPage<Params>(
  route: string,
  handle: (request: Request, response: Response) => Promise<void>,
): RequestHandler<Params> {
  // Express 5 takes a promise and hands what it throws to the error handlers.
  return (request: Request<Params>, response: Response): Promise<void> => {
    contextOf(response).route = route
    return handle(request as unknown as Request, response)
  }
}
