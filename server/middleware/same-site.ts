import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { HttpProblem } from '../problem.ts'

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Where websites may send events from visitors' browsers; server/ingest/cross-site.ts says which. */
export const crossSitePath = '/v1/'

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * Keeps other websites out. A page anywhere can make a browser call this server with the cookies it has for it, or on
 * this machine call 127.0.0.1, either openly (its Origin differs) or by pointing its own name here (DNS rebinding: the
 * Host differs). Bound to loopback, the Host must be a name of loopback or the public one; writes must come from our own
 * page or from no page at all.
 */
export function requireSameSite(options: { boundTo: string; publicUrl?: string | undefined }): RequestHandler {
  const checkHost = isLoopback(options.boundTo)
  const publicHost = options.publicUrl === undefined ? null : hostOf(options.publicUrl)
  return (request: Request, _response: Response, next: NextFunction) => {
    const host = request.headers.host ?? ''
    const name = host.replace(/:\d+$/, '').toLowerCase()
    if (checkHost && !loopbackNames.has(name) && !isLoopback(name) && host.toLowerCase() !== publicHost) {
      throw new HttpProblem(
        'HOST_REFUSED',
        `The host name "${host}" is not a name of this machine; open Trellis as http://localhost or http://127.0.0.1.`,
      )
    }
    if (!safeMethods.has(request.method) && !request.path.startsWith(crossSitePath)) requireOwnPage(request, host)
    next()
  }
}

function requireOwnPage(request: Request, host: string): void {
  const { origin } = request.headers
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) {
    throw new HttpProblem('ORIGIN_REFUSED', `Pages of "${origin}" may not change anything here.`)
  }
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new HttpProblem('ORIGIN_REFUSED', 'Pages of other sites may not change anything here.')
  }
}

/** True when a browser sent the request from a page of another site. */
export function isFromAnotherSite(request: Request): boolean {
  const { origin, host = '' } = request.headers
  return origin !== undefined && hostOf(origin) !== host.toLowerCase()
}

/** `http://localhost:3000` → `localhost:3000`; null for `null` and anything that is not an origin. */
function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host ?? null
}
