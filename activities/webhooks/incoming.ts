/** What other systems tell: the signature is checked over the very bytes, then the body becomes an event of a lead. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import { incomingHooks, type HookMapping } from '#db/schema/webhooks.ts'
import { recordEvents } from '../events/record-events.ts'
import { signatureHeaders } from '../effects/webhook.ts'
import type { IncomingHook } from './endpoints.ts'

/** Older (or newer) timestamps are refused, as Standard Webhooks says: what was recorded on the way cannot be sent again. */
const toleranceMs = 5 * 60_000

export interface IncomingRequest {
  key: string
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  /** UTC ms. */
  now: number
  requestId: string
}

export type IncomingResult =
  | { done: true; status: 'recorded' | 'duplicate' }
  | { done: false; code: 'WEBHOOK_NOT_FOUND' | 'SIGNATURE_INVALID' | 'WEBHOOK_UNREADABLE'; message: string }

type Dependencies = Parameters<typeof recordEvents>[0]

/** Takes one call in. A repeat changes nothing. Whoever cannot sign is told no more than that. */
export async function receiveWebhook(deps: Dependencies, request: IncomingRequest): Promise<IncomingResult> {
  const { key, headers, body, now, requestId } = request
  const [hook] = await deps.db.select().from(incomingHooks).where(eq(incomingHooks.key, key))
  if (hook === undefined || !hook.isActive) {
    return { done: false, code: 'WEBHOOK_NOT_FOUND', message: 'Nobody listens at this address.' }
  }
  if (!isSigned(hook, headers, body, now)) {
    return { done: false, code: 'SIGNATURE_INVALID', message: 'The signature is missing, wrong or too old.' }
  }
  const read = readBody(hook.mapping, body)
  if ('problem' in read) return { done: false, code: 'WEBHOOK_UNREADABLE', message: read.problem }
  // Only what is signed tells a repeat: of `hmac` that is the body and nothing else.
  const signedId = hook.scheme === 'standard' ? headers['webhook-id'] : createHash('sha256').update(body).digest('hex')
  const messageId = read.messageId ?? signedId ?? requestId
  const event = {
    lead: read.lead,
    type: hook.mapping.event,
    occurredAt: read.occurredAt === null ? now : Math.min(read.occurredAt, now),
    properties: read.properties,
    dedupeKey: `hook:${key}:${messageId}`,
  }
  const [result] = await recordEvents(deps, { events: [event], actor: `hook:${hook.name}`, batchId: requestId })
  if (result === undefined || result.status === 'refused') {
    return { done: false, code: 'WEBHOOK_UNREADABLE', message: result?.message ?? 'Its lead cannot be told.' }
  }
  return { done: true, status: result.status }
}

function isSigned(
  { scheme, header, secret }: IncomingHook,
  headers: IncomingRequest['headers'],
  body: Buffer,
  now: number,
): boolean {
  if (scheme === 'hmac') {
    const given = headers[header ?? '']?.split('=').at(-1) ?? ''
    return isSame(given.toLowerCase(), createHmac('sha256', secret).update(body).digest('hex'))
  }
  const id = headers['webhook-id']
  const at = Number(headers['webhook-timestamp']) * 1000
  if (id === undefined || !Number.isFinite(at) || Math.abs(now - at) > toleranceMs) return false
  const wanted = signatureHeaders(id, body.toString('utf8'), secret, at)['webhook-signature'] ?? ''
  // Several signatures, separated by blanks, while the sender rotates its secret.
  return (headers['webhook-signature'] ?? '').split(' ').some((given) => isSame(given, wanted))
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

interface ReadBody {
  lead: { email?: string; externalId?: string }
  messageId: string | null
  occurredAt: number | null
  properties: Record<string, Json>
}

function readBody(mapping: HookMapping, body: Buffer): ReadBody | { problem: string } {
  let json: Json
  try {
    json = JSON.parse(body.toString('utf8')) as Json
  } catch {
    return { problem: 'The body is not JSON.' }
  }
  const text = (pointer: string | undefined): string | null => {
    const value = pointer === undefined ? undefined : resolvePointer(json, pointer)
    const isText = typeof value === 'string' || typeof value === 'number'
    return isText && String(value).trim() !== '' ? String(value).trim().slice(0, 254) : null
  }
  const [email, externalId] = [text(mapping.email), text(mapping.externalId)]
  if (email === null && externalId === null) {
    const places = [mapping.email, mapping.externalId].filter((place) => place !== undefined)
    return { problem: `Nothing at ${places.map((place) => `"${place}"`).join(' or ')} says whose event it is.` }
  }
  if (email !== null && !/^[^\s@]+@[^\s@]+$/.test(email)) return { problem: `"${email}" is no email address.` }
  const properties: Record<string, Json> = {}
  for (const [name, pointer] of Object.entries(mapping.properties)) {
    const value = resolvePointer(json, pointer)
    if (value !== undefined) properties[name] = value
  }
  const when = text(mapping.occurredAt)
  // Seconds since 1970 where a number is given, as most senders write it; else a date.
  const at = when === null ? NaN : /^\d{9,10}$/.test(when) ? Number(when) * 1000 : Date.parse(when)
  return {
    lead: { ...(email === null ? {} : { email }), ...(externalId === null ? {} : { externalId }) },
    messageId: text(mapping.messageId),
    occurredAt: Number.isFinite(at) && at >= 0 ? at : null,
    properties,
  }
}

/** RFC 6901; undefined where there is nothing. */
function resolvePointer(json: Json, pointer: string): Json | undefined {
  let value: Json | undefined = json
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, Json>)[name]
  }
  return value
}
