/** Questions of surveys and forms as parts of a page: what the template shows, and what comes back from it. */
import type { Json } from '#engine/facts.ts'
import { scaleOf, valuesOf, type AnswerProblem } from '#engine/surveys/answers.ts'
import { otherKey, type Answers } from '#engine/surveys/flow.ts'
import type { Question } from '#engine/surveys/schema.ts'
import type { FormFields } from './form-body.ts'

/** One thing to tick or choose. */
interface Mark {
  /** Id of the element, for its label. */
  id: string
  name: string
  value: string
  label: string
  isChosen: boolean
}

/** A question as the template `question.liquid` shows it; every name is there in every kind. */
export interface QuestionView {
  kind: 'choices' | 'marks' | 'input' | 'area' | 'ranking' | 'matrix'
  id: string
  text: string
  help: string
  error: string
  /** Ids of what describes it, for `aria-describedby`. */
  describedBy: string
  isRequired: boolean
  /** `radio` or `checkbox`; the type of an input. */
  type: string
  name: string
  value: string
  inputMode: string
  autocomplete: string
  maxLength: number
  marks: Mark[]
  lowLabel: string
  highLabel: string
  /** The text beside "something else". */
  other: { name: string; label: string; value: string } | null
  /** Lines of a ranking or a table, each with its marks. */
  lines: { name: string; label: string; marks: Mark[] }[]
}

/** How a browser may fill in a form by itself: field key → `autocomplete` (WCAG 2.2, 1.3.5). */
const autocompleteOf: Readonly<Record<string, string>> = {
  email: 'email',
  phone: 'tel',
  first_name: 'given-name',
  last_name: 'family-name',
  company: 'organization',
  title: 'organization-title',
  address_line1: 'address-line1',
  city: 'address-level2',
  region: 'address-level1',
  postal_code: 'postal-code',
  country: 'country-name',
}

const inputTypes: Partial<Record<Question['type'], string>> = { email: 'email', phone: 'tel', date: 'date' }

/** Begins every name, so that no question is taken for something else of the page. */
const prefix = 'q.'

/** The questions for the template, with the answers so far and what is wrong with them. */
export function viewQuestions(
  questions: readonly Question[],
  answers: Answers,
  problems: readonly AnswerProblem[] = [],
  /** Begins every element's id, so that a page around it keeps its own. */
  idPrefix = '',
): QuestionView[] {
  return questions.map((question) => {
    const error = problems.find((problem) => problem.question === question.id)?.message ?? ''
    return viewQuestion(question, answers, error, idPrefix)
  })
}

function viewQuestion(question: Question, answers: Answers, error: string, idPrefix: string): QuestionView {
  const { type, text, help = '', lowLabel = '', highLabel = '', required, field } = question
  const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined
  const id = `${idPrefix}${question.id}`
  const described = [help === '' ? '' : `${id}-help`, error === '' ? '' : `${id}-error`].filter((part) => part !== '')
  const common = {
    id,
    text,
    help,
    error,
    describedBy: described.join(' '),
    isRequired: required,
    type: inputTypes[type] ?? 'text',
    name: `${prefix}${question.id}`,
    value: typeof answer === 'string' || typeof answer === 'number' ? String(answer) : '',
    inputMode: type === 'number' ? 'decimal' : '',
    autocomplete: autocompleteOf[field ?? ''] ?? (type === 'email' ? 'email' : 'off'),
    maxLength: type === 'long_text' ? 10_000 : type === 'text' ? 500 : 254,
    marks: [],
    lowLabel,
    highLabel,
    other: null,
    lines: [],
  }
  switch (type) {
    case 'single':
    case 'multi':
    case 'yes_no':
      return { ...common, kind: 'choices', ...viewChoices(question, id, answer, answers) }
    case 'scale':
    case 'rating':
    case 'nps':
      return { ...common, kind: 'marks', type: 'radio', marks: viewScale(question, id, answer) }
    case 'ranking':
      return { ...common, kind: 'ranking', lines: viewRanking(question, id, answer) }
    case 'matrix':
      return { ...common, kind: 'matrix', type: 'radio', lines: viewMatrix(question, id, answer) }
    case 'long_text':
      return { ...common, kind: 'area' }
    case 'text':
    case 'email':
    case 'phone':
    case 'number':
    case 'date':
      return { ...common, kind: 'input' }
  }
}

function viewChoices(question: Question, id: string, answer: Json | undefined, answers: Answers) {
  const { type, other, required } = question
  const name = `${prefix}${question.id}`
  const chosen = new Set(Array.isArray(answer) ? answer : [answer])
  const labels = new Map((question.options ?? []).map(({ value, label }) => [value, label]))
  if (type === 'yes_no')
    for (const [value, label] of [
      ['yes', 'Yes'],
      ['no', 'No'],
    ] as const)
      labels.set(value, label)
  if (other !== undefined) labels.set('other', other.label)
  const marks = valuesOf(question).map((value, index): Mark => ({
    id: `${id}-${String(index)}`,
    name,
    value,
    label: labels.get(value) ?? value,
    isChosen: chosen.has(value),
  }))
  // A radio button cannot be let go of again without a script.
  const canBeEmpty = type !== 'multi' && !required && answer !== undefined
  if (canBeEmpty) marks.push({ id: `${id}-none`, name, value: '', label: 'No answer', isChosen: false })
  const written = answers[otherKey(question.id)]
  return {
    type: type === 'multi' ? 'checkbox' : 'radio',
    marks,
    other:
      other === undefined
        ? null
        : { name: `${name}.other`, label: other.label, value: typeof written === 'string' ? written : '' },
  }
}

function viewScale(question: Question, id: string, answer: Json | undefined): Mark[] {
  const { from, to } = scaleOf(question)
  return Array.from({ length: to - from + 1 }, (_, step): Mark => {
    const value = String(from + step)
    return {
      id: `${id}-${value}`,
      name: `${prefix}${question.id}`,
      value,
      label: value,
      isChosen: answer === from + step,
    }
  })
}

/** One list of places per line: usable with every keyboard and screen reader, and without scripts. */
function viewRanking({ id: question, options = [] }: Question, id: string, answer: Json | undefined) {
  const order = Array.isArray(answer) ? answer : []
  return options.map(({ value, label }, line) => {
    const name = `${prefix}${question}.rank.${String(line)}`
    const place = order.indexOf(value) + 1
    const marks = options.map((_, index): Mark => ({
      id: `${id}-${String(line)}-${String(index)}`,
      name,
      value: String(index + 1),
      label: String(index + 1),
      isChosen: place === index + 1,
    }))
    return { name, label, marks }
  })
}

function viewMatrix({ id: question, rows = [], options = [] }: Question, id: string, answer: Json | undefined) {
  const given = new Map(answer !== null && typeof answer === 'object' ? Object.entries(answer) : [])
  return rows.map((row) => {
    const name = `${prefix}${question}.row.${row.id}`
    const marks = options.map(({ value, label }, index): Mark => ({
      id: `${id}-${row.id}-${String(index)}`,
      name,
      value,
      label,
      isChosen: given.get(row.id) === value,
    }))
    return { name, label: row.label, marks }
  })
}

/** What a sent page holds for these questions, in the shape `takeAnswers` judges. */
export function givenAnswers(questions: readonly Question[], form: FormFields): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const { id, type, options = [], rows = [] } of questions) {
    const name = `${prefix}${id}`
    const values = form.get(name) ?? []
    if (type === 'multi') given[id] = [...values]
    else if (type === 'matrix') {
      given[id] = Object.fromEntries(rows.map((row) => [row.id, form.get(`${name}.row.${row.id}`)?.[0] ?? '']))
    } else if (type === 'ranking') given[id] = rankedValues(options, name, form)
    else given[id] = values[0]
    given[otherKey(id)] = form.get(`${name}.other`)?.[0]
  }
  return given
}

/** Values in the order of their places; several of one place stay beside each other, so that the judge sees a fault. */
function rankedValues(options: readonly { value: string }[], name: string, form: FormFields): string[] {
  return options
    .map(({ value }, line) => ({ value, place: Number(form.get(`${name}.rank.${String(line)}`)?.[0] ?? '') }))
    .filter(({ place }) => Number.isInteger(place) && place >= 1)
    .toSorted((one, other) => one.place - other.place)
    .flatMap(({ value, place }, index) => (place === index + 1 ? [value] : [value, value]))
}

/** What was typed, to be shown again beside its problem. Texts only: a choice that does not exist is not repeated. */
export function typedAnswers(questions: readonly Question[], given: Readonly<Record<string, unknown>>): Answers {
  return Object.fromEntries(
    questions.flatMap(({ id, type }): [string, Json][] => {
      const value = given[id]
      const written = given[otherKey(id)]
      const own: [string, Json][] =
        typeof value === 'string' && value !== ''
          ? [[id, value]]
          : Array.isArray(value) && type === 'multi'
            ? [[id, value.filter((item) => typeof item === 'string')]]
            : type === 'matrix' && typeof value === 'object' && value !== null
              ? [[id, value as Record<string, Json>]]
              : []
      return typeof written === 'string' && written !== '' ? [...own, [otherKey(id), written]] : own
    }),
  )
}
