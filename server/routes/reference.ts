import type { RequestHandler } from 'express'
import { routes } from '../contract/routes.ts'
import { buildOpenApi } from '../contract/openapi.ts'
import { contextOf } from '../middleware/request-context.ts'
import { renderReference } from '../reference/render.ts'

export const referencePath = '/api/reference'

/** Only the style in the page itself; no scripts, no other files. */
const referencePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * The reference as one page, made from the OpenAPI document when first asked for. Written by us and not one of the known
 * viewers: those are two to four megabytes of script that want eval or inline code; this is one file and searches with
 * the browser.
 */
export function reference(version: string): RequestHandler {
  let page: string | null = null
  return (_request, response) => {
    contextOf(response).route = referencePath
    page ??= renderReference(buildOpenApi(Object.values(routes), version))
    response.set({ 'Content-Security-Policy': referencePolicy, 'Cache-Control': 'no-cache' }).type('html').send(page)
  }
}
