import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWebhookPerformer } from '#activities/effects/webhook.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { emptyLibrary } from '#engine/library.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  historyOf,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
  type TestSteps,
} from '#tests/support/engine.ts'

/** What a lead costs Temporal, counted in real histories (DESIGN: cost budget). Counts are exact. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ performers: [createWebhookPerformer({ secret: null })] })
})
afterAll(() => engine?.stop())

const from = '2026-03-02T09:00:00Z'
const start = Date.parse(from)
/** A day takes half a second: each wait is a timer of its own. */
const speed = 2 * 86_400
const mail = { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }

async function completedHistory(leadId: string): Promise<string[]> {
  await until(
    'the execution is complete',
    async () => (await engine.client.workflow.getHandle(`lead:${leadId}`).describe()).status.name === 'COMPLETED',
  )
  return historyOf(engine, leadId)
}

/** History length of one lead that walks these steps to the end, by timers alone. */
async function eventsOf(steps: TestSteps): Promise<number> {
  const journey = await publishDefinition(engine.db, { steps })
  const lead = await addLead(engine.db, { clock: fastClock(from, speed) })
  await enrol(engine, lead, journey, start)
  await untilFinished(engine, [lead])
  return (await completedHistory(lead)).length
}

/** `n` times a wait of two days and then one more step. */
function chain(n: number, step: (next: string) => TestSteps[string]): TestSteps {
  const steps: TestSteps = {}
  for (let index = 0; index < n; index += 1) {
    steps[`wait${index}`] = ['wait', { duration: 'P2D' }, { next: `step${index}` }]
    steps[`step${index}`] = step(index + 1 < n ? `wait${index + 1}` : 'end')
  }
  steps['end'] = ['exit', { reason: 'Done' }]
  return steps
}

describe('history events', () => {
  test('one enrollment costs at most 12 events beside its waits', async () => {
    expect(await eventsOf({ end: ['exit', { reason: 'Done' }] })).toBeLessThanOrEqual(12)
  })

  test('delay + message costs at most 6 events', async () => {
    const one = await eventsOf(chain(1, (next) => ['send_email', mail, { next }]))
    const three = await eventsOf(chain(3, (next) => ['send_email', mail, { next }]))
    expect((three - one) / 2).toBeLessThanOrEqual(6)
  })

  test('delay + internal step costs at most 6 events, and a branch none', async () => {
    const cases = [{ id: 'a', name: 'Tagged', when: { kind: 'has_tag', tag: 'x' } }]
    const plain = await eventsOf(chain(2, (next) => ['add_tag', { tag: 'x' }, { next }]))
    const one = await eventsOf(chain(1, (next) => ['add_tag', { tag: 'x' }, { next }]))
    expect(plain - one).toBeLessThanOrEqual(6)
    const branched = await eventsOf(chain(2, (next) => ['branch', { cases }, { 'case:a': next, else: next }]))
    expect(branched).toBe(plain)
  })

  test('an input that arrives while waiting costs at most 5 events', async () => {
    const journey = await publishDefinition(engine.db, { steps: { wait: ['wait', { duration: 'P30D' }, {}] } })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until('the lead waits', async () => (await historyOf(engine, lead)).includes('timerStarted'))
    const before = (await historyOf(engine, lead)).length
    await send(engine, lead, Date.now(), { kind: 'fact', keys: ['field:city'] })
    await until(
      'the input is consumed',
      async () => (await historyOf(engine, lead)).filter((name) => name === 'markerRecorded').length === 2,
    )
    const history = await historyOf(engine, lead)
    expect(history.length - before).toBeLessThanOrEqual(5)
    await engine.client.workflow.getHandle(`lead:${lead}`).terminate('end of test')
  })

  test('an input that moves the wake time costs at most 7 events', async () => {
    const rule = { kind: 'compare', field: 'score', op: 'gte', value: 50 }
    const journey = await publishDefinition(engine.db, {
      steps: {
        rule: ['wait_for_rule', { rule, timeout: 'P30D' }, { true: 'wait', timeout: 'end' }],
        wait: ['wait', { duration: 'P60D' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until('the lead waits', async () => (await historyOf(engine, lead)).includes('timerStarted'))
    const before = (await historyOf(engine, lead)).length
    const { leadIds } = await engine.db.transaction((tx) =>
      applyLeadChanges(tx, [{ leadId: lead, kind: 'add_score', delta: 60 }], {
        library: emptyLibrary(),
        actor: 'test',
      }),
    )
    await engine.poker.poke(leadIds)
    await until(
      'the timer has moved',
      async () => (await historyOf(engine, lead)).filter((name) => name === 'timerStarted').length === 2,
    )
    expect((await historyOf(engine, lead)).length - before).toBeLessThanOrEqual(7)
    await engine.client.workflow.getHandle(`lead:${lead}`).terminate('end of test')
  })

  test('a custom activity costs 7 events', async () => {
    const effects = (count: number): TestSteps => ({
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `hook${index}`,
          [
            'webhook',
            { url: 'http://leads.example.test/hook', fields: [] },
            { next: index + 1 < count ? `hook${index + 1}` : 'end' },
          ],
        ]),
      ),
      end: ['exit', { reason: 'End' }],
    })
    // Test leads call nothing outside: the activity runs, and answers for them.
    expect((await eventsOf(effects(3))) - (await eventsOf(effects(1)))).toBeLessThanOrEqual(14)
  })
})
