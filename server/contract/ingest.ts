/**
 * Events and traits as Segment's trackers send them (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/),
 * so that an existing tracker only needs another address. Answers are Segment's, with what was not taken added.
 */
import { z } from 'zod'
import { jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** Segment's limits: 32 KB a message, 500 KB a batch. */
export const maxMessageBytes = 32 * 1024
export const maxBatchBytes = 500 * 1024

/** Ids may be numbers. */
const id = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .pipe(z.string().min(1).max(200))

const instant = z.union([z.string().max(40), z.number()]).optional()
const object = z.record(z.string().max(200), jsonSchema)

/** Empty or null stands for "not known" in trackers. */
const optionalId = z.preprocess((value) => (value === null || value === '' ? undefined : value), id.optional())

const common = {
  messageId: z.string().trim().min(1).max(200).optional().describe('Unique; the same one sent again changes nothing.'),
  userId: optionalId.describe('Your id of the person: the lead’s external id.'),
  anonymousId: optionalId.describe('Your id of a browser.'),
  timestamp: instant.describe('When it happened by the sender’s clock.'),
  originalTimestamp: instant,
  sentAt: instant.describe('When it was sent by the same clock; what that clock is off is taken out.'),
  context: object.optional().describe('`campaign` and `page` are read. Never kept: `ip` and everything else.'),
  integrations: jsonSchema.optional(),
  writeKey: z.string().max(100).optional().describe('For beacons, which have no headers: the key.'),
}

const identifyMessage = z.looseObject({ ...common, traits: object.optional() })
const trackMessage = z.looseObject({
  ...common,
  event: z.string().trim().min(1).max(100),
  properties: object.nullish(),
})
const pageMessage = z.looseObject({
  ...common,
  name: z.string().max(500).nullish(),
  category: z.string().max(500).nullish(),
  properties: object.nullish(),
})
const groupMessage = z.looseObject({ ...common, groupId: id, traits: object.nullish() })
const aliasMessage = z.looseObject({ ...common, userId: id, previousId: id })

/** Any message, told apart by its type. */
export const ingestMessages = {
  identify: identifyMessage,
  track: trackMessage,
  page: pageMessage,
  group: groupMessage,
  alias: aliasMessage,
} as const
export type IngestKind = keyof typeof ingestMessages

const takenSchema = z.object({
  success: z.literal(true),
  /** What was not taken, and why; the rest was. Absent when all was. */
  rejected: z
    .array(z.object({ index: z.int(), messageId: z.string().nullable(), code: z.string(), message: z.string() }))
    .optional(),
})
export type Taken = z.infer<typeof takenSchema>

const shared = {
  method: 'POST',
  tag: 'Ingest',
  scope: 'ingest:write',
  takesPlainText: true,
  responses: { 200: takenSchema },
} as const

const example = { userId: 'crm-42', messageId: 'm-1', timestamp: '2026-11-22T09:00:00Z' }

export const ingestIdentify = defineRoute({
  ...shared,
  name: 'ingestIdentify',
  path: '/v1/identify',
  summary: 'Say who somebody is',
  description:
    'Traits fill fields by the mapping of the ingest settings. The anonymous visitor of `anonymousId` becomes this lead.',
  body: identifyMessage,
  example: { ...example, anonymousId: 'browser-7', traits: { email: 'ada@example.com', firstName: 'Ada' } },
})

export const ingestTrack = defineRoute({
  ...shared,
  name: 'ingestTrack',
  path: '/v1/track',
  summary: 'Say what somebody did',
  body: trackMessage,
  example: { ...example, event: 'downloaded', properties: { asset: 'guide' } },
})

export const ingestPage = defineRoute({
  ...shared,
  name: 'ingestPage',
  path: '/v1/page',
  summary: 'Say that somebody saw a page',
  description: 'Recorded as the event `page_viewed` with the page’s name, path, address, title and referrer.',
  body: pageMessage,
  example: { ...example, name: 'Pricing', properties: { path: '/pricing' } },
})

export const ingestGroup = defineRoute({
  ...shared,
  name: 'ingestGroup',
  path: '/v1/group',
  summary: 'Say which company somebody belongs to',
  description: '`traits.name` fills the company. Recorded as the event `group_joined`.',
  body: groupMessage,
  example: { ...example, groupId: 'acme', traits: { name: 'Acme' } },
})

export const ingestAlias = defineRoute({
  ...shared,
  name: 'ingestAlias',
  path: '/v1/alias',
  summary: 'Say that an anonymous visitor is a known person',
  description: 'Two leads that are both known are not joined: that is for a person to decide.',
  body: aliasMessage,
  example: { ...example, previousId: 'browser-7' },
})

const envelope = z.looseObject({
  batch: z.array(jsonSchema).min(1).max(2500),
  sentAt: instant,
  context: object.optional(),
  writeKey: z.string().max(100).optional(),
})

const batch = z.looseObject({
  batch: z
    .array(z.looseObject({ ...common, type: z.enum(['identify', 'track', 'page', 'screen', 'group', 'alias']) }))
    .min(1)
    .max(2500),
  sentAt: instant,
  context: object.optional(),
  writeKey: z.string().max(100).optional(),
})

export const ingestBatch = defineRoute({
  ...shared,
  name: 'ingestBatch',
  path: '/v1/batch',
  summary: 'Many messages at once',
  description: 'At most 500 KB; 32 KB a message. Each is judged alone: `rejected` names those that were not taken.',
  body: batch,
  bodyEnvelope: envelope,
  example: { batch: [{ ...example, type: 'track', event: 'downloaded' }], sentAt: '2026-11-22T09:00:01Z' },
})

export const ingestImport = defineRoute({
  ...shared,
  name: 'ingestImport',
  path: '/v1/import',
  summary: 'Many messages of the past at once',
  description: 'As `/v1/batch`, but times are taken as they are.',
  body: batch,
  bodyEnvelope: envelope,
  example: { batch: [{ ...example, type: 'track', event: 'downloaded' }] },
})

const settingsBody = z.strictObject({
  origins: z
    .array(
      z.string().regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'Write an origin, for example https://www.example.com.'),
    )
    .max(50)
    .describe('Websites whose pages may send events with a public key.'),
  traits: z
    .record(z.string().trim().min(1).max(100), z.string().trim().min(1).max(100))
    .describe(
      'Trait (`plan`, `address.city`) → key of a field. Segment’s own traits and fields of the same name need no line.',
    ),
})

const settingsSchema = settingsBody.extend({
  /** Traits that came and filled nothing; at most 200. */
  unknownTraits: z.array(z.string()),
})

export const getIngestSettings = defineRoute({
  name: 'getIngestSettings',
  method: 'GET',
  path: '/api/v1/ingest-settings',
  tag: 'Settings',
  summary: 'Which websites may send events, and which traits fill which fields',
  responses: { 200: settingsSchema },
})

export const putIngestSettings = defineRoute({
  name: 'putIngestSettings',
  method: 'PUT',
  path: '/api/v1/ingest-settings',
  tag: 'Settings',
  summary: 'Set which websites may send events, and which traits fill which fields',
  body: settingsBody,
  example: { origins: ['https://www.example.com'], traits: { jobTitle: 'title' } },
  responses: { 200: settingsSchema },
  problems: ['SETTINGS_INVALID'],
})
