/** Whether a request from a mail provider comes from who knows the secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A signature is good for this long, so that a recorded request is of no use later. */
const toleranceMs = 5 * 60_000

/**
 * Three ways, since providers differ: `Authorization: Bearer <secret>`; the secret as the password of HTTP basic
 * authentication (in the address a provider is given); or the headers of Standard Webhooks (`webhook-id`,
 * `webhook-timestamp`, `webhook-signature: v1,<base64>` over `id.timestamp.body`), at most five minutes old. All are compared
 * in constant time.
 */
export function isProved(headers: IncomingHttpHeaders, body: Buffer, secret: string, now: number): boolean {
  const { authorization } = headers
  if (authorization !== undefined) {
    const bearer = /^bearer (.+)$/i.exec(authorization)?.[1]
    if (bearer !== undefined) return isEqual(bearer.trim(), secret)
    const basic = /^basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
    const password = Buffer.from(basic ?? '', 'base64')
      .toString('utf8')
      .split(':')
      .slice(1)
      .join(':')
    return isEqual(password, secret)
  }
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  )
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1000) > toleranceMs) return false
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return signatures.split(' ').some((one) => one.startsWith('v1,') && isEqual(one.slice(3), expected))
}

function isEqual(given: string, expected: string): boolean {
  // Hashed first: equal lengths, and no hint at the secret's own.
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest()
  return given !== '' && timingSafeEqual(digest(given), digest(expected))
}
