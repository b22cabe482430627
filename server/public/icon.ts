/** The pages' icon: the company's initial on its colour. */
import { Router } from 'express'
import type { PublicFrame } from './frame.ts'
import { themeOf } from './theme.ts'
import { onPage } from './visit.ts'

/** Where the layout finds it. */
export function iconRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  router.get(
    '/public-icon.svg',
    onPage('/public-icon.svg', async (_request, response) => {
      const { name, accentColour } = await frame.company()
      const { accent, onAccent } = themeOf(accentColour).light
      // Letters and digits only: nothing of a name is markup.
      const initial = /[\p{L}\p{N}]/u.exec(name)?.[0]?.toUpperCase() ?? ''
      response
        .type('image/svg+xml')
        .set('Cache-Control', 'public, max-age=3600')
        .send(
          `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="${accent}"/>` +
            `<text x="32" y="44" font-family="system-ui,sans-serif" font-size="36" font-weight="700" text-anchor="middle" fill="${onAccent}">${initial}</text></svg>`,
        )
    }),
  )
  return router
}
