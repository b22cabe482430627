/** What proves that a form was fetched here, when, and that it is sent once: a signed token in a hidden field. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Instant } from '#engine/facts.ts'

const signatureBytes = 16
/** A form left open longer is shown again with what was typed. */
const formTokenHours = 24

export type ReadFormToken =
  | { ok: true; issuedAt: Instant; submissionId: string }
  | { ok: false; reason: 'forged' | 'expired' }

/** A token for one showing of the form: `base64url(seconds · UUID · HMAC-SHA256 cut to 16 bytes over them and the form)`. */
export function issueFormToken(secret: string, form: string, now: Instant): string {
  const body = Buffer.alloc(21)
  body.writeUIntBE(Math.floor(now / 1000), 0, 5)
  body.write(randomUUID().replaceAll('-', ''), 5, 'hex')
  return Buffer.concat([body, sign(secret, form, body)]).toString('base64url')
}

/** Never throws; compares in constant time. */
export function readFormToken(secret: string, form: string, token: string, now: Instant): ReadFormToken {
  const bytes = Buffer.from(token.slice(0, 200), 'base64url')
  if (bytes.length !== 21 + signatureBytes || bytes.toString('base64url') !== token)
    return { ok: false, reason: 'forged' }
  const body = bytes.subarray(0, 21)
  if (!timingSafeEqual(bytes.subarray(21), sign(secret, form, body))) return { ok: false, reason: 'forged' }
  const issuedAt = body.readUIntBE(0, 5) * 1000
  if (now - issuedAt > formTokenHours * 3_600_000) return { ok: false, reason: 'expired' }
  const hex = body.subarray(5).toString('hex')
  return { ok: true, issuedAt, submissionId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') }
}

function sign(secret: string, form: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`trellis-form:${form}:`).update(body).digest().subarray(0, signatureBytes)
}
