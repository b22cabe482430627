import { describe, expect, test } from 'vitest'
import { emptyLibrary, surveySchema, type Survey } from '#engine/library.ts'
import { takeAnswers } from '#engine/surveys/answers.ts'
import { checkSurvey } from '#engine/surveys/check.ts'
import { askedOn, follow, nextPage, pagesOf, previousPage } from '#engine/surveys/flow.ts'
import { translateSurvey } from '#engine/surveys/translate.ts'

type Input = Parameters<typeof surveySchema.parse>[0]

function survey(questions: object[], more: object = {}): Survey {
  return surveySchema.parse({ key: 's', title: 'S', questions, ...more } as Input)
}

const options = ['a', 'b', 'c'].map((value) => ({ value, label: value.toUpperCase() }))
const single = { id: 'why', text: 'Why?', type: 'single', options }
const isB = { kind: 'answer', question: 'why', op: 'is', value: 'b' }

function codes(questions: object[], library = emptyLibrary()): string[] {
  return checkSurvey(survey(questions), library).map(({ code, path }) => `${code} ${path.join('.')}`)
}

test('a survey stored by an earlier release is read as it was', () => {
  const stored = {
    key: 'old',
    title: 'Old',
    intro: '',
    questions: [{ id: 'q', text: 'Q', type: 'text', required: false }],
  }
  expect(surveySchema.parse(stored)).toEqual(stored)
})

describe('checkSurvey()', () => {
  test('finds nothing wrong with a good one', () => {
    expect(codes([single, { id: 'until', text: 'Until?', type: 'date', showWhen: isB }])).toEqual([])
  })

  test('reports every problem at its place', () => {
    const found = codes([
      { id: 'x', text: 'X', type: 'single' },
      { ...single, options: [options[0], options[0]] },
      { id: 'x', text: 'Again', type: 'text', field: 'nobody' },
      { id: 's', text: 'S', type: 'scale', min: 0, max: 100 },
      { id: 'r', text: 'R', type: 'text', showWhen: { ...isB, question: 'later' } },
      { id: 'later', text: 'L', type: 'text', field: 'score' },
      { id: 'g', text: 'G', type: 'text', showWhen: { ...isB, question: 'ghost' } },
      { id: 'v', text: 'V', type: 'text', showWhen: { ...isB, value: undefined } },
    ])
    expect(found.sort()).toEqual([
      'FIELD_READ_ONLY questions.5.field',
      'FIELD_UNKNOWN questions.2.field',
      'QUESTION_INVALID questions.0.options',
      'QUESTION_INVALID questions.1.options',
      'QUESTION_INVALID questions.2.id',
      'QUESTION_INVALID questions.3.max',
      'QUESTION_ORDER questions.4.showWhen.question',
      'REFERENCE_MISSING questions.6.showWhen.question',
      'RULE_VALUE_INVALID questions.7.showWhen.value',
    ])
  })

  test('sees that nothing leads to a question, and that something does', () => {
    const two = (value: unknown, op = 'is') => [
      single,
      { id: 'b', text: 'B', type: 'text', showWhen: { ...isB, op, value } },
    ]
    expect(codes(two('nothing of the sort'))).toEqual(['QUESTION_UNREACHABLE questions.1.showWhen'])
    expect(codes(two(['a', 'c'], 'in'))).toEqual([])
    const never = { kind: 'all', rules: [isB, { ...isB, value: 'a' }] }
    expect(codes([single, { id: 'n', text: 'N', type: 'text', showWhen: never }])).toHaveLength(1)
    // Hidden whenever it would have the answer that is asked for.
    const chain = [
      single,
      { id: 'm', text: 'M', type: 'yes_no', showWhen: isB },
      {
        id: 'z',
        text: 'Z',
        type: 'text',
        showWhen: {
          kind: 'all',
          rules: [
            { kind: 'answer', question: 'm', op: 'is', value: 'yes' },
            { ...isB, value: 'a' },
          ],
        },
      },
    ]
    expect(codes(chain)).toEqual(['QUESTION_UNREACHABLE questions.2.showWhen'])
  })

  test('an answer that a field cannot hold is refused', () => {
    const library = emptyLibrary()
    library.fields['size'] = { key: 'size', label: 'Size', type: 'number' }
    expect(codes([{ ...single, field: 'size' }], library)).toEqual(['OPERATOR_NOT_FOR_TYPE questions.0.field'])
    expect(codes([{ id: 'n', text: 'N', type: 'number', field: 'size' }], library)).toEqual([])
  })
})

describe('takeAnswers()', () => {
  const take = (question: object, given: Record<string, unknown>) => {
    const { answers, problems } = takeAnswers(survey([{ id: 'q', text: 'Q', ...question }]).questions, given)
    return problems.length > 0 ? 'refused' : answers
  }

  test.each<[object, unknown, unknown]>([
    [{ type: 'single', options }, 'b', 'b'],
    [{ type: 'single', options }, 'd', 'refused'],
    [{ type: 'single', options }, ['b'], 'refused'],
    [{ type: 'multi', options }, ['c', 'a', 'a'], ['a', 'c']],
    [{ type: 'multi', options }, ['c', 'x'], 'refused'],
    [{ type: 'yes_no' }, true, 'yes'],
    [{ type: 'text' }, '  hi\0 ', 'hi'],
    [{ type: 'text' }, 'x'.repeat(501), 'refused'],
    [{ type: 'long_text' }, 'x'.repeat(10_001), 'refused'],
    [{ type: 'email' }, 'a@b.example', 'a@b.example'],
    [{ type: 'email' }, 'a@b', 'refused'],
    [{ type: 'email' }, 'a@b.example\nBcc: c@d.example', 'refused'],
    [{ type: 'phone' }, '+44 20 7946-0000', '+44 20 7946-0000'],
    [{ type: 'phone' }, '12', 'refused'],
    [{ type: 'number', min: 0 }, '12.5', 12.5],
    [{ type: 'number', min: 0 }, '-1', 'refused'],
    [{ type: 'number' }, '1e999', 'refused'],
    [{ type: 'date' }, '2028-02-29', '2028-02-29'],
    [{ type: 'date' }, '2027-02-29', 'refused'],
    [{ type: 'scale' }, '5', 5],
    [{ type: 'scale' }, '6', 'refused'],
    [{ type: 'scale' }, '2.5', 'refused'],
    [{ type: 'nps' }, '0', 0],
    [{ type: 'ranking', options }, ['c', 'a', 'b'], ['c', 'a', 'b']],
    [{ type: 'ranking', options }, ['c', 'a'], 'refused'],
    [{ type: 'matrix', options, rows: [{ id: 'r', label: 'R' }] }, { r: 'a' }, { r: 'a' }],
    [{ type: 'matrix', options, rows: [{ id: 'r', label: 'R' }] }, { s: 'a' }, 'refused'],
  ])('%o given %o is %o', (question, given, expected) => {
    expect(take(question, { q: given })).toEqual(expected === 'refused' ? 'refused' : { q: expected })
  })

  test('nothing is no answer, and only then a problem where one is required', () => {
    expect(take({ type: 'text' }, { q: '   ' })).toEqual({})
    expect(take({ type: 'single', options, required: true }, {})).toBe('refused')
  })

  test('something else is kept as "other" with what was written', () => {
    const other = { type: 'single', options, other: { label: 'Something else' } }
    expect(take(other, { q: 'other', q_other: ' my own ' })).toEqual({ q: 'other', q_other: 'my own' })
    // Written, but another option chosen: not kept.
    expect(take(other, { q: 'a', q_other: 'my own' })).toEqual({ q: 'a' })
  })

  test('required questions that are hidden are not missed, and their answers are dropped', () => {
    const { questions } = survey([single, { id: 'until', text: 'Until?', type: 'date', required: true, showWhen: isB }])
    expect(takeAnswers(questions, { why: 'a', until: '2027-01-01' })).toEqual({ answers: { why: 'a' }, problems: [] })
    expect(takeAnswers(questions, { why: 'b' }).problems.map(({ question }) => question)).toEqual(['until'])
  })

  test('a key of the prototype is no answer', () => {
    const { questions } = survey([{ id: 'constructor', text: 'C', type: 'text' }])
    expect(takeAnswers(questions, {})).toEqual({ answers: {}, problems: [] })
  })
})

test('pages end where the author says and before a question that depends on its own page', () => {
  const { questions } = survey([
    single,
    { id: 'free', text: 'F', type: 'text' },
    { id: 'until', text: 'U', type: 'date', showWhen: isB },
    { id: 'next', text: 'N', type: 'text' },
    { id: 'last', text: 'L', type: 'text', pageBreak: true },
  ])
  expect(pagesOf(questions).map((page) => page.map(({ id }) => id))).toEqual([
    ['why', 'free'],
    ['until', 'next'],
    ['last'],
  ])
  expect(askedOn(questions, 1, { why: 'a' }).map(({ id }) => id)).toEqual(['next'])
  expect(nextPage(questions, 1, {})).toBe(2)
  expect(previousPage(questions, 0, {})).toBeNull()
  expect(follow(questions, { why: 'a', until: '2027-01-01', stray: 1 }).kept).toEqual({ why: 'a' })
})

test('texts come in the best language there is, values never change', () => {
  const two = survey([{ ...single, showWhen: undefined }], {
    language: 'en',
    translations: { 'de-CH': { title: 'Warum nicht?', questions: { why: { text: 'Warum?', options: { a: 'Äh' } } } } },
  })
  const { survey: german, language } = translateSurvey(two, ['fr', 'de'])
  expect([language, german.title, german.questions[0]?.text]).toEqual(['de-CH', 'Warum nicht?', 'Warum?'])
  expect(german.questions[0]?.options?.map(({ value, label }) => `${value}=${label}`)).toEqual(['a=Äh', 'b=B', 'c=C'])
  expect(translateSurvey(two, ['en', 'de']).survey.title).toBe('S')
})
