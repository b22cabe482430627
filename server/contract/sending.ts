/** What keeps messages in and lets them out: live sending, the allow-list, the hold, stops. */
import { z } from 'zod'
import { sendingLimitsSchema } from '#engine/sending-limits.ts'
import { channels } from '#engine/vocabulary.ts'
import { instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const mailCountsSchema = z.object({
  accepted: z.int(),
  refused: z.int(),
  hardBounces: z.int(),
  softBounces: z.int(),
  complaints: z.int(),
})

const sendingStopSchema = z.object({
  kind: z.enum(['channel', 'journey']),
  /** The channel, or the id of the journey. */
  subject: z.string(),
  /** The key of the journey; null for a channel. */
  journey: z.string().nullable(),
  name: z.string(),
  reason: z.string(),
  /** `system` when the circuit breaker did it. */
  actor: z.string(),
  since: instantSchema,
  /** What happened to the journey's mails in the window; null for a channel. */
  counts: mailCountsSchema.nullable(),
})

const sendingSchema = z.object({
  /** Off: mail goes to the built-in mailbox, but to who is on the allow-list. */
  liveSending: z.boolean(),
  hold: z.boolean(),
  holdReason: z.string().nullable(),
  /** Addresses and domains. */
  allowList: z.array(z.string()),
  /** Whether anybody is named as the sender. */
  hasSender: z.boolean(),
  /** Channels with a provider that reaches real people. */
  providers: z.array(
    z.object({
      channel: z.enum(channels),
      /** Since when it cannot be reached; null while it can. */
      down: z.object({ since: instantSchema, reason: z.string() }).nullable(),
    }),
  ),
  stops: z.array(sendingStopSchema),
  limits: sendingLimitsSchema,
})
export type Sending = z.infer<typeof sendingSchema>

const reason = z.string().trim().min(1).max(500).describe('Why, in your words; kept in the audit log.')
const entries = z.array(z.string().trim().min(1).max(320)).max(1000).default([])

export const getSending = defineRoute({
  name: 'getSending',
  method: 'GET',
  path: '/api/v1/company/sending',
  tag: 'Sending',
  summary: 'What keeps messages in',
  responses: { 200: sendingSchema },
})

export const setLiveSending = defineRoute({
  name: 'setLiveSending',
  method: 'POST',
  path: '/api/v1/company/sending/live',
  tag: 'Sending',
  summary: 'Turn live sending on or off',
  description: 'Off binds at once: no further call to the provider begins, but to who is on the allow-list.',
  body: z.strictObject({ on: z.boolean() }),
  example: { on: false },
  responses: { 200: sendingSchema },
  problems: ['SENDING_IMPOSSIBLE'],
})

export const setCompanyHold = defineRoute({
  name: 'setCompanyHold',
  method: 'POST',
  path: '/api/v1/company/sending/hold',
  tag: 'Sending',
  summary: 'Hold or release everything that would go out to real leads',
  body: z.strictObject({ on: z.boolean(), reason }),
  example: { on: true, reason: 'Checking the new list first' },
  responses: { 200: sendingSchema },
})

export const changeAllowList = defineRoute({
  name: 'changeAllowList',
  method: 'POST',
  path: '/api/v1/company/sending/allow-list',
  tag: 'Sending',
  summary: 'Change whom real mail reaches while live sending is off',
  body: z.strictObject({ add: entries, remove: entries }),
  example: { add: ['anna@example.org', 'example.com'] },
  responses: { 200: sendingSchema },
  problems: ['ALLOW_LIST_ENTRY_INVALID'],
})

export const changeSendingStop = defineRoute({
  name: 'changeSendingStop',
  method: 'POST',
  path: '/api/v1/company/sending/stops',
  tag: 'Sending',
  summary: 'Stop the messages of a channel or a journey, or let them go again',
  description:
    'Only messages to real leads; what is queued stays queued. The circuit breaker stops journeys whose mail comes back; ' +
    'letting one go again begins its counts anew.',
  body: z.strictObject({
    kind: z.enum(['channel', 'journey']),
    subject: z.string().min(1).max(100).describe('The channel, or the key or id of the journey.'),
    stopped: z.boolean(),
    reason,
  }),
  example: { kind: 'channel', subject: 'email', stopped: true, reason: 'Wrong price in the newsletter' },
  responses: { 200: sendingSchema },
  problems: ['JOURNEY_NOT_FOUND', 'CHANNEL_UNKNOWN'],
})
