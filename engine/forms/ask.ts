/** What a form asks a visitor: the next unknown questions, never one that was answered (PLAYBOOK C5). Pure. */
import { lookUp } from '../steps/lookup.ts'
import { translateQuestion, chooseLanguage } from '../surveys/translate.ts'
import type { Form, FormField } from './schema.ts'

/**
 * The fields to show, in the form's order: those always asked, and the first few of the ladder that are not known.
 * `known` holds ids of questions whose answer this visitor may be assumed to know we have: for a recognised lead those
 * whose lead field has a value, for an unknown visitor none. A known question that is required is not asked again either.
 */
export function fieldsToAsk(form: Form, known: ReadonlySet<string>): FormField[] {
  const unknown = form.fields.filter(({ ask, id }) => ask === 'next' && !known.has(id))
  const next = new Set(unknown.slice(0, form.progressive.atMost).map(({ id }) => id))
  return form.fields.filter(({ ask, id }) => (ask === 'always' ? !known.has(id) : next.has(id)))
}

/** The form with its texts in the reader's language. */
export function translateForm(form: Form, wanted: readonly string[]): { form: Form; language: string | null } {
  const { translations = {}, language: original } = form
  const language = chooseLanguage([...(original === undefined ? [] : [original]), ...Object.keys(translations)], wanted)
  const texts = language === null ? undefined : lookUp(translations, language)
  if (texts === undefined) return { form, language: original ?? null }
  return {
    language,
    form: {
      ...form,
      title: texts.title ?? form.title,
      intro: texts.intro ?? form.intro,
      ...(texts.thankYou === undefined ? {} : { thankYou: texts.thankYou }),
      ...(texts.submitLabel === undefined ? {} : { submitLabel: texts.submitLabel }),
      fields: form.fields.map((field) => translateQuestion(field, lookUp(texts.fields ?? {}, field.id))),
      consents: form.consents.map((consent) => ({
        ...consent,
        wording: lookUp(texts.consents ?? {}, consent.id) ?? consent.wording,
      })),
    },
  }
}
