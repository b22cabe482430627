/** The audit log, read newest first. */
import { and, desc, eq, gte, like, lt, type SQL } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { auditLog } from '../schema/tasks.ts'

export type AuditRow = typeof auditLog.$inferSelect

export interface AuditFilter {
  actor?: string | undefined
  /** Whole, or its beginning up to a dot: `lead.`. */
  action?: string | undefined
  subjectKind?: string | undefined
  subjectId?: string | undefined
  from?: Date | undefined
  until?: Date | undefined
}

/** Rows before `beforeId` (null = from the newest), by the primary key or the index of what is filtered by. */
export async function listAuditRows(
  db: Queryable,
  filter: AuditFilter,
  { limit, beforeId }: { limit: number; beforeId: number | null },
): Promise<AuditRow[]> {
  const { actor, action, subjectKind, subjectId, from, until } = filter
  const conditions: (SQL | undefined)[] = [
    beforeId === null ? undefined : lt(auditLog.id, beforeId),
    actor === undefined ? undefined : eq(auditLog.actor, actor),
    action === undefined ? undefined : matchAction(action),
    subjectKind === undefined ? undefined : eq(auditLog.subjectKind, subjectKind),
    subjectId === undefined ? undefined : eq(auditLog.subjectId, subjectId),
    from === undefined ? undefined : gte(auditLog.at, from),
    until === undefined ? undefined : lt(auditLog.at, until),
  ]
  return db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.id))
    .limit(limit)
}

function matchAction(action: string): SQL {
  if (!action.endsWith('.')) return eq(auditLog.action, action)
  return like(auditLog.action, `${action.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)
}
