/** The catalogue of cues people can note on leads: a setting, read whole. */
import { eq, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'
import { auditLog } from '../schema/tasks.ts'

export interface Cue {
  key: string
  /** What people choose. */
  label: string
  date: 'none' | 'optional' | 'required'
  /** The lead field of type date that its day is written to. */
  field: string | null
}

const settingKey = 'cues'

/** In the order they are shown. */
export async function readCues(db: Queryable): Promise<Cue[]> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, settingKey))
  return Array.isArray(row?.value) ? (row.value as unknown as Cue[]) : []
}

/** Replaces the catalogue; audited. Call in a transaction. */
export async function saveCues(tx: Queryable, cues: readonly Cue[], actor: string): Promise<void> {
  const before = (await readCues(tx)) as unknown as Json
  const value = cues as unknown as Json
  await tx
    .insert(settings)
    .values({ key: settingKey, value })
    .onConflictDoUpdate({ target: settings.key, set: { value, updatedAt: sql`now()` } })
  await tx
    .insert(auditLog)
    .values({ actor, action: 'company.cues_changed', subjectKind: 'company', subjectId: 'cues', before, after: value })
}
