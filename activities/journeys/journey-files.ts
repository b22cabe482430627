/** Journeys as files: brought in as drafts with what they need, and written out so that they stand alone. */
import type { Json } from '#engine/facts.ts'
import {
  journeyFileFormat,
  parseJourneyFile,
  type JourneyFile,
  type JourneyResources,
} from '#engine/graph/journey-file.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library, Segment } from '#engine/library.ts'
import type { Database, Queryable } from '#db/client.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { auditJourney, saveJourneyDraft } from '#db/repositories/journeys.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { segments } from '#db/schema/library.ts'
import { JourneyNotFound } from './errors.ts'

export type ImportedJourney =
  | { imported: false; issues: Issue[] }
  | { imported: true; journeyId: string; key: string; isNew: boolean; revision: number; issues: Issue[] }

/**
 * Takes a journey file in: its resources by key (an entry of the same key is replaced) and the journey as a draft. What
 * is live stays live until it is published. All or nothing; audited.
 *
 * @throws {FieldTypeConflict} when a field of the file exists with another type.
 */
export async function importJourneyFile(
  { db }: { db: Database },
  json: unknown,
  { actor }: { actor: string },
): Promise<ImportedJourney> {
  const { file, issues } = parseJourneyFile(json)
  if (file === null) return { imported: false, issues }
  return db.transaction(async (tx) => {
    await saveResources(tx, file.resources)
    const { journeyId, isNew, revision } = await saveJourneyDraft(tx, file)
    const resources = Object.fromEntries(Object.entries(file.resources).map(([kind, list]) => [kind, list.length]))
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

/**
 * Whatever of the library the graph mentions. Found by looking at every text in it, so that custom steps need not tell;
 * an entry whose key happens to be a word of the graph comes along, too, which does no harm.
 */
function usedResources(graph: Graph, library: Library, segmentNames: ReadonlyMap<string, string>): JourneyResources {
  const used = { fields: new Set<string>(), segments: new Set<string>(), assets: new Set<string>() }
  const more = { pools: new Set<string>(), surveys: new Set<string>() }
  const kinds = { ...used, ...more }
  const templateWord = /[a-z][a-z0-9_]*/g
  const mention = (text: string): void => {
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      if (!Object.hasOwn(library[kind], text) || kinds[kind].has(text)) continue
      kinds[kind].add(text)
      visit(library[kind][text] as unknown as Json)
    }
  }
  const visit = (value: Json | undefined): void => {
    if (typeof value === 'string') {
      mention(value)
      if (value.includes('{{') || value.includes('{%')) {
        for (const [word] of value.matchAll(templateWord)) if (Object.hasOwn(library.fields, word)) mention(word)
      }
    } else if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  visit(graph as unknown as Json)
  const pick = <Entry>(kind: keyof typeof kinds): Entry[] =>
    [...kinds[kind]].sort().flatMap((key) => {
      const entry = library[kind][key]
      return entry === undefined ? [] : [entry as Entry]
    })
  return {
    fields: pick('fields'),
    segments: [...kinds.segments].sort().flatMap((key): Segment[] => {
      const rule = library.segments[key]
      return rule === undefined ? [] : [{ key, name: segmentNames.get(key) ?? key, rule }]
    }),
    assets: pick('assets'),
    pools: pick('pools'),
    surveys: pick('surveys'),
  }
}
