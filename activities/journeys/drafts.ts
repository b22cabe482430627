/** Drafts as they are edited: saved whole on top of the revision that was read, so that nobody's work is overwritten. */
import { and, eq, sql } from 'drizzle-orm'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { auditJourney, lockJourney } from '#db/repositories/journeys.ts'
import { journeys } from '#db/schema/journeys.ts'
import { transact } from '#db/transact.ts'
import { draftChange } from './draft-change.ts'
import { DraftConflict, JourneyNotFound, JourneyStateConflict } from './errors.ts'
import { freeKey } from './free-key.ts'

type JourneyRow = typeof journeys.$inferSelect

export interface NewJourney extends Partial<JourneyDocument> {
  /** Absent: made from the name. */
  key?: string
  name: string
  description?: string
}

/** A journey with nothing but an entry nobody has set up, or with what is given. @throws {JourneyStateConflict} */
export async function createJourney(db: Database, wanted: NewJourney, actor: string): Promise<JourneyRow> {
  return transact(db, async (tx) => {
    const entry = { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } }
    const graph = wanted.graph ?? graphSchema.parse({ format: 1, nodes: [entry], edges: [] })
    const layout = wanted.layout ?? layoutSchema.parse({})
    const taken = new Set((await tx.select({ key: journeys.key }).from(journeys)).map(({ key }) => key))
    if (wanted.key !== undefined && taken.has(wanted.key)) {
      throw new JourneyStateConflict(wanted.key, `There is a journey "${wanted.key}" already; choose another key.`)
    }
    const key = wanted.key ?? freeKey(keyOf(wanted.name), taken)
    const { name, description = '' } = wanted
    const [row] = await tx
      .insert(journeys)
      .values({ id: newId(), key, name, description, draftGraph: graph, draftLayout: layout })
      .onConflictDoNothing()
      .returning()
    if (row === undefined)
      throw new JourneyStateConflict(key, `There is a journey "${key}" already; choose another key.`)
    await auditJourney(tx, { actor, action: 'create', journeyId: row.id, after: { key, name } })
    return row
  })
}

export interface DraftSave extends JourneyDocument {
  name: string
  description: string
}

/** Replaces the draft. What is live stays as it is. @throws {JourneyNotFound} {DraftConflict} */
export async function saveDraft(
  db: Database,
  { journey, baseRevision, draft, actor }: { journey: string; baseRevision: number; draft: DraftSave; actor: string },
): Promise<JourneyRow> {
  return transact(db, async (tx) => {
    const found = await findJourney(tx, journey)
    if (found === null) throw new JourneyNotFound(journey)
    const { name, description, graph, layout } = draft
    const [row] = await tx
      .update(journeys)
      .set({
        name,
        description,
        draftGraph: graph,
        draftLayout: layout,
        draftRevision: sql`${journeys.draftRevision} + 1`,
        updatedAt: sql`now()`,
      })
      .where(and(eq(journeys.id, found.id), eq(journeys.draftRevision, baseRevision)))
      .returning()
    if (row === undefined) {
      const present = (await lockJourney(tx, found.id)) ?? found
      throw new DraftConflict(found.key, baseRevision, present.draftRevision)
    }
    // Read before the lock: of another revision, what it held is not what this one replaces.
    const steps = found.draftRevision === baseRevision ? draftChange(found, draft) : null
    const change = { before: { revision: baseRevision }, after: { revision: row.draftRevision, ...steps } }
    await auditJourney(tx, { actor, action: 'save_draft', journeyId: row.id, ...change })
    return row
  })
}

/** Makes a published version the draft again. Nothing live changes. @throws {JourneyNotFound} {DraftConflict} */
export async function restoreVersion(
  db: Database,
  request: { journey: string; version: number; baseRevision: number; actor: string },
): Promise<JourneyRow> {
  const { journey, version, baseRevision, actor } = request
  const found = await findJourney(db, journey)
  const kept = found === null ? null : await findVersion(db, found.id, version)
  if (found === null || kept === null) throw new JourneyNotFound(`${journey}, version ${String(version)}`)
  const { name, description } = found
  const draft = { name, description, graph: kept.graph, layout: kept.layout }
  const row = await saveDraft(db, { journey, baseRevision, draft, actor })
  await auditJourney(db, {
    actor,
    action: 'restore',
    journeyId: row.id,
    after: { version, revision: row.draftRevision },
  })
  return row
}

/** `Welcome, customer!` → `welcome-customer`. */
function keyOf(name: string): string {
  const words = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return words.slice(0, 80) || 'journey'
}
