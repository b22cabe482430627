/** Which questions a lead is asked, page by page, given what it has answered. Pure; the pages and the tests run the same. */
import { testJson } from '../conditions/properties.ts'
import type { Json } from '../facts.ts'
import { lookUp } from '../steps/lookup.ts'
import type { AnswerCondition, Question } from './schema.ts'

/** Question id → answer (`<id>_other` → what was written beside "other"). Absent = not answered. */
export type Answers = Readonly<Record<string, Json>>

/** The key of the text written beside "something else". */
export function otherKey(questionId: string): string {
  return `${questionId}_other`
}

/** Whether the condition holds for these answers; an absent condition always does. */
export function holds(condition: AnswerCondition | undefined, answers: Answers): boolean {
  if (condition === undefined) return true
  switch (condition.kind) {
    case 'all':
      return condition.rules.every((rule) => holds(rule, answers))
    case 'any':
      return condition.rules.some((rule) => holds(rule, answers))
    case 'not':
      return !holds(condition.rule, answers)
    case 'answer':
      return testJson(lookUp(answers, condition.question), condition.op, condition.value)
  }
}

/** The questions a condition looks at, each once. */
export function questionsOf(condition: AnswerCondition | undefined): string[] {
  if (condition === undefined) return []
  switch (condition.kind) {
    case 'all':
    case 'any':
      return [...new Set(condition.rules.flatMap(questionsOf))]
    case 'not':
      return questionsOf(condition.rule)
    case 'answer':
      return [condition.question]
  }
}

/**
 * The questions that are asked given these answers, in order, and the answers that count: an answer to a question that
 * is hidden is not looked at by later conditions and is not kept.
 */
export function follow(
  questions: readonly Question[],
  answers: Answers,
): { asked: Question[]; kept: Record<string, Json> } {
  const asked: Question[] = []
  const kept: Record<string, Json> = {}
  for (const question of questions) {
    if (!holds(question.showWhen, kept)) continue
    asked.push(question)
    for (const key of [question.id, otherKey(question.id)]) {
      const value = lookUp(answers, key)
      if (value === undefined || (key !== question.id && question.other === undefined)) continue
      kept[key] = value
    }
  }
  return { asked, kept }
}

/**
 * The questions by page. A page ends where the author says, and before a question that depends on one of the same page:
 * without scripts in the browser, that can only be decided once the page has been sent.
 */
export function pagesOf(questions: readonly Question[]): Question[][] {
  const pages: Question[][] = []
  let ids = new Set<string>()
  for (const question of questions) {
    const dependsOnPage = questionsOf(question.showWhen).some((id) => ids.has(id))
    const page = pages.at(-1)
    if (page === undefined || question.pageBreak === true || dependsOnPage) {
      pages.push([question])
      ids = new Set([question.id])
    } else {
      page.push(question)
      ids.add(question.id)
    }
  }
  return pages
}

/** What of a page is asked, given the answers so far. Empty = the page is passed over. */
export function askedOn(questions: readonly Question[], page: number, answers: Answers): Question[] {
  const ids = new Set((pagesOf(questions)[page] ?? []).map(({ id }) => id))
  return follow(questions, answers).asked.filter(({ id }) => ids.has(id))
}

/** The next page with a question on it after `page` (-1 = the first one); null when there is none: the end. */
export function nextPage(questions: readonly Question[], page: number, answers: Answers): number | null {
  const { asked } = follow(questions, answers)
  const ids = new Set(asked.map(({ id }) => id))
  const next = pagesOf(questions).findIndex((group, index) => index > page && group.some(({ id }) => ids.has(id)))
  return next === -1 ? null : next
}

/** The page before `page` with a question on it; null on the first. */
export function previousPage(questions: readonly Question[], page: number, answers: Answers): number | null {
  const { asked } = follow(questions, answers)
  const ids = new Set(asked.map(({ id }) => id))
  const previous = pagesOf(questions).findLastIndex(
    (group, index) => index < page && group.some(({ id }) => ids.has(id)),
  )
  return previous === -1 ? null : previous
}
