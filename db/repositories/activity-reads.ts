/** What the lines of a journey's activity are about: leads by their enrollments, reasons, scheduled publishes. */
import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { enrollments } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { publications } from '../schema/publishing.ts'
import { auditLog } from '../schema/tasks.ts'
import { leadNameColumns } from './lead-reads.ts'

/** Who is behind enrollments, by enrollment. An erased lead has no name. */
export async function namesOfEnrollments(db: Queryable, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>()
  const rows = await db
    .select({ enrollmentId: enrollments.id, ...leadNameColumns })
    .from(enrollments)
    .innerJoin(leads, eq(leads.id, enrollments.leadId))
    .where(inArray(enrollments.id, [...new Set(ids)]))
  return new Map(rows.map(({ enrollmentId, ...lead }) => [enrollmentId, lead]))
}

/** Why something was done about one lead: in the line of its enrollment, written just before the journey's. */
export async function reasonsOfControls(
  db: Queryable,
  controls: readonly { lineId: number; enrollmentId: string; action: string }[],
): Promise<Map<number, string>> {
  if (controls.length === 0) return new Map()
  const rows = await db
    .select({
      id: auditLog.id,
      action: auditLog.action,
      enrollmentId: auditLog.subjectId,
      after: auditLog.after,
    })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.subjectKind, 'enrollment'),
        inArray(auditLog.subjectId, [...new Set(controls.map(({ enrollmentId }) => enrollmentId))]),
      ),
    )
    .orderBy(desc(auditLog.id))
  const reasons = new Map<number, string>()
  for (const { lineId, enrollmentId, action } of controls) {
    const own = rows.find(
      (row) => row.enrollmentId === enrollmentId && row.id < lineId && row.action === `enrollment.${action}`,
    )
    const { after } = own ?? {}
    const reason = typeof after === 'object' && after !== null && !Array.isArray(after) ? after['reason'] : null
    if (typeof reason === 'string') reasons.set(lineId, reason)
  }
  return reasons
}

/** When and with what note something was to be published. */
export async function publicationsByIds(db: Queryable, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>()
  const rows = await db
    .select({
      id: publications.id,
      publishAt: publications.publishAt,
      zone: publications.zone,
      note: publications.note,
    })
    .from(publications)
    .where(inArray(publications.id, [...new Set(ids)]))
  return new Map(rows.map((row) => [row.id, row]))
}
