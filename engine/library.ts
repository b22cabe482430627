/**
 * What a company sets up once and many journeys use: fields, segments, assets, pools, surveys, forms and the contact policy.
 * Loaded whole and cached by the worker; a copy is bundled into the simulator.
 */
import { z } from 'zod'
import { assetFileSchema, webinarSchema } from './assets.ts'
import { ruleSchema, type Rule } from './conditions/schema.ts'
import { calendarSchema, durationSchema, localTimeSchema, windowSchema, type BusinessCalendar } from './graph/schema.ts'
import { formSchema, type Form } from './forms/schema.ts'
import { keySchema } from './keys.ts'
import { preferencesSchema } from './preferences.ts'
import { surveySchema, type Survey } from './surveys/schema.ts'
import { trackingSchema } from './tracking.ts'
import { assetKinds, stages } from './vocabulary.ts'

export { formSchema, surveySchema, type Form, type Survey }

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
  /** Two or three sentences for its page. */
  summary: z.string().max(2000).optional(),
  /**
   * Links in messages lead to a page of ours with title, summary and a button; pressing it counts as a download. Absent: so
   * for files and webinars, while other assets are linked directly.
   */
  page: z.boolean().optional(),
  file: assetFileSchema.optional(),
  webinar: webinarSchema.optional(),
})
export type Asset = z.infer<typeof assetSchema>

export const poolSchema = z.strictObject({
  key: keySchema,
  name: z.string().min(1).max(200),
  assets: z.array(keySchema).max(10_000),
})
export type Pool = z.infer<typeof poolSchema>

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
  /** What leads may choose themselves; the gate holds everybody to it. */
  preferences: preferencesSchema.prefault({}),
  tracking: trackingSchema.prefault({}),
  /**
   * True = nurture and promotional messages always need a recorded consent; false = where the law of the lead's country
   * asks for one (engine/compliance/consent-rules.ts), else the absence of an objection.
   */
  requireConsent: z.boolean().default(false),
  /** Some laws protect individuals only. `businesses`: all leads are contacted as companies, on company addresses. */
  leadsAre: z.enum(['individuals', 'businesses']).default('individuals'),
  /** How long before a consent runs out `consent_expiring` is recorded, so that a journey can ask to renew it. */
  consentNotice: durationSchema.default('P30D'),
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
  forms: Record<string, Form>
  policy: ContactPolicy
  /** When queues and people work, by key; for the deadlines of tasks. Absent = as the journey does. */
  workHours?: { queues: Record<string, WorkHours>; people: Record<string, WorkHours> }
}

/** Business hours on the wall of a zone. */
export interface WorkHours {
  calendar: BusinessCalendar
  zone: string
}

/** A library with nothing in it and the default policy: for tests and empty installations. */
export function emptyLibrary(): Library {
  return {
    fields: {},
    segments: {},
    assets: {},
    pools: {},
    surveys: {},
    forms: {},
    policy: contactPolicySchema.parse({}),
  }
}
