/** Answers to surveys and questions: the latest one counts, and what it is mapped to becomes a fact of the lead. */
import { sql } from 'drizzle-orm'
import type { Instant, Json } from '#engine/facts.ts'
import { mappedFields, submissionEvent } from '#engine/surveys/submission.ts'
import { foldAnswer } from '#engine/text.ts'
import type { Transaction } from '../client.ts'
import type { AnnounceOptions } from './announce.ts'
import { ingestEvents, lockReferenced, type IngestResult } from './events.ts'
import type { LeadReference } from './identities.ts'
import { jsonRows } from './json-rows.ts'
import { applyLeadChanges, type LeadChange } from './lead-changes.ts'
import type { LockedLead } from './lead-locks.ts'

/** A lead's answers to a survey, or to one question of it. */
export interface IncomingAnswers {
  lead: LeadReference
  survey: string
  /** Question id → answer. */
  answers: Record<string, Json>
  /** In the lead's own clock. @default now */
  occurredAt?: Instant
  dedupeKey?: string | null
  /** `question` when one question was asked by itself. @default 'survey' */
  asked?: 'survey' | 'question'
}

/**
 * Records answers: the event, the latest answer per question (an older submission arriving late does not replace a newer
 * answer), and the lead fields that questions are mapped to. A duplicate changes nothing.
 */
export async function recordAnswers(
  tx: Transaction,
  submissions: readonly IncomingAnswers[],
  options: AnnounceOptions & { actor: string },
): Promise<IngestResult> {
  // Answers first: segments are compared while the event is taken in. Locked beforehand, in one order for all.
  const { leadOf, locked } = await lockReferenced(
    tx,
    submissions.map((submission) => submission.lead),
  )
  const fresh = await withoutDuplicates(tx, submissions)
  const accepted = submissions.flatMap((submission, index) => {
    const lead = locked.get(leadOf[index] ?? '')
    if (lead === undefined || lead.row.erasedAt !== null || !fresh.has(index)) return []
    return [{ submission, lead, at: Math.min(submission.occurredAt ?? lead.now, lead.now) }]
  })
  const newest = await writeAnswers(tx, accepted)
  const changes = accepted.flatMap(({ submission, lead }) =>
    mappedFields(submission, options.library)
      .filter(({ question }) => newest.has(`${lead.row.id} ${submission.survey} ${question}`))
      .map(({ field, value }): LeadChange => ({ kind: 'set_field', field, value, leadId: lead.row.id })),
  )
  const changed = await applyLeadChanges(tx, changes, options)
  const ingested = await ingestEvents(
    tx,
    submissions.map((submission, index) => ({
      lead: { id: leadOf[index] ?? undefined, ...(leadOf[index] === null ? submission.lead : {}) },
      ...submissionEvent(submission),
      occurredAt: submission.occurredAt,
      dedupeKey: submission.dedupeKey,
    })),
    options,
  )
  return {
    events: ingested.events,
    leadIds: [...new Set([...ingested.leadIds, ...changed.leadIds])].sort(),
    inputs: ingested.inputs + changed.inputs,
  }
}

/** Positions of the submissions that are not recorded yet (the first of those that repeat each other). */
async function withoutDuplicates(tx: Transaction, submissions: readonly IncomingAnswers[]): Promise<Set<number>> {
  const keys = submissions.map((submission) => submission.dedupeKey ?? null)
  const known = await tx.execute<{ dedupe_key: string }>(sql`
    select e.dedupe_key from ${jsonRows(
      keys.filter((key) => key !== null).map((key) => ({ key })),
      'r',
      'key text',
    )} join events e on e.dedupe_key = r.key`)
  const seen = new Set(known.map((row) => row.dedupe_key))
  return new Set(
    keys.flatMap((key, index) => {
      if (key === null) return [index]
      if (seen.has(key)) return []
      seen.add(key)
      return [index]
    }),
  )
}

/** Returns `<lead> <survey> <question>` of the answers that are now the latest. */
async function writeAnswers(
  tx: Transaction,
  accepted: readonly { submission: IncomingAnswers; lead: LockedLead; at: Instant }[],
): Promise<Set<string>> {
  const rows = accepted.flatMap(({ submission, lead, at }, ord) =>
    Object.entries(submission.answers).map(([question, value]) => ({
      ord,
      lead_id: lead.row.id,
      survey: submission.survey,
      question,
      value,
      folded: foldAnswer(value),
      at: new Date(at),
    })),
  )
  if (rows.length === 0) return new Set()
  const written = await tx.execute<{ lead_id: string; survey: string; question: string }>(sql`
    insert into survey_answers (lead_id, survey, question, value, folded, answered_at)
    select distinct on (lead_id, survey, question) lead_id, survey, question, coalesce(value, 'null'), folded, at
      from ${jsonRows(rows, 'r', 'ord int, lead_id uuid, survey text, question text, value jsonb, folded text, at timestamptz')}
     order by lead_id, survey, question, at desc, ord desc
    on conflict (lead_id, survey, question) do update
      set value = excluded.value, folded = excluded.folded, answered_at = excluded.answered_at
    where survey_answers.answered_at <= excluded.answered_at
    returning lead_id, survey, question`)
  return new Set(written.map((row) => `${row.lead_id} ${row.survey} ${row.question}`))
}
