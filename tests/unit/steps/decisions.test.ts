import { describe, expect, test } from 'vitest'
import { surveySchema } from '#engine/library.ts'
import { branchOnAnswer } from '#engine/steps/branch-on-answer.ts'
import { branch } from '#engine/steps/branch.ts'
import { goTo } from '#engine/steps/go-to.ts'
import { holdout } from '#engine/steps/holdout.ts'
import { split } from '#engine/steps/split.ts'
import { aLead, aLibrary, monday, portOf, problemsOf, visit } from '#tests/support/step-visit.ts'

describe('branch', () => {
  const cases = [
    { id: 'vip', name: 'VIP', when: { kind: 'has_tag', tag: 'vip' } },
    { id: 'warm', when: { kind: 'compare', field: 'attention', op: 'in', value: ['warm', 'hot'] } },
  ]

  test('the first true case decides, with the trace of each case asked', () => {
    const facts = aLead({ tags: { vip: 1 }, fields: { attention: 'hot' }, attention: 'hot' })
    expect(visit(branch, { cases }, { facts }).run()).toMatchObject({
      port: 'case:vip',
      detail: { cases: [{ case: 'vip' }] },
    })
    delete facts.tags['vip']
    expect(visit(branch, { cases }, { facts }).run()).toMatchObject({
      port: 'case:warm',
      detail: {
        cases: [
          { case: 'vip', trace: { value: false } },
          { case: 'warm', trace: { value: true } },
        ],
      },
    })
  })

  test('everyone else leaves by else', () => {
    expect(portOf(visit(branch, { cases }).run())).toBe('else')
  })

  test('ids are used once', () => {
    expect(problemsOf(branch, { cases: [cases[0], cases[0]] })).toEqual(['STEP_CONFIG_INVALID cases.1.id'])
    expect(branch.rules?.(branch.config.parse({ cases })).map(({ path }) => path)).toEqual([
      ['cases', 0, 'when'],
      ['cases', 1, 'when'],
    ])
  })
})

describe('branch on an answer', () => {
  const survey = surveySchema.parse({
    key: 'why',
    title: 'Why?',
    questions: [
      {
        id: 'reason',
        text: 'Why?',
        type: 'multi',
        options: [
          { value: 'price', label: 'Price' },
          { value: 'time', label: 'Time' },
        ],
      },
    ],
  })
  const library = aLibrary([], { surveys: { why: survey } })
  const config = {
    survey: 'why',
    question: 'reason',
    cases: [
      { id: 'price', values: ['price'] },
      { id: 'time', values: ['time'] },
    ],
  }
  const answered = (value: string | string[]) => ({
    library,
    facts: aLead({ answers: { why: { reason: { value, at: monday } } } }),
  })

  test('goes by the latest answer; of several choices one is enough, in the order of the cases', () => {
    expect(portOf(visit(branchOnAnswer, config, answered('PRICE')).run())).toBe('case:price')
    expect(portOf(visit(branchOnAnswer, config, answered(['time', 'price'])).run())).toBe('case:price')
    expect(portOf(visit(branchOnAnswer, config, answered('taste')).run())).toBe('else')
  })

  test('no answer, or an empty one, is no answer', () => {
    expect(portOf(visit(branchOnAnswer, config, { library }).run())).toBe('unanswered')
    expect(portOf(visit(branchOnAnswer, config, answered([])).run())).toBe('unanswered')
  })

  test('survey, question and options are checked', () => {
    expect(problemsOf(branchOnAnswer, config, library)).toEqual([])
    expect(problemsOf(branchOnAnswer, { ...config, survey: 'gone' }, library)).toEqual(['REFERENCE_MISSING survey'])
    expect(problemsOf(branchOnAnswer, { ...config, question: 'gone' }, library)).toEqual(['REFERENCE_MISSING question'])
    const cases = [{ id: 'a', values: ['prize'] }]
    expect(problemsOf(branchOnAnswer, { ...config, cases }, library)).toEqual(['RULE_VALUE_INVALID cases.0.values.0'])
  })
})

describe('split and hold out', () => {
  test('the same lead goes the same way each time, at any visit', () => {
    for (let lead = 0; lead < 50; lead += 1) {
      const facts = aLead({ leadId: `lead-${lead}` })
      const first = portOf(visit(split, {}, { facts }).run())
      expect(portOf(visit(split, {}, { facts, visit: 7 }).run(monday + 1))).toBe(first)
      expect(['way:a', 'way:b']).toContain(first)
    }
  })

  test('a way of 0 % is never taken, not even when the draw is at the very edge', () => {
    const ways = [
      { id: 'none', percent: 0 },
      { id: 'all', percent: 100 },
      { id: 'nobody', percent: 0 },
    ]
    const config = split.config.parse({ ways })
    for (const at of [0, 0.5, 1 - Number.EPSILON]) {
      const outcome = split.run({ config, stepId: 's', draw: () => at } as unknown as Parameters<typeof split.run>[0])
      expect(portOf(outcome)).toBe('way:all')
    }
  })

  test('percentages must add up to 100', () => {
    const ways = (...percents: number[]) => ({ ways: percents.map((percent, index) => ({ id: `w${index}`, percent })) })
    expect(problemsOf(split, ways(50, 49))).toEqual(['SPLIT_NOT_100 ways'])
    expect(problemsOf(split, ways(33.3, 33.3, 33.4))).toEqual([])
    expect(problemsOf(split, ways(0.1, 0.2, 99.7))).toEqual([])
  })

  test('the control group is the same at every hold-out of the journey', () => {
    for (let lead = 0; lead < 50; lead += 1) {
      const facts = aLead({ leadId: `lead-${lead}` })
      const one = portOf(visit(holdout, { percent: 50 }, { facts, stepId: 'one' }).run())
      expect(portOf(visit(holdout, { percent: 50 }, { facts, stepId: 'two' }).run())).toBe(one)
    }
    expect(portOf(visit(holdout, { percent: 0 }).run())).toBe('in')
    expect(portOf(visit(holdout, { percent: 100 }).run())).toBe('held_out')
  })
})

describe('go to', () => {
  test('jumps until the limit', () => {
    const config = { target: 'target', maxVisits: 2 }
    expect(visit(goTo, config, { visit: 2 }).run()).toMatchObject({ kind: 'jump', to: 'target' })
    expect(portOf(visit(goTo, config, { visit: 3 }).run())).toBe('limit')
  })

  test('the target must be another step of the journey', () => {
    expect(problemsOf(goTo, { target: 'gone' })).toEqual(['GOTO_TARGET_MISSING target'])
    expect(problemsOf(goTo, { target: 'step' })).toEqual(['GOTO_TARGET_MISSING target'])
    expect(goTo.jumps?.(goTo.config.parse({ target: 'target' }))).toEqual(['target'])
  })
})
