/** Random journeys of nearly every step type, and random worlds that happen to a lead in them. */
import * as fc from 'fast-check'
import { compile } from '#engine/compiler/compile.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { Facts, Instant, Json } from '#engine/facts.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { surveySchema } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { aLibrary, hourMs } from '../../support/step-visit.ts'

export const registry = createStepRegistry()

const survey = surveySchema.parse({
  key: 'why',
  title: 'Why',
  questions: [{ id: 'reason', text: 'Why?', type: 'text' }],
})
const asset = (key: string) => ({ key, title: key, url: 'https://x.example' })
const base = aLibrary(['one', 'two', 'three'].map(asset), {
  surveys: { why: survey },
  fields: { birthday: { key: 'birthday', label: 'Birthday', type: 'date' } },
})
/** Two messages a week at most, so that the gate defers. */
export const library = {
  ...base,
  policy: { ...base.policy, caps: [{ channel: 'email' as const, within: 'P7D', max: 2 }] },
}

const hot = { kind: 'compare', field: 'score', op: 'gte', value: 10 }
const often = { kind: 'count', event: 'clicked', where: [], op: 'gte', n: 3 }
const lately = { kind: 'count', event: 'clicked', where: [], within: 'P2D', op: 'gte', n: 1 }
const mail = { subject: 'A', body: 'B' }
const kinds: readonly { type: string; config: Record<string, unknown> }[] = [
  { type: 'send_email', config: { ...mail, overCap: 'escalate' } },
  { type: 'send_email', config: { ...mail, purpose: 'transactional' } },
  { type: 'send_asset', config: { pool: 'pool', whenDry: 'wait', lookAgainAfter: 'P2D', giveUpAfter: 'P5D' } },
  { type: 'invite', config: { pool: 'pool', limit: 3, staleAfter: 'P1D' } },
  { type: 'notify', config: { message: 'A' } },
  { type: 'ask_question', config: { survey: 'why', question: 'reason' } },
  { type: 'wait', config: { duration: 'P2D', businessDays: true, time: '09:00' } },
  { type: 'wait', config: { duration: 'PT5H', window: { from: '09:00', to: '17:00' } } },
  { type: 'wait_until_time', config: { days: ['fri'], time: '09:00' } },
  { type: 'wait_until_date', config: { field: 'birthday', yearly: true, ifMissing: 'leave' } },
  { type: 'wait_for_event', config: { event: 'clicked', timeout: 'P3D' } },
  { type: 'wait_for_rule', config: { rule: lately, timeout: 'P3D' } },
  { type: 'branch', config: { cases: [{ id: 'a', name: 'A', when: often }] } },
  { type: 'split', config: {} },
  { type: 'go_to', config: { maxVisits: 2 } },
  { type: 'escalate_to_call', config: { reason: 'A', sla: 'PT4H', expireAfter: 'P2D' } },
  { type: 'create_task', config: { title: 'A', sla: 'PT4H', waitForOutcome: true } },
  { type: 'promote', config: { stage: 'engaged', coolDownDays: 2 } },
  { type: 'score', config: { amount: 4 } },
  { type: 'add_tag', config: { tag: 'constructor' } },
  { type: 'remove_tag', config: { tag: 'constructor' } },
  { type: 'set_field', config: { field: 'zone', value: 'Pacific/Apia' } },
  { type: 'record_event', config: { event: 'clicked' } },
  { type: 'webhook', config: { url: 'https://x.example' } },
]

const targets = fc.array(fc.tuple(fc.boolean(), fc.nat(1000)), { minLength: 6, maxLength: 6 })

/** Compiled; each step's first way leads to the next step, others anywhere ahead, and back from where time passes. */
export const journeys: fc.Arbitrary<Definition> = fc
  .record({
    choices: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        aims: targets,
        disabled: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 1, maxLength: 15 },
    ),
    hasGoal: fc.boolean(),
    hasExit: fc.boolean(),
    sendWindow: fc.boolean(),
  })
  .map(({ choices, hasGoal, hasExit, sendWindow }) => {
    const id = (index: number): string => (index >= choices.length ? 'exit' : `step${String(index)}`)
    const steps = choices.map(({ kind, aims, disabled }, index) => {
      const ahead = (aim: number): string => id(index + 1 + (aim % (choices.length - index)))
      const config = kind.type === 'go_to' ? { ...kind.config, target: ahead(aims[5]?.[1] ?? 0) } : kind.config
      const type = registry.get(kind.type)
      const parsed = type?.config.parse(config)
      const rests = !disabled && (type?.rests(parsed) ?? false)
      const edges = (type?.ports(parsed) ?? []).flatMap(({ id: port }, place) => {
        const [back = false, aim = 0] = aims[place] ?? []
        // Unwired, an error is for a person to look at.
        if (port === 'error' && back) return []
        const elsewhere = back && rests ? id(aim % (choices.length + 1)) : ahead(aim)
        return { from: id(index), port, to: place === 0 ? id(index + 1) : elsewhere }
      })
      return { node: { id: id(index), type: kind.type, config, ...(disabled ? { disabled } : {}) }, edges }
    })
    return graphSchema.parse({
      format: 1,
      nodes: [
        { id: 'start', type: 'entry', config: { triggers: [{ id: 't', kind: 'manual' }] } },
        ...steps.map(({ node }) => node),
        { id: 'exit', type: 'exit' },
      ],
      edges: [{ from: 'start', port: 'next', to: id(0) }, ...steps.flatMap(({ edges }) => edges)],
      settings: {
        zone: 'America/New_York',
        ...(hasGoal ? { goal: hot } : {}),
        ...(hasExit ? { exits: [{ id: 'often', name: 'Often', when: often }] } : {}),
        ...(sendWindow ? { sendWindow: { from: '10:00', to: '16:00' } } : {}),
      },
    })
  })
  .map((graph) => compile(graph, { library, journeys: new Set(), registry }))
  .filter(({ definition }) => definition !== null)
  .map(({ definition }) => definition as Definition)

/** What happens next. `which` picks among what is open. */
export type Happening =
  | { kind: 'due' }
  | { kind: 'hours'; hours: number }
  | { kind: 'clicked' }
  | { kind: 'score'; by: number }
  | { kind: 'message'; which: number; status: 'accepted' | 'skipped' | 'failed' }
  | { kind: 'task'; which: number; outcome: string | null }
  | { kind: 'effect'; which: number; status: 'done' | 'failed' }
  | { kind: 'look' }

export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.constant<Happening>({ kind: 'due' }), weight: 6 },
    fc.record({ kind: fc.constant('hours' as const), hours: fc.integer({ min: 1, max: 200 }) }),
    fc.constant<Happening>({ kind: 'clicked' }),
    fc.record({ kind: fc.constant('score' as const), by: fc.integer({ min: -3, max: 6 }) }),
    {
      arbitrary: fc.record({
        kind: fc.constant('message' as const),
        which: fc.nat(9),
        status: fc.constantFrom('accepted' as const, 'accepted' as const, 'skipped' as const, 'failed' as const),
      }),
      weight: 4,
    },
    fc.record({
      kind: fc.constant('task' as const),
      which: fc.nat(9),
      outcome: fc.constantFrom('interested', 'done', 'no_answer', 'unheard_of', null),
    }),
    fc.record({
      kind: fc.constant('effect' as const),
      which: fc.nat(9),
      status: fc.constantFrom('done' as const, 'failed' as const),
    }),
    fc.constant<Happening>({ kind: 'look' }),
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
)

/** Lets it happen to the facts; returns the instant it is about. */
export function happen(happening: Happening, facts: Facts, now: Instant, wakeAt: Instant | null): Instant {
  const pick = <Row>(rows: Record<string, Row>, which: number, isOpen: (row: Row) => boolean): string | undefined => {
    const open = Object.keys(rows).filter((key) => isOpen(rows[key] as Row))
    return open[which % Math.max(1, open.length)]
  }
  switch (happening.kind) {
    case 'due':
      return wakeAt ?? now
    case 'hours': {
      const then = now + happening.hours * hourMs
      // Nothing is slept through: a turn evaluates at the instant that was due.
      return wakeAt === null ? then : Math.min(then, wakeAt)
    }
    case 'clicked': {
      const { count = 0, firstAt = now } = facts.totals['clicked'] ?? {}
      facts.totals['clicked'] = { count: count + 1, firstAt, lastAt: now }
      facts.events['clicked'] = [
        ...(facts.events['clicked'] ?? []),
        { type: 'clicked', occurredAt: now, properties: {} },
      ]
      return now
    }
    case 'score':
      facts.score += happening.by
      facts.fields['score'] = facts.score
      return now
    case 'message': {
      const key = pick(facts.own.deliveries, happening.which, (row) => row.status === 'queued')
      const row = facts.own.deliveries[key ?? '']
      if (key === undefined || row === undefined) return now
      const isSent = happening.status === 'accepted'
      if (isSent && now < (row.notBefore ?? 0)) return now
      facts.own.deliveries[key] = {
        ...row,
        status: happening.status,
        acceptedAt: isSent ? now : null,
        reason: isSent ? null : 'x',
      }
      return now
    }
    case 'task': {
      const key = pick(facts.own.tasks, happening.which, (row) => row.status === 'open')
      if (key === undefined) return now
      const { outcome } = happening
      facts.own.tasks[key] = { status: outcome === null ? 'cancelled' : 'done', outcome, at: now, reason: null }
      return now
    }
    case 'effect': {
      const key = pick(facts.own.effects, happening.which, (row) => row.status === 'open')
      if (key === undefined) return now
      facts.own.effects[key] =
        happening.status === 'done'
          ? { status: 'done', port: 'next', output: null, error: null, at: now }
          : { status: 'failed', port: null, output: null, error: { code: 'GONE', message: 'x' }, at: now }
      return now
    }
    case 'look':
      return now
  }
}

/** As Postgres gives `jsonb` back: the members of objects in an order of its own. */
export function throughJsonb<Value>(value: Value): Value {
  const turned = (given: Json): Json => {
    if (Array.isArray(given)) return given.map(turned)
    if (typeof given !== 'object' || given === null) return given
    const names = Object.keys(given).sort((one, other) => one.length - other.length || (one < other ? -1 : 1))
    return Object.fromEntries(names.map((name) => [name, turned(given[name] ?? null)]))
  }
  return turned(JSON.parse(JSON.stringify(value)) as Json) as Value
}
