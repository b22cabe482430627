/** Webhooks: telling other systems what has happened, and letting them tell us. */
import { z } from 'zod'
import { refuseReserved } from '#engine/reserved-events.ts'
import { idParams, idSchema, instantSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

/** What can be told, beside `event.<any event>`. */
const webhookTypes = [
  'lead.stage_changed',
  'lead.attention_changed',
  'lead.suppressed',
  'task.created',
  'task.closed',
  'enrollment.started',
  'enrollment.finished',
] as const

const typeSchema = z
  .string()
  .max(120)
  .regex(/^(\*|(event|lead|task|enrollment)\.(\*|[\p{L}\p{N} _.:/-]+))$/u, {
    error: `Write "*", "event.*", "event.downloaded" or one of ${webhookTypes.join(', ')}.`,
  })

const endpointUrl = z
  .url({
    protocol: /^https?$/,
    error: 'Write an address that begins with https:// (or http:// inside your own network).',
  })
  .max(2000)

const endpointFields = {
  url: endpointUrl,
  description: z.string().trim().max(500),
  /** Which occurrences are told. */
  types: z.array(typeSchema).min(1).max(100),
  /** Those of test leads, too. */
  includeTest: z.boolean(),
}

const endpointSchema = z.object({
  id: idSchema,
  ...endpointFields,
  isActive: z.boolean(),
  /** Why it is off, when no person turned it off. */
  disabledReason: z.string().nullable(),
  /** Since when nothing was accepted; null while calls are. */
  failingSince: instantSchema.nullable(),
  createdBy: z.string(),
  createdAt: instantSchema,
})
export type WebhookEndpointView = z.infer<typeof endpointSchema>

/** With the secret, which is shown this once. */
const newEndpointSchema = endpointSchema.extend({ secret: z.string() })

const callStatuses = ['queued', 'delivered', 'failed', 'cancelled'] as const
const callSchema = z.object({
  /** Sent as `webhook-id`. */
  id: idSchema,
  type: z.string(),
  leadId: idSchema.nullable(),
  status: z.enum(callStatuses),
  attempts: z.int(),
  /** When it is tried next; null when it has ended. */
  nextAt: instantSchema.nullable(),
  /** The last answer's HTTP status; null when there was none. */
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  createdAt: instantSchema,
  endedAt: instantSchema.nullable(),
})
export type WebhookCallView = z.infer<typeof callSchema>

export const listWebhooks = defineRoute({
  name: 'listWebhooks',
  method: 'GET',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  summary: 'Where webhooks go',
  responses: { 200: z.object({ items: z.array(endpointSchema) }) },
})

export const createWebhook = defineRoute({
  name: 'createWebhook',
  method: 'POST',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  secret: true,
  summary: 'Tell another system what happens',
  description:
    'Calls are signed as Standard Webhooks describes (`webhook-id`, `webhook-timestamp`, `webhook-signature`); the secret is in this answer ' +
    'and never again. Each is tried ten times over about three days until it is answered with 2xx; a repeat has the same id.',
  body: z.strictObject({
    ...endpointFields,
    description: endpointFields.description.default(''),
    includeTest: endpointFields.includeTest.default(false),
  }),
  responses: { 201: newEndpointSchema },
})

export const changeWebhook = defineRoute({
  name: 'changeWebhook',
  method: 'PATCH',
  path: '/api/v1/webhooks/{id}',
  tag: 'Webhooks',
  summary: 'Change an endpoint, or turn it on or off',
  description:
    'What was queued while it was off goes out when it is on again. Rotating makes a new secret, shown once.',
  secret: true,
  params: idParams,
  body: z.strictObject({
    ...z.object(endpointFields).partial().shape,
    isActive: z.boolean().optional(),
    rotateSecret: z.literal(true).optional(),
  }),
  responses: { 200: endpointSchema.extend({ secret: z.string().nullable() }) },
  problems: ['WEBHOOK_NOT_FOUND'],
})

export const deleteWebhook = defineRoute({
  name: 'deleteWebhook',
  method: 'DELETE',
  path: '/api/v1/webhooks/{id}',
  tag: 'Webhooks',
  summary: 'Tell it nothing any more',
  description: 'Its log goes with it.',
  params: idParams,
  responses: { 200: z.object({ deleted: z.literal(true) }) },
  problems: ['WEBHOOK_NOT_FOUND'],
})

export const pingWebhook = defineRoute({
  name: 'pingWebhook',
  method: 'POST',
  path: '/api/v1/webhooks/{id}/ping',
  tag: 'Webhooks',
  summary: 'Send a call of type "ping"',
  params: idParams,
  responses: { 202: z.object({ accepted: z.literal(true), callId: idSchema }) },
  problems: ['WEBHOOK_NOT_FOUND'],
})

export const listWebhookCalls = defineRoute({
  name: 'listWebhookCalls',
  method: 'GET',
  path: '/api/v1/webhooks/{id}/calls',
  tag: 'Webhooks',
  summary: 'The calls of an endpoint',
  description: 'Newest first; those that ended are kept for 30 days.',
  params: idParams,
  query: z.strictObject({ ...pageQuery, status: z.enum(callStatuses).optional() }),
  responses: { 200: pageOf(callSchema) },
  problems: ['WEBHOOK_NOT_FOUND'],
})

export const repeatWebhookCall = defineRoute({
  name: 'repeatWebhookCall',
  method: 'POST',
  path: '/api/v1/webhook-calls/{id}/repeat',
  tag: 'Webhooks',
  summary: 'Send a call again',
  description: 'Under the same id, with what is true now.',
  params: idParams,
  responses: { 202: z.object({ accepted: z.literal(true) }) },
  problems: ['WEBHOOK_NOT_FOUND'],
})

const pointer = z
  .string()
  .max(300)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'Write a JSON pointer such as "/data/email".')

const hookFields = {
  name: z.string().trim().min(1).max(200),
  scheme: z
    .enum(['standard', 'hmac'])
    .describe('`standard`: Standard Webhooks. `hmac`: hexadecimal HMAC-SHA256 of the body.'),
  header: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9-]{1,100}$/, 'Write the name of a header, e.g. x-hub-signature-256.')
    .optional()
    .describe('For `hmac`: the header with the signature.'),
  mapping: z.strictObject({
    event: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .describe('The event to record on the lead; none that only Trellis records (`unsubscribed`…).'),
    email: pointer.optional(),
    externalId: pointer.optional(),
    messageId: pointer.optional(),
    occurredAt: pointer.optional(),
    properties: z.record(z.string().max(100), pointer).default({}),
  }),
}

const hookSchema = z.object({
  key: z.string(),
  ...hookFields,
  header: z.string().nullable(),
  /** Where the sender posts to. */
  url: z.string(),
  isActive: z.boolean(),
  createdBy: z.string(),
  createdAt: instantSchema,
})
export type IncomingHookView = z.infer<typeof hookSchema>

export const listIncomingHooks = defineRoute({
  name: 'listIncomingHooks',
  method: 'GET',
  path: '/api/v1/incoming-webhooks',
  tag: 'Webhooks',
  summary: 'Who may tell us',
  responses: { 200: z.object({ items: z.array(hookSchema) }) },
})

export const createIncomingHook = defineRoute({
  name: 'createIncomingHook',
  method: 'POST',
  path: '/api/v1/incoming-webhooks',
  tag: 'Webhooks',
  secret: true,
  summary: 'Let another system tell what leads did',
  description:
    'Gives an address and a secret, shown once (or takes the secret the sender has made). Bodies with a wrong or old signature are refused; ' +
    'where a body names its lead and the event is told by JSON pointers.',
  body: z
    .strictObject({ ...hookFields, secret: z.string().min(16).max(200).optional() })
    .refine(({ scheme, header }) => scheme === 'standard' || header !== undefined, {
      path: ['header'],
      error: 'Name the header that carries the signature.',
    })
    .refine(({ mapping }) => refuseReserved(mapping.event) === null, {
      path: ['mapping', 'event'],
      error: ({ input }) =>
        refuseReserved((input as { mapping: { event: string } }).mapping.event) ?? 'Only Trellis records this event.',
    })
    .refine(({ mapping }) => mapping.email !== undefined || mapping.externalId !== undefined, {
      path: ['mapping'],
      error: 'Say where the lead’s email or external id is.',
    }),
  responses: { 201: hookSchema.extend({ secret: z.string() }) },
})

const hookParams = z.strictObject({ key: z.string().min(1).max(64) })

export const deleteIncomingHook = defineRoute({
  name: 'deleteIncomingHook',
  method: 'DELETE',
  path: '/api/v1/incoming-webhooks/{key}',
  tag: 'Webhooks',
  summary: 'Listen to it no more',
  params: hookParams,
  responses: { 200: z.object({ deleted: z.literal(true) }) },
  problems: ['WEBHOOK_NOT_FOUND'],
})
