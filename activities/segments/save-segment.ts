/** Segments are written and deleted: judged first, and never so that a live journey no longer fits them. */
import { eq } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { raiseLibraryRevision, readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { segments } from '#db/schema/library.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { Json } from '#engine/facts.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library, Segment } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { findBroken, type SaveResult } from '../library/save-resource.ts'
import { findSegmentUses, type SegmentUse } from './segment-uses.ts'

/**
 * Writes the segment under its key, with the audit log, or tells all that is wrong and writes nothing. Paths lead into
 * the segment.
 */
export async function saveSegment(
  { db, registry }: { db: Database; registry: StepRegistry },
  segment: Segment,
  actor: string,
): Promise<SaveResult> {
  return db.transaction(async (tx): Promise<SaveResult> => {
    const before = await readLibrary(tx)
    const after: Library = { ...before, segments: { ...before.segments, [segment.key]: segment.rule } }
    const issues = validateRule(segment.rule, after).filter(({ severity }) => severity === 'error')
    if (issues.length > 0) {
      return {
        saved: false,
        why: 'invalid',
        issues: issues.map(({ path, ...rest }) => ({ ...rest, path: ['rule', ...path] })),
      }
    }
    // Named by itself, or too large once written out where others name it.
    const others = Object.entries(after.segments).flatMap(([key, rule]): Issue[] =>
      key === segment.key || validateRule(rule, before).length > 0
        ? []
        : validateRule(rule, after).map(({ message, ...rest }) => ({
            ...rest,
            path: ['rule'],
            message: `With this rule the segment "${key}" could not be used any more: ${message}`,
          })),
    )
    if (others.length > 0) return { saved: false, why: 'invalid', issues: others }
    const broken = await findBroken(tx, registry, { before, after })
    if (broken.length > 0) return { saved: false, why: 'in_use', issues: broken }
    const [existing] = await tx.select().from(segments).where(eq(segments.key, segment.key)).for('update')
    await saveResources(tx, { segments: [segment] })
    await tx.insert(auditLog).values({
      actor,
      action: existing === undefined ? 'segment.create' : 'segment.update',
      subjectKind: 'segment',
      subjectId: segment.key,
      before: existing === undefined ? null : toJson({ name: existing.name, rule: existing.rule }),
      after: toJson({ name: segment.name, rule: segment.rule }),
    })
    return { saved: true, created: existing === undefined }
  })
}

export type DeleteResult =
  | { deleted: true }
  | { deleted: false; why: 'missing' }
  | { deleted: false; why: 'in_use'; uses: SegmentUse[] }

/** Deletes a segment that nothing names; otherwise tells every place that does. */
export async function deleteSegment({ db }: { db: Database }, key: string, actor: string): Promise<DeleteResult> {
  return db.transaction(async (tx): Promise<DeleteResult> => {
    const [segment] = await tx.select().from(segments).where(eq(segments.key, key)).for('update')
    if (segment === undefined) return { deleted: false, why: 'missing' }
    const uses = (await findSegmentUses(tx)).get(key) ?? []
    if (uses.length > 0) return { deleted: false, why: 'in_use', uses }
    await tx.delete(segments).where(eq(segments.key, key))
    await raiseLibraryRevision(tx)
    await tx.insert(auditLog).values({
      actor,
      action: 'segment.delete',
      subjectKind: 'segment',
      subjectId: key,
      before: toJson({ name: segment.name, rule: segment.rule }),
      after: null,
    })
    return { deleted: true }
  })
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
