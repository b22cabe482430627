import type { NextFunction, Request, Response } from 'express'

/** For answers that are data: nothing in them may be loaded or framed. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'"

/**
 * For the page: only files of this origin, no inline scripts, no eval. Styles may be inline, since the UI kit writes
 * its theme variables into a style element; mail previews are frames of this origin, each with its own policy.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * For a mail shown as a page: `sandbox` puts it in an origin of its own without scripts, forms or pop-ups, whatever it
 * contains. Pictures may load from its sender's https addresses, as in a mail program.
 */
export const mailPolicy = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data: https:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/** The strictest headers for every answer; the page and the mail preview set their own policy over it. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set({
    'Content-Security-Policy': dataPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    'Cache-Control': 'no-store',
  })
  next()
}
