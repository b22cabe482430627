/** All public pages as one router, to be asked before anything that needs to know who is signed in. */
import { Router, type NextFunction, type Request, type Response } from 'express'
import { contextOf } from '../middleware/request-context.ts'
import { describe, isConnectionError } from '../middleware/problem-details.ts'
import { createPublicFrame, type PublicDependencies, type PublicFrame } from './frame.ts'
import { PageProblem, type PageProblemKind } from './problem.ts'
import { assetRoutes } from './assets.ts'
import { clickRoutes } from './clicks.ts'
import { formRoutes } from './form.ts'
import { surveyRoutes } from './survey.ts'
import { trellisScript } from './trellis-js/serve.ts'
import { preferenceRoutes } from './preferences.ts'
import { iconRoutes } from './icon.ts'
import { shortLinkRoutes } from './short-links.ts'
import { unsubscribeRoutes } from './unsubscribe.ts'
import { webinarRoutes } from './webinars.ts'

/**
 * The router. These pages take no cookies and trust no origin: the token in the address is the whole proof, so requests
 * may come from anywhere (a mail provider's server unsubscribes somebody, RFC 8058 §3.2) and under the public host's name.
 */
export function publicPages(dependencies: PublicDependencies): Router {
  const frame = createPublicFrame(dependencies)
  const router = Router({ caseSensitive: true })
  router.get('/robots.txt', (_request, response) => {
    contextOf(response).route = '/robots.txt'
    response.type('text/plain').send('User-agent: *\nDisallow: /\n')
  })
  router.use(clickRoutes(frame))
  router.use(assetRoutes(frame))
  router.use(webinarRoutes(frame))
  router.use(iconRoutes(frame))
  router.use(shortLinkRoutes(frame))
  router.use(unsubscribeRoutes(frame))
  router.use(preferenceRoutes(frame))
  router.use(surveyRoutes(frame))
  router.use(formRoutes(frame))
  router.use(trellisScript())
  // What is left of these addresses, or of their methods, is nobody's.
  router.use((request, _response, next) => {
    if (/^\/[acdflpqsuwy](\/|$)/.test(request.path)) throw new PageProblem('unknown')
    next()
  })
  router.use(pageErrors(frame))
  return router
}

/** Errors of public pages become friendly pages; what is not ours to explain is logged whole. */
function pageErrors(frame: PublicFrame) {
  return async (thrown: unknown, _request: Request, response: Response, next: NextFunction): Promise<void> => {
    const kind = kindOf(thrown)
    const { log } = contextOf(response)
    if (kind === 'fault') log.error({ err: describe(thrown) }, 'unexpected error')
    else if (kind === 'unavailable') log.warn({ err: describe(thrown) }, 'cannot answer')
    if (response.headersSent) next(thrown)
    else await frame.apologise(response, kind)
  }
}

function kindOf(thrown: unknown): PageProblemKind {
  if (thrown instanceof PageProblem) return thrown.kind
  if (!(thrown instanceof Error)) return 'fault'
  if (thrown instanceof URIError) return 'forged'
  const { status, type } = thrown as { status?: unknown; type?: unknown }
  // body-parser names the reason; busy clients hang up in the middle.
  if (typeof type === 'string' && typeof status === 'number' && status < 500) return 'unreadable'
  return isConnectionError(thrown) ? 'unavailable' : 'fault'
}
