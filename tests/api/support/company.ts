/** A small company that several tests of routes ask about: two journeys, three leads, a message. */
import { and, asc, eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { auditLog } from '#db/schema/tasks.ts'
import { addLeads, addMessage, logStep, placeLead, publishExample } from '../../support/seed-world.ts'
import type { TestApp } from './test-app.ts'

/** Ids of what is there. */
export interface Company {
  ada: string
  bob: string
  /** Enrollments: Ada's that waits, Bob's that is parked, Ada's that ended. */
  waiting: string
  parked: string
  ended: string
  delivery: string
}

export async function createCompany(app: TestApp): Promise<Company> {
  const { db } = app.database
  await publishExample(db, 'win-back-survey')
  await publishExample(db, 'last-chance-call')
  const ids = await addLeads(db, ['Ada Lovelace', 'Bob Noyce', 'Zoë Müller'])
  const ada = ids[0] ?? ''
  const bob = ids[1] ?? ''
  const waiting = await placeLead(db, { leadId: ada, journey: 'win-back-survey', stepId: 'answer' })
  const error = { code: 'EFFECT_FAILED', message: 'The CRM answered 401.', attempts: 3 }
  const parked = await placeLead(db, {
    leadId: bob,
    journey: 'last-chance-call',
    stepId: 'look',
    status: 'parked',
    error,
  })
  const ended = await placeLead(db, {
    leadId: ada,
    journey: 'last-chance-call',
    stepId: 'won',
    status: 'completed',
    why: 'Won.',
  })
  await logStep(db, {
    leadId: ada,
    enrollmentId: waiting,
    journey: 'win-back-survey',
    stepId: 'survey',
    agoMinutes: 6,
    reason: 'Sent the survey.',
  })
  const delivery = await addMessage(db, {
    leadId: ada,
    enrollmentId: waiting,
    journey: 'win-back-survey',
    stepId: 'survey',
    subject: 'Four questions',
    html: '<p>Why not?</p><script>alert(1)</script>',
  })
  return { ada, bob, waiting, parked, ended, delivery }
}

/** What the audit log has about something, in order; all of it done by this machine's owner. */
export async function audited(app: TestApp, subjectKind: string, subjectId: string): Promise<string[]> {
  const rows = await app.database.db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.subjectKind, subjectKind), eq(auditLog.subjectId, subjectId)))
    .orderBy(asc(auditLog.id))
  expect(rows.every(({ actor }) => actor === 'owner')).toBe(true)
  return rows.map(({ action }) => action)
}
