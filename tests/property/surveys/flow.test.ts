/** Every way through a survey ends, and nothing hidden is kept. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '#engine/facts.ts'
import { surveySchema, emptyLibrary } from '#engine/library.ts'
import { takeAnswers } from '#engine/surveys/answers.ts'
import { checkSurvey } from '#engine/surveys/check.ts'
import { askedOn, follow, holds, nextPage, pagesOf, previousPage } from '#engine/surveys/flow.ts'
import { canBeShown } from '#engine/surveys/reachability.ts'
import type { AnswerCondition, Question } from '#engine/surveys/schema.ts'

const values = ['a', 'b', 'c']
const options = values.map((value) => ({ value, label: value }))

const conditionOn = (count: number): fc.Arbitrary<AnswerCondition> => {
  const leaf = fc.record({
    kind: fc.constant('answer' as const),
    question: fc.integer({ min: 0, max: count - 1 }).map((index) => `q${String(index)}`),
    op: fc.constantFrom('is' as const, 'is_not' as const),
    value: fc.constantFrom(...values),
  })
  const pair = fc.array(leaf, { minLength: 1, maxLength: 3 })
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    fc.record({ kind: fc.constantFrom('all' as const, 'any' as const), rules: pair }),
    fc.record({ kind: fc.constant('not' as const), rule: leaf }),
  )
}

const surveyArbitrary: fc.Arbitrary<Question[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('single', 'multi'),
      required: fc.boolean(),
      pageBreak: fc.boolean(),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .chain((shapes) =>
    fc
      .tuple(
        ...shapes.map((_, index) =>
          index === 0 ? fc.constant(undefined) : fc.option(conditionOn(index), { nil: undefined }),
        ),
      )
      .map(
        (conditions) =>
          surveySchema.parse({
            key: 's',
            title: 'S',
            questions: shapes.map(({ type, required, pageBreak }, index) => ({
              id: `q${String(index)}`,
              text: 'Q',
              type,
              options,
              required,
              pageBreak,
              ...(conditions[index] === undefined ? {} : { showWhen: conditions[index] }),
            })),
          }).questions,
      ),
  )

const givenArbitrary = fc.dictionary(
  fc.integer({ min: 0, max: 8 }).map((index) => `q${String(index)}`),
  fc.oneof(fc.constantFrom<unknown>(...values, '', 'x', 7, null), fc.subarray(values)),
)

/** Walks as a lead would, answering what is asked; chooses by the given answers where they fit. */
function walk(
  questions: readonly Question[],
  given: Record<string, unknown>,
): { steps: number; answers: Record<string, Json> } {
  let answers: Record<string, Json> = {}
  let steps = 0
  for (let page = nextPage(questions, -1, answers); page !== null; page = nextPage(questions, page, answers)) {
    steps += 1
    if (steps > 100) throw new Error('It does not end.')
    const asked = askedOn(questions, page, answers)
    const fitting = Object.fromEntries(
      asked.map(({ id, type }) => {
        const wish = given[id]
        const value = typeof wish === 'string' && values.includes(wish) ? wish : 'a'
        return [id, type === 'multi' ? [value] : value]
      }),
    )
    const taken = takeAnswers(questions, fitting, { earlier: answers, only: new Set(asked.map(({ id }) => id)) })
    expect(taken.problems).toEqual([])
    answers = taken.answers
  }
  return { steps, answers }
}

test('every way through ends, in at most as many pages as there are, with all that is required answered', () => {
  fc.assert(
    fc.property(surveyArbitrary, givenArbitrary, (questions, given) => {
      const { steps, answers } = walk(questions, given)
      expect(steps).toBeLessThanOrEqual(pagesOf(questions).length)
      for (const { id, required } of follow(questions, answers).asked) if (required) expect(answers).toHaveProperty(id)
    }),
    { numRuns: 500 },
  )
})

test('whatever is sent, answers of hidden questions are never kept, and what is kept stands by itself', () => {
  fc.assert(
    fc.property(surveyArbitrary, givenArbitrary, givenArbitrary, (questions, first, second) => {
      const before = takeAnswers(questions, first).answers
      const only = new Set(askedOn(questions, 0, before).map(({ id }) => id))
      const { answers } = takeAnswers(questions, second, { earlier: before, only })
      for (const { id, showWhen } of questions) {
        if (!holds(showWhen, answers)) expect(Object.hasOwn(answers, id)).toBe(false)
      }
      expect(follow(questions, answers).kept).toEqual(answers)
    }),
    { numRuns: 500 },
  )
})

test('going back from any page and on again comes to the same page', () => {
  fc.assert(
    fc.property(surveyArbitrary, givenArbitrary, (questions, given) => {
      const { answers } = walk(questions, given)
      for (const [page] of pagesOf(questions).entries()) {
        const back = askedOn(questions, page, answers).length === 0 ? null : previousPage(questions, page, answers)
        if (back !== null) expect(nextPage(questions, back, answers)).toBe(page)
      }
    }),
    { numRuns: 300 },
  )
})

test('a question that is said to be unreachable is reached by no answers, and reported', () => {
  fc.assert(
    fc.property(surveyArbitrary, fc.array(givenArbitrary, { minLength: 1, maxLength: 20 }), (questions, tries) => {
      const never = questions.filter((_, index) => canBeShown(questions, index) === 'never').map(({ id }) => id)
      for (const given of tries) {
        const { asked } = follow(questions, takeAnswers(questions, given).answers)
        expect(asked.filter(({ id }) => never.includes(id))).toEqual([])
      }
      const survey = { key: 's', title: 'S', intro: '', questions }
      const reported = checkSurvey(survey, emptyLibrary()).map(({ path }) => `q${String(path[1])}`)
      expect(reported).toEqual(never)
    }),
    { numRuns: 300 },
  )
})
