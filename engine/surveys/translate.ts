/** The words of a survey or form in the language of who reads it. */
import { lookUp } from '../steps/lookup.ts'
import type { Question, QuestionTranslation, Survey } from './schema.ts'

/**
 * Of the languages there are, the one to use for a reader of these (best first): the same (`pt-BR`), else one of the
 * same tongue (`pt`); null = none fits and the original is shown.
 */
export function chooseLanguage(available: readonly string[], wanted: readonly string[]): string | null {
  for (const language of wanted) {
    const exact = available.find((candidate) => candidate.toLowerCase() === language.toLowerCase())
    if (exact !== undefined) return exact
    const alike = available.find((candidate) => tongue(candidate) === tongue(language))
    if (alike !== undefined) return alike
  }
  return null
}

function tongue(language: string): string {
  return language.toLowerCase().split('-')[0] ?? ''
}

/** The survey with its texts in the reader's language; ids, values and conditions stay. */
export function translateSurvey(
  survey: Survey,
  wanted: readonly string[],
): { survey: Survey; language: string | null } {
  const { translations = {}, language: original } = survey
  const available = [...(original === undefined ? [] : [original]), ...Object.keys(translations)]
  const language = chooseLanguage(available, wanted)
  const texts = language === null ? undefined : lookUp(translations, language)
  if (texts === undefined) return { survey, language: original ?? null }
  return {
    language,
    survey: {
      ...survey,
      title: texts.title ?? survey.title,
      intro: texts.intro ?? survey.intro,
      ...(texts.thankYou === undefined ? {} : { thankYou: texts.thankYou }),
      questions: survey.questions.map((question) =>
        translateQuestion(question, lookUp(texts.questions ?? {}, question.id)),
      ),
    },
  }
}

/** One question in another language. */
export function translateQuestion<Q extends Question>(question: Q, texts: QuestionTranslation | undefined): Q {
  if (texts === undefined) return question
  const { text, help, lowLabel, highLabel, other, options = {}, rows = {} } = texts
  return {
    ...question,
    text: text ?? question.text,
    ...(help === undefined ? {} : { help }),
    ...(lowLabel === undefined ? {} : { lowLabel }),
    ...(highLabel === undefined ? {} : { highLabel }),
    ...(question.other === undefined ? {} : { other: { label: other ?? question.other.label } }),
    ...(question.options === undefined
      ? {}
      : { options: question.options.map(({ value, label }) => ({ value, label: lookUp(options, value) ?? label })) }),
    ...(question.rows === undefined
      ? {}
      : { rows: question.rows.map(({ id, label }) => ({ id, label: lookUp(rows, id) ?? label })) }),
  }
}
