import { describe, expect, test } from 'vitest'
import { evaluate } from '#engine/conditions/evaluate.ts'
import type { Rule, RuleValue, CompareOp } from '#engine/conditions/schema.ts'
import { EngineError } from '#engine/errors.ts'
import type { Facts, FieldValue, Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import { exampleLibrary } from '../../support/lead-facts.ts'
import { strangerFacts } from '../../support/stranger-facts.ts'

const library = exampleLibrary()
const now = Date.parse('2026-06-15T12:00:00Z')
const hour = 3_600_000
const day = 24 * hour

function aLead(fields: Record<string, FieldValue> = {}, more: Partial<Facts> = {}): Facts {
  return { ...strangerFacts(), fields, ...more }
}

function ask(rule: Rule, facts: Facts, at: { now?: Instant; zone?: string; library?: Library } = {}) {
  return evaluate(rule, { facts, library: at.library ?? library, now: at.now ?? now, zone: at.zone ?? 'UTC' })
}

function compares(
  field: string,
  stored: FieldValue | undefined,
  op: CompareOp,
  value?: RuleValue,
  zone = 'UTC',
): boolean {
  const facts = aLead(stored === undefined ? {} : { [field]: stored })
  return ask({ kind: 'compare', field, op, ...(value === undefined ? {} : { value }) }, facts, { zone }).value
}

function eventsAt(type: string, ...instants: Instant[]): Partial<Facts> {
  const events = instants.map((occurredAt) => ({ type, occurredAt, properties: {} }))
  return {
    events: { [type]: events },
    totals: { [type]: { count: events.length, firstAt: Math.min(...instants), lastAt: Math.max(...instants) } },
  }
}

describe('a missing value', () => {
  test.each([
    ['is', 'x'],
    ['contains', 'x'],
    ['starts_with', 'x'],
    ['in', ['x']],
    ['known', undefined],
  ] as const)('makes "%s" false', (op, value) => {
    for (const stored of [undefined, null, '']) {
      expect(
        compares(
          'company',
          stored,
          op,
          value === undefined ? undefined : typeof value === 'string' ? value : [...value],
        ),
      ).toBe(false)
    }
  })

  test.each([
    ['is_not', 'x'],
    ['not_contains', 'x'],
    ['not_in', ['x']],
    ['unknown', undefined],
  ] as const)('makes "%s" true', (op, value) => {
    for (const stored of [undefined, null, '']) {
      expect(
        compares(
          'company',
          stored,
          op,
          value === undefined ? undefined : typeof value === 'string' ? value : [...value],
        ),
      ).toBe(true)
    }
  })

  test('is neither below nor above a number, and a lead without a score is not a cold lead', () => {
    expect(compares('amount', undefined, 'lt', 10)).toBe(false)
    expect(compares('amount', undefined, 'gte', 10)).toBe(false)
    expect(compares('amount', '42', 'is', 42)).toBe(false)
  })
})

describe('text', () => {
  test('compares without regard to case and composition, but with regard to accents', () => {
    expect(compares('company', 'Zoë GmbH', 'is', 'ZOE\u0308 gmbh')).toBe(true)
    expect(compares('company', 'Zoë', 'is', 'Zoe')).toBe(false)
  })

  test('takes wildcards literally', () => {
    expect(compares('title', 'internal', 'contains', 'in%tern')).toBe(false)
    expect(compares('title', 'axb', 'starts_with', 'a_')).toBe(false)
    expect(compares('title', '50% off', 'contains', '%')).toBe(true)
  })
})

describe('dates', () => {
  test('before and after leave the day itself out, between has both ends in', () => {
    expect(compares('birthday', '2026-06-15', 'before', '2026-06-15')).toBe(false)
    expect(compares('birthday', '2026-06-14', 'before', '2026-06-15')).toBe(true)
    expect(compares('birthday', '2026-06-15', 'after', '2026-06-15')).toBe(false)
    expect(compares('birthday', '2026-06-15', 'between', ['2026-06-15', '2026-06-15'])).toBe(true)
  })

  test('a day asked of a point in time is the whole day of the zone', () => {
    const lateEvening = Date.parse('2026-06-15T23:30:00+02:00')
    expect(compares('renewed_at', lateEvening, 'after', '2026-06-15', 'Europe/Berlin')).toBe(false)
    expect(compares('renewed_at', lateEvening, 'between', ['2026-06-15', '2026-06-15'], 'Europe/Berlin')).toBe(true)
    expect(compares('renewed_at', lateEvening + hour, 'after', '2026-06-15', 'Europe/Berlin')).toBe(true)
    // The same instant is still 14:30 of that day in Los Angeles.
    expect(compares('renewed_at', lateEvening + hour, 'after', '2026-06-15', 'America/Los_Angeles')).toBe(false)
  })

  test('a time without an offset is on the clock of the zone', () => {
    const stored = Date.parse('2026-06-15T09:00:00+02:00')
    expect(compares('renewed_at', stored, 'before', '2026-06-15T09:00', 'Europe/Berlin')).toBe(false)
    expect(compares('renewed_at', stored - 1, 'before', '2026-06-15T09:00', 'Europe/Berlin')).toBe(true)
  })

  test('windows are (now − length, now] and (now, now + length]', () => {
    const windowed = (at: Instant, op: CompareOp) => compares('renewed_at', at, op, 'P3D')
    expect(windowed(now, 'within_last')).toBe(true)
    expect(windowed(now - 3 * day + 1, 'within_last')).toBe(true)
    expect(windowed(now - 3 * day, 'within_last')).toBe(false)
    expect(windowed(now - 3 * day, 'more_than_ago')).toBe(true)
    expect(windowed(now + 1, 'within_last')).toBe(false)
    expect(windowed(now, 'within_next')).toBe(false)
    expect(windowed(now + 3 * day, 'within_next')).toBe(true)
    expect(windowed(now + 3 * day + 1, 'within_next')).toBe(false)
  })

  test('a date begins at the first instant of its day, also where midnight is skipped', () => {
    // Cairo goes from 23:59:59 on 25 April 2024 to 01:00 on the 26th, which is 22:00 UTC.
    const firstInstant = Date.parse('2024-04-25T22:00:00Z')
    const rule: Rule = { kind: 'compare', field: 'birthday', op: 'within_last', value: 'P1D' }
    const facts = aLead({ birthday: '2024-04-26' })
    const at = (instant: Instant) => ask(rule, facts, { now: instant, zone: 'Africa/Cairo' })
    expect(at(firstInstant - 1)).toMatchObject({ value: false, recheckAt: firstInstant })
    expect(at(firstInstant)).toMatchObject({ value: true, recheckAt: firstInstant + day })
    expect(at(firstInstant + day).value).toBe(false)
  })

  test('a day is 24 hours, also on the day clocks change', () => {
    // New York, 3 November 2024, has 25 hours.
    const midnight = Date.parse('2024-11-03T04:00:00Z')
    const rule: Rule = { kind: 'compare', field: 'renewed_at', op: 'within_last', value: 'P1D' }
    const { recheckAt } = ask(rule, aLead({ renewed_at: midnight }), { now: midnight, zone: 'America/New_York' })
    expect(recheckAt).toBe(midnight + day)
  })
})

describe('count', () => {
  const count = (op: 'lt' | 'gte' | 'eq', n: number, within?: string): Rule => ({
    kind: 'count',
    event: 'downloaded',
    op,
    n,
    ...(within === undefined ? {} : { within }),
  })

  test('of an event that never happened is 0', () => {
    expect(ask(count('lt', 8), aLead()).value).toBe(true)
    expect(ask(count('eq', 0), aLead()).value).toBe(true)
    expect(ask(count('gte', 1), aLead()).value).toBe(false)
  })

  test('over all time believes the counter, of which only the newest events are loaded', () => {
    const facts = aLead({}, { totals: { downloaded: { count: 5000, firstAt: 0, lastAt: now } } })
    expect(ask(count('gte', 5000), facts).value).toBe(true)
  })

  test('does not see what happens later', () => {
    const facts = aLead({}, eventsAt('downloaded', now - hour, now + hour))
    expect(ask(count('eq', 1), facts)).toMatchObject({ value: true, recheckAt: now + hour })
  })

  test('with a window changes when the event that decides it leaves the window', () => {
    const facts = aLead({}, eventsAt('downloaded', now - 3 * day, now - 2 * day, now - day))
    expect(ask(count('gte', 2, 'P7D'), facts)).toMatchObject({ value: true, recheckAt: now + 5 * day })
    expect(ask(count('gte', 4, 'P7D'), facts)).toMatchObject({ value: false, recheckAt: null })
  })

  test('counts only events whose properties match', () => {
    const events = ['Guide', 'guide', 'webinar'].map((asset) => ({
      type: 'downloaded',
      occurredAt: now,
      properties: { asset },
    }))
    const facts = aLead({}, { events: { downloaded: events } })
    const where = [{ property: 'asset', op: 'is' as const, value: 'GUIDE' }]
    expect(ask({ ...count('eq', 2), where } as Rule, facts).value).toBe(true)
  })
})

describe('answered, received, delivered, tags', () => {
  test('the latest answer is compared, and no answer is "is not"', () => {
    const facts = aLead({}, { answers: { why: { reason: { value: ['budget', 'time'], at: now } } } })
    const answered = (rest: object): Rule => ({ kind: 'answered', survey: 'why', question: 'reason', ...rest })
    expect(ask(answered({}), facts).value).toBe(true)
    expect(ask(answered({ op: 'is', value: 'budget' }), facts).value).toBe(true)
    expect(ask(answered({ op: 'is', value: 'Budget' }), facts).value).toBe(false)
    expect(ask(answered({ op: 'is_not', value: 'budget' }), aLead()).value).toBe(true)
    expect(ask(answered({}), aLead()).value).toBe(false)
  })

  test('a copy of an asset counts as the asset', () => {
    const facts = aLead({}, { received: { guide: now } })
    expect(ask({ kind: 'received', asset: 'guide_de' }, facts).value).toBe(true)
    expect(ask({ kind: 'received', asset: 'webinar' }, facts).value).toBe(false)
  })

  test('deliveries that were not sent, notices to colleagues and later ones do not count', () => {
    const sent = {
      channel: 'email',
      purpose: 'nurture',
      status: 'accepted',
      countedAt: now - day,
      assetLineage: null,
    } as const
    const facts = aLead(
      {},
      {
        deliveries: [
          sent,
          { ...sent, status: 'skipped' },
          { ...sent, channel: 'notification' },
          { ...sent, purpose: 'internal' },
          { ...sent, countedAt: now + 1 },
        ],
      },
    )
    expect(ask({ kind: 'delivered', op: 'eq', n: 1 }, facts)).toMatchObject({ value: true, recheckAt: now + 1 })
  })

  test('a tag named like a method is not had by everybody', () => {
    expect(ask({ kind: 'has_tag', tag: 'constructor' }, aLead()).value).toBe(false)
    expect(
      ask({ kind: 'has_tag', tag: 'constructor' }, aLead({}, { tags: Object.fromEntries([['constructor', 0]]) })).value,
    ).toBe(true)
  })
})

describe('groups and segments', () => {
  const soon: Rule = { kind: 'count', event: 'downloaded', op: 'gte', n: 1, within: 'P1D' }
  const never: Rule = { kind: 'compare', field: 'company', op: 'is', value: 'nobody' }
  const facts = aLead({}, eventsAt('downloaded', now - hour))

  test('a false "all" waits for its last false part only', () => {
    expect(ask({ kind: 'all', rules: [soon, never] }, facts)).toMatchObject({ value: false, recheckAt: null })
    expect(ask({ kind: 'any', rules: [soon, never] }, facts)).toMatchObject({ value: true, recheckAt: now + 23 * hour })
  })

  test('the explanation mirrors the rule, with what each part saw', () => {
    const { trace } = ask({ kind: 'not', rule: { kind: 'all', rules: [soon, never] } }, facts)
    expect(trace).toEqual({
      sentence: 'not:',
      value: true,
      children: [
        {
          sentence: 'all of:',
          value: false,
          children: [
            { sentence: '"downloaded" happened at least once in the last day', value: true, saw: 1 },
            { sentence: 'Company is "nobody"', value: false, saw: null },
          ],
        },
      ],
    })
  })

  test('a segment is its rule, and what it looks at is depended on', () => {
    const withSegment = { ...library, segments: { busy: soon } }
    const evaluation = ask({ kind: 'not', rule: { kind: 'in_segment', segment: 'busy' } }, facts, {
      library: withSegment,
    })
    expect(evaluation).toMatchObject({
      value: false,
      dependsOn: ['event:downloaded', 'segment:busy'],
      recheckAt: now + 23 * hour,
    })
    expect(evaluation.trace.children?.[0]?.children?.[0]?.saw).toBe(1)
  })

  test('a condition that cannot be evaluated is an error, never a silent yes or no', () => {
    const circular = {
      ...library,
      segments: {
        a: { kind: 'in_segment', segment: 'b' },
        b: { kind: 'in_segment', segment: 'a' },
      } as Library['segments'],
    }
    const refused: [Rule, Library][] = [
      [{ kind: 'compare', field: 'nonsense', op: 'known' }, library],
      [{ kind: 'compare', field: 'company', op: 'lt', value: 3 }, library],
      [{ kind: 'compare', field: 'amount', op: 'lt', value: 'many' }, library],
      [{ kind: 'compare', field: 'amount', op: 'resembles' as CompareOp, value: 1 }, library],
      [{ kind: 'in_segment', segment: 'gone' }, library],
      [{ kind: 'in_segment', segment: 'a' }, circular],
      [{ kind: 'answered', survey: 'why', question: 'reason', op: 'lt', value: 'x' }, library],
    ]
    for (const [rule, within] of refused) {
      expect(() => ask(rule, aLead({ company: 'x', amount: 1 }), { library: within })).toThrow(EngineError)
    }
  })

  test('a zone nobody knows counts as UTC', () => {
    const rule: Rule = { kind: 'compare', field: 'birthday', op: 'within_last', value: 'P1D' }
    expect(ask(rule, aLead({ birthday: '2026-06-15' }), { zone: 'Mars/Olympus' }).value).toBe(true)
  })
})
