import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { asc, eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addInputs } from '#db/repositories/inputs.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  send,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import type { EngineProcessOptions } from '#tests/support/engine-process.ts'
import { temporalAddress } from '#tests/support/temporal.ts'

/** The narrow windows of the protocol (ADR 0002), each with the reconciler off: no schedule runs in these tests. */
let engine: TestEngine
const children: ChildProcess[] = []
beforeEach(async () => {
  engine = await createTestEngine({ start: false })
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await engine?.stop()
})

const mail = { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }

async function startProcess(options: Partial<EngineProcessOptions> = {}): Promise<ChildProcess> {
  const full: EngineProcessOptions = {
    databaseUrl: engine.databaseUrl,
    temporalAddress: temporalAddress(),
    queuePrefix: engine.queuePrefix,
    ...options,
  }
  const child = spawn(process.execPath, ['tests/support/engine-process.ts', JSON.stringify(full)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await Promise.race([
    new Promise<void>((resolve) => child.stdout?.on('data', (data: Buffer) => data.includes('ready') && resolve())),
    once(child, 'exit').then(() => undefined),
  ])
  return child
}

async function stepsOf(leadId: string): Promise<string[]> {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.map((row) => `${row.stepId} ${row.port ?? 'end'}`)
}

describe('crash windows', () => {
  test('an input that lands while the last turn is committing is worked off: the completion is refused', async () => {
    const journey = await publishDefinition(engine.db, { steps: { end: ['exit', { reason: 'End' }] } })
    const lead = await addLead(engine.db)
    let turns = 0
    await engine.startWorker({
      afterCommit: async () => {
        turns += 1
        // The first turn has finished the lead's only journey; the workflow is about to complete.
        if (turns === 1)
          await send(engine, lead, Date.now(), {
            kind: 'enroll',
            journeyId: journey,
            triggerId: 'manual',
            entryKey: 'second',
          })
      },
    })
    await enrol(engine, lead, journey, Date.now(), 'first')
    await until(
      'both entries are through',
      async () =>
        (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))).filter(
          (row) => row.status === 'completed',
        ).length === 2,
    )
    const runs = []
    for await (const run of engine.client.workflow.list({ query: `WorkflowId = "lead:${lead}"` })) runs.push(run.runId)
    await until(
      'the execution is complete',
      async () => (await engine.client.workflow.getHandle(`lead:${lead}`).describe()).status.name === 'COMPLETED',
    )
    expect(
      (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead)))
        .map((row) => row.entryKey)
        .sort(),
    ).toEqual(['first', 'second'])
    expect(runs.length).toBeLessThanOrEqual(1)
  })

  test('kill -9 between a turn’s commit and its marker, an unsubscribe before the restart: nothing lost, nothing twice', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: {
        tag: ['add_tag', { tag: 'seen' }, { next: 'mail' }],
        mail: ['send_email', mail, { next: 'wait' }],
        wait: ['wait', { duration: 'PT2S' }, { next: 'end' }],
        end: ['exit', { reason: 'End' }],
      },
    })
    const lead = await addLead(engine.db)
    // The row of the mailroom's schedule is not touched: the process dies inside the first turn's window.
    const dying = await startProcess({ dieAfterCommits: 1 })
    const died = once(dying, 'exit')
    await enrol(engine, lead, journey, Date.now())
    await died
    expect(await stepsOf(lead)).toEqual(['entry next', 'tag next', 'mail next'])
    const before = await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))
    await engine.db.transaction((tx) =>
      suppressLead(tx, { leadId: lead, channels: ['email'], reason: 'unsubscribed', source: 'test', at: Date.now() }),
    )
    await startProcess()
    await untilFinished(engine, [lead], 60)
    // The message was cancelled by the unsubscribe, unless the mailroom had sent it before.
    const after = await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))
    expect(after.length).toBe(before.length)
    const rows = await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))
    expect(rows.map((row) => row.status)).toEqual([before.length === 1 ? 'accepted' : 'cancelled'])
    expect((await stepsOf(lead)).filter((step) => step.startsWith('mail'))).toHaveLength(1)
    expect(
      (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))).map((row) => row.status),
    ).toEqual(['completed'])
  })

  test('kill -9 before a turn’s commit: the turn happens once, after the restart', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: { mail: ['send_email', mail, { next: 'end' }], end: ['exit', { reason: 'End' }] },
    })
    const lead = await addLead(engine.db)
    const dying = await startProcess({ dieBeforeCommits: 1 })
    const died = once(dying, 'exit')
    await enrol(engine, lead, journey, Date.now())
    await died
    expect(await stepsOf(lead)).toEqual([])
    await startProcess()
    await untilFinished(engine, [lead], 60)
    expect(await stepsOf(lead)).toEqual(['entry next', 'mail next', 'end end'])
    expect(await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))).toHaveLength(1)
  })

  test('a poke before the workflow exists starts it', async () => {
    const journey = await publishDefinition(engine.db, { steps: { end: ['exit', { reason: 'End' }] } })
    const lead = await addLead(engine.db)
    const input = { kind: 'enroll', journeyId: journey, triggerId: 'manual', entryKey: 'one' } as const
    await engine.db.transaction((tx) => addInputs(tx, [{ leadId: lead, at: Date.now(), input }]))
    // No worker yet, and several pokes: one execution, one entry.
    for (let index = 0; index < 5; index += 1) await engine.poker.poke([lead])
    await engine.startWorker()
    await untilFinished(engine, [lead])
    expect(await stepsOf(lead)).toEqual(['entry next', 'end end'])
  })
})
