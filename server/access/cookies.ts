/** The cookie of a session (RFC 6265bis): opaque, unreadable for scripts, not sent along by other sites' writes. */
import type { Request } from 'express'

const cookieName = 'trellis_session'

/** The session's token, or null. The first of several with the name counts: the most specific path comes first. */
export function sessionCookie(request: Request): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() !== cookieName) continue
    const value = pair.slice(at + 1).trim()
    return /^[\w-]{43}$/.test(value) ? value : null
  }
  return null
}

/** `Set-Cookie` for a new session, or for none when `token` is null. */
export function setSessionCookie(
  token: string | null,
  { isSecure, maxAgeMs }: { isSecure: boolean; maxAgeMs: number },
) {
  const parts = [
    `${cookieName}=${token ?? ''}`,
    'Path=/',
    `Max-Age=${String(token === null ? 0 : Math.floor(maxAgeMs / 1000))}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
  ]
  return parts.join('; ')
}
