/** What people did to one journey, as the audit log has it: for everybody who may read the journey. */
import { z } from 'zod'
import { idSchema, instantSchema, leadNameSchema, pageOf, pageQuery, stepNameSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

/** Who: a person, a key, Trellis, or whoever sits at this machine. */
const bySchema = z.object({
  /** As in the audit log: `owner`, `user:<key>`, `key:<prefix>`. */
  actor: z.string(),
  name: z.string(),
})

const base = {
  /** Of the newest line it is made of. */
  id: z.string(),
  at: instantSchema,
  by: bySchema,
}

/** `name` is null where its author gave it none. */
const touchedSchema = z.array(z.object({ id: z.string(), name: z.string().nullable() }))

const activitySchema = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('created') }),
  z.object({ ...base, kind: z.literal('imported') }),
  /** Saves of one sitting as one; `at` is the last. What was changed and changed back is not in it. */
  z.object({
    ...base,
    kind: z.literal('edited'),
    /** The first of them. */
    since: instantSchema,
    saves: z.int(),
    added: touchedSchema,
    removed: touchedSchema,
    changed: touchedSchema,
    /** Name, description or options of the journey. */
    journey: z.boolean(),
    /** Where steps stand, and notes. */
    layout: z.boolean(),
  }),
  z.object({ ...base, kind: z.literal('restored'), version: z.int() }),
  z.object({
    ...base,
    kind: z.literal('published'),
    version: z.int(),
    /** What was live before; null for the first. */
    before: z.int().nullable(),
    /** The version that came back, for a roll back. */
    from: z.int().nullable(),
    note: z.string(),
  }),
  /** `publishAt` is null when it is not known any more. */
  z.object({
    ...base,
    kind: z.literal('scheduled'),
    publishAt: instantSchema.nullable(),
    zone: z.string(),
    note: z.string(),
  }),
  z.object({ ...base, kind: z.literal('called_off'), publishAt: instantSchema.nullable(), zone: z.string() }),
  z.object({ ...base, kind: z.literal('not_published'), message: z.string() }),
  z.object({ ...base, kind: z.enum(['paused', 'resumed', 'archived']), reason: z.string() }),
  /** Moving leads with a publish: it ended, or a person stopped it. */
  z.object({
    ...base,
    kind: z.literal('moved'),
    outcome: z.enum(['done', 'stopped', 'stopping']),
    version: z.int(),
    /** How many were moved on and taken out; null while it is not over. */
    moved: z.int().nullable(),
    exited: z.int().nullable(),
  }),
  /** What was done about leads from here: one of them by name, or many. */
  z.object({
    ...base,
    kind: z.literal('controlled'),
    action: z.enum(['pause', 'resume', 'exit', 'retry', 'skip', 'move', 'migrate']),
    leads: z.int(),
    isTest: z.boolean(),
    /** Who, if it was one; null for others, and without a right to leads. */
    lead: leadNameSchema.nullable(),
    /** Its enrollment, to see its way. */
    enrollmentId: idSchema.nullable(),
    /** Where they stood; null = on several steps. */
    step: stepNameSchema.nullable(),
    /** Where they were moved to. */
    to: stepNameSchema.nullable(),
    /** The version they were moved to. */
    version: z.int().nullable(),
    /** Empty when it is about one lead and the caller may not read leads. */
    reason: z.string(),
  }),
  /** Everybody who matches a rule was put in. */
  z.object({ ...base, kind: z.literal('enrolled'), leads: z.int(), held: z.boolean() }),
  z.object({ ...base, kind: z.literal('tagged'), tags: z.array(z.string()) }),
  z.object({
    ...base,
    kind: z.literal('test_case'),
    change: z.enum(['added', 'changed', 'removed']),
    name: z.string(),
  }),
])
export type Activity = z.infer<typeof activitySchema>

export const listJourneyActivity = defineRoute({
  name: 'listJourneyActivity',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/activity',
  tag: 'Journeys',
  summary: 'What people did to a journey, newest first',
  description:
    'Drafts that one person saved within half an hour of each other are one entry; so is one act on many leads. Who a lead ' +
    'is, and why something was done about it, is told to those who may read leads.',
  params: z.strictObject({ journey: z.string().min(1).max(100).describe('The key or the id of a journey.') }),
  query: z.strictObject(pageQuery),
  responses: { 200: pageOf(activitySchema) },
  problems: ['JOURNEY_NOT_FOUND'],
})
