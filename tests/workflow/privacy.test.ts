import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { requestControl } from '#activities/controls/request-control.ts'
import { ActivityFailure, defineActivity } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { recordAnswers } from '#db/repositories/answers.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { mailbox } from '#db/schema/deliveries.ts'
import { effects } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leadFields } from '#db/schema/leads.ts'
import { surveys } from '#db/schema/library.ts'
import { defineStep } from '#engine/steps/contract.ts'
import { surveySchema } from '#engine/surveys/schema.ts'
import {
  createTestEngine,
  publishDefinition,
  send,
  until,
  type TestEngine,
  type TestSteps,
} from '#tests/support/engine.ts'
import { textOfHistory } from '#tests/support/histories.ts'

/** What must not be found in any history. */
const person = {
  first_name: 'Zebulonia',
  last_name: 'Quagmire',
  phone: '+41 79 555 01 23',
  company: 'Purple Hippo',
  motto: 'Serendipity',
}
const email = 'zebulonia.quagmire@distinct.example.test'
const words = [...Object.values(person), 'distinct.example.test', 'Flabbergasted', 'Kerfuffle']

const probe = defineActivity({
  type: 'crm',
  title: 'CRM',
  description: 'Fails the way providers do: with the address in its words.',
  config: z.strictObject({ how: z.enum(['refuse', 'throw', 'timeout', 'succeed']) }),
  ports: [{ id: 'next', label: 'Next' }],
  needs: { fields: ['email', 'first_name'] },
  retry: { maxAttempts: 2 },
  timeout: 'PT1S',
  heartbeat: 'PT1S',
  async perform(context, { how }) {
    const { lead } = context
    context.heartbeat(1)
    const about = `${String(lead.fields['email'])} (${String(lead.fields['first_name'])})`
    if (how === 'refuse') throw new ActivityFailure('CRM_REFUSED', `No such customer: ${about}`, { retry: false })
    if (how === 'throw') throw Object.assign(new Error(`Cannot reach the record of ${about}`), { details: [about] })
    if (how === 'timeout') await new Promise(() => {})
    return { output: { about }, fields: { company: person.company } }
  },
})
const broken = defineStep({
  type: 'broken',
  version: 1,
  title: 'Broken',
  category: 'custom',
  icon: 'skull',
  description: 'Throws with the lead in its words.',
  config: z.strictObject({}),
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: () => 'Throws',
  rests: () => false,
  run: ({ facts }) => {
    throw new Error(`Bug with ${String(facts.fields['email'])} ${String(facts.fields['first_name'])}`)
  },
})

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ steps: [probe.step, broken], performers: [performerOf(probe)] })
})
afterAll(() => engine?.stop())

test('no history of any execution knows who the lead is, what it answered, or what providers and people wrote', async () => {
  const { db } = engine
  await db.insert(leadFields).values({ key: 'motto', label: 'Motto', type: 'text' })
  await db.insert(surveys).values({
    key: 'why',
    survey: surveySchema.parse({
      key: 'why',
      title: 'Why',
      questions: [{ id: 'reason', text: 'Why?', type: 'text' }],
    }),
  })
  const library = await readLibrary(db)
  const names = ['', 'refuse', 'throw', 'timeout', 'succeed', 'broken'] as const
  const { rows } = await db.transaction((tx) =>
    upsertLeads(
      tx,
      names.map((name) => ({ email: `${name}${email}`, externalId: `Kerfuffle-${name}`, fields: person })),
      { library, actor: 'test' },
    ),
  )
  const leadIds = rows.map((row) => row.leadId ?? '')
  const [lead = ''] = leadIds
  const mail = {
    subject: 'Dear {{ lead.first_name }}',
    body: '{{ lead.last_name }}',
    purpose: 'transactional',
    overCap: 'defer',
  }
  const waiting = await publishDefinition(db, {
    steps: {
      mail: ['send_email', mail, { next: 'wait' }],
      wait: ['wait_for_event', { event: 'survey_answered', timeout: 'P30D' }, { happened: 'hold', timeout: 'hold' }],
      hold: ['wait', { duration: 'P30D' }, { next: 'end' }],
      end: ['exit', { reason: 'End' }],
    },
    needs: { events: ['survey_answered'], surveys: ['why'] },
  })
  const enter = (journeyId: string) => ({
    kind: 'enroll' as const,
    journeyId,
    triggerId: 'manual',
    entryKey: `api:${email}`,
    properties: { remark: 'Flabbergasted' },
  })
  await send(engine, lead, Date.now(), enter(waiting))
  await until(
    'the mail is in the mailbox',
    async () => (await db.select().from(mailbox).where(eq(mailbox.leadId, lead))).length === 1,
  )
  for (const [index, name] of names.entries()) {
    if (name === '') continue
    const first: TestSteps[string] =
      name === 'broken' ? ['broken', {}, { next: 'end' }] : ['crm', { how: name }, { next: 'end', error: 'end' }]
    const journey = await publishDefinition(db, { steps: { first, end: ['exit', { reason: 'End' }] } })
    await send(engine, leadIds[index] ?? '', Date.now(), enter(journey))
  }
  const answers = { survey: 'why', answers: { reason: 'Flabbergasted by it all' }, lead: { id: lead }, asked: 'survey' }
  const answered = await db.transaction((tx) => recordAnswers(tx, [answers] as never, { library, actor: 'form' }))
  await engine.poker.poke(answered.leadIds)
  const standing = () => db.select().from(enrollments).where(inArray(enrollments.leadId, leadIds))
  await until(
    'the effects have ended and the broken one is parked',
    async () => {
      const now = await standing()
      const active = now.filter((row) => row.status === 'active')
      return now.length === names.length && active.length === 1 && active[0]?.stepId === 'hold'
    },
    120,
  )
  // What the test is about has happened: the address is in what is kept of the failures, in Postgres.
  const failed = await db.select().from(effects).where(eq(effects.status, 'failed'))
  expect(failed.filter((row) => row.error?.message.includes(email))).toHaveLength(2)
  expect(failed).toHaveLength(3)
  expect((await standing()).find((row) => row.status === 'parked')?.error?.message).toContain(email)

  for (const action of ['pause', 'resume', 'exit'] as const) {
    const ids = (await standing()).map((row) => row.id)
    await requestControl(engine, { action, enrollmentIds: ids, reason: 'Zebulonia rang: Kerfuffle', actor: 'ann' })
  }
  const executions = [...leadIds.map((id) => `lead:${id}`), `${engine.queuePrefix}mailroom:email`]
  await until('all have ended', async () => {
    const states = await Promise.all(leadIds.map((id) => engine.client.workflow.getHandle(`lead:${id}`).describe()))
    return states.every((state) => state.status.name === 'COMPLETED')
  })
  let texts = ''
  for (const workflowId of executions) {
    const handle = engine.client.workflow.getHandle(workflowId)
    texts += textOfHistory(await handle.fetchHistory())
    texts += JSON.stringify((await handle.describe()).raw, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    )
  }
  // It is the whole of it: ids, and the codes of what failed, are there.
  const known = [...leadIds, 'CRM_REFUSED', 'ACTIVITY_FAILED', 'activityTaskFailedEventAttributes', 'mailroomWorkflow']
  expect(known.filter((word) => !texts.includes(word))).toEqual([])
  expect(words.filter((word) => texts.toLowerCase().includes(word.toLowerCase()))).toEqual([])
})
