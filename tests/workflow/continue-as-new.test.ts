import { asc, eq, isNull, and } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { startOwnTemporal, type OwnTemporal } from '#tests/support/embedded-servers.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
  type TestSteps,
} from '#tests/support/engine.ts'

/** A server of its own, which suggests to continue as new after this many events. */
const suggestedAfter = 30

const performed: string[] = []
let release: () => void = () => {}
const slow = defineActivity({
  type: 'slow',
  title: 'Slow',
  description: 'Ends when the test says.',
  config: z.strictObject({}),
  timeout: 'PT10M',
  async perform({ idempotencyKey }) {
    performed.push(idempotencyKey)
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return {}
  },
})

let temporal: OwnTemporal
let engine: TestEngine
beforeAll(async () => {
  temporal = await startOwnTemporal({ 'limit.historyCount.suggestContinueAsNew': String(suggestedAfter) })
  engine = await createTestEngine({ address: temporal.address, steps: [slow.step], performers: [performerOf(slow)] })
})
afterAll(async () => {
  await engine?.stop()
  await temporal?.end()
})

const handleOf = (leadId: string) => engine.client.workflow.getHandle(`lead:${leadId}`)

/** The latest run, how long its history is, and whether an earlier one led to it. */
async function runOf(leadId: string): Promise<{ runId: string; length: number; isContinued: boolean }> {
  const { events } = await handleOf(leadId).fetchHistory()
  const started = events?.[0]?.workflowExecutionStartedEventAttributes
  return {
    runId: started?.originalExecutionRunId ?? '',
    length: events?.length ?? 0,
    isContinued: (started?.continuedExecutionRunId ?? '') !== '',
  }
}

async function unconsumed(leadId: string): Promise<number> {
  const open = and(eq(leadInputs.leadId, leadId), isNull(leadInputs.consumedAt))
  return (await engine.db.select({ id: leadInputs.id }).from(leadInputs).where(open)).length
}

/** Inputs that nothing waits for, from several senders at once, each with its poke. */
async function flood(leadId: string, count: number): Promise<void> {
  const sender = async (share: number): Promise<void> => {
    for (let sent = 0; sent < share; sent += 1)
      await send(engine, leadId, Date.now(), { kind: 'fact', keys: ['field:city'] })
  }
  await Promise.all(Array.from({ length: 4 }, () => sender(count / 4)))
}

describe('a lead whose history grows long', () => {
  test('continues as new while it waits: the wait ends when it should, and every input is taken', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: { wait: ['wait', { duration: 'PT40S' }, { next: 'end' }], end: ['exit', { reason: 'End' }] },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until(
      'the lead waits',
      async () => (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))).length === 1,
    )
    const [before] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
    const first = await runOf(lead)
    await flood(lead, 60)
    await until('every input is taken', async () => (await unconsumed(lead)) === 0)
    const [standing] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
    expect(standing).toMatchObject({ id: before?.id, wakeAt: before?.wakeAt, since: before?.since })
    await until('a later run has taken over', async () => (await runOf(lead)).runId !== first.runId)
    expect(await runOf(lead)).toMatchObject({ isContinued: true })
    await untilFinished(engine, [lead], 120)
    const log = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead)).orderBy(asc(stepLog.id))
    expect(log.map((row) => row.stepId)).toEqual(['entry', 'wait', 'end'])
    expect(log[1]?.leftAt).toEqual(before?.wakeAt)
    await until('the execution is complete', async () => (await handleOf(lead).describe()).status.name === 'COMPLETED')
  })

  test('loses no event to the switch: each of sixty is answered by its own step, whichever run it reached', async () => {
    const count = 60
    const steps: TestSteps = {}
    for (let index = 0; index < count; index += 1) {
      const next = index + 1 < count ? `ping${index + 1}` : 'end'
      steps[`ping${index}`] = ['wait_for_event', { event: 'ping', timeout: 'P30D' }, { happened: next, timeout: 'end' }]
    }
    steps['end'] = ['exit', { reason: 'End' }]
    const journey = await publishDefinition(engine.db, { steps, needs: { events: ['ping'] } })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until(
      'the lead waits',
      async () => (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))).length === 1,
    )
    const library = await readLibrary(engine.db)
    for (let index = 0; index < count; index += 1) {
      // Some wait for their poke to be answered, so that each run grows; some come in a bunch, so that pokes meet the switch.
      const { leadIds } = await engine.db.transaction((tx) =>
        ingestEvents(tx, [{ lead: { id: lead }, type: 'ping', dedupeKey: `${lead}:${index}` }], {
          library,
          priority: 1,
        }),
      )
      await engine.poker.poke(leadIds)
      if (index % 3 === 0) await until('the ping is taken', async () => (await unconsumed(lead)) === 0)
    }
    await untilFinished(engine, [lead], 120)
    const log = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead)).orderBy(asc(stepLog.id))
    expect(log.map((row) => `${row.stepId} ${row.port ?? ''}`)).toEqual([
      'entry next',
      ...Array.from({ length: count }, (_, index) => `ping${index} happened`),
      'end ',
    ])
    expect(await runOf(lead)).toMatchObject({ isContinued: true })
  })

  test('does not while its activity runs, which is started once; afterwards it does', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: {
        slow: ['slow', {}, { next: 'wait' }],
        wait: ['wait', { duration: 'P30D' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until('the activity runs', () => Promise.resolve(performed.length === 1))
    const first = await runOf(lead)
    for (let round = 0; round < 12; round += 1) {
      await send(engine, lead, Date.now(), { kind: 'fact', keys: ['field:city'] })
      await until('the input is taken', async () => (await unconsumed(lead)) === 0)
    }
    const meanwhile = await runOf(lead)
    expect(meanwhile.runId).toBe(first.runId)
    expect(meanwhile.length).toBeGreaterThan(suggestedAfter)
    release()
    await until('the lead is past it', async () => {
      const [row] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
      return row?.stepId === 'wait'
    })
    await until('a later run has taken over', async () => (await runOf(lead)).runId !== first.runId)
    expect(performed).toHaveLength(1)
    await handleOf(lead).terminate('end of test')
  })
})
