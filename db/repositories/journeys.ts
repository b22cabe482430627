/** Journeys as they are written: drafts, immutable versions, their triggers flattened, and the record of who did it. */
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { isTimeDependent } from '#engine/entry/time-dependent.ts'
import { ruleNeeds } from '#engine/conditions/needs.ts'
import type { Definition } from '#engine/definition/types.ts'
import { subjectOf } from '#engine/entry/happening.ts'
import type { Json } from '#engine/facts.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import type { Library } from '#engine/library.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { JourneyStatus } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { triggerMembers } from '../schema/inputs.ts'
import { journeys, journeyTriggers, journeyVersions } from '../schema/journeys.ts'
import { auditLog } from '../schema/tasks.ts'
import { compileRule } from '../rules/compile.ts'
import { livingLead, timeDependency, triggerKey } from './triggers.ts'

export interface JourneyDraft {
  key: string
  name: string
  description: string
  graph: Graph
  layout: Layout
}

/** Creates a journey as a draft, or replaces the draft of the one with that key. What is live stays as it is. */
export async function saveJourneyDraft(
  tx: Transaction,
  draft: JourneyDraft,
): Promise<{ journeyId: string; isNew: boolean; revision: number }> {
  const { key, name, description, graph, layout } = draft
  const id = newId()
  const [row] = await tx
    .insert(journeys)
    .values({ id, key, name, description, draftGraph: graph, draftLayout: layout })
    .onConflictDoUpdate({
      target: journeys.key,
      set: {
        name,
        description,
        draftGraph: graph,
        draftLayout: layout,
        draftRevision: sql`${journeys.draftRevision} + 1`,
        updatedAt: sql`now()`,
      },
    })
    .returning({ id: journeys.id, revision: journeys.draftRevision })
  if (row === undefined) throw new Error(`Journey "${key}" was not saved`)
  return { journeyId: row.id, isNew: row.id === id, revision: row.revision }
}

/** The journey's row, locked until the end of the transaction: publishing and pausing go one after the other. */
export async function lockJourney(tx: Transaction, journeyId: string) {
  const [row] = await tx.select().from(journeys).where(eq(journeys.id, journeyId)).for('no key update')
  return row ?? null
}

/** Keys of all journeys, for `enrol` and `leave` steps. */
export async function journeyKeys(db: Queryable): Promise<Set<string>> {
  const rows = await db.select({ key: journeys.key }).from(journeys)
  return new Set(rows.map((row) => row.key))
}

export interface NewVersion {
  journeyId: string
  graph: Graph
  layout: Layout
  definition: Definition
  hash: string
  note: string
  actor: string
}

/** Appends a version and makes it the one new leads enter. Returns its number. */
export async function insertVersion(tx: Transaction, version: NewVersion): Promise<number> {
  const { journeyId, graph, layout, definition, hash, note, actor } = version
  const [last] = await tx
    .select({ version: sql<number>`coalesce(max(${journeyVersions.version}), 0)`.mapWith(Number) })
    .from(journeyVersions)
    .where(eq(journeyVersions.journeyId, journeyId))
  const number = (last?.version ?? 0) + 1
  await tx
    .insert(journeyVersions)
    .values({ journeyId, version: number, hash, graph, layout, definition, note, publishedBy: actor })
  await tx
    .update(journeys)
    .set({ liveVersion: number, priority: definition.settings.priority, updatedAt: sql`now()` })
    .where(eq(journeys.id, journeyId))
  return number
}

export async function setJourneyStatus(tx: Transaction, journeyId: string, status: JourneyStatus): Promise<void> {
  await tx
    .update(journeys)
    .set({ status, updatedAt: sql`now()` })
    .where(eq(journeys.id, journeyId))
}

/**
 * Makes a version's triggers the live ones. A trigger that stays (same id, same meaning) keeps what it has fired and who
 * is in its segment; a new or changed segment trigger begins with those who match now as members, so that only who comes
 * later "enters". One that is gone is forgotten.
 */
export async function replaceTriggers(
  tx: Transaction,
  { journeyId, version, definition }: { journeyId: string; version: number; definition: Definition },
  library: Library,
): Promise<void> {
  const before = await tx.select().from(journeyTriggers).where(eq(journeyTriggers.journeyId, journeyId))
  const kept = new Map(before.map((row) => [row.triggerId, row]))
  const now = new Date()
  for (const trigger of definition.triggers) {
    const old = kept.get(trigger.id)
    const isSame = old !== undefined && JSON.stringify(old.trigger) === JSON.stringify(trigger)
    const values = {
      journeyId,
      version,
      triggerId: trigger.id,
      kind: trigger.kind,
      subject: subjectOf(trigger),
      trigger,
      dependsOn: triggerDependencies(trigger, library),
      // Null asks the sweep for one comparison of everybody: for what changed while this transaction was under way.
      firedUntil: isSame ? old.firedUntil : trigger.kind === 'segment_entered' ? null : now,
    }
    await tx
      .insert(journeyTriggers)
      .values(values)
      .onConflictDoUpdate({ target: [journeyTriggers.journeyId, journeyTriggers.triggerId], set: values })
    if (trigger.kind === 'segment_entered' && !isSame) {
      await seedMembers(tx, triggerKey(journeyId, trigger.id), trigger, definition.settings.zone, library)
    }
  }
  const ids = definition.triggers.map((trigger) => trigger.id)
  const gone = before.filter((row) => !ids.includes(row.triggerId)).map((row) => row.triggerId)
  if (gone.length === 0) return
  await tx
    .delete(journeyTriggers)
    .where(and(eq(journeyTriggers.journeyId, journeyId), notInArray(journeyTriggers.triggerId, ids)))
  await tx.delete(triggerMembers).where(
    inArray(
      triggerMembers.triggerKey,
      gone.map((id) => triggerKey(journeyId, id)),
    ),
  )
}

/** What a segment trigger's rule looks at, and `time` when the clock alone can change it. Others: nothing. */
export function triggerDependencies(trigger: Trigger, library: Library): string[] {
  if (trigger.kind !== 'segment_entered') return []
  const { dependsOn } = ruleNeeds(trigger.segment, library)
  return [...dependsOn, ...(isTimeDependent(trigger.segment, library) ? [timeDependency] : [])]
}

async function seedMembers(
  tx: Transaction,
  key: string,
  trigger: Extract<Trigger, { kind: 'segment_entered' }>,
  zone: string,
  library: Library,
): Promise<void> {
  const now = new Date()
  await tx.delete(triggerMembers).where(eq(triggerMembers.triggerKey, key))
  await tx.execute(sql`
    insert into trigger_members (trigger_key, lead_id, since)
    select ${key}, leads.id, now() from leads
     where ${livingLead} and (${compileRule(trigger.segment, { library, now, zone })})
    on conflict do nothing`)
}

/** Who did what to which journey, before and after. Append-only. */
export async function auditJourney(
  tx: Queryable,
  entry: { actor: string; action: string; journeyId: string; before?: Json; after?: Json },
): Promise<void> {
  const { actor, action, journeyId, before = null, after = null } = entry
  await tx
    .insert(auditLog)
    .values({ actor, action: `journey.${action}`, subjectKind: 'journey', subjectId: journeyId, before, after })
}
