/** A publish that came again because its answer was lost: found by the key it was asked with, in the audit log. */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '#db/client.ts'
import { findVersion, type JourneyRow } from '#db/repositories/journey-reads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { compileJourney } from './compile-journey.ts'
import type { PublishResult } from './publish-result.ts'

/**
 * What the same person's publish with this key has done in the last day; null when there was none. The API keeps its
 * answers, too; this is for a process that died between the commit and its answer.
 */
export async function publishedBefore(
  tx: Transaction,
  { journey, actor, once, registry }: { journey: JourneyRow; actor: string; once: string; registry: StepRegistry },
): Promise<PublishResult | null> {
  const [row] = await tx
    .select({ before: auditLog.before, after: auditLog.after })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.subjectKind, 'journey'),
        eq(auditLog.subjectId, journey.id),
        eq(auditLog.actor, actor),
        inArray(auditLog.action, ['journey.publish', 'journey.roll_back']),
        gt(auditLog.at, sql`now() - interval '24 hours'`),
        sql`${auditLog.after}->>'once' = ${once}`,
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(1)
  if (row === undefined) return null
  const { version, hash, moveId } = row.after as { version: number; hash: string; moveId?: string | null }
  const before = row.before as { version: number | null }
  const found = await findVersion(tx, journey.id, version)
  const issues = found === null ? [] : (await compileJourney(tx, { graph: found.graph, registry })).issues
  const isNew = before.version !== version
  return {
    published: true,
    journeyId: journey.id,
    version,
    hash,
    isNew,
    sweeps: [],
    moveId: moveId ?? null,
    counted: [],
    issues,
  }
}
