/**
 * What a company sets up once and many journeys use: fields, segments, assets, pools, surveys and the contact policy.
 * Loaded whole and cached by the worker; a copy is bundled into the simulator.
 */
import { z } from 'zod'
import { ruleSchema, type Rule } from './conditions/schema.ts'
import { calendarSchema, durationSchema, localTimeSchema, windowSchema } from './graph/schema.ts'
import { assetKinds, stages } from './vocabulary.ts'

const keySchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Keys are lower-case letters, digits, "-" and "_".')

export const fieldTypes = ['text', 'number', 'boolean', 'enum', 'set', 'date', 'datetime'] as const
export type FieldType = (typeof fieldTypes)[number]

/** A lead field, core (a column) or custom (in `leads.fields`). */
export const fieldSchema = z.strictObject({
  key: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'Field keys are lower-case letters, digits and "_".'),
  label: z.string().min(1).max(120),
  type: z.enum(fieldTypes),
  options: z.array(z.string().max(200)).max(1000).optional(),
})
export type CustomField = z.infer<typeof fieldSchema>

export const assetSchema = z.strictObject({
  key: keySchema,
  /** Copies of one asset (a translation, a new edition) share a lineage: who got one got them all. Defaults to the key. */
  lineage: keySchema.optional(),
  title: z.string().min(1).max(300),
  kind: z.enum(assetKinds).default('educational'),
  format: z.string().max(60).default('article'),
  url: z.string().max(2000),
  topics: z.array(z.string().max(100)).default([]),
  stages: z.array(z.enum(stages)).default([]),
  /** 1 = a minute's read, 5 = a live demo. Lower goes first. */
  commitment: z.int().min(1).max(5).default(1),
  expiresOn: z.iso.date().optional(),
})
export type Asset = z.infer<typeof assetSchema>

export const poolSchema = z.strictObject({
  key: keySchema,
  name: z.string().min(1).max(200),
  assets: z.array(keySchema).max(10_000),
})
export type Pool = z.infer<typeof poolSchema>

export const questionTypes = ['single', 'multi', 'text', 'number', 'date', 'scale'] as const
export const questionSchema = z.strictObject({
  id: keySchema,
  text: z.string().min(1).max(1000),
  type: z.enum(questionTypes),
  options: z.array(z.strictObject({ value: z.string().max(200), label: z.string().max(500) })).optional(),
  /** The answer is also written to this lead field. */
  field: z.string().max(63).optional(),
  required: z.boolean().default(false),
})
export const surveySchema = z.strictObject({
  key: keySchema,
  title: z.string().min(1).max(300),
  intro: z.string().max(5000).default(''),
  questions: z.array(questionSchema).min(1).max(100),
})
export type Survey = z.infer<typeof surveySchema>

export const segmentSchema = z.strictObject({ key: keySchema, name: z.string().min(1).max(200), rule: ruleSchema })
export type Segment = z.infer<typeof segmentSchema>

/** The company's promises about how often, when and how people are contacted; the gate holds every journey to it. */
export const contactPolicySchema = z.strictObject({
  /** Rolling caps. `channel` absent = over all channels. Transactional messages neither count nor are held back. */
  caps: z
    .array(
      z.strictObject({
        channel: z.enum(['email', 'postcard', 'phone']).optional(),
        max: z.int().min(0),
        within: durationSchema,
      }),
    )
    .default([{ channel: 'email', max: 3, within: 'P7D' }]),
  /** No nurture or promotional message inside these local hours. */
  quietHours: windowSchema.optional(),
  /** Legal hours for calls in the lead's local time; the strictest applicable dated rules come with the compliance pack. */
  callWindow: windowSchema.default({
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    from: '08:00',
    to: '21:00',
  }),
  /** No call tasks for this long after a download. */
  callCoolOff: durationSchema.default('P3D'),
  /** True = nurture and promotional messages need a recorded consent; false = they need the absence of an objection. */
  requireConsent: z.boolean().default(false),
  calendar: calendarSchema.prefault({}),
  zone: z.string().default('UTC'),
  quietUntil: localTimeSchema.optional(),
})
export type ContactPolicy = z.infer<typeof contactPolicySchema>

/** Everything shared, by key. */
export interface Library {
  fields: Record<string, CustomField>
  segments: Record<string, Rule>
  assets: Record<string, Asset>
  pools: Record<string, Pool>
  surveys: Record<string, Survey>
  policy: ContactPolicy
}

/** A library with nothing in it and the default policy: for tests and empty installations. */
export function emptyLibrary(): Library {
  return { fields: {}, segments: {}, assets: {}, pools: {}, surveys: {}, policy: contactPolicySchema.parse({}) }
}
