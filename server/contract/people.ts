/** People who work here and the queues they share. Signing in is another matter (access.ts). */
import { z } from 'zod'
import { calendarSchema } from '#engine/graph/schema.ts'
import { notificationKinds, queueRules, userRoles } from '#engine/vocabulary.ts'
import { givenInstantSchema, idSchema, instantSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

/** What leads (`ownerId`), tasks (`assignee`) and journeys call somebody. It never changes. */
export const personKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'Keys are lower-case letters, digits, "-" and "_", at most 63.')
const zoneSchema = z.string().refine(isZone, 'Write an IANA time zone, for example Europe/Brussels.')

/** Away from (inclusive) until (exclusive); the deputy gets what is meant for this person alone. */
const absenceSchema = z
  .strictObject({ from: givenInstantSchema, until: givenInstantSchema, deputy: personKeySchema.optional() })
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), { error: 'An absence ends after it begins.' })

const personFields = {
  name: z.string().trim().min(1).max(200),
  email: z
    .string()
    .trim()
    .max(254)
    .regex(/^[^\s@<>]+@[^\s@<>]+$/, 'Write an e-mail address.'),
  role: z.enum(userRoles),
  zone: zoneSchema.default('UTC'),
  /** Null = the hours of the queue or the journey. */
  workingHours: calendarSchema.nullable().default(null),
  /** Open tasks at most; null = no limit. */
  capacity: z.int().min(0).max(10_000).nullable().default(null),
  absences: z.array(absenceSchema).max(100).default([]),
  manager: personKeySchema.nullable().default(null),
  phone: z.string().trim().max(50).nullable().default(null),
  active: z.boolean().default(true),
  notifications: z
    .strictObject({
      email: z.boolean().default(true),
      /** Each notification is posted there, signed with the person's own secret. */
      webhookUrl: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .nullable()
        .default(null),
    })
    .prefault({}),
}
const personSchema = z.object({
  key: personKeySchema,
  ...personFields,
  /** Open tasks now, those of test leads left out. */
  openTasks: z.int(),
  /** Away now, until then; null = there. */
  awayUntil: instantSchema.nullable(),
  hasWebhookSecret: z.boolean(),
  updatedAt: instantSchema,
})
export type Person = z.infer<typeof personSchema>

const personParams = z.strictObject({ key: personKeySchema })

export const listPeople = defineRoute({
  name: 'listPeople',
  method: 'GET',
  path: '/api/v1/people',
  tag: 'People',
  summary: 'Everybody who works here, by name',
  responses: { 200: z.object({ items: z.array(personSchema) }) },
})

export const getPerson = defineRoute({
  name: 'getPerson',
  method: 'GET',
  path: '/api/v1/people/{key}',
  tag: 'People',
  summary: 'One person',
  params: personParams,
  responses: { 200: personSchema },
  problems: ['PERSON_NOT_FOUND'],
})

export const savePerson = defineRoute({
  name: 'savePerson',
  method: 'PUT',
  path: '/api/v1/people/{key}',
  tag: 'People',
  summary: 'Add a person or change one, whole',
  description:
    'People are never deleted, since history names them: set `active` to false. Tasks of somebody who leaves, or is away ' +
    'beyond their due time, go on to others within half a minute.',
  params: personParams,
  body: z.strictObject(personFields),
  responses: { 200: personSchema, 201: personSchema },
  problems: ['PERSON_INVALID'],
})

export const renewWebhookSecret = defineRoute({
  name: 'renewWebhookSecret',
  method: 'POST',
  path: '/api/v1/people/{key}/webhook-secret',
  tag: 'People',
  summary: 'A new secret for a person’s notification webhook',
  description: 'Shown once. The one before is no longer used.',
  params: personParams,
  secret: true,
  responses: { 200: z.object({ secret: z.string() }) },
  problems: ['PERSON_NOT_FOUND'],
})

const notificationSchema = z.object({
  id: idSchema,
  kind: z.enum(notificationKinds),
  subject: z.string(),
  body: z.string(),
  path: z.string(),
  at: instantSchema,
  isTest: z.boolean(),
  readAt: instantSchema.nullable(),
})

export const listNotifications = defineRoute({
  name: 'listNotifications',
  method: 'GET',
  path: '/api/v1/people/{key}/notifications',
  tag: 'People',
  summary: 'What a person was told, newest first',
  params: personParams,
  query: z.strictObject(pageQuery),
  responses: { 200: pageOf(notificationSchema) },
  problems: ['PERSON_NOT_FOUND'],
})

const queueFields = {
  name: z.string().trim().min(1).max(200),
  members: z.array(personKeySchema).max(500).default([]),
  /**
   * `round_robin`: each in turn who is there and has room; `owner_first`: the owner of the lead before that; `take`: nobody,
   * people take from the queue.
   */
  rule: z.enum(queueRules).default('round_robin'),
  /** False = nobody picks: people get the most urgent by "next". */
  choosing: z.boolean().default(true),
  /** Business hours that the deadlines of its tasks count in; null = those of the journey. */
  hours: calendarSchema.nullable().default(null),
  zone: zoneSchema.nullable().default(null),
}
const queueSchema = z.object({ key: personKeySchema, ...queueFields, updatedAt: instantSchema })
export type Queue = z.infer<typeof queueSchema>

export const listQueues = defineRoute({
  name: 'listQueues',
  method: 'GET',
  path: '/api/v1/queues',
  tag: 'People',
  summary: 'The queues tasks land in',
  responses: { 200: z.object({ items: z.array(queueSchema) }) },
})

export const saveQueue = defineRoute({
  name: 'saveQueue',
  method: 'PUT',
  path: '/api/v1/queues/{key}',
  tag: 'People',
  summary: 'Add a queue or change one, whole',
  params: personParams,
  body: z.strictObject(queueFields),
  responses: { 200: queueSchema, 201: queueSchema },
  problems: ['QUEUE_INVALID'],
})

export const removeQueue = defineRoute({
  name: 'removeQueue',
  method: 'DELETE',
  path: '/api/v1/queues/{key}',
  tag: 'People',
  summary: 'Remove a queue that holds no open task',
  params: personParams,
  responses: { 200: z.object({ removed: z.literal(true) }) },
  problems: ['QUEUE_NOT_FOUND', 'QUEUE_NOT_EMPTY'],
})

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
