import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { leadInputs, leadPokes } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { emptyLibrary } from '#engine/library.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  historyOf,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** Waits end the moment they may, look back to their anchor, and cost nothing while nobody depends on what happens. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine()
})
afterAll(() => engine?.stop())

const library = emptyLibrary()
const from = '2026-03-02T09:00:00Z'
const start = Date.parse(from)

async function stepsOf(leadId: string): Promise<string[]> {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.map((row) => `${row.stepId} ${row.port ?? 'end'}`)
}

async function rests(leadId: string): Promise<void> {
  await until('the lead rests', async () => {
    const rows = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
    return rows.some((row) => row.state.rest !== null)
  })
}

async function happens(leadId: string, type: string, properties = {}, occurredAt = Date.now()): Promise<void> {
  const { leadIds } = await engine.db.transaction((tx) =>
    ingestEvents(tx, [{ lead: { id: leadId }, type, properties, occurredAt }], { library }),
  )
  await engine.poker.poke(leadIds)
}

describe('waits', () => {
  test('an event ends the wait for it at once', async () => {
    const journey = await publishDefinition(engine.db, {
      needs: { events: ['replied'] },
      steps: {
        wait: [
          'wait_for_event',
          { event: 'replied', where: [], timeout: 'P30D' },
          { happened: 'thanks', timeout: 'never' },
        ],
        thanks: ['exit', { reason: 'Replied' }],
        never: ['exit', { reason: 'Silent' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await rests(lead)
    await happens(lead, 'replied')
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'wait happened', 'thanks end'])
  })

  test('an answer between send and wait is not missed', async () => {
    const journey = await publishDefinition(engine.db, {
      needs: { events: ['replied'] },
      steps: {
        mail: [
          'send_email',
          { subject: 'Question', body: 'Well?', purpose: 'nurture', overCap: 'defer' },
          { next: 'pause' },
        ],
        pause: ['wait', { duration: 'PT1H' }, { next: 'wait', skipped: 'wait' }],
        wait: [
          'wait_for_event',
          { event: 'replied', where: [], timeout: 'P1D' },
          { happened: 'thanks', timeout: 'never' },
        ],
        thanks: ['exit', { reason: 'Replied' }],
        never: ['exit', { reason: 'Silent' }],
      },
    })
    // The reply is there before the lead ever comes to the wait; nothing wakes it later.
    const lead = await addLead(engine.db, { clock: fastClock(from, 86_400), doNotEmail: false })
    await happens(lead, 'replied', {}, start + 1000)
    await enrol(engine, lead, journey, start)
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toContain('wait happened')
  })

  test('a changed fact wakes the rule that looks at it, and only that', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: {
        wait: [
          'wait_for_rule',
          { rule: { kind: 'compare', field: 'score', op: 'gte', value: 50 }, timeout: 'P30D' },
          { true: 'hot', timeout: 'cold' },
        ],
        hot: ['exit', { reason: 'Hot' }],
        cold: ['exit', { reason: 'Cold' }],
      },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await rests(lead)
    const change = async (...changes: Parameters<typeof applyLeadChanges>[1][number][]): Promise<string[]> => {
      const { leadIds } = await engine.db.transaction((tx) => applyLeadChanges(tx, changes, { library, actor: 'test' }))
      await engine.poker.poke(leadIds)
      return leadIds
    }
    expect(await change({ leadId: lead, kind: 'set_field', field: 'city', value: 'Ghent' })).toEqual([])
    expect(await change({ leadId: lead, kind: 'add_score', delta: 20 })).toEqual([lead])
    expect(await change({ leadId: lead, kind: 'add_score', delta: 40 })).toEqual([lead])
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'wait true', 'hot end'])
  })

  test('a rule that time alone makes true wakes at its instant', async () => {
    const journey = await publishDefinition(engine.db, {
      needs: { events: ['downloaded'] },
      steps: {
        wait: [
          'wait_for_rule',
          { rule: { kind: 'count', event: 'downloaded', within: 'P7D', op: 'eq', n: 0 }, timeout: 'P60D' },
          { true: 'quiet', timeout: 'never' },
        ],
        quiet: ['exit', { reason: 'Quiet for a week' }],
        never: ['exit', { reason: 'Never' }],
      },
    })
    const lead = await addLead(engine.db, { clock: fastClock(from, 5 * 86_400) })
    await happens(lead, 'downloaded', {}, start)
    await enrol(engine, lead, journey, start)
    await untilFinished(engine, [lead])
    const [row] = await engine.db.select().from(stepLog).where(eq(stepLog.stepId, 'quiet'))
    const wait = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead))
    expect(wait.find((entry) => entry.stepId === 'wait')?.port).toBe('true')
    // "Within the last seven days" ends seven days after the download, to the millisecond.
    expect(row?.leftAt.getTime()).toBe(start + 7 * 86_400_000)
  })

  test('1,000 events nobody depends on add no input and no history', async () => {
    const journey = await publishDefinition(engine.db, { steps: { wait: ['wait', { duration: 'P30D' }, {}] } })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until('the timer runs', async () => (await historyOf(engine, lead)).includes('timerStarted'))
    const before = (await historyOf(engine, lead)).length
    const events = Array.from({ length: 1000 }, (_, index) => ({
      lead: { id: lead },
      type: 'page_viewed',
      dedupeKey: `${lead}-${index}`,
    }))
    const result = await engine.db.transaction((tx) => ingestEvents(tx, events, { library }))
    expect(result.leadIds).toEqual([])
    const inputs = await engine.db.select().from(leadInputs).where(eq(leadInputs.leadId, lead))
    const pokes = await engine.db.select().from(leadPokes).where(eq(leadPokes.leadId, lead))
    expect([inputs.length, pokes.length]).toEqual([1, 0])
    expect((await historyOf(engine, lead)).length).toBe(before)
  })

  test('a goal reached in the middle of a wait ends the journey at once', async () => {
    const goal = { kind: 'compare', field: 'stage', op: 'is', value: 'customer' } as const
    const journey = await publishDefinition(engine.db, {
      settings: { goal },
      watch: [{ rule: goal, on: ['field:stage'] }],
      steps: { wait: ['wait', { duration: 'P300D' }, {}] },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await rests(lead)
    const { leadIds } = await engine.db.transaction((tx) =>
      applyLeadChanges(tx, [{ leadId: lead, kind: 'set_stage', stage: 'customer', reason: 'Bought' }], {
        library,
        actor: 'test',
      }),
    )
    await engine.poker.poke(leadIds)
    await untilFinished(engine, [lead])
    const [row] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
    expect([row?.status, row?.goalMet]).toEqual(['completed', true])
  })
})
