/** A form on the company's website, as its author writes it. */
import { z } from 'zod'
import { keySchema } from '../keys.ts'
import { languageSchema, questionSchema, questionTranslationSchema } from '../surveys/schema.ts'

/** A question of a form. Its answer is a property of the event `form_submitted`, and with `field` a fact of the lead. */
const formFieldSchema = questionSchema.omit({ showWhen: true, pageBreak: true }).extend({
  /**
   * `always`: on the form whoever comes. `next`: progressive profiling (PLAYBOOK C5): asked in this order, a few at a
   * time, never once it is known. @default 'always'
   */
  ask: z.enum(['always', 'next']).default('always'),
})
export type FormField = z.infer<typeof formFieldSchema>

/**
 * A box to tick, never ticked beforehand (GDPR Art. 4(11) and recital 32; CJEU C-673/17 Planet49). Ticked, it is written
 * to the consent ledger with exactly this wording.
 */
const formConsentSchema = z.strictObject({
  id: keySchema,
  wording: z.string().min(1).max(2000),
  purpose: z.enum(['nurture', 'promotional']),
  channel: z.enum(['email', 'postcard', 'phone']),
})

export const formSchema = z.strictObject({
  key: keySchema,
  title: z.string().min(1).max(300),
  intro: z.string().max(5000).default(''),
  fields: z.array(formFieldSchema).min(1).max(50),
  consents: z.array(formConsentSchema).max(10).default([]),
  submitLabel: z.string().min(1).max(100).optional(),
  thankYou: z.string().max(5000).optional(),
  /** Where to go after sending instead of the thank-you page: an address of the company's own sites. */
  redirectUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  /** What was asked for: the event's property `asset`, by which "Send asset" knows what to deliver. */
  asset: keySchema.optional(),
  /** Tags the lead gets: what it showed interest in, as pools and rules read it. */
  topics: z.array(z.string().min(1).max(100)).max(20).default([]),
  progressive: z
    .strictObject({
      /** How many questions marked `next` are asked at a time. */
      atMost: z.int().min(0).max(20).default(2),
    })
    .prefault({}),
  /**
   * Consents count only once they are confirmed through the mail (double opt-in): the event's property `confirm_url`
   * leads to the page that does it.
   */
  doubleOptIn: z.boolean().default(false),
  language: languageSchema.optional(),
  translations: z
    .record(
      languageSchema,
      z.strictObject({
        title: z.string().min(1).max(300).optional(),
        intro: z.string().max(5000).optional(),
        thankYou: z.string().max(5000).optional(),
        submitLabel: z.string().min(1).max(100).optional(),
        fields: z.record(z.string().max(100), questionTranslationSchema).optional(),
        /** Consent id → wording. What is shown is what is kept. */
        consents: z.record(z.string().max(100), z.string().min(1).max(2000)).optional(),
      }),
    )
    .optional(),
  /** Not open any more; what came in stays. */
  archived: z.boolean().optional(),
})
export type Form = z.infer<typeof formSchema>
