/** A message of a tracker → what it says in our words. */
import { createHash, randomUUID } from 'node:crypto'
import type { IngestMessage } from '#activities/ingest/ingest-messages.ts'
import { mapTraits } from '#activities/ingest/map-traits.ts'
import type { IngestSettings } from '#activities/ingest/settings.ts'
import type { Json } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { refuseReserved } from '#engine/reserved-events.ts'
import { cleanText } from '#engine/text.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import { ingestMessages, maxMessageBytes, type IngestKind } from '../contract/ingest.ts'

export interface ReadOptions {
  /** UTC ms: when it arrived here. */
  now: number
  isPublic: boolean
  /** False for history: times are taken as they are. */
  corrects: boolean
  /** Of the batch, for messages that do not say it themselves. */
  sentAt: unknown
  settings: IngestSettings
  library: Library
}

export type ReadMessage =
  | { ok: true; messageId: string | null; message: IngestMessage; unknownTraits: string[] }
  | { ok: false; messageId: string | null; code: string; message: string }

/**
 * What anybody who reads the key of a website could claim of anybody, and what journeys and calls end by or people act on
 * at once: a website does not report it of its own accord.
 */
const notForWebsites: ReadonlySet<string> = new Set([
  builtInEvents.purchased,
  builtInEvents.replied,
  builtInEvents.registered,
])

/** What is kept of a page view. */
const pageProperties = ['name', 'category', 'path', 'url', 'title', 'referrer', 'search'] as const

export function readMessage(kind: IngestKind, given: unknown, options: ReadOptions): ReadMessage {
  const messageId = givenId(given)
  const refuse = (code: string, message: string): ReadMessage => ({ ok: false, messageId, code, message })
  if (Buffer.byteLength(JSON.stringify(given) ?? '') > maxMessageBytes) {
    return refuse(
      'MESSAGE_TOO_LARGE',
      `The message has more than ${String(maxMessageBytes / 1024)} KB; send less in it.`,
    )
  }
  const parsed = ingestMessages[kind].safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refuse('MESSAGE_INVALID', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const data: Readonly<Record<string, unknown>> = parsed.data
  const { userId, anonymousId } = parsed.data
  const traits = kind === 'identify' ? toObject(data['traits']) : {}
  const { fields, unknown } = mapTraits(traits, options.settings.traits, options.library)
  const email = typeof fields['email'] === 'string' ? fields['email'].trim() : undefined
  const isEmail = email !== undefined && email.length >= 3 && email.length <= 254 && email.includes('@')
  const previousId = kind === 'alias' ? String(data['previousId']) : undefined
  const names = {
    externalId: userId,
    email: isEmail ? email : undefined,
    anonymousId: previousId ?? anonymousId,
  }
  if (Object.values(names).every((name) => name === undefined)) {
    return refuse('NOBODY_NAMED', 'Say whose it is: userId or anonymousId.')
  }
  if (kind === 'group') {
    const { name } = toObject(data['traits'])
    if (typeof name === 'string' && name.trim() !== '') fields['company'] = name.trim().slice(0, 500)
  }
  const at = occurredAt(data, options)
  if (at === null) return refuse('TIME_INVALID', 'timestamp and sentAt are instants such as 2026-11-22T09:00:00Z.')
  const happened = describeEvent(kind, data)
  const reserved = happened === null ? null : refuseReserved(happened.type)
  if (reserved !== null) return refuse('EVENT_RESERVED', reserved)
  if (happened !== null && options.isPublic && notForWebsites.has(cleanText(happened.type).trim())) {
    const message = `A website cannot report "${happened.type}": send it from your server, with a secret key.`
    return refuse('EVENT_RESERVED', message)
  }
  const dedupeKey = `${options.isPublic ? 'web' : 'segment'}:${messageId ?? repeatKey(data, options.sentAt)}`
  const event = happened === null ? null : { ...happened, dedupeKey, occurredAt: at }
  return { ok: true, messageId, message: { names, fields, event }, unknownTraits: unknown }
}

function describeEvent(kind: IngestKind, data: Readonly<Record<string, unknown>>) {
  const properties = toObject(data['properties']) as Record<string, Json>
  const { campaign } = toObject(data['context'])
  const source = campaign === undefined ? {} : { campaign: campaign as Json }
  if (kind === 'track') return { type: String(data['event']), properties: { ...source, ...properties } }
  if (kind === 'page') {
    const page = { ...toObject(toObject(data['context'])['page']), ...properties, ...pick(data, ['name', 'category']) }
    return { type: 'page_viewed', properties: { ...source, ...pick(page, pageProperties) } }
  }
  if (kind === 'group') return { type: 'group_joined', properties: { group: String(data['groupId']) } }
  return null
}

/** Segment's correction: what the sender's clock is off shows in `sentAt`, which was just now. */
function occurredAt(data: Readonly<Record<string, unknown>>, { now, corrects, sentAt }: ReadOptions): number | null {
  const given = data['originalTimestamp'] ?? data['timestamp']
  if (given === undefined) return now
  const [at, sent] = [toInstant(given), toInstant(data['sentAt'] ?? sentAt)]
  if (Number.isNaN(at) || at < 0) return null
  return corrects && !Number.isNaN(sent) ? Math.max(0, now - Math.max(0, sent - at)) : at
}

function toInstant(value: unknown): number {
  if (typeof value === 'number') return value < 1e11 ? value * 1000 : value
  return typeof value === 'string' ? Date.parse(value) : Number.NaN
}

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, Json> {
  return Object.fromEntries(
    keys.flatMap((key) => (typeof from[key] === 'string' ? [[key, from[key].slice(0, 2000)]] : [])),
  )
}

function toObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function givenId(given: unknown): string | null {
  const { messageId } = toObject(given)
  return typeof messageId === 'string' && messageId.trim() !== '' ? messageId.trim().slice(0, 200) : null
}

/**
 * A message without an id is known by what it says, its time included: sent again as it was, it is a repeat. Without a
 * time either, the same words next week are another event, so each arrival counts.
 */
function repeatKey(data: Readonly<Record<string, unknown>>, batchSentAt: unknown): string {
  const sentAt = data['sentAt'] ?? batchSentAt
  if ((data['timestamp'] ?? data['originalTimestamp'] ?? sentAt) === undefined) return randomUUID()
  const said = Object.entries(data).filter(([name]) => !['sentAt', 'writeKey', 'context'].includes(name))
  // When it was sent tells two apart only where nothing says when it happened: a retry is sent later.
  if ((data['timestamp'] ?? data['originalTimestamp']) === undefined) said.push(['sentAt', sentAt])
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}
