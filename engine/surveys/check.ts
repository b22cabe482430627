/** What is wrong with a survey as its author wrote it, each problem at its place, all of them at once. */
import { resolveProperty } from '../conditions/properties.ts'
import { EngineError } from '../errors.ts'
import { findField, type Field } from '../fields.ts'
import type { Issue, IssueCode } from '../issues.ts'
import type { Library } from '../library.ts'
import { scaleOf } from './answers.ts'
import { otherKey } from './flow.ts'
import { canBeShown } from './reachability.ts'
import type { AnswerCondition, Question, QuestionType, Survey } from './schema.ts'

type Path = (string | number)[]

function issue(code: IssueCode, path: Path, message: string, severity: Issue['severity'] = 'error'): Issue {
  return { code, severity, path, message }
}

/** Everything wrong with the survey; errors keep it from being saved. */
export function checkSurvey(survey: Survey, library: Library): Issue[] {
  return checkQuestions(survey.questions, library, ['questions'])
}

/** The questions of a survey or a form. */
export function checkQuestions(questions: readonly Question[], library: Library, path: Path): Issue[] {
  const ids = new Map<string, number>()
  const issues: Issue[] = []
  questions.forEach((question, index) => {
    const at = [...path, index]
    if (ids.has(question.id)) {
      issues.push(
        issue('QUESTION_INVALID', [...at, 'id'], `The id "${question.id}" is used twice; give each question its own.`),
      )
    } else ids.set(question.id, index)
    issues.push(...checkOptions(question, at), ...checkScale(question, at), ...checkTarget(question, library, at))
  })
  questions.forEach((question, index) => {
    const key = otherKey(question.id)
    if (question.other !== undefined && ids.has(key)) {
      const message = `"${key}" is where the text beside "something else" of "${question.id}" is kept; give the question "${key}" another id.`
      issues.push(issue('QUESTION_INVALID', [...path, ids.get(key) ?? 0, 'id'], message))
    }
    const conditions = checkCondition(question.showWhen, index, ids, [...path, index, 'showWhen'])
    issues.push(...conditions)
    if (question.showWhen === undefined || conditions.length > 0) return
    if (canBeShown(questions, index) === 'never') {
      const message = `No answers lead to the question "${question.text}"; change its condition.`
      issues.push(issue('QUESTION_UNREACHABLE', [...path, index, 'showWhen'], message))
    }
  })
  return issues
}

const choosing: ReadonlySet<QuestionType> = new Set(['single', 'multi', 'ranking', 'matrix'])

function checkOptions(question: Question, path: Path): Issue[] {
  const { type, options = [], rows = [], other } = question
  const issues: Issue[] = []
  const wrong = (place: string | number, message: string): void => {
    issues.push(issue('QUESTION_INVALID', [...path, place], message))
  }
  if (!choosing.has(type)) return issues
  const least = type === 'ranking' ? 2 : 1
  if (options.length < least) {
    wrong('options', `The question "${question.text}" has ${String(options.length)} answers to choose from; add some.`)
  }
  const values = options.map(({ value }) => value)
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) wrong('options', `The answer "${twice}" is there twice; give each its own value.`)
  if (other !== undefined && type !== 'single' && type !== 'multi') {
    wrong('other', `"Something else" is possible for one or several choices only; take it out of "${question.text}".`)
  }
  if (other !== undefined && values.includes('other')) {
    wrong('other', 'The value "other" is what "something else" is kept as; give the answer another value.')
  }
  if (type === 'matrix' && rows.length === 0) wrong('rows', `The table "${question.text}" has no lines; add some.`)
  if (new Set(rows.map(({ id }) => id)).size < rows.length)
    wrong('rows', 'Two lines have the same id; give each its own.')
  return issues
}

/** More marks than a phone can show in reach of a thumb, or none. */
const mostMarks = 11

function checkScale(question: Question, path: Path): Issue[] {
  if (question.type === 'number') {
    const { min = -Infinity, max = Infinity } = question
    return min <= max
      ? []
      : [
          issue(
            'QUESTION_INVALID',
            [...path, 'max'],
            `No number is from ${String(min)} to ${String(max)}; turn the two round.`,
          ),
        ]
  }
  if (question.type !== 'scale' && question.type !== 'rating') return []
  const { from, to } = scaleOf(question)
  const marks = to - from + 1
  if (Number.isInteger(from) && Number.isInteger(to) && marks >= 2 && marks <= mostMarks) return []
  const message = `A scale from ${String(from)} to ${String(to)} cannot be shown; use whole numbers, 2 to ${String(mostMarks)} of them.`
  return [issue('QUESTION_INVALID', [...path, 'max'], message)]
}

/** The field types that can hold an answer without losing anything. */
const fitting: Record<QuestionType, readonly Field['type'][]> = {
  single: ['text', 'enum', 'set'],
  multi: ['set'],
  text: ['text'],
  long_text: ['text'],
  email: ['text'],
  phone: ['text'],
  number: ['number', 'text'],
  date: ['date', 'text'],
  yes_no: ['boolean', 'text'],
  scale: ['number', 'text'],
  rating: ['number', 'text'],
  nps: ['number', 'text'],
  ranking: [],
  matrix: [],
}

function checkTarget({ field: key, type, text }: Question, library: Library, path: Path): Issue[] {
  if (key === undefined) return []
  const field = findField(key, library)
  const at = [...path, 'field']
  if (field === null) {
    return [issue('FIELD_UNKNOWN', at, `There is no lead field "${key}"; define it or choose another.`)]
  }
  if (field.readOnly) {
    return [issue('FIELD_READ_ONLY', at, `The field "${field.label}" is not set by answers; choose another.`)]
  }
  if (fitting[type].includes(field.type)) return []
  const message = `The answer to "${text}" (${type}) does not fit the field "${field.label}" (${field.type}); choose a field of another type.`
  return [issue('OPERATOR_NOT_FOR_TYPE', at, message)]
}

function checkCondition(
  condition: AnswerCondition | undefined,
  index: number,
  ids: ReadonlyMap<string, number>,
  path: Path,
): Issue[] {
  if (condition === undefined) return []
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.rules.flatMap((rule, place) => checkCondition(rule, index, ids, [...path, 'rules', place]))
    case 'not':
      return checkCondition(condition.rule, index, ids, [...path, 'rule'])
    case 'answer': {
      const at = ids.get(condition.question)
      if (at === undefined) {
        return [
          issue(
            'REFERENCE_MISSING',
            [...path, 'question'],
            `There is no question "${condition.question}"; choose an earlier one.`,
          ),
        ]
      }
      if (at >= index) {
        const message = `The question "${condition.question}" comes later, so that nobody has answered it yet; choose an earlier one.`
        return [issue('QUESTION_ORDER', [...path, 'question'], message)]
      }
      try {
        resolveProperty(condition.op, condition.value)
        return []
      } catch (error) {
        if (!(error instanceof EngineError)) throw error
        return [issue('RULE_VALUE_INVALID', [...path, 'value'], error.message)]
      }
    }
  }
}
