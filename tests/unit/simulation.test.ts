/** Rehearsals: every step is played, the world does what was asked or what it tends to do, and lines say why. */
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compiler/compile.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { surveySchema, type Library } from '#engine/library.ts'
import { anonymise } from '#engine/simulation/anonymise.ts'
import { personaFacts, personaThatMatches } from '#engine/simulation/persona.ts'
import { factsSchema, fromFacts } from '#engine/simulation/schemas.ts'
import { simulate } from '#engine/simulation/simulate.ts'
import { tryStep } from '#engine/simulation/try-step.ts'
import type { Simulation, SimulationInput, WorldAct } from '#engine/simulation/types.ts'
import { builtInSteps } from '#engine/steps/catalogue.ts'
import { exampleKeys, readExample, registry, stepType } from '../support/example-journeys.ts'
import { aLibrary } from '../support/step-visit.ts'

const dayMs = 86_400_000
const startAt = Date.parse('2026-03-02T09:00:00Z')
const survey = surveySchema.parse({
  key: 'why',
  title: 'Why',
  questions: [
    { id: 'reason', text: 'Why?', type: 'single', options: [{ value: 'price', label: 'Price' }] },
    { id: 'note', text: 'Anything else?', type: 'text' },
  ],
})
const library: Library = {
  ...aLibrary([{ key: 'one', title: 'One', url: 'https://x.example' }], { surveys: { why: survey } }),
  fields: { renewal: { key: 'renewal', label: 'Renewal', type: 'date' } },
}

type Steps = Record<string, [type: string, config: Record<string, unknown>, next?: Record<string, string>]>

function journeyOf(steps: Steps) {
  const nodes = Object.entries(steps).map(([id, [type, config]]) => ({ id, type, config }))
  const edges = Object.entries(steps).flatMap(([from, [, , next = {}]]) =>
    Object.entries(next).map(([port, to]) => ({ from, port, to })),
  )
  const entry = { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } }
  const first = Object.keys(steps)[0] ?? ''
  const graph = graphSchema.parse({
    format: 1,
    nodes: [entry, ...nodes],
    edges: [{ from: 'entry', port: 'next', to: first }, ...edges],
    settings: { reenrollment: { policy: 'always' } },
  })
  const { definition, issues } = compile(graph, { library, journeys: new Set(['other']), registry })
  if (definition === null) throw new Error(JSON.stringify(issues.filter(({ severity }) => severity === 'error')))
  return definition
}

const ada = personaFacts(
  {
    name: 'Ada',
    zone: 'Europe/London',
    fields: {
      phone: '+442079460000',
      renewal: '2026-04-01',
      address_line1: '1 High Street',
      city: 'London',
      postal_code: 'EC1A 1BB',
      country: 'United Kingdom',
    },
  },
  startAt,
)

function rehearse(steps: Steps, more: Partial<SimulationInput> = {}, days = 60): Simulation {
  const input: SimulationInput = {
    definition: journeyOf(steps),
    library,
    journey: { id: 'journey', key: 'journey' },
    lead: ada,
    startAt,
    entries: [{ at: startAt }],
    happenings: [],
    assume: 'likely',
    seed: 'a',
    ...more,
  }
  return simulate(input, stepType, startAt + days * dayMs)
}

const mail = { subject: 'A', body: 'B' }
const always = { kind: 'always' }
/** One working setting of every built-in step: a new type without one fails the test below. */
const configs: Record<string, Record<string, unknown>> = {
  send_email: mail,
  send_asset: { pool: 'pool', ...mail },
  invite: { pool: 'pool', ...mail },
  send_postcard: { headline: 'A', body: 'B' },
  notify: { message: 'A' },
  wait: { duration: 'P2D' },
  wait_until_time: { days: ['fri'], time: '09:00' },
  wait_until_date: { field: 'renewal' },
  wait_for_event: { event: 'clicked', timeout: 'P3D' },
  wait_for_rule: { rule: { kind: 'has_tag', tag: 'hot' }, timeout: 'P9D' },
  branch: { cases: [{ id: 'a', name: 'A', when: always }] },
  split: {},
  holdout: {},
  go_to: { target: 'end' },
  send_survey: { survey: 'why', ...mail },
  ask_question: { survey: 'why', question: 'reason' },
  branch_on_answer: { survey: 'why', question: 'reason', cases: [{ id: 'a', name: 'A', values: ['price'] }] },
  escalate_to_call: { reason: 'A', sla: 'PT4H' },
  create_task: { title: 'A', waitForOutcome: true, sla: 'P1D' },
  assign_owner: { owners: [{ id: 'grace' }] },
  promote: { stage: 'engaged' },
  demote: { stage: 'inactive' },
  score: { amount: 4 },
  set_field: { field: 'renewal', value: '2026-05-01' },
  add_tag: { tag: 'hot' },
  remove_tag: { tag: 'hot' },
  set_consent: { state: 'granted', wording: 'Yes' },
  suppress: { channels: ['phone'] },
  enroll_in: { journey: 'other' },
  leave_journey: { journey: 'other' },
  record_event: { event: 'noted' },
  webhook: { url: 'https://x.example' },
  goal: { name: 'There' },
  exit: {},
}

describe('every step', () => {
  test('has a setting here', () => {
    const types = builtInSteps.map(({ type }) => type).filter((type) => type !== 'entry')
    expect(Object.keys(configs).sort()).toEqual(types.sort())
  })

  test.each(Object.keys(configs))('%s is played to its end', (type) => {
    const step = registry.get(type)
    const config = configs[type] ?? {}
    const ports = step?.ports(step.config.parse(config)) ?? []
    const next = Object.fromEntries(ports.map(({ id }) => [id, 'end']))
    for (const assume of ['nothing', 'likely', 'chance'] as const) {
      const isEnd = ports.length === 0 && type !== 'go_to'
      const run = rehearse({ it: [type, config, next], ...(isEnd ? {} : { end: ['exit', {}] }) }, { assume })
      const visit = run.steps.find(({ stepId }) => stepId === 'it')
      const stays = assume === 'nothing' && ['escalate_to_call', 'create_task'].includes(type)
      if (stays) expect(run.enrollments).toMatchObject([{ status: 'active', stepId: 'it' }])
      else expect(visit).toBeDefined()
      expect(run.enrollments[0]?.status).not.toBe('parked')
    }
  })
})

describe('what is injected', () => {
  const waiting: Steps = {
    mail: ['send_email', mail, { next: 'opened' }],
    opened: ['wait_for_event', { event: 'email_opened', timeout: 'P5D' }, { happened: 'yes', timeout: 'no' }],
    yes: ['exit', {}],
    no: ['exit', {}],
  }
  const ends = (run: Simulation) => run.enrollments.map(({ stepId, finishedAt }) => [stepId, finishedAt])
  const opens = (days: number): SimulationInput['happenings'][number] => ({
    at: startAt + days * dayMs,
    act: { kind: 'event', type: 'email_opened' },
  })

  test('moves the lead at its instant, and what was assumed gives way to it', () => {
    expect(ends(rehearse(waiting))).toEqual([['no', startAt + 5 * dayMs]])
    expect(ends(rehearse(waiting, { happenings: [opens(2)] }))).toEqual([['yes', startAt + 2 * dayMs]])
    expect(ends(rehearse(waiting, { happenings: [opens(6)] }))).toEqual([['no', startAt + 5 * dayMs]])
  })

  test('a message that the provider refuses is a message that was not sent', () => {
    const refused: WorldAct = { kind: 'refuse_messages' }
    const run = rehearse(waiting, { happenings: [{ at: startAt, act: refused }], assume: 'nothing' })
    expect(run.deliveries).toMatchObject([{ status: 'failed' }])
    expect(run.lines.find(({ kind }) => kind === 'not_sent')?.text).toContain('not taken')
  })

  test('who unsubscribes gets nothing more, and the log says why', () => {
    const steps: Steps = { pause: ['wait', { duration: 'P1D' }, { next: 'mail' }], ...waiting }
    const happenings = [{ at: startAt + 3_600_000, act: { kind: 'unsubscribe', channels: ['email'] } as WorldAct }]
    const run = rehearse(steps, { happenings })
    expect(run.deliveries).toMatchObject([{ status: 'skipped', reason: 'suppressed' }])
  })

  test('a task is closed with its outcome, by the step it is of', () => {
    const steps: Steps = {
      call: [
        'escalate_to_call',
        { reason: 'Now', sla: 'PT4H' },
        { 'outcome:interested': 'yes', 'outcome:not_interested': 'no', 'outcome:no_answer': 'no' },
      ],
      yes: ['goal', { name: 'Won' }],
      no: ['exit', {}],
    }
    const act: WorldAct = { kind: 'task', stepId: 'call', outcome: 'interested' }
    const run = rehearse(steps, { happenings: [{ at: startAt + dayMs, act }], assume: 'nothing' })
    expect(run.tasks).toMatchObject([{ status: 'done', outcome: 'interested', closedAt: startAt + dayMs }])
    expect(run.enrollments).toMatchObject([{ stepId: 'yes', goalMet: true }])
    const wrong = rehearse(steps, {
      happenings: [{ at: startAt + dayMs, act: { kind: 'task', outcome: 'nonsense' } }],
      assume: 'nothing',
    })
    expect(wrong.lines.map(({ text }) => text).join(' ')).toContain('“nonsense” is not an outcome')
  })

  test('a rule unfolds into the facts it saw', () => {
    const when = { kind: 'compare', field: 'score', op: 'gte', value: 50 }
    const steps: Steps = {
      hot: ['branch', { cases: [{ id: 'hot', name: 'Hot', when }] }, { 'case:hot': 'yes', else: 'no' }],
      yes: ['exit', {}],
      no: ['exit', {}],
    }
    const lead = { ...ada, score: 37, fields: { ...ada.fields, score: 37 } }
    const line = rehearse(steps, { lead }).lines.find(({ stepId }) => stepId === 'hot')
    expect(line?.detail).toMatchObject({ cases: [{ case: 'hot', trace: { value: false, saw: 37 } }] })
  })

  test('a step that cannot be run parks, as it would; nothing is thrown', () => {
    const definition = journeyOf({ it: ['wait', { duration: 'P1D' }, { next: 'end' }], end: ['exit', {}] })
    const broken = { ...definition, steps: { ...definition.steps, it: { ...definition.steps['it'], type: 'gone' } } }
    const run = rehearse({ end: ['exit', {}] }, { definition: broken as never })
    expect(run.enrollments).toMatchObject([{ status: 'parked', stepId: 'it' }])
    expect(run.lines.at(-1)).toMatchObject({ kind: 'parked' })
  })
})

describe('somebody made up', () => {
  test.each(exampleKeys)('gets into %s', (key) => {
    const { definition, library: own } = readExample(key)
    const only = definition.steps[definition.entry]?.config['only'] ?? always
    const ground = { library: own, startAt, zone: 'Europe/London' }
    const persona = personaThatMatches('Ada', only as never, ground)
    const run = simulate(
      {
        definition,
        library: own,
        journey: { id: key, key },
        lead: personaFacts(persona, startAt),
        startAt,
        entries: [{ at: startAt }],
        happenings: [],
        assume: 'likely',
        seed: '',
      },
      stepType,
      startAt + 100 * dayMs,
    )
    expect(run.enrollments.length).toBeGreaterThan(0)
  })
})

describe('a lead without its name', () => {
  test('keeps what the journey looks at, and loses what tells who it is', () => {
    const { file, library: own } = readExample('win-back-survey')
    const lead = fromFacts(
      personaFacts(
        {
          name: 'Grace Hopper',
          zone: 'Europe/London',
          fields: { company: 'Navy', phone: '+1 617 555 0199', city: 'Boston', delayed_until: '2026-09-01' },
          did: [{ event: 'form_submitted', times: 1, properties: { form: 'contact', message: 'I am Grace' } }],
          answers: { 'win-back': { why: 'delayed', comment: 'Write to grace@navy.example' } },
        },
        startAt,
      ),
    )
    const hidden = anonymise(lead, file.graph, own)
    expect(JSON.stringify(hidden.fields)).not.toMatch(/Grace|Navy|0199/)
    expect(JSON.stringify([hidden.events, hidden.answers])).not.toMatch(/Grace|grace/)
    expect(hidden.fields).toMatchObject({ email: 'sample@example.com', delayed_until: '2026-09-01' })
    expect(hidden.answers['win-back']?.['why']?.value).toBe('delayed')
    expect(anonymise(hidden, file.graph, own)).toEqual(hidden)
    expect(factsSchema.parse(hidden)).toEqual(hidden)
  })
})

describe('one step tried alone', () => {
  const steps: Steps = {
    call: ['wait', { duration: 'P2D' }, { next: 'sort' }],
    sort: [
      'branch',
      {
        cases: [{ id: 'london', name: 'London', when: { kind: 'compare', field: 'city', op: 'is', value: 'London' } }],
      },
      { 'case:london': 'mail', else: 'end' },
    ],
    mail: ['send_email', { subject: 'Hello', body: 'Hi', purpose: 'nurture', overCap: 'defer' }, { next: 'end' }],
    end: ['exit', { reason: 'Done' }],
  }
  const given = { library, journey: { id: 'journey', key: 'journey' }, at: startAt, replyHold: null, stepType }
  const tried = (stepId: string, lead = ada) => tryStep(stepId, { ...given, definition: journeyOf(steps), lead })

  test('a wait waits, a branch tells why and where to, a message what the gate says', () => {
    expect(tried('call')).toMatchObject({ lines: [{ kind: 'waits', stepId: 'call' }], nextStepId: null })
    const sorted = tried('sort')
    expect(sorted).toMatchObject({ lines: [{ kind: 'left', port: 'case:london' }], nextStepId: 'mail' })
    expect(JSON.stringify(sorted.lines[0]?.detail)).toContain('London')
    expect(tried('mail')).toMatchObject({ delivery: { subject: 'Hello' }, nextStepId: 'end' })
    expect(tried('end')).toMatchObject({ lines: [{ kind: 'ended' }], nextStepId: null })
    const silent = personaFacts({ name: 'Bo', zone: 'UTC', hasConsented: false, fields: {} }, startAt)
    expect(tried('sort', silent).nextStepId).toBe('end')
  })
})
