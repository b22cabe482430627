import { expect, test } from 'vitest'
import type { Rule } from '#engine/conditions/schema.ts'
import { spreadDelayMs } from '#engine/entry/spread.ts'
import { isTimeDependent } from '#engine/entry/time-dependent.ts'

const segments: Record<string, Rule> = {
  recent: { kind: 'compare', field: 'created_at', op: 'within_last', value: 'P7D' },
  plain: { kind: 'has_tag', tag: 'x' },
  circular: { kind: 'in_segment', segment: 'circular' },
}

test.each<[boolean, Rule]>([
  [true, { kind: 'count', event: 'e', within: 'P1D', op: 'gte', n: 1 }],
  [false, { kind: 'count', event: 'e', op: 'gte', n: 1 }],
  [true, { kind: 'delivered', within: 'P1D', op: 'gte', n: 1 }],
  [true, { kind: 'not', rule: { kind: 'compare', field: 'lease_end', op: 'within_next', value: 'P90D' } }],
  [true, { kind: 'compare', field: 'lease_end', op: 'more_than_ago', value: 'P90D' }],
  [false, { kind: 'compare', field: 'lease_end', op: 'before', value: '2026-01-01' }],
  [true, { kind: 'all', rules: [{ kind: 'always' }, { kind: 'in_segment', segment: 'recent' }] }],
  [
    false,
    {
      kind: 'any',
      rules: [
        { kind: 'in_segment', segment: 'plain' },
        { kind: 'in_segment', segment: 'gone' },
      ],
    },
  ],
  [false, { kind: 'in_segment', segment: 'circular' }],
])('says %s for %j', (expected, rule) => {
  expect(isTimeDependent(rule, { segments })).toBe(expected)
})

test('leads are spread evenly over the minutes, each always alike', () => {
  const minutes = Array.from({ length: 10_000 }, (_, n) => Math.floor(spreadDelayMs(`lead-${String(n)}`, 10) / 60_000))
  for (let minute = 0; minute < 10; minute += 1) {
    const share = minutes.filter((value) => value === minute).length
    expect(share).toBeGreaterThan(850)
    expect(share).toBeLessThan(1150)
  }
  expect(spreadDelayMs('lead-1', 10)).toBe(spreadDelayMs('lead-1', 10))
  expect(spreadDelayMs('lead-1', 0)).toBe(0)
})
