/**
 * Two leads turn out to be one person: the loser becomes part of the winner. One transaction with both rows locked in id
 * order; counts add, consents and suppressions take the stricter, the loser's journeys end as merged, its id redirects.
 */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Database, Transaction } from '#db/client.ts'
import { transact } from '#db/transact.ts'
import { cancelQueued } from '#db/repositories/deliveries.ts'
import { personalColumns } from '#db/repositories/erasure.ts'
import { announceChanges } from '#db/repositories/announce.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { lockLeads, type LockedLead } from '#db/repositories/lead-locks.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { effects } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog, taskLog, tasks } from '#db/schema/tasks.ts'
import type { FieldValue } from '#engine/facts.ts'
import { preferenceFields, tightenWish } from '#engine/preferences.ts'
import type { Poker } from '../poker.ts'
import { changesOf, readAudited } from './audited-lead.ts'

export type Merge = { merged: true } | { merged: false; reason: string }

/** Merges `loserId` into `winnerId`. Repeating it answers that the loser is merged already. */
export async function mergeLeads(
  { db, poker }: { db: Database; poker: Poker },
  request: { winnerId: string; loserId: string; actor: string },
): Promise<Merge> {
  const { winnerId, loserId } = request
  if (winnerId === loserId) return { merged: false, reason: `"${winnerId}" cannot be merged into itself.` }
  const result = await transact(db, async (tx): Promise<Merge> => {
    const locked = await lockLeads(tx, [winnerId, loserId])
    const winner = locked.get(winnerId)
    const loser = locked.get(loserId)
    const problem = refuse(winnerId, winner) ?? refuse(loserId, loser)
    if (problem !== null || winner === undefined || loser === undefined)
      return { merged: false, reason: problem ?? 'There is no such lead.' }
    if (winner.row.isTest !== loser.row.isTest)
      return { merged: false, reason: 'A test lead and a real lead are never one person.' }
    const [known, lost] = [await readAudited(tx, winnerId), await readAudited(tx, loserId)]
    await endJourneys(tx, loser)
    await moveRecords(tx, winnerId, loserId)
    await joinRows(tx, winner, loser)
    const at = toLeadTime(winner.row.clock, winner.now)
    await addInputs(tx, [{ leadId: winnerId, at, input: { kind: 'fact', keys: ['merged'] } }], 2)
    // It knows more now, so it may have come to match what is watched: as for a lead that is new.
    await announceChanges(tx, [{ leadId: winnerId, at, keys: [], isNew: true }], {
      library: await readLibrary(tx),
      priority: 2,
    })
    const { before, after } = changesOf(known, (await readAudited(tx, winnerId)) ?? {})
    await tx.insert(auditLog).values({
      actor: request.actor,
      action: 'lead.merge',
      subjectKind: 'lead',
      subjectId: winnerId,
      // The loser is emptied: who it was is told here, and forgotten with the winner when the person is erased.
      before: { ...before, loser: changesOf(null, lost ?? {}).after },
      after: { ...after, loserId },
    })
    return { merged: true }
  })
  if (result.merged) await poker.poke([winnerId, loserId], { priority: 2 })
  return result
}

function refuse(id: string, lead: LockedLead | undefined): string | null {
  if (lead === undefined) return `There is no lead "${id}".`
  if (lead.row.erasedAt !== null) return `Lead "${id}" was erased.`
  if (lead.row.mergedInto !== null) return `Lead "${id}" is part of "${lead.row.mergedInto}" already.`
  return null
}

const mergedReason = 'The lead was merged into another.'

/** The loser's journeys end as merged, in the step log, too; what they had under way loses its reason. */
async function endJourneys(tx: Transaction, { row, now }: LockedLead): Promise<void> {
  const loserId = row.id
  const at = new Date(now)
  await tx.execute(sql`
    insert into step_log (enrollment_id, lead_id, journey_id, version, step_id, step_type, visit, entered_at, left_at, port, reason)
    select e.id, e.lead_id, e.journey_id, e.version, e.step_id,
           coalesce(v.definition->'steps'->e.step_id->>'type', 'unknown'), coalesce((e.state->>'visit')::int, 1),
           e.since, greatest(e.since, ${at.toISOString()}::timestamptz), null, ${mergedReason}
      from enrollments e
      left join journey_versions v on v.journey_id = e.journey_id and v.version = e.version
     where e.lead_id = ${loserId} and e.status in ('active', 'paused', 'parked')`)
  const open = await tx
    .update(enrollments)
    .set({
      status: 'exited',
      exitReason: mergedReason,
      finishedAt: at,
      wakeAt: null,
      dueAt: null,
      dependsOn: [],
      error: null,
      state: sql`${enrollments.state} || jsonb_build_object('status', 'exited', 'rest', null, 'reason', ${mergedReason}::text, 'error', null)`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(enrollments.leadId, loserId), inArray(enrollments.status, ['active', 'paused', 'parked'])))
    .returning({ id: enrollments.id })
  for (const { id } of open) {
    await cancelQueued(tx, { enrollmentId: id }, 'merged')
    await tx
      .update(effects)
      .set({ status: 'cancelled', finishedAt: sql`now()` })
      .where(and(eq(effects.enrollmentId, id), eq(effects.status, 'open')))
    await tx
      .update(tasks)
      .set({
        status: 'cancelled',
        closedReason: mergedReason,
        closedAt: at,
        closedBy: 'merge',
        updatedAt: sql`now()`,
      })
      .where(and(eq(tasks.enrollmentId, id), eq(tasks.status, 'open')))
      .returning({ taskId: tasks.id })
      .then(async (closed) => {
        if (closed.length === 0) return
        const detail = { reason: mergedReason }
        await tx
          .insert(taskLog)
          .values(closed.map(({ taskId }) => ({ taskId, action: 'closed', actor: 'merge', detail })))
      })
  }
}

/** Everything kept per lead goes to the winner; where both have a row, the stricter, the earlier or the sum stays. */
async function moveRecords(tx: Transaction, winner: string, loser: string): Promise<void> {
  const statements = [
    sql`update lead_identities set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update events set lead_id = ${winner} where lead_id = ${loser}`,
    sql`insert into event_totals (lead_id, type, count, first_at, last_at)
        select ${winner}, type, count, first_at, last_at from event_totals where lead_id = ${loser}
        on conflict (lead_id, type) do update set count = event_totals.count + excluded.count,
          first_at = least(event_totals.first_at, excluded.first_at), last_at = greatest(event_totals.last_at, excluded.last_at)`,
    sql`delete from event_totals where lead_id = ${loser}`,
    sql`insert into survey_answers (lead_id, survey, question, value, folded, answered_at)
        select ${winner}, survey, question, value, folded, answered_at from survey_answers where lead_id = ${loser}
        on conflict (lead_id, survey, question) do update set value = excluded.value, folded = excluded.folded,
          answered_at = excluded.answered_at where excluded.answered_at > survey_answers.answered_at`,
    sql`delete from survey_answers where lead_id = ${loser}`,
    sql`insert into lead_assets (lead_id, lineage, received_at)
        select ${winner}, lineage, received_at from lead_assets where lead_id = ${loser}
        on conflict (lead_id, lineage) do update set received_at = least(lead_assets.received_at, excluded.received_at)`,
    sql`delete from lead_assets where lead_id = ${loser}`,
    sql`insert into lead_tags (lead_id, tag, added_at, added_by)
        select ${winner}, tag, added_at, added_by from lead_tags where lead_id = ${loser} on conflict do nothing`,
    sql`delete from lead_tags where lead_id = ${loser}`,
    sql`insert into suppressions (lead_id, channel, reason, source, at)
        select ${winner}, channel, reason, source, at from suppressions where lead_id = ${loser} on conflict do nothing`,
    // The stricter: whoever said no last stays no, whatever the other row says.
    sql`with latest as (
          select distinct on (lead_id, purpose, channel) * from consents where lead_id in (${winner}, ${loser})
          order by lead_id, purpose, channel, id desc)
        insert into consents (lead_id, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, actor)
        select distinct on (purpose, channel) ${winner}::uuid, purpose, channel, state, basis, wording, wording_version, source, mechanism, expires_at, at, 'merge'
          from latest order by purpose, channel, (state = 'denied') desc, expires_at asc nulls last`,
    sql`update survey_responses set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update form_submissions set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update lead_notes set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update stage_changes set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update deliveries set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update mailbox set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update webhook_calls set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update delivery_feedback set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update inbound_mail set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update print_cards set lead_id = ${winner} where lead_id = ${loser}`,
    // The later one: who waits for an answer goes on waiting.
    sql`update leads set reply_held_until = greatest(reply_held_until, (select reply_held_until from leads where id = ${loser}))
         where id = ${winner}`,
    sql`update tasks set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update notifications set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update link_clicks set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update short_links set lead_id = ${winner} where lead_id = ${loser}`,
    sql`update lead_inputs set lead_id = ${winner} where lead_id = ${loser} and consumed_at is null and kind = 'enroll'`,
    sql`update lead_inputs set consumed_at = now(), outcome = 'ignored: the lead was merged' where lead_id = ${loser} and consumed_at is null`,
    // Whoever was in a watched segment as either does not enter it anew as both.
    sql`insert into trigger_members (trigger_key, lead_id, since)
        select trigger_key, ${winner}, since from trigger_members where lead_id = ${loser} on conflict do nothing`,
    sql`delete from trigger_members where lead_id = ${loser}`,
  ]
  for (const statement of statements) await tx.execute(statement)
}

/** What the winner does not know, the loser tells; the loser keeps only where it went. */
async function joinRows(tx: Transaction, winner: LockedLead, loser: LockedLead): Promise<void> {
  const filled = Object.fromEntries(
    nullable.flatMap((column) =>
      winner.row[column] === null && loser.row[column] !== null ? [[column, loser.row[column]]] : [],
    ),
  )
  await tx
    .update(leads)
    .set({
      ...Object.fromEntries(nullable.map((column) => [column, null])),
      fields: {},
      folded: {},
      mergedInto: winner.row.id,
      updatedAt: sql`now()`,
    })
    .where(eq(leads.id, loser.row.id))
  await tx
    .update(leads)
    .set({
      ...filled,
      fields: { ...loser.row.fields, ...winner.row.fields, ...stricterWishes(winner.row.fields, loser.row.fields) },
      folded: { ...loser.row.folded, ...winner.row.folded },
      score: winner.row.score + loser.row.score,
      lastActivityAt: later(winner.row.lastActivityAt, loser.row.lastActivityAt),
      doNotEmail: winner.row.doNotEmail || loser.row.doNotEmail,
      doNotMail: winner.row.doNotMail || loser.row.doNotMail,
      doNotCall: winner.row.doNotCall || loser.row.doNotCall,
      objected: winner.row.objected || loser.row.objected,
      updatedAt: sql`now()`,
    })
    .where(eq(leads.id, winner.row.id))
}

/** The stricter: the longer pause (days as `YYYY-MM-DD`), and every topic that either refused. */
function stricterWishes(
  winner: Readonly<Record<string, FieldValue>>,
  loser: Readonly<Record<string, FieldValue>>,
): Record<string, FieldValue> {
  const wishes = [preferenceFields.pausedUntil, preferenceFields.refusedTopics].map((field) => [
    field,
    tightenWish(field, winner[field] ?? null, loser[field] ?? null),
  ])
  return Object.fromEntries(wishes.filter(([, value]) => value !== null)) as Record<string, FieldValue>
}

function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}

const nullable = [...personalColumns, 'ownerId', 'lastActivityAt'] as const
