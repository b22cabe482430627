/**
 * Tokens in the addresses of public pages: opaque to whoever reads them, hard to forge (RFC 8058 §6), and of use for one
 * purpose only. A token is `base64url(header · id · [expiry] · [subject] · HMAC-SHA256 cut to 16 bytes)`; the purpose is
 * part of what is signed, not of the token. Nothing is stored: the same input gives the same token, whenever it is made.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Instant } from '#engine/facts.ts'

/**
 * What a token is good for, and the first segment of its page's path. Segments are one letter, since links stand in mails
 * and under QR codes. A segment is never given to another purpose: old mails keep their links.
 */
export const linkPurposes = {
  unsubscribe: 'u',
  preferences: 'p',
  survey: 's',
  question: 'q',
  click: 'c',
  asset: 'a',
  file: 'd',
  webinar: 'w',
  form: 'f',
  confirm: 'y',
} as const
export type LinkPurpose = keyof typeof linkPurposes

/** What signs tokens. After a rotation `previous` keeps the links of old mails alive. */
export interface LinkKeys {
  /** At least 32 characters. */
  secret: string
  /** Verify, never sign; the latest first. @default [] */
  previous?: readonly string[] | undefined
}

/** Whom and what a token is about. */
export interface TokenContent {
  /** A delivery's id (links in messages), or a lead's own (links made elsewhere). */
  about: 'delivery' | 'lead'
  /** UUID. */
  id: string
  /** What it is about besides: an asset's key, a link's target. At most 2,000 bytes as UTF-8. @default '' */
  subject?: string
  /** UTC ms, kept to the second. Null: it never expires, as unsubscribing must not (CASL s. 11: 60 days at least). @default null */
  expiresAt?: Instant | null
}

export type ReadToken =
  | { ok: true; content: Required<TokenContent> }
  /** `forged`: not signed by us for this purpose, or damaged. `expired` tokens were ours. */
  | { ok: false; reason: 'forged' | 'expired' }

const version = 0x10
const isLead = 0x01
const hasExpiry = 0x02
const signatureBytes = 16
const expiryBytes = 5
const maxSubjectBytes = 2000

/** Longest token: what is longer is not looked at. */
const maxTokenLength = 4096

/** @throws {RangeError} for an id that is no UUID or a subject that is too long: faults of the caller. */
export function signToken(keys: LinkKeys, purpose: LinkPurpose, content: TokenContent): string {
  const { about, subject = '', expiresAt = null } = content
  const id = Buffer.from(content.id.replaceAll('-', ''), 'hex')
  if (id.length !== 16) throw new RangeError(`"${content.id}" is no UUID; tokens are about deliveries and leads.`)
  const text = Buffer.from(subject, 'utf8')
  if (text.length > maxSubjectBytes) {
    throw new RangeError(
      `The subject of a token has ${String(text.length)} bytes; at most ${String(maxSubjectBytes)} fit.`,
    )
  }
  const header = version | (about === 'lead' ? isLead : 0) | (expiresAt === null ? 0 : hasExpiry)
  const body = Buffer.concat([Buffer.of(header), id, expiresAt === null ? Buffer.alloc(0) : toSeconds(expiresAt), text])
  return Buffer.concat([body, sign(keys.secret, purpose, body)]).toString('base64url')
}

/** Reads a token made for this purpose. Never throws; compares in constant time. */
export function readToken(keys: LinkKeys, purpose: LinkPurpose, token: string, now: Instant): ReadToken {
  if (token.length > maxTokenLength) return { ok: false, reason: 'forged' }
  const bytes = Buffer.from(token, 'base64url')
  // The decoder forgives foreign characters and stray bits at the end; we do not: one token has one spelling.
  if (bytes.length < 1 + 16 + signatureBytes || bytes.toString('base64url') !== token) {
    return { ok: false, reason: 'forged' }
  }
  const body = bytes.subarray(0, -signatureBytes)
  const signature = bytes.subarray(-signatureBytes)
  const secrets = [keys.secret, ...(keys.previous ?? [])]
  if (!secrets.some((secret) => timingSafeEqual(signature, sign(secret, purpose, body)))) {
    return { ok: false, reason: 'forged' }
  }
  return open(body, now)
}

/** Reads what is known to be ours. */
function open(body: Buffer, now: Instant): ReadToken {
  const header = body[0] ?? 0
  const from = header & hasExpiry ? 17 + expiryBytes : 17
  if ((header & 0xf0) !== version || body.length < from) return { ok: false, reason: 'forged' }
  const expiresAt = header & hasExpiry ? body.readUIntBE(17, expiryBytes) * 1000 : null
  if (expiresAt !== null && expiresAt <= now) return { ok: false, reason: 'expired' }
  const hex = body.subarray(1, 17).toString('hex')
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const about = header & isLead ? 'lead' : 'delivery'
  return { ok: true, content: { about, id, subject: body.subarray(from).toString('utf8'), expiresAt } }
}

function sign(secret: string, purpose: LinkPurpose, body: Buffer): Buffer {
  return createHmac('sha256', secret)
    .update(`trellis-link:${purpose}:`)
    .update(body)
    .digest()
    .subarray(0, signatureBytes)
}

function toSeconds(at: Instant): Buffer {
  const buffer = Buffer.alloc(expiryBytes)
  buffer.writeUIntBE(Math.floor(at / 1000), 0, expiryBytes)
  return buffer
}
