/** Everything that happened to one lead, merged from its tables, newest first, paged by key. Reads only. */
import { and, desc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Queryable } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { events } from '../schema/events.ts'
import { stepLog } from '../schema/journeys.ts'
import { sentSubject } from './delivery-reads.ts'
import { leadNotes, stageChanges } from '../schema/leads.ts'
import { tasks } from '../schema/tasks.ts'

/** In the order in which entries of one instant are shown. */
const kinds = ['step', 'delivery', 'task', 'event', 'change', 'note'] as const
type Kind = (typeof kinds)[number]

/** The last entry shown. */
export interface TimelineCursor {
  at: Date
  kind: Kind
  id: string
}

export function isTimelineKind(text: string): text is Kind {
  return (kinds as readonly string[]).includes(text)
}

/**
 * The newest `limit` entries after the cursor. Each table gives its own newest `limit` by its index on the lead, so the
 * cost does not grow with the lead's history.
 */
export async function readTimeline(db: Queryable, leadId: string, limit: number, cursor: TimelineCursor | null) {
  const after = (kind: Kind, at: PgColumn, id: PgColumn): SQL | undefined => {
    if (cursor === null) return undefined
    const order = kinds.indexOf(kind) - kinds.indexOf(cursor.kind)
    const instant = sql`${cursor.at.toISOString()}::timestamptz`
    if (order < 0) return sql`${at} < ${instant}`
    if (order > 0) return sql`${at} <= ${instant}`
    return sql`(${at}, ${id}) < (${instant}, ${sql.param(cursor.id, id)})`
  }

  const [steps, messages, work, acts, changes, notes] = await Promise.all([
    db
      .select({ row: stepLog })
      .from(stepLog)
      .where(and(eq(stepLog.leadId, leadId), after('step', stepLog.leftAt, stepLog.id)))
      .orderBy(desc(stepLog.leftAt), desc(stepLog.id))
      .limit(limit),
    db
      .select({ row: deliveries, sentSubject })
      .from(deliveries)
      .where(and(eq(deliveries.leadId, leadId), after('delivery', deliveries.queuedAt, deliveries.id)))
      .orderBy(desc(deliveries.queuedAt), desc(deliveries.id))
      .limit(limit),
    db
      .select({ row: tasks })
      .from(tasks)
      .where(and(eq(tasks.leadId, leadId), after('task', tasks.createdFor, tasks.id)))
      .orderBy(desc(tasks.createdFor), desc(tasks.id))
      .limit(limit),
    db
      .select({ row: events })
      .from(events)
      .where(and(eq(events.leadId, leadId), isNull(events.voidedAt), after('event', events.occurredAt, events.id)))
      .orderBy(desc(events.occurredAt), desc(events.id))
      .limit(limit),
    db
      .select({ row: stageChanges })
      .from(stageChanges)
      .where(and(eq(stageChanges.leadId, leadId), after('change', stageChanges.at, stageChanges.id)))
      .orderBy(desc(stageChanges.at), desc(stageChanges.id))
      .limit(limit),
    db
      .select({ row: leadNotes })
      .from(leadNotes)
      .where(and(eq(leadNotes.leadId, leadId), after('note', leadNotes.createdAt, leadNotes.id)))
      .orderBy(desc(leadNotes.createdAt), desc(leadNotes.id))
      .limit(limit),
  ])

  const entries = [
    ...steps.map(({ row }) => ({ kind: 'step' as const, at: row.leftAt, id: String(row.id), row })),
    ...messages.map(({ row, sentSubject }) => ({
      kind: 'delivery' as const,
      at: row.queuedAt,
      id: row.id,
      row,
      sentSubject,
    })),
    ...work.map(({ row }) => ({ kind: 'task' as const, at: row.createdFor, id: row.id, row })),
    ...acts.map(({ row }) => ({ kind: 'event' as const, at: row.occurredAt, id: String(row.id), row })),
    ...changes.map(({ row }) => ({ kind: 'change' as const, at: row.at, id: String(row.id), row })),
    ...notes.map(({ row }) => ({ kind: 'note' as const, at: row.createdAt, id: String(row.id), row })),
  ]
  // Each list is already in its own order, and sorting is stable: instants and kinds are all that is left to compare.
  return entries
    .sort((a, b) => b.at.getTime() - a.at.getTime() || kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
    .slice(0, limit)
}
