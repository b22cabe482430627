/**
 * Erasure (GDPR Art. 17): the person leaves, the counts stay. A tombstone is left under the lead's id so that nothing
 * breaks and nothing is sent; every run of its Temporal execution is deleted. Irreversible.
 */
import type { Client } from '@temporalio/client'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from '#db/client.ts'
import { cancelQueued } from '#db/repositories/deliveries.ts'
import { consents, deliveries, mailbox } from '#db/schema/deliveries.ts'
import { events, surveyAnswers } from '#db/schema/events.ts'
import { effects, leadInputs, leadPokes, triggerMembers } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leadIdentities, leadNotes, leads, leadTags } from '#db/schema/leads.ts'
import { auditLog, taskLog, tasks } from '#db/schema/tasks.ts'

export type Erasure = { erased: true; runsDeleted: number } | { erased: false; reason: string }

/**
 * Erases one lead. Repeating it is harmless: what an interrupted erasure left in Temporal is deleted then.
 * @throws when Postgres or Temporal cannot be reached; call again.
 */
export async function eraseLead(
  { db, client, namespace = 'default' }: { db: Database; client: Client; namespace?: string },
  request: { leadId: string; actor: string; reason: string },
): Promise<Erasure> {
  const found = await db.transaction((tx) => erasePostgres(tx, request))
  if (!found) return { erased: false, reason: `There is no lead "${request.leadId}".` }
  return { erased: true, runsDeleted: await eraseTemporal(client, namespace, request.leadId) }
}

async function erasePostgres(tx: Transaction, { leadId, actor, reason }: { leadId: string; actor: string; reason: string }): Promise<boolean> {
  const [lead] = await tx.select({ id: leads.id, erasedAt: leads.erasedAt }).from(leads).where(eq(leads.id, leadId)).for('no key update')
  if (lead === undefined) return false
  if (lead.erasedAt !== null) return true
  const open = await tx
    .update(enrollments)
    .set({
      status: 'exited',
      exitReason: 'The lead was erased.',
      finishedAt: sql`now()`,
      wakeAt: null,
      dueAt: null,
      dependsOn: [],
      state: sql`jsonb_set(jsonb_set(${enrollments.state}, '{status}', '"exited"'), '{rest}', 'null')`,
    })
    .where(and(eq(enrollments.leadId, leadId), inArray(enrollments.status, ['active', 'paused', 'parked'])))
    .returning({ id: enrollments.id })
  for (const { id } of open) await cancelQueued(tx, { enrollmentId: id }, 'lead_erased')
  const taskIds = tx.select({ id: tasks.id }).from(tasks).where(eq(tasks.leadId, leadId))
  const ofLead = [
    tx.update(enrollments).set({ properties: {}, error: null }).where(eq(enrollments.leadId, leadId)),
    tx.update(stepLog).set({ detail: null, reason: '' }).where(eq(stepLog.leadId, leadId)),
    tx.update(events).set({ properties: {}, folded: {}, dedupeKey: null }).where(eq(events.leadId, leadId)),
    tx.update(deliveries).set({ content: { body: '' } }).where(eq(deliveries.leadId, leadId)),
    tx.update(effects).set({ status: sql`case when status = 'open' then 'cancelled'::effect_status else status end`, input: {}, output: null, error: null }).where(eq(effects.leadId, leadId)),
    tx.update(taskLog).set({ detail: {} }).where(inArray(taskLog.taskId, taskIds)),
    tx
      .update(tasks)
      .set({ status: sql`case when status = 'open' then 'cancelled'::task_status else status end`, title: '', reason: '', note: null })
      .where(eq(tasks.leadId, leadId)),
    tx.update(consents).set({ wording: '' }).where(eq(consents.leadId, leadId)),
    tx.update(auditLog).set({ before: null, after: null }).where(and(eq(auditLog.subjectKind, 'lead'), eq(auditLog.subjectId, leadId))),
    tx.delete(mailbox).where(eq(mailbox.leadId, leadId)),
    tx.delete(surveyAnswers).where(eq(surveyAnswers.leadId, leadId)),
    tx.delete(leadIdentities).where(eq(leadIdentities.leadId, leadId)),
    tx.delete(leadNotes).where(eq(leadNotes.leadId, leadId)),
    tx.delete(leadTags).where(eq(leadTags.leadId, leadId)),
    tx.delete(leadInputs).where(eq(leadInputs.leadId, leadId)),
    tx.delete(leadPokes).where(eq(leadPokes.leadId, leadId)),
    tx.delete(triggerMembers).where(eq(triggerMembers.leadId, leadId)),
  ]
  for (const statement of ofLead) await statement
  await tx
    .update(leads)
    .set({
      ...Object.fromEntries(personalColumns.map((column) => [column, null])),
      fields: {},
      folded: {},
      doNotEmail: true,
      doNotMail: true,
      doNotCall: true,
      erasedAt: sql`now()`,
      updatedAt: sql`now()`,
    })
    .where(eq(leads.id, leadId))
  await tx.insert(auditLog).values({ actor, action: 'lead.erase', subjectKind: 'lead', subjectId: leadId, after: { reason } })
  return true
}

const personalColumns = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'company',
  'title',
  'addressLine1',
  'city',
  'region',
  'postalCode',
  'country',
  'language',
  'zone',
  'source',
] as const

/** Ends and deletes every run of the lead's execution; histories hold ids only, but they go, too. */
async function eraseTemporal(client: Client, namespace: string, leadId: string): Promise<number> {
  const workflowId = `lead:${leadId}`
  await client.workflow
    .getHandle(workflowId)
    .terminate('The lead was erased.')
    .catch((error: unknown) => {
      if (!(error instanceof Error && error.name === 'WorkflowNotFoundError')) throw error
    })
  let deleted = 0
  for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId: run.runId } })
    deleted += 1
  }
  return deleted
}
