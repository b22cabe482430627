import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeTask } from '#activities/controls/complete-task.ts'
import { noteCue, noteLead } from '#activities/leads/note-lead.ts'
import { raiseLibraryRevision, readLibrary } from '#db/repositories/library.ts'
import { saveCues } from '#db/repositories/cues.ts'
import { journeyTriggers, stepLog } from '#db/schema/journeys.ts'
import { leadFields, leadNotes, leads } from '#db/schema/leads.ts'
import { tasks } from '#db/schema/tasks.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'

/** What a colleague notes moves the lead (PLAYBOOK E4), on a real Temporal server. */
let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
  await engine.db.transaction(async (tx) => {
    await tx.insert(leadFields).values({ key: 'call_on', label: 'Call on', type: 'date' })
    await raiseLibraryRevision(tx)
    await saveCues(
      tx,
      [
        { key: 'spring', label: 'Call me in spring', date: 'required', field: 'call_on' },
        { key: 'moved', label: 'They moved', date: 'none', field: null },
      ],
      'test',
    )
  })
})
afterAll(() => engine?.stop())

const deps = () => ({ db: engine.db, poker: engine.poker, library: () => readLibrary(engine.db) })

async function stepsOf(lead: string): Promise<string[]> {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, lead)).orderBy(asc(stepLog.id))
  return rows.map(({ stepId, port, leftAt }) => `${stepId} ${port ?? 'end'} ${leftAt.toISOString().slice(0, 10)}`)
}

async function cueJourney(cue: string, steps: Parameters<typeof publishDefinition>[1]['steps']): Promise<void> {
  const trigger: Trigger = { id: 'noted', kind: 'cue', cue }
  const journeyId = await publishDefinition(engine.db, { triggers: [trigger], steps })
  await engine.db
    .insert(journeyTriggers)
    .values({ journeyId, version: 1, triggerId: trigger.id, kind: trigger.kind, subject: cue, trigger })
}

test('a cue with its day starts a journey, which waits until that day and gives sales the call', async () => {
  await cueJourney('spring', {
    wait: ['wait_until_date', { field: 'call_on', time: '09:00' }, { next: 'call', missing: 'none' }],
    call: ['escalate_to_call', { reason: 'Asked to be called in spring', sla: 'P1D' }, { 'outcome:interested': 'won' }],
    won: ['exit', { reason: 'Won' }],
    none: ['exit', { reason: 'No day' }],
  })
  // Five days a second: spring comes within seconds.
  const lead = await addLead(engine.db, {
    phone: '+44 20 7946 0000',
    clock: fastClock('2027-03-10T12:00:00Z', 432_000),
  })
  const plain = await addLead(engine.db, { clock: fastClock('2027-03-10T12:00:00Z', 1) })
  expect(await noteLead(deps(), { leadId: plain, body: 'Nice person', actor: 'ann' })).toEqual({ done: true })
  const noted = await noteCue(deps(), { leadId: lead, cue: 'spring', date: '2027-03-22', body: '', actor: 'ann' })
  expect(noted).toEqual({ done: true })
  const [row] = await engine.db.select().from(leads).where(eq(leads.id, lead))
  expect(row?.fields).toEqual({ call_on: '2027-03-22' })
  const notes = await engine.db.select().from(leadNotes).where(eq(leadNotes.leadId, lead))
  expect(notes).toMatchObject([{ cue: 'spring', cueDate: '2027-03-22', body: 'Call me in spring', actor: 'ann' }])

  await until(
    'spring has come',
    async () => (await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))).length > 0,
  )
  const [task] = await engine.db.select().from(tasks).where(eq(tasks.leadId, lead))
  expect(task?.createdFor.toISOString().slice(0, 10)).toBe('2027-03-22')
  expect(await completeTask(deps(), { taskId: task?.id ?? '', outcome: 'interested', actor: 'ann' })).toMatchObject({
    done: true,
  })
  await untilFinished(engine, [lead])
  expect((await stepsOf(lead)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'entry next',
    'wait next',
    'call outcome:interested',
    'won end',
  ])
  expect(await stepsOf(plain)).toEqual([])
})

test('a wait for the cue ends when it is noted, and not for another one', async () => {
  const journey = await publishDefinition(engine.db, {
    needs: { events: ['cue_noted'] },
    steps: {
      hear: [
        'wait_for_event',
        { event: 'cue_noted', where: [{ property: 'cue', op: 'is', value: 'moved' }], timeout: 'P30D' },
        { happened: 'heard', timeout: 'deaf' },
      ],
      heard: ['exit', { reason: 'Heard' }],
      deaf: ['exit', { reason: 'Deaf' }],
    },
  })
  const lead = await addLead(engine.db, {})
  await enrol(engine, lead, journey, Date.now())
  await until('it waits', async () => (await stepsOf(lead)).length === 1)
  await noteCue(deps(), { leadId: lead, cue: 'moved', body: 'New flat', actor: 'ann' })
  await untilFinished(engine, [lead])
  expect((await stepsOf(lead)).map((line) => line.split(' ')[0])).toEqual(['entry', 'hear', 'heard'])
})
