import type { Database } from '#db/client.ts'
import { listAuditRows, type AuditRow } from '#db/repositories/audit-reads.ts'
import { listAudit, type AuditEntry } from '../contract/audit.ts'
import { decodeCursor, encodeCursor } from '../paging.ts'
import { toInstant } from '../present.ts'
import { implement, ok, type Implementation } from '../routing.ts'

/** The audit log. */
export function auditRoutes({ db }: { db: Database }): Implementation[] {
  return [
    implement(listAudit, async ({ query }) => {
      const { limit, cursor, from, until, ...filter } = query
      const rows = await listAuditRows(
        db,
        {
          ...filter,
          from: from === undefined ? undefined : new Date(from),
          until: until === undefined ? undefined : new Date(until),
        },
        { limit: limit + 1, beforeId: cursor === undefined ? null : readId(cursor) },
      )
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return ok({
        items: shown.map(presentEntry),
        nextCursor: rows.length > limit && last !== undefined ? encodeCursor([String(last.id)]) : null,
      })
    }),
  ]
}

function readId(cursor: string): number {
  const [id] = decodeCursor(cursor, [(part) => /^\d{1,15}$/.test(part)])
  return Number(id)
}

function presentEntry({ id, at, actor, action, subjectKind, subjectId, before, after }: AuditRow): AuditEntry {
  return { id, at: toInstant(at), actor, action, subject: { kind: subjectKind, id: subjectId }, before, after }
}
