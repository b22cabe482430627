/** One message in several languages: the same mechanism for every step that writes to a lead. */
import { z } from 'zod'
import { bodySchema, subjectSchema } from './config-fields.ts'
import type { DeliveryContent } from './contract.ts'

/** A language as in `lang` attributes and lead fields (BCP 47): `de`, `de-AT`, `zh-Hant`. */
export const languageTagSchema = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Write a language as de, de-AT or pt-BR.')
  .meta({ picks: 'language' })

const variantSchema = z.strictObject({
  subject: subjectSchema.meta({ title: 'Subject' }),
  body: bodySchema.meta({ title: 'Text' }),
  text: bodySchema.optional().meta({ title: 'Plain text', ui: { advanced: true } }),
})

/** What an email says beside its subject and body. */
export const letterFields = {
  text: bodySchema.optional().meta({
    title: 'Plain text',
    description: 'For mail programs that show no HTML. Empty: made from the text above.',
    picks: 'message',
    ui: { advanced: true, section: 'Sending' },
  }),
  variants: z
    .record(languageTagSchema, variantSchema)
    .optional()
    .meta({
      title: 'In other languages',
      description:
        'By language, for example de or de-AT. A lead reads its own language, else the part before the "-", else the company’s, else the text above.',
      ui: { entry: 'language' },
    }),
}
type Letter = z.infer<z.ZodObject<typeof letterFields>>

/** The part of a delivery's content that `letterFields` make. */
export function letterContent({ text, variants }: Letter): Pick<DeliveryContent, 'text' | 'variants'> {
  return { ...(text === undefined ? {} : { text }), ...(variants === undefined ? {} : { variants }) }
}

/** A message as one lead reads it. */
export interface ChosenText {
  subject: string
  body: string
  text: string | null
  /** BCP 47. What the default text is in is not known: it counts as the company's language. */
  language: string
}

/** The text for a lead's language: de-AT → de → the company's → the default. Case does not matter. */
export function chooseText(
  content: Pick<DeliveryContent, 'subject' | 'body' | 'text' | 'variants'>,
  leadLanguage: string | null,
  companyLanguage: string,
): ChosenText {
  const variants = new Map(Object.entries(content.variants ?? {}).map((entry) => [entry[0].toLowerCase(), entry]))
  for (const language of [...fallbacks(leadLanguage ?? ''), ...fallbacks(companyLanguage)]) {
    const found = variants.get(language)
    if (found !== undefined) {
      const [tag, { subject, body, text }] = found
      return { subject, body, text: text ?? null, language: tag }
    }
    // The default text is in the company's language, and so is what the lead reads: nothing of another region.
    if (language === companyLanguage.toLowerCase()) break
  }
  return { subject: content.subject ?? '', body: content.body, text: content.text ?? null, language: companyLanguage }
}

/** `zh-Hant-TW` → zh-hant-tw, zh-hant, zh. */
function fallbacks(tag: string): string[] {
  const parts = tag.trim().toLowerCase().replaceAll('_', '-').split('-')
  return parts[0] === '' ? [] : parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}
