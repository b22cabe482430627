import { describe, expect, test } from 'vitest'
import { describeRule } from '#engine/conditions/describe.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { exampleLibrary } from '../../support/lead-facts.ts'

const say = (rule: Rule) => describeRule(rule, exampleLibrary())
const friday: Rule = {
  kind: 'all',
  rules: [
    { kind: 'count', event: 'downloaded', op: 'eq', n: 1 },
    { kind: 'count', event: 'invited', op: 'lt', n: 8 },
  ],
}

describe('describeRule()', () => {
  test.each<[Rule, string]>([
    [friday, '"downloaded" happened exactly once and "invited" happened fewer than 8 times'],
    [
      { kind: 'not', rule: friday },
      'not ("downloaded" happened exactly once and "invited" happened fewer than 8 times)',
    ],
    [
      { kind: 'any', rules: [{ kind: 'has_tag', tag: 'vip' }, friday] },
      'has the tag "vip" or ("downloaded" happened exactly once and "invited" happened fewer than 8 times)',
    ],
    [{ kind: 'compare', field: 'score', op: 'gte', value: 50 }, 'Score is at least 50'],
    [
      { kind: 'compare', field: 'stage', op: 'in', value: ['sales_ready', 'customer'] },
      'Stage is one of "sales ready" or "customer"',
    ],
    [{ kind: 'compare', field: 'do_not_email', op: 'is', value: true }, 'Do not email is yes'],
    [{ kind: 'compare', field: 'created_at', op: 'more_than_ago', value: 'P1M' }, 'Created is more than 1 month ago'],
    [
      { kind: 'compare', field: 'birthday', op: 'between', value: ['2026-01-01', '2026-02-01'] },
      'birthday is between 2026-01-01 and 2026-02-01',
    ],
    [{ kind: 'compare', field: 'gone', op: 'known' }, 'gone is known'],
    [{ kind: 'count', event: 'seen', op: 'eq', n: 0, within: 'P7D' }, '"seen" never happened in the last 7 days'],
    [
      { kind: 'delivered', channel: 'email', op: 'gte', n: 3, within: 'P7D' },
      'was sent at least 3 emails in the last 7 days',
    ],
    [
      { kind: 'answered', survey: 'why', question: 'reason', op: 'is', value: 'budget' },
      'the answer to "reason" (why) is "budget"',
    ],
    [{ kind: 'received', asset: 'guide' }, 'received "guide"'],
  ])('%j', (rule, sentence) => {
    expect(say(rule)).toBe(sentence)
  })
})
