import { asc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { requestControl } from '#activities/controls/request-control.ts'
import { newId } from '#db/ids.ts'
import { beginEnrollment } from '#engine/interpreter/advance.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { enrollments, journeyVersions, stepLog } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { defineStep, type StepType } from '#engine/steps/contract.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  historyOf,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** Faults of one enrollment stay its own; faults of the infrastructure park nobody. */
let healed = false
const poison = defineStep({
  type: 'poison',
  version: 1,
  title: 'Poison',
  category: 'custom',
  icon: 'skull',
  description: 'Throws until it is healed.',
  config: z.strictObject({}),
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: () => 'Throws',
  rests: () => false,
  run: () => {
    if (!healed) throw new Error('The step is broken.')
    return { kind: 'leave', port: 'next', reason: 'Healed.' }
  },
})
/** Text that Postgres refuses: the rows of this enrollment cannot be written. */
const unwritable = defineStep({
  ...poison,
  type: 'unwritable',
  run: () => ({ kind: 'leave' as const, port: 'next', reason: 'A NUL \u0000 in the reason.' }),
})

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ steps: [poison, unwritable] as StepType[] })
})
afterAll(() => engine?.stop())

async function rowsOf(leadId: string) {
  return engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId)).orderBy(asc(enrollments.id))
}

describe('a broken step', () => {
  test.each(['poison', 'unwritable'])(
    '%s parks its enrollment with the error; the lead’s other journey goes on',
    async (type) => {
      healed = false
      const broken = await publishDefinition(engine.db, {
        steps: { bad: [type, {}, { next: 'end' }], end: ['exit', { reason: 'End' }] },
      })
      const sound = await publishDefinition(engine.db, {
        steps: { tag: ['add_tag', { tag: type }, { next: 'end' }], end: ['exit', { reason: 'End' }] },
      })
      const lead = await addLead(engine.db)
      await enrol(engine, lead, broken, Date.now())
      await enrol(engine, lead, sound, Date.now())
      await until('both have come to rest', async () => {
        const rows = await rowsOf(lead)
        return rows.length === 2 && rows.every((row) => row.status !== 'active')
      })
      const rows = await rowsOf(lead)
      expect(
        rows.map((row) => [row.journeyId === broken ? 'broken' : 'sound', row.status].join(' ')).toSorted(),
      ).toEqual(['broken parked', 'sound completed'])
      expect(rows.find((row) => row.journeyId === broken)?.error?.message).toBeTruthy()
    },
  )

  test('Retry runs it again, Skip goes on past it, each once', async () => {
    healed = false
    const journey = await publishDefinition(engine.db, {
      steps: { bad: ['poison', {}, { next: 'end' }], end: ['exit', { reason: 'End' }] },
    })
    const [retried, skipped] = [await addLead(engine.db), await addLead(engine.db)]
    for (const lead of [retried, skipped]) await enrol(engine, lead, journey, Date.now())
    await until(
      'both are parked',
      async () =>
        [...(await rowsOf(retried)), ...(await rowsOf(skipped))].filter((row) => row.status === 'parked').length === 2,
    )
    healed = true
    const request = { reason: 'mended', actor: 'ann' }
    await requestControl(engine, {
      ...request,
      action: 'retry',
      enrollmentIds: (await rowsOf(retried)).map((row) => row.id),
    })
    await requestControl(engine, {
      ...request,
      action: 'skip',
      enrollmentIds: (await rowsOf(skipped)).map((row) => row.id),
    })
    await until('both are through', async () =>
      [...(await rowsOf(retried)), ...(await rowsOf(skipped))].every((row) => row.status === 'completed'),
    )
    const log = async (lead: string) =>
      (await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead)).orderBy(asc(stepLog.id))).map(
        (row) => `${row.stepId} ${row.port ?? 'end'}`,
      )
    expect(await log(retried)).toEqual(['entry next', 'bad next', 'end end'])
    expect(await log(skipped)).toEqual(['entry next', 'bad end', 'end end'])
  })
})

describe('a definition that cannot be read', () => {
  test('parks its enrollments; the lead’s other journey goes on', async () => {
    const wait = { wait: ['wait', { duration: 'PT1S' }, { next: 'end' }], end: ['exit', { reason: 'End' }] } as const
    const broken = await publishDefinition(engine.db, { steps: { ...wait } as never })
    const sound = await publishDefinition(engine.db, { steps: { ...wait } as never })
    await engine.stopWorker()
    const lead = await addLead(engine.db)
    await enrol(engine, lead, sound, Date.now())
    await engine.db.insert(enrollments).values({
      id: newId(),
      leadId: lead,
      journeyId: broken,
      version: 1,
      status: 'active',
      stepId: 'wait',
      since: new Date(),
      state: { ...beginEnrollment({ entry: 'wait' } as never, Date.now()) },
      triggerId: 'manual',
      entryKey: 'broken',
      enteredAt: new Date(),
    })
    await engine.db
      .update(journeyVersions)
      .set({ definition: { format: 99 } as never })
      .where(eq(journeyVersions.journeyId, broken))
    await engine.startWorker()
    await until(
      'both have come to rest',
      async () => (await rowsOf(lead)).filter((row) => row.status !== 'active').length === 2,
    )
    const rows = await rowsOf(lead)
    expect(rows.find((row) => row.journeyId === sound)?.status).toBe('completed')
    expect(rows.find((row) => row.journeyId === broken)).toMatchObject({
      status: 'parked',
      error: { code: 'DEFINITION_UNREADABLE' },
    })
  })
})

describe('an entry that cannot be judged', () => {
  test('is put aside with its code; the lead’s other journey goes on', async () => {
    const steps = { end: ['exit', { reason: 'End' }] } as const
    const broken = await publishDefinition(engine.db, { steps: { ...steps } as never })
    const sound = await publishDefinition(engine.db, { steps: { ...steps } as never })
    // As after the segment that the entry's rule names was deleted.
    await engine.db.execute(sql`
      update journey_versions
         set definition = jsonb_set(definition, '{steps,entry,config,only}', '{"kind":"in_segment","segment":"gone"}')
       where journey_id = ${broken}`)
    const lead = await addLead(engine.db)
    const at = Date.now()
    await send(
      engine,
      lead,
      at,
      { kind: 'enroll', journeyId: broken, triggerId: 'manual', entryKey: 'a' },
      { kind: 'enroll', journeyId: sound, triggerId: 'manual', entryKey: 'b' },
    )
    await untilFinished(engine, [lead], 30)
    const inputs = await engine.db
      .select()
      .from(leadInputs)
      .where(eq(leadInputs.leadId, lead))
      .orderBy(asc(leadInputs.id))
    expect(inputs.map((input) => input.outcome)).toEqual([
      'refused: RULE_UNCOMPILABLE',
      expect.stringMatching(/^entered: /),
    ])
    expect((await rowsOf(lead)).map((row) => [row.journeyId, row.status])).toEqual([[sound, 'completed']])
  })
})

describe('a database in trouble', () => {
  test('a lead whose row is locked for long waits on a durable timer, parks nobody, and goes on', async () => {
    const journey = await publishDefinition(engine.db, { steps: { end: ['exit', { reason: 'End' }] } })
    const lead = await addLead(engine.db)
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const locked = engine.db.transaction(async (tx) => {
      await tx.select().from(leads).where(eq(leads.id, lead)).for('no key update')
      await held
    })
    await enrol(engine, lead, journey, Date.now())
    await until(
      'the workflow waits on a timer of its own',
      async () => (await historyOf(engine, lead)).includes('timerStarted'),
      30,
    )
    expect(await rowsOf(lead)).toEqual([])
    release()
    await locked
    await untilFinished(engine, [lead], 30)
    expect((await rowsOf(lead)).map((row) => row.status)).toEqual(['completed'])
  })
})
