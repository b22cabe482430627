/** Whether any answers lead to a question. */
import type { Json } from '../facts.ts'
import { scaleOf, valuesOf } from './answers.ts'
import { holds, questionsOf } from './flow.ts'
import type { AnswerCondition, Question } from './schema.ts'

/** Combinations tried before the answer is "unknown". */
const mostTries = 50_000

/**
 * Tries answers to the questions that the condition rests on, directly or through those questions' own conditions: each
 * option, each number and text that a condition names and its neighbours, and no answer where that is allowed. Complete
 * for choices and numbers; `unknown` when there are too many combinations or a text condition was not met by what was
 * tried, so that nobody's survey is refused by guesswork.
 */
export function canBeShown(questions: readonly Question[], index: number): 'possible' | 'never' | 'unknown' {
  const target = questions[index]
  if (target === undefined) return 'never'
  const byId = new Map(questions.map((question) => [question.id, question]))
  const needed = new Set<string>()
  const need = (condition: AnswerCondition | undefined): void => {
    for (const id of questionsOf(condition)) {
      if (needed.has(id)) continue
      needed.add(id)
      need(byId.get(id)?.showWhen)
    }
  }
  need(target.showWhen)
  const earlier = questions.slice(0, index).filter(({ id }) => needed.has(id))
  const named = namedValues([target, ...earlier])
  let tries = 0
  const search = (place: number, answers: Record<string, Json>): boolean => {
    tries += 1
    if (tries > mostTries) return false
    const question = earlier[place]
    if (question === undefined) return holds(target.showWhen, answers)
    if (!holds(question.showWhen, answers)) return search(place + 1, answers)
    return candidates(question, named.get(question.id) ?? []).some((value) =>
      search(place + 1, value === undefined ? answers : { ...answers, [question.id]: value }),
    )
  }
  if (search(0, {})) return 'possible'
  const isGuess =
    tries > mostTries || earlier.some(({ type }) => freeText.has(type) || type === 'ranking' || type === 'matrix')
  return isGuess ? 'unknown' : 'never'
}

const freeText: ReadonlySet<Question['type']> = new Set(['text', 'long_text', 'email', 'phone', 'date'])

/** Question id → the values that conditions compare it with. */
function namedValues(questions: readonly Question[]): Map<string, (string | number | boolean)[]> {
  const named = new Map<string, (string | number | boolean)[]>()
  const visit = (condition: AnswerCondition | undefined): void => {
    if (condition === undefined) return
    if (condition.kind === 'not') visit(condition.rule)
    else if (condition.kind !== 'answer') condition.rules.forEach(visit)
    else {
      const { question, value } = condition
      const values = value === undefined ? [] : Array.isArray(value) ? value : [value]
      named.set(question, [...(named.get(question) ?? []), ...values])
    }
  }
  for (const { showWhen } of questions) visit(showWhen)
  return named
}

function candidates(question: Question, named: readonly (string | number | boolean)[]): (Json | undefined)[] {
  const none = question.required ? [] : [undefined]
  switch (question.type) {
    case 'single':
    case 'yes_no':
      return [...valuesOf(question), ...none]
    case 'multi':
      return [...subsets(valuesOf(question), named), ...none]
    case 'scale':
    case 'rating':
    case 'nps': {
      const { from, to } = scaleOf(question)
      return [...Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step), ...none]
    }
    case 'number': {
      const { min = -1e12, max = 1e12 } = question
      const near = named.flatMap((value) =>
        typeof value === 'number' ? [value - 1, value - 0.5, value, value + 0.5, value + 1] : [],
      )
      return [...new Set([min, ...near.filter((value) => value >= min && value <= max), max]), ...none]
    }
    case 'ranking':
      return [valuesOf(question), valuesOf(question).toReversed(), ...none]
    case 'matrix':
      return [{ row: 'any' }, ...none]
    case 'text':
    case 'long_text':
    case 'email':
    case 'phone':
    case 'date':
      return [...named.filter((value) => typeof value === 'string'), 'some other answer', ...none]
  }
}

/** Every subset of the values that conditions name (up to eight), once alone and once with one that none names. */
function subsets(values: readonly string[], named: readonly unknown[]): string[][] {
  const mentioned = values.filter((value) => named.includes(value)).slice(0, 8)
  const another = values.find((value) => !named.includes(value))
  const all: string[][] = [[]]
  for (const value of mentioned) all.push(...all.map((subset) => [...subset, value]))
  const extended = another === undefined ? all : [...all, ...all.map((subset) => [...subset, another])]
  return extended.filter((subset) => subset.length > 0)
}
