import { and, eq, isNotNull } from 'drizzle-orm'
import { WorkflowNotFoundError } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { eraseLead } from '#activities/leads/erase-lead.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { effects, leadInputs } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

let release: () => void = () => {}
const started: string[] = []
const slow = defineActivity({
  type: 'slow',
  title: 'Slow',
  description: 'Ends when the test says.',
  config: z.strictObject({}),
  timeout: 'PT1M',
  async perform(context) {
    started.push(context.leadId)
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return { output: { email: String(context.lead.fields['email']) }, fields: { company: 'Written too late' } }
  },
})

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ steps: [slow.step], performers: [performerOf(slow)] })
})
afterAll(() => engine?.stop())

const mail = { subject: 'Hello', body: 'Hello {{ lead.first_name }}', purpose: 'nurture', overCap: 'defer' }
const erase = (leadId: string) => eraseLead(engine, { leadId, actor: 'dpo', reason: 'Asked.' })

async function runsOf(leadId: string): Promise<number> {
  let count = 0
  for await (const _ of engine.client.workflow.list({ query: `WorkflowId = "lead:${leadId}"` })) count += 1
  return count
}

describe('erasing a lead', () => {
  test(
    'that waits ends its journey and deletes every run of its execution; later entries find the tombstone',
    { timeout: 240_000 },
    async () => {
      const short = await publishDefinition(engine.db, { steps: { end: ['exit', { reason: 'End' }] } })
      const long = await publishDefinition(engine.db, {
        steps: {
          mail: ['send_email', mail, { next: 'wait' }],
          wait: ['wait', { duration: 'P30D' }, { next: 'again' }],
          again: ['send_email', mail],
        },
      })
      const lead = await addLead(engine.db)
      // Two runs: one that is complete, one that waits.
      await enrol(engine, lead, short, Date.now())
      await until(
        'the first run is complete',
        async () => (await engine.client.workflow.getHandle(`lead:${lead}`).describe()).status.name === 'COMPLETED',
      )
      await enrol(engine, lead, long, Date.now())
      await until(
        'its first message is in the mailbox',
        async () => (await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))).length === 1,
      )
      await until('the list shows both runs', async () => (await runsOf(lead)) === 2)

      expect(await erase(lead)).toEqual({ erased: true, leadId: lead, runsDeleted: 2 })
      await until('the server has deleted both', async () => (await runsOf(lead)) === 0, 90)
      await expect(engine.client.workflow.getHandle(`lead:${lead}`).describe()).rejects.toThrow(WorkflowNotFoundError)
      expect(await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))).toEqual([])
      const [standing] = await engine.db
        .select()
        .from(enrollments)
        .where(and(eq(enrollments.leadId, lead), eq(enrollments.journeyId, long)))
      expect(standing).toMatchObject({ status: 'exited', dueAt: null })

      // A sender that had looked the lead up before still writes its row: it comes to nothing and keeps nothing.
      await enrol(engine, lead, long, Date.now(), 'after')
      await until(
        'the entry is refused',
        async () =>
          (
            await engine.db
              .select()
              .from(leadInputs)
              .where(and(eq(leadInputs.leadId, lead), isNotNull(leadInputs.consumedAt)))
          ).length === 1,
      )
      const [input] = await engine.db.select().from(leadInputs).where(eq(leadInputs.leadId, lead))
      expect(input).toMatchObject({ outcome: 'refused: the lead was erased', payload: {} })
      expect(await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))).toHaveLength(2)
      expect(await engine.db.select().from(deliveries).where(eq(deliveries.leadId, lead))).toHaveLength(1)

      // And again: what came into Temporal since is deleted, too.
      expect(await erase(lead)).toEqual({ erased: true, leadId: lead, runsDeleted: 1 })
      await until('the server has deleted it', async () => (await runsOf(lead)) === 0, 90)
    },
  )

  test('while its activity runs drops what the activity brings', async () => {
    const journey = await publishDefinition(engine.db, {
      steps: { slow: ['slow', {}, { next: 'end' }], end: ['exit', { reason: 'End' }] },
    })
    const lead = await addLead(engine.db)
    await enrol(engine, lead, journey, Date.now())
    await until('the activity runs', () => Promise.resolve(started.includes(lead)))
    expect(await erase(lead)).toMatchObject({ erased: true })
    release()
    // Another lead's effect on the same queue comes after it.
    const other = await addLead(engine.db)
    await enrol(engine, other, journey, Date.now())
    await until('the next activity runs', () => Promise.resolve(started.includes(other)))
    release()
    await untilFinished(engine, [other])
    expect(await engine.db.select().from(effects).where(eq(effects.leadId, lead))).toMatchObject([
      { status: 'cancelled', output: null, error: null },
    ])
    expect((await engine.db.select().from(leads).where(eq(leads.id, lead)))[0]).toMatchObject({
      company: null,
      email: null,
    })
    expect((await engine.db.select().from(leads).where(eq(leads.id, other)))[0]).toMatchObject({
      company: 'Written too late',
    })
  })
})
