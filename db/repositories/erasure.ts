/** Takes a person out of the database and leaves a tombstone: ids, instants, codes and counts stay, words go (GDPR Art. 17). */
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Transaction } from '../client.ts'
import { consents, deliveries, mailbox, suppressions } from '../schema/deliveries.ts'
import { events, surveyAnswers } from '../schema/events.ts'
import { inboundMail } from '../schema/inbound.ts'
import { effects, leadInputs, leadPokes, triggerMembers } from '../schema/inputs.ts'
import { enrollments, stepLog } from '../schema/journeys.ts'
import { leadIdentities, leadNotes, leads, leadTags, stageChanges } from '../schema/leads.ts'
import { linkClicks, shortLinks } from '../schema/links.ts'
import { notifications } from '../schema/people.ts'
import { printCards } from '../schema/print.ts'
import { formSubmissions, surveyResponses } from '../schema/responses.ts'
import { auditLog, taskLog, tasks } from '../schema/tasks.ts'
import { webhookCalls } from '../schema/webhooks.ts'
import { forgetAnswers } from './idempotency.ts'
import { cancelQueued } from './deliveries.ts'
import { followMerges } from './identities.ts'
import { rememberAddresses } from './suppression-memory.ts'

const erased = 'The lead was erased.'

/**
 * All rows that are this person: the lead (or the one it was merged into), every lead merged into that, and test leads made
 * under the same names. Ids in order; the survivor is `leadId`. Null when there is no such lead.
 */
export async function findPerson(tx: Transaction, leadId: string): Promise<{ leadId: string; all: string[] } | null> {
  const survivor = (await followMerges(tx, [leadId])).get(leadId) ?? leadId
  const rows = await tx.execute<{ id: string }>(sql`
    with recursive person as (
      select id from leads where id = ${survivor}
      union
      select absorbed.id from leads absorbed join person on absorbed.merged_into = person.id
    ), copies as (
      select distinct copy.lead_id as id
        from person
        join lead_identities own on own.lead_id = person.id and strpos(own.kind, '@') = 0
        join lead_identities copy on copy.value = own.value and copy.kind like own.kind || '@%'
    )
    select id from person union select id from copies order by id`)
  return rows.length === 0 ? null : { leadId: survivor, all: rows.map((row) => row.id) }
}

/**
 * Ends what these leads have under way and empties every column that can hold a person's data. Call holding their locks.
 * Repeating it is harmless, and takes away what was written by work that was under way the first time.
 */
export async function eraseLeads(tx: Transaction, leadIds: readonly string[]): Promise<void> {
  const ids = [...leadIds]
  await rememberAddresses(tx, ids)
  const enrollmentIds = await endEnrollments(tx, ids)
  const taskIds = (await tx.select({ id: tasks.id }).from(tasks).where(inArray(tasks.leadId, ids))).map((row) => row.id)
  await scrubWork(tx, ids, taskIds)
  await scrubRecords(tx, ids)
  await forgetAnswers(tx, ids)
  await scrubNotifications(tx, ids)
  await scrubAudit(tx, 'lead', ids)
  await scrubAudit(tx, 'enrollment', enrollmentIds)
  await scrubAudit(tx, 'task', taskIds)
  await tx
    .update(leads)
    .set({
      ...Object.fromEntries(personalColumns.map((column) => [column, null])),
      fields: {},
      folded: {},
      doNotEmail: true,
      doNotMail: true,
      doNotCall: true,
      erasedAt: sql`coalesce(${leads.erasedAt}, now())`,
      updatedAt: sql`now()`,
    })
    .where(inArray(leads.id, ids))
}

/** Open ones exit; of all, only ids, positions and instants stay. Returns their ids. */
async function endEnrollments(tx: Transaction, leadIds: string[]): Promise<string[]> {
  await tx
    .update(enrollments)
    .set({ status: 'exited', finishedAt: sql`now()`, wakeAt: null, dueAt: null, dependsOn: [] })
    .where(and(inArray(enrollments.leadId, leadIds), inArray(enrollments.status, ['active', 'paused', 'parked'])))
  const rows = await tx
    .update(enrollments)
    .set({
      exitReason: erased,
      properties: {},
      error: null,
      // A sender's own key may be an address.
      entryKey: sql`${enrollments.id}::text`,
      // Only what is named here stays; a step's own memory and reasons may quote what the lead wrote.
      state: sql`jsonb_build_object('status', ${enrollments.status}, 'rest', null, 'reason', null, 'error', null,
        'stepId', ${enrollments.stepId}, 'visit', ${enrollments.state}->'visit', 'since', ${enrollments.state}->'since',
        'visits', ${enrollments.state}->'visits', 'anchorAt', ${enrollments.state}->'anchorAt',
        'lastMessage', ${enrollments.state}->'lastMessage')`,
      updatedAt: sql`now()`,
    })
    .where(inArray(enrollments.leadId, leadIds))
    .returning({ id: enrollments.id })
  const queued = await tx
    .selectDistinct({ enrollmentId: deliveries.enrollmentId })
    .from(deliveries)
    .where(and(inArray(deliveries.leadId, leadIds), eq(deliveries.status, 'queued')))
  for (const { enrollmentId } of queued) await cancelQueued(tx, { enrollmentId }, 'lead_erased')
  return rows.map((row) => row.id)
}

/** A reason that is one of our codes tells nothing of the person; people's and providers' own words do. */
const codeOnly = (column: unknown) => sql`case when ${column} ~ '^[a-z0-9_]+$' then ${column} end`

async function scrubWork(tx: Transaction, leadIds: string[], taskIds: string[]): Promise<void> {
  await tx.update(stepLog).set({ detail: null, reason: '' }).where(inArray(stepLog.leadId, leadIds))
  await tx
    .update(deliveries)
    .set({ content: { body: '' }, reason: codeOnly(deliveries.reason), providerId: null, recipientDomain: null })
    .where(inArray(deliveries.leadId, leadIds))
  await tx.update(webhookCalls).set({ lastError: null }).where(inArray(webhookCalls.leadId, leadIds))
  await tx.delete(mailbox).where(inArray(mailbox.leadId, leadIds))
  // What goes on to the printer after this must not have the name on it; what was printed is forgotten here.
  await tx
    .update(printCards)
    .set({
      card: null,
      status: sql`case when ${printCards.status} = 'waiting' then 'removed' else ${printCards.status} end`,
      reason: sql`case when ${printCards.status} = 'waiting' then 'lead_erased' else ${codeOnly(printCards.reason)} end`,
    })
    .where(inArray(printCards.leadId, leadIds))
  await tx
    .update(deliveries)
    .set({ status: 'cancelled', reason: 'lead_erased' })
    .where(
      and(
        inArray(deliveries.leadId, leadIds),
        eq(deliveries.channel, 'postcard'),
        eq(deliveries.status, 'sending'),
        isNull(deliveries.claimedAt),
      ),
    )
  await tx
    .update(effects)
    .set({
      status: sql`case when ${effects.status} = 'open' then 'cancelled'::effect_status else ${effects.status} end`,
      finishedAt: sql`coalesce(${effects.finishedAt}, now())`,
      input: {},
      output: null,
      error: null,
    })
    .where(inArray(effects.leadId, leadIds))
  if (taskIds.length > 0) await tx.update(taskLog).set({ detail: {} }).where(inArray(taskLog.taskId, taskIds))
  await tx
    .update(tasks)
    .set({ status: 'cancelled', closedAt: sql`now()`, closedBy: 'erasure' })
    .where(and(inArray(tasks.leadId, leadIds), eq(tasks.status, 'open')))
  await tx
    .update(tasks)
    .set({ title: '', reason: '', talkTrack: '', note: null, closedReason: erased, snoozeReason: null, escalation: [] })
    .where(inArray(tasks.leadId, leadIds))
}

/** What people were told about the lead: that they were told stays, the words go. */
async function scrubNotifications(tx: Transaction, leadIds: string[]): Promise<void> {
  await tx
    .update(notifications)
    .set({
      subject: '',
      body: '',
      webhook: sql`case when ${notifications.webhook} = 'queued' then 'none' else ${notifications.webhook} end`,
      webhookError: null,
    })
    .where(inArray(notifications.leadId, leadIds))
}

async function scrubRecords(tx: Transaction, leadIds: string[]): Promise<void> {
  await tx.update(events).set({ properties: {}, folded: {}, dedupeKey: null }).where(inArray(events.leadId, leadIds))
  // The ledger is append-only for everybody else (trigger `consents_append_only`).
  await tx.execute(sql`select set_config('trellis.erasure', 'on', true)`)
  await tx
    .update(consents)
    .set({ wording: '', source: '', mechanism: sql`coalesce(${codeOnly(consents.mechanism)}, '')` })
    .where(inArray(consents.leadId, leadIds))
  await tx
    .update(suppressions)
    .set({ reason: sql`coalesce(${codeOnly(suppressions.reason)}, '')`, source: '' })
    .where(inArray(suppressions.leadId, leadIds))
  await tx.update(stageChanges).set({ reason: '' }).where(inArray(stageChanges.leadId, leadIds))
  // What was held as spam belongs to nobody yet: submissions under the person's addresses go, too.
  const addresses = tx
    .select({ value: leadIdentities.value })
    .from(leadIdentities)
    .where(and(inArray(leadIdentities.leadId, leadIds), eq(leadIdentities.kind, 'email')))
  await tx
    .delete(formSubmissions)
    .where(or(inArray(formSubmissions.leadId, leadIds), inArray(formSubmissions.email, addresses)))
  for (const table of [
    surveyResponses,
    surveyAnswers,
    inboundMail,
    leadIdentities,
    leadNotes,
    leadTags,
    leadInputs,
    leadPokes,
    triggerMembers,
    linkClicks,
    shortLinks,
  ])
    await tx.delete(table).where(inArray(table.leadId, leadIds))
}

async function scrubAudit(tx: Transaction, subjectKind: string, subjectIds: string[]): Promise<void> {
  if (subjectIds.length === 0) return
  await tx
    .update(auditLog)
    .set({ before: null, after: null })
    .where(
      and(
        eq(auditLog.subjectKind, subjectKind),
        inArray(auditLog.subjectId, subjectIds),
        // Who erased it, and why, is what has to be shown afterwards.
        sql`${auditLog.action} <> 'lead.erase'`,
      ),
    )
}

/** Columns of a lead that say who it is; null once it is erased or merged. */
export const personalColumns = [
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
