/** What an import of a journey file would do to the library that live journeys use, found before anything is written. */
import { and, eq, inArray } from 'drizzle-orm'
import { validateRule } from '#engine/conditions/validate.ts'
import { canonicalJson } from '#engine/definition/canonical.ts'
import type { JourneyResources } from '#engine/graph/journey-file.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { Queryable } from '#db/client.ts'
import { journeys, journeyVersions } from '#db/schema/journeys.ts'
import { usedResources } from './used-resources.ts'

/** The library as it would be after the import. */
function mergeResources(library: Library, resources: JourneyResources): Library {
  const byKey = <Entry extends { key: string }>(list: readonly Entry[]): Record<string, Entry> =>
    Object.fromEntries(list.map((entry) => [entry.key, entry]))
  return {
    ...library,
    fields: { ...library.fields, ...byKey(resources.fields) },
    segments: { ...library.segments, ...Object.fromEntries(resources.segments.map(({ key, rule }) => [key, rule])) },
    assets: { ...library.assets, ...byKey(resources.assets) },
    pools: { ...library.pools, ...byKey(resources.pools) },
    surveys: { ...library.surveys, ...byKey(resources.surveys) },
    forms: { ...library.forms, ...byKey(resources.forms) },
  }
}

/** What of the file is not there under its key. */
export function missingResources(resources: JourneyResources, library: Library): JourneyResources {
  const missing = <Entry extends { key: string }>(kind: keyof JourneyResources, list: Entry[]): Entry[] =>
    list.filter(({ key }) => !Object.hasOwn(library[kind], key))
  return {
    fields: missing('fields', resources.fields),
    segments: missing('segments', resources.segments),
    assets: missing('assets', resources.assets),
    pools: missing('pools', resources.pools),
    surveys: missing('surveys', resources.surveys),
    forms: missing('forms', resources.forms),
  }
}

/** Segments of the file whose rule cannot be evaluated: they would park every lead that a journey asks about them. */
export function checkSegments(resources: JourneyResources, library: Library): Issue[] {
  const merged = mergeResources(library, resources)
  return resources.segments.flatMap(({ key, rule }, index) =>
    validateRule(rule, merged).map((issue) => ({
      ...issue,
      path: ['resources', 'segments', index, 'rule', ...issue.path],
      message: `Segment "${key}": ${issue.message}`,
    })),
  )
}

/** Entries that exist with another content and that a live (or paused) journey uses: an import would change it unasked. */
export async function findConflicts(db: Queryable, resources: JourneyResources, library: Library): Promise<Issue[]> {
  const differing = (['segments', 'assets', 'pools', 'surveys', 'forms'] as const).flatMap((kind) =>
    resources[kind].flatMap((entry, index) => {
      const existing = library[kind][entry.key]
      const wanted = kind === 'segments' && 'rule' in entry ? entry.rule : entry
      return existing === undefined || canonicalJson(existing) === canonicalJson(wanted)
        ? []
        : [{ kind, index, key: entry.key }]
    }),
  )
  if (differing.length === 0) return []
  const users = new Map<string, string[]>()
  for (const { key: journey, graph } of await liveGraphs(db)) {
    const used = usedResources(graph, library, new Map())
    for (const { kind, key } of differing) {
      if (!used[kind].some((entry) => entry.key === key)) continue
      users.set(`${kind}:${key}`, [...(users.get(`${kind}:${key}`) ?? []), journey])
    }
  }
  return differing.flatMap(({ kind, index, key }): Issue[] => {
    const names = users.get(`${kind}:${key}`)
    if (names === undefined) return []
    const message = `The file has another "${key}" (${kind}) than the one that ${names.map((name) => `"${name}"`).join(', ')} uses now; give it another key, keep the one that is there, or replace it on purpose.`
    return [{ code: 'RESOURCE_IN_USE', severity: 'error', path: ['resources', kind, index], message }]
  })
}

async function liveGraphs(db: Queryable): Promise<{ key: string; graph: Graph }[]> {
  return db
    .select({ key: journeys.key, graph: journeyVersions.graph })
    .from(journeys)
    .innerJoin(
      journeyVersions,
      and(eq(journeyVersions.journeyId, journeys.id), eq(journeyVersions.version, journeys.liveVersion)),
    )
    .where(inArray(journeys.status, ['live', 'paused']))
    .orderBy(journeys.key)
}
