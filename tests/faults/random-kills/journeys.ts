/** The journeys of the random kills, as files that are imported, compiled and published like anybody's. */
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import type { Database } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Trigger } from '#engine/steps/entry.ts'

type Steps = Record<string, [type: string, config: Record<string, unknown>, next?: Record<string, string>]>

const purchased: Rule = { kind: 'count', event: 'purchased', op: 'gte', n: 1 }
const optedOut: Rule = { kind: 'compare', field: 'do_not_email', op: 'is', value: true }

const mail = (subject: string, more: Record<string, unknown> = {}) => ({
  subject,
  body: 'Hello {{ lead.first_name }}',
  purpose: 'transactional',
  ...more,
})

/** For test leads whose day takes seconds: every kind of wait, a task, a goal and an exit. */
const welcome = file('welcome', [{ id: 'manual', kind: 'manual' }], {
  settings: { goal: purchased, exits: [{ id: 'opted-out', name: 'Opted out', when: optedOut }], spreadMinutes: 5 },
  steps: {
    hello: ['send_email', mail('Hello'), { next: 'day' }],
    day: ['wait', { duration: 'P1D' }, { next: 'ready' }],
    ready: [
      'wait_for_rule',
      { rule: { kind: 'has_tag', tag: 'ready' }, timeout: 'P2D' },
      { true: 'answer', timeout: 'nudge' },
    ],
    nudge: ['send_email', mail('A nudge', { purpose: 'nurture', overCap: 'skip' }), { next: 'rest', skipped: 'rest' }],
    rest: ['wait', { duration: 'PT12H' }, { next: 'end' }],
    answer: ['wait_for_event', { event: 'answered', timeout: 'P2D' }, { happened: 'score', timeout: 'reminder' }],
    score: ['score', { change: 'add', amount: 10, reason: 'Answered' }, { next: 'call' }],
    call: [
      'create_task',
      {
        title: 'Call',
        sla: 'PT8H',
        waitForOutcome: true,
        outcomes: [
          { id: 'won', label: 'Won' },
          { id: 'dropped', label: 'Dropped' },
        ],
      },
      { 'outcome:won': 'thanks', 'outcome:dropped': 'end' },
    ],
    thanks: ['send_email', mail('Thank you'), { next: 'end' }],
    reminder: ['send_email', mail('A reminder', { purpose: 'nurture' }), { next: 'end' }],
    end: ['exit', { reason: 'Through.' }],
  },
})

/** The same message three times by a loop: three visits, three deliveries. Then a tag, which another journey waits for. */
const loop = file('loop', [{ id: 'manual', kind: 'manual' }], {
  settings: { spreadMinutes: 0 },
  steps: {
    ping: ['send_email', mail('Ping'), { next: 'day' }],
    day: ['wait', { duration: 'P1D' }, { next: 'again' }],
    again: ['go_to', { target: 'ping', maxVisits: 2 }, { limit: 'tag' }],
    tag: ['add_tag', { tag: 'looped' }, { next: 'end' }],
    end: ['exit', { reason: 'Through.' }],
  },
})

/** Begins by what another journey did, in the same turn. */
const after = file('after-loop', [{ id: 'looped', kind: 'tag_added', tag: 'looped' }], {
  settings: {},
  steps: {
    tell: ['notify', { to: 'sales', message: 'Somebody went round.' }, { next: 'end' }],
    end: ['exit', { reason: 'Told.' }],
  },
})

/** Begins by an event and suppresses the lead everywhere. */
const stop = file('stop', [{ id: 'asked', kind: 'event', event: 'asked_to_stop', where: [] }], {
  settings: {},
  steps: {
    stop: ['suppress', { channels: ['email'], reason: 'Asked to stop.' }, { next: 'end' }],
    end: ['exit', { reason: 'Stopped.' }],
  },
})

/** For real leads, by the wall clock: seconds instead of days. */
const quick = file('quick', [{ id: 'manual', kind: 'manual' }], {
  settings: { exits: [{ id: 'opted-out', name: 'Opted out', when: optedOut }], spreadMinutes: 0 },
  steps: {
    hello: ['send_email', mail('Quick hello'), { next: 'moment' }],
    moment: ['wait', { duration: 'PT5S' }, { next: 'answer' }],
    answer: ['wait_for_event', { event: 'answered', timeout: 'PT20S' }, { happened: 'thanks', timeout: 'reminder' }],
    thanks: ['send_email', mail('Quick thanks'), { next: 'moment-2' }],
    'moment-2': ['wait', { duration: 'PT3S' }, { next: 'end' }],
    reminder: ['send_email', mail('Quick reminder'), { next: 'end' }],
    end: ['exit', { reason: 'Through.' }],
  },
})

/** Imports and publishes all of them. Returns ids by key. */
export async function publishJourneys(db: Database): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const journey of [welcome, loop, after, stop, quick]) {
    const imported = await importJourneyFile({ db }, journey, { actor: 'test' })
    if (!imported.imported) throw new Error(`"${journey.key}": ${JSON.stringify(imported.issues)}`)
    const deps = { db, registry: createStepRegistry(), schedules: null }
    const published = await publishJourney(deps, { journey: journey.key, actor: 'test' })
    if (!published.published) throw new Error(`"${journey.key}": ${JSON.stringify(published.issues)}`)
    ids[journey.key] = published.journeyId
  }
  return ids
}

function file(
  key: string,
  triggers: Trigger[],
  { steps, settings }: { steps: Steps; settings: Record<string, unknown> },
) {
  const [first = 'end'] = Object.keys(steps)
  const nodes = Object.entries(steps).map(([id, [type, config]]) => ({ id, type, config }))
  const edges = Object.entries(steps).flatMap(([from, [, , next = {}]]) =>
    Object.entries(next).map(([port, to]) => ({ from, port, to })),
  )
  return {
    format: 1,
    key,
    name: key,
    graph: {
      format: 1,
      nodes: [{ id: 'entry', type: 'entry', config: { triggers } }, ...nodes],
      edges: [{ from: 'entry', port: 'next', to: first }, ...edges],
      settings,
    },
  }
}
