/**
 * Config fields that several step types share, with the words the form and the docs show. `picks` in the metadata tells
 * the form which chooser to offer; it is carried into the JSON Schema as it is.
 */
import { z } from 'zod'
import { durationSchema, localTimeSchema } from '../graph/schema.ts'
import type { FormHints } from './form-hints.ts'

/** Ids of cases, ways and outcomes: they become part of port names, so they stay the same when a label changes. */
export const portIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,50}$/, 'Ids are 1–50 letters, digits, "_" or "-".')
  .meta({
    title: 'Id',
    description: 'Stays the same when the name changes; connections hang on it.',
    ui: { hidden: true },
  })

/** Why a message is sent; decides which consent and caps apply. */
export const purposeField = z
  .enum(['nurture', 'promotional', 'transactional'])
  .default('nurture')
  .meta({
    title: 'Purpose',
    description:
      'Transactional answers what the lead itself asked for and is never held back by caps; the other two need consent or the absence of an objection.',
    ui: {
      options: {
        nurture: { label: 'Nurture', help: 'Useful to the lead; needs consent where the law asks for it.' },
        promotional: { label: 'Promotional', help: 'Sells something; needs consent where the law asks for it.' },
        transactional: { label: 'Transactional', help: 'Answers what the lead itself asked for.' },
      },
    },
  })

/** What to do when the contact budget is used up. */
export const overCapField = z
  .enum(['defer', 'skip', 'escalate'])
  .default('defer')
  .meta({
    title: 'When the lead had enough messages',
    description: 'Nobody is written to more often than the contact policy allows.',
    ui: {
      options: {
        defer: 'Wait for room under the cap',
        skip: 'Leave this message out',
        escalate: {
          label: 'Leave by “Over the cap”',
          help: 'For example to a call, or to a lighter touch.',
        },
      },
      section: 'Sending',
      advanced: true,
    },
  })

/** After how long an undelivered message is worthless. */
export const staleAfterField = durationSchema.optional().meta({
  title: 'Give up after',
  description:
    'A message that could not be handed over within this time is left out. Empty: it waits as long as needed.',
  picks: 'duration',
  ui: { section: 'Sending', advanced: true, empty: 'Never' },
})

/** One line, at most 998 characters (RFC 5322 §2.1.1). */
export const subjectSchema = z
  .string()
  .min(1, 'A subject is needed.')
  .max(998, 'A subject is at most 998 characters.')
  .regex(/^[^\r\n]*$/, 'A subject is one line.')
  .meta({ picks: 'line' })

/** Liquid text or HTML. */
export const bodySchema = z.string().min(1, 'A text is needed.').max(200_000).meta({ picks: 'message' })

/** A reason shown in the lead's history. */
export function reasonField(fallback: string) {
  return z
    .string()
    .max(500)
    .default(fallback)
    .meta({ title: 'Reason', description: 'Shown in the history of the lead.', ui: { advanced: fallback === '' } })
}

/** A key of the library; `picks` says of what. */
export function referenceField(
  picks: 'asset' | 'pool' | 'survey' | 'question' | 'journey' | 'field',
  title: string,
  description: string,
  ui: FormHints = {},
) {
  return z.string().min(1).max(100).meta({ title, description, picks, ui })
}

/** Like `referenceField`, may be left empty. */
export function optionalReferenceField(
  picks: 'asset' | 'pool' | 'survey' | 'question' | 'journey' | 'field',
  title: string,
  description: string,
  ui: FormHints = {},
) {
  return z.string().min(1).max(100).optional().meta({ title, description, picks, ui })
}

/** An event's name, as trackers send it. */
export const eventNameField = z.string().min(1).max(100).meta({
  title: 'Event',
  description: 'One of those that are known, or the name of another, for example form_submitted.',
  picks: 'event',
})

/** `HH:MM` in the lead's zone. */
export const timeOfDayField = localTimeSchema
  .default('09:00')
  .meta({ title: 'At', description: 'Local time of day.', picks: 'time' })

/** An IANA zone; empty = the lead's own. */
export const zoneField = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .meta({
    title: 'Zone',
    description: "IANA name, for example Europe/Zurich. Empty: the lead's own zone.",
    picks: 'zone',
    ui: { empty: "The lead's own zone", advanced: true },
  })
