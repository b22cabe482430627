import { describe, expect, test } from 'vitest'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Library } from '#engine/library.ts'
import { exampleLibrary } from '../../support/lead-facts.ts'

const library = exampleLibrary()
const problems = (rule: Rule, within: Library = library) =>
  validateRule(rule, within).map(({ code, path }) => `${code} at ${path.join('.')}`)
const compare = (
  field: string,
  op: Extract<Rule, { kind: 'compare' }>['op'],
  value?: string | number | string[],
): Rule => ({
  kind: 'compare',
  field,
  op,
  ...(value === undefined ? {} : { value }),
})

describe('validateRule()', () => {
  test('reports every problem at its place, not only the first', () => {
    const rule: Rule = {
      kind: 'all',
      rules: [
        compare('nonsense', 'known'),
        { kind: 'not', rule: compare('company', 'lt', 3) },
        {
          kind: 'any',
          rules: [
            compare('amount', 'gt', 'many'),
            { kind: 'received', asset: 'lost' },
            { kind: 'in_segment', segment: 'lost' },
          ],
        },
        { kind: 'count', event: 'x', op: 'gte', n: 1, within: 'P0D', where: [{ property: 'p', op: 'lt', value: 'x' }] },
        { kind: 'answered', survey: 'why', question: 'lost' },
        { kind: 'answered', survey: 'lost', question: 'x', value: 'y' },
      ],
    }
    expect(problems(rule)).toEqual([
      'FIELD_UNKNOWN at rules.0.field',
      'OPERATOR_NOT_FOR_TYPE at rules.1.rule.op',
      'RULE_VALUE_INVALID at rules.2.rules.0.value',
      'REFERENCE_MISSING at rules.2.rules.1.asset',
      'REFERENCE_MISSING at rules.2.rules.2.segment',
      'RULE_VALUE_INVALID at rules.3.where.0.value',
      'DURATION_INVALID at rules.3.within',
      'REFERENCE_MISSING at rules.4.question',
      'REFERENCE_MISSING at rules.5.survey',
      'RULE_VALUE_INVALID at rules.5.value',
    ])
  })

  test.each([
    [compare('company', 'is'), 'RULE_VALUE_INVALID at value'],
    [compare('company', 'is', ''), 'RULE_VALUE_INVALID at value'],
    [compare('company', 'contains', '\0'), 'RULE_VALUE_INVALID at value'],
    [compare('company', 'in', []), 'RULE_VALUE_INVALID at value'],
    [compare('company', 'known', 'x'), 'RULE_VALUE_INVALID at value'],
    [compare('stage', 'is', 'sold'), 'RULE_VALUE_INVALID at value'],
    [compare('interests', 'has_any', ['golf', 'chess']), 'RULE_VALUE_INVALID at value'],
    [compare('birthday', 'before', '2026-02-30'), 'RULE_VALUE_INVALID at value'],
    [compare('birthday', 'after', '2026-02-03T10:00Z'), 'RULE_VALUE_INVALID at value'],
    [compare('birthday', 'between', ['2026-03-01', '2026-02-01']), 'RULE_VALUE_INVALID at value'],
    [compare('created_at', 'within_last', '3 days'), 'DURATION_INVALID at value'],
    [compare('created_at', 'within_last', 3), 'DURATION_INVALID at value'],
  ] as const)('refuses %j', (rule, problem) => {
    expect(problems(rule)).toEqual([problem])
  })

  test('finds a circle of segments wherever it is entered, and says which segment', () => {
    const segments: Library['segments'] = {
      outer: { kind: 'all', rules: [{ kind: 'in_segment', segment: 'one' }] },
      one: { kind: 'not', rule: { kind: 'in_segment', segment: 'two' } },
      two: { kind: 'any', rules: [{ kind: 'in_segment', segment: 'one' }] },
    }
    const [issue] = validateRule({ kind: 'in_segment', segment: 'outer' }, { ...library, segments })
    expect(issue).toMatchObject({ code: 'SEGMENT_CYCLE', path: ['segment'] })
    expect(issue?.message).toContain('"one"')
  })

  test('reports what is wrong inside a segment where the segment is used', () => {
    const segments: Library['segments'] = { broken: compare('gone', 'known') }
    const [issue] = validateRule({ kind: 'in_segment', segment: 'broken' }, { ...library, segments })
    expect(issue).toMatchObject({ code: 'FIELD_UNKNOWN', path: ['segment'] })
  })

  test('refuses rules that grow beyond measure through segments, without writing them out', () => {
    const segments: Library['segments'] = { s0: { kind: 'always' } }
    for (let index = 1; index <= 40; index += 1) {
      const before: Rule = { kind: 'in_segment', segment: `s${index - 1}` }
      segments[`s${index}`] = { kind: 'all', rules: [before, before] }
    }
    expect(problems({ kind: 'in_segment', segment: 's40' }, { ...library, segments })).toEqual([
      'RULE_VALUE_INVALID at ',
    ])
    expect(problems({ kind: 'in_segment', segment: 's5' }, { ...library, segments })).toEqual([])
  })

  test('messages show the offending value in quotes', () => {
    expect(validateRule(compare('nonsense', 'known'), library)[0]?.message).toContain('"nonsense"')
    expect(validateRule(compare('birthday', 'before', 'soon'), library)[0]?.message).toContain('"soon"')
  })
})
