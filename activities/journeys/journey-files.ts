/** Journeys as files: brought in as drafts with what they need, and written out so that they stand alone. */
import { journeyFileFormat, parseJourneyFile, type JourneyFile } from '#engine/graph/journey-file.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import type { Database, Queryable } from '#db/client.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { auditJourney, saveJourneyDraft } from '#db/repositories/journeys.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { segments } from '#db/schema/library.ts'
import { checkSegments, findConflicts, missingResources } from './check-resources.ts'
import { JourneyNotFound } from './errors.ts'
import { usedResources } from './used-resources.ts'

export type ImportedJourney =
  | { imported: false; issues: Issue[] }
  | { imported: true; journeyId: string; key: string; isNew: boolean; revision: number; issues: Issue[] }

/**
 * Takes a journey file in: its resources by key (an entry of the same key is replaced) and the journey as a draft. What
 * is live stays as it is until it is published: a segment that cannot be evaluated, and another content of something a
 * live journey uses, are refused with issues; the latter unless `replaceResources`. With `keepResources` what is there
 * stays as it is, and only what is missing comes in. All or nothing; audited.
 *
 * @throws {FieldTypeConflict} when a field of the file exists with another type.
 */
export async function importJourneyFile(
  { db }: { db: Database },
  json: unknown,
  {
    actor,
    replaceResources = false,
    keepResources = false,
  }: { actor: string; replaceResources?: boolean; keepResources?: boolean },
): Promise<ImportedJourney> {
  const { file, issues } = parseJourneyFile(json)
  if (file === null) return { imported: false, issues }
  return db.transaction(async (tx): Promise<ImportedJourney> => {
    const library = await readLibrary(tx)
    const wanted = keepResources ? missingResources(file.resources, library) : file.resources
    const conflicts = replaceResources ? [] : await findConflicts(tx, wanted, library)
    const refused = [...checkSegments(wanted, library), ...conflicts]
    if (!isPublishable(refused)) return { imported: false, issues: refused }
    await saveResources(tx, wanted)
    const { journeyId, isNew, revision } = await saveJourneyDraft(tx, file)
    const resources = Object.fromEntries(Object.entries(wanted).map(([kind, list]) => [kind, list.length]))
    await auditJourney(tx, { actor, action: 'import', journeyId, after: { key: file.key, revision, resources } })
    return { imported: true, journeyId, key: file.key, isNew, revision, issues }
  })
}

/**
 * A journey with everything of the library it names, directly or through segments, pools and surveys.
 *
 * @param version a published version; absent = the draft
 * @throws {JourneyNotFound} when there is no such journey or version.
 */
export async function exportJourney(db: Queryable, keyOrId: string, version?: number): Promise<JourneyFile> {
  const journey = await findJourney(db, keyOrId)
  if (journey === null) throw new JourneyNotFound(keyOrId)
  let content: { graph: Graph; layout: Layout } = { graph: journey.draftGraph, layout: journey.draftLayout }
  if (version !== undefined) {
    const published = await findVersion(db, journey.id, version)
    if (published === null) throw new JourneyNotFound(`${keyOrId}@${String(version)}`)
    content = published
  }
  const library = await readLibrary(db)
  const named = await db.select({ key: segments.key, name: segments.name }).from(segments)
  const names = new Map(named.map((row) => [row.key, row.name]))
  return {
    format: journeyFileFormat,
    key: journey.key,
    name: journey.name,
    description: journey.description,
    graph: content.graph,
    layout: content.layout,
    resources: usedResources(content.graph, library, names),
  }
}
