/** What complete answers mean for the lead: the event they are, and the fields they fill. */
import type { Json } from '../facts.ts'
import type { Library } from '../library.ts'
import { builtInEvents } from '../vocabulary.ts'
import { otherKey } from './flow.ts'

/** Answers to a survey, or to one question of it. */
export interface Submission {
  survey: string
  /** Question id → answer. */
  answers: Record<string, Json>
  /** `question` when one question was asked by itself. @default 'survey' */
  asked?: 'survey' | 'question'
}

/** The event that is recorded with them. */
export function submissionEvent(submission: Submission): { type: string; properties: Record<string, Json> } {
  const { asked, answers, survey } = submission
  const [entry] = Object.entries(answers)
  const sole = asked === 'question' && entry !== undefined ? { question: entry[0], value: entry[1] } : {}
  return {
    type: asked === 'question' ? builtInEvents.questionAnswered : builtInEvents.surveyAnswered,
    properties: { ...answers, survey, ...sole },
  }
}

/** A field that an answer fills. */
export interface MappedField {
  question: string
  field: string
  value: string | number | boolean | string[] | null
}

/** The lead fields that questions are mapped to, as these answers fill them. */
export function mappedFields({ survey, answers }: Submission, library: Library): MappedField[] {
  return (library.surveys[survey]?.questions ?? []).flatMap(({ id, field, other }) => {
    // What was written beside "something else" says more than that it was chosen.
    const written = other === undefined || answers[id] !== 'other' ? undefined : answers[otherKey(id)]
    const value = written ?? answers[id]
    if (field === undefined || value === undefined) return []
    const isPlain = value === null || typeof value !== 'object' || isTexts(value)
    return isPlain ? [{ question: id, field, value }] : []
  })
}

function isTexts(value: Json): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
