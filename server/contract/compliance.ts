/** What a lead allows, what it was told, and its rights: consents, suppressions, may-contact, export, erasure, merge. */
import { z } from 'zod'
import { consentBases, contactChannels, gateReasons } from '#engine/vocabulary.ts'
import { givenInstantSchema, idParams, idSchema, instantSchema, jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const channelsSchema = z.array(z.enum(contactChannels)).min(1, 'Name at least one channel.').max(3)
const reasonSchema = z.string().trim().min(1, 'Say why.').max(500)

const consentSchema = z.object({
  purpose: z.string(),
  channel: z.enum(contactChannels),
  state: z.enum(['granted', 'denied']),
  basis: z.enum(consentBases),
  /** The very words the lead was shown or told; empty after an erasure. */
  wording: z.string(),
  wordingVersion: z.string(),
  mechanism: z.string(),
  source: z.string(),
  actor: z.string(),
  /** In the lead's own clock. */
  at: instantSchema,
  expiresAt: instantSchema.nullable(),
  /** True for the latest line of its purpose and channel: the one that counts. */
  isCurrent: z.boolean(),
})

const suppressionSchema = z.object({
  channel: z.enum(contactChannels),
  reason: z.string(),
  source: z.string(),
  at: instantSchema,
})

export const listConsents = defineRoute({
  name: 'listConsents',
  method: 'GET',
  path: '/api/v1/leads/{id}/consents',
  tag: 'Leads',
  summary: 'The consent ledger of a lead',
  description: 'Newest first, whole: the ledger only grows. With the suppressions and the objection that bind now.',
  params: idParams,
  responses: {
    200: z.object({
      consents: z.array(consentSchema),
      suppressions: z.array(suppressionSchema),
      /** Objects to direct marketing (GDPR Art. 21). */
      objected: z.boolean(),
    }),
  },
  problems: ['LEAD_NOT_FOUND'],
})

export const recordConsent = defineRoute({
  name: 'recordConsent',
  method: 'POST',
  path: '/api/v1/leads/{id}/consents',
  tag: 'Leads',
  summary: 'Record a consent or a refusal',
  description:
    'Adds one line per purpose and channel. A refusal binds from the answer on. A consent implied by a purchase runs out ' +
    'after two years and one implied by an inquiry after six months, unless an end is given.',
  params: idParams,
  body: z.strictObject({
    purposes: z
      .array(z.enum(['nurture', 'promotional']))
      .min(1)
      .max(2),
    channels: channelsSchema,
    state: z.enum(['granted', 'denied']),
    basis: z.enum(consentBases).default('consent'),
    /** The very words the lead was shown or told: the proof. */
    wording: z.string().trim().min(1, 'The wording is the proof of the consent.').max(5000),
    wordingVersion: z.string().trim().max(100).default(''),
    /** How it was given: `checkbox`, `double_opt_in`, `spoken`, `paper`… */
    mechanism: z.string().trim().max(100).default('api'),
    /** Where: the address of a page, a form, a campaign. */
    source: z.string().trim().max(500).default(''),
    expiresAt: givenInstantSchema.nullable().optional(),
  }),
  example: {
    purposes: ['nurture'],
    channels: ['email'],
    state: 'granted',
    wording: 'Yes, send me one mail a week about heat pumps. I can stop at any time.',
    mechanism: 'checkbox',
    source: 'https://example.org/guide',
  },
  responses: { 200: z.object({ leadId: idSchema }) },
  problems: ['LEAD_NOT_FOUND', 'LEAD_GONE'],
})

export const recordObjection = defineRoute({
  name: 'recordObjection',
  method: 'POST',
  path: '/api/v1/leads/{id}/objection',
  tag: 'Leads',
  summary: 'Record or take back an objection to marketing',
  description:
    'GDPR Art. 21: ends marketing on every channel, and scoring. Messages that answer the lead stay possible.',
  params: idParams,
  body: z.strictObject({ objects: z.boolean(), reason: reasonSchema }),
  example: { objects: true, reason: 'Letter of 3 November' },
  responses: { 200: z.object({ leadId: idSchema }) },
  problems: ['LEAD_NOT_FOUND', 'LEAD_GONE'],
})

export const optOutLead = defineRoute({
  name: 'optOutLead',
  method: 'POST',
  path: '/api/v1/leads/{id}/opt-out',
  tag: 'Leads',
  summary: 'The lead said stop',
  description:
    'Opted out aloud, in a letter or in any other way (47 CFR 64.1200(a)(10)). Stops the channels at once, cancels what is ' +
    'queued and writes the ledger. All three channels stop everything.',
  params: idParams,
  body: z.strictObject({
    channels: channelsSchema.default([...contactChannels]),
    /** What was said, as well as it is remembered. */
    said: reasonSchema,
  }),
  example: { channels: ['phone'], said: 'Please do not call me any more.' },
  responses: {
    200: z.object({
      /** Messages that will now never be sent. */
      cancelled: z.array(idSchema),
      /** Messages already with a provider, which cannot be called back. */
      underWay: z.array(idSchema),
    }),
  },
  problems: ['LEAD_NOT_FOUND', 'LEAD_GONE'],
})

export const liftSuppression = defineRoute({
  name: 'liftSuppression',
  method: 'POST',
  path: '/api/v1/leads/{id}/suppressions/lift',
  tag: 'Leads',
  scope: 'privacy:write',
  summary: 'Lift a suppression',
  description: "A person's act, with a reason, kept in the audit log. Refused consents stay refused.",
  params: idParams,
  body: z.strictObject({ channels: channelsSchema, reason: reasonSchema }),
  example: { channels: ['email'], reason: 'Asked by telephone to get our mails again.' },
  responses: { 200: z.object({ lifted: z.array(z.enum(contactChannels)) }) },
  problems: ['LEAD_NOT_FOUND', 'LEAD_GONE'],
})

const explanationSchema = z.object({
  reason: z.enum(gateReasons),
  words: z.string(),
  /** Id of the rule in docs/compliance.md, else the reason. */
  rule: z.string(),
  citation: z.string().nullable(),
  facts: z.record(z.string(), jsonSchema),
  remedy: z.string(),
})

export const mayContactLead = defineRoute({
  name: 'mayContactLead',
  method: 'GET',
  path: '/api/v1/leads/{id}/may-contact',
  tag: 'Leads',
  summary: 'May this lead be contacted?',
  description:
    "The gate's answer per channel and purpose, with the rule, what it saw, from when it would be possible and what a " +
    'person can do. A journey may add a send window and a longer cool-off.',
  params: idParams,
  query: z.strictObject({ at: givenInstantSchema.optional() }),
  responses: {
    200: z.object({
      leadId: idSchema,
      now: instantSchema,
      answers: z.array(
        z.object({
          channel: z.enum(contactChannels),
          purpose: z.enum(['transactional', 'nurture', 'promotional']),
          allowed: z.boolean(),
          /** Null when it may go now, or when time alone will not allow it. */
          notBefore: instantSchema.nullable(),
          why: explanationSchema.nullable(),
        }),
      ),
    }),
  },
  problems: ['LEAD_NOT_FOUND'],
})

export const exportLead = defineRoute({
  name: 'exportLead',
  method: 'GET',
  path: '/api/v1/leads/{id}/export',
  tag: 'Leads',
  summary: 'Everything held about a person',
  description:
    'GDPR Art. 15 and 20, as JSON: every table with its rows about this lead, leads merged into it and test leads made of ' +
    'it. Streamed, audited; all of one instant.',
  params: idParams,
  streams: true,
  responses: {
    200: z.looseObject({ format: z.int(), leadId: idSchema, tables: z.record(z.string(), z.array(jsonSchema)) }),
  },
  problems: ['LEAD_NOT_FOUND'],
})

export const previewErasure = defineRoute({
  name: 'previewErasure',
  method: 'GET',
  path: '/api/v1/leads/{id}/erase',
  tag: 'Leads',
  summary: 'What an erasure would take away',
  params: idParams,
  responses: {
    200: z.object({
      leadId: idSchema,
      /** Leads that are this person: itself, those merged into it, test leads made of it. */
      people: z.int(),
      /** Rows that hold something of the person, by table. */
      rows: z.record(z.string(), z.int()),
      /** Send this back as `confirm`. */
      confirm: z.string(),
    }),
  },
  problems: ['LEAD_NOT_FOUND'],
})

export const eraseLead = defineRoute({
  name: 'eraseLead',
  method: 'POST',
  path: '/api/v1/leads/{id}/erase',
  tag: 'Leads',
  scope: 'privacy:write',
  summary: 'Erase a person',
  description:
    'GDPR Art. 17; cannot be undone. A tombstone without data stays, and a fingerprint of the address, so that an import ' +
    'does not bring the person back. `confirm` is what the preview says.',
  params: idParams,
  body: z.strictObject({ reason: reasonSchema, confirm: z.string().min(1).max(100) }),
  example: { reason: 'Request of 3 November', confirm: 'erase 019a0000' },
  responses: { 200: z.object({ leadId: idSchema, runsDeleted: z.int() }) },
  problems: ['LEAD_NOT_FOUND', 'CONFIRMATION_WRONG', 'TEMPORAL_UNAVAILABLE'],
})

export const mergeLead = defineRoute({
  name: 'mergeLead',
  method: 'POST',
  path: '/api/v1/leads/{id}/merge',
  tag: 'Leads',
  scope: 'privacy:write',
  summary: 'Merge another lead into this one',
  description: 'Two leads turn out to be one person. The other becomes part of this one; the stricter wishes win.',
  params: idParams,
  body: z.strictObject({ loserId: idSchema }),
  example: { loserId: '019a0000-0000-7000-8000-000000000000' },
  responses: { 200: z.object({ leadId: idSchema }) },
  problems: ['LEAD_NOT_FOUND', 'MERGE_NOT_POSSIBLE'],
})
