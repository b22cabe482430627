/** `/l/<code>`: what stands on a postcard. Leads to the page that the code stands for. */
import { Router, type Request, type Response } from 'express'
import { linkPurposes, type LinkPurpose } from '#activities/links/token.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import { findShortLink } from '#db/repositories/short-links.ts'
import type { PublicFrame } from './frame.ts'
import { PageProblem } from './problem.ts'
import { onPage } from './visit.ts'

export function shortLinkRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  router.get(
    '/l/:code',
    onPage('/l/{code}', (request, response) => follow(frame, request, response)),
  )
  return router
}

async function follow(frame: PublicFrame, request: Request, response: Response): Promise<void> {
  const link = await findShortLink(frame.db, String(request.params['code']))
  if (link === null || !isPurpose(link.purpose)) throw new PageProblem('unknown')
  const { deliveryId, purpose, subject } = link
  response.redirect(302, linkTo(frame.links, purpose, { about: 'delivery', id: deliveryId, subject }))
}

function isPurpose(purpose: string): purpose is LinkPurpose {
  return Object.hasOwn(linkPurposes, purpose)
}
