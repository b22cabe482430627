/** Surveys and forms are written: judged first, and never so that a live journey no longer fits them. */
import { and, eq, inArray } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { journeys, journeyVersions } from '#db/schema/journeys.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { compile } from '#engine/compiler/compile.ts'
import type { Json } from '#engine/facts.ts'
import { checkForm } from '#engine/forms/check.ts'
import type { Issue } from '#engine/issues.ts'
import type { Form, Library, Survey } from '#engine/library.ts'
import { graphSchema, type Graph } from '#engine/graph/schema.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { checkSurvey } from '#engine/surveys/check.ts'
import { readIngestSettings } from '../ingest/settings.ts'
import { usedResources } from '../journeys/used-resources.ts'

export type Resource = { kind: 'surveys'; value: Survey } | { kind: 'forms'; value: Form }

export type SaveResult =
  | { saved: true; created: boolean }
  /** `invalid`: wrong in itself. `in_use`: live journeys could not be published with it; each issue names one. */
  | { saved: false; why: 'invalid' | 'in_use'; issues: Issue[] }

/** Writes the entry under its key, with the audit log, or tells all that is wrong and writes nothing. */
export async function saveResource(
  { db, registry }: { db: Database; registry: StepRegistry },
  resource: Resource,
  actor: string,
): Promise<SaveResult> {
  const { kind, value } = resource
  return db.transaction(async (tx): Promise<SaveResult> => {
    const library = await readLibrary(tx)
    const issues = (await judge(tx, resource, library)).filter(({ severity }) => severity === 'error')
    if (issues.length > 0) return { saved: false, why: 'invalid', issues }
    const after: Library = { ...library, [kind]: { ...library[kind], [value.key]: value } }
    const broken = await findBroken(tx, registry, { before: library, after })
    if (broken.length > 0) return { saved: false, why: 'in_use', issues: broken }
    const before = Object.hasOwn(library[kind], value.key) ? library[kind][value.key] : undefined
    await saveResources(tx, kind === 'surveys' ? { surveys: [value] } : { forms: [value] })
    await tx.insert(auditLog).values({
      actor,
      action: `${kind.slice(0, -1)}.${before === undefined ? 'create' : 'update'}`,
      subjectKind: kind.slice(0, -1),
      subjectId: value.key,
      before: toJson(before ?? null),
      after: toJson(value),
    })
    return { saved: true, created: before === undefined }
  })
}

async function judge(tx: Queryable, { kind, value }: Resource, library: Library): Promise<Issue[]> {
  if (kind === 'surveys') return checkSurvey(value, library)
  const [website, company] = await Promise.all([readIngestSettings(tx), readCompanyProfile(tx)])
  return checkForm(value, library, { website, companyWebsite: company.website })
}

/** Problems that live journeys would have with the library as it would be, and have not now. */
export async function findBroken(
  tx: Queryable,
  registry: StepRegistry,
  libraries: { before: Library; after: Library },
): Promise<Issue[]> {
  const graphs = await liveGraphs(tx)
  const keys = new Set((await tx.select({ key: journeys.key }).from(journeys)).map(({ key }) => key))
  return graphs.flatMap(({ key, graph }): Issue[] => {
    const problems = (library: Library) =>
      compile(graph, { library, journeys: keys, registry }).issues.filter(({ severity }) => severity === 'error')
    const known = new Set(problems(libraries.before).map(({ message }) => message))
    return problems(libraries.after)
      .filter(({ message }) => !known.has(message))
      .map(({ message }) => ({
        code: 'RESOURCE_IN_USE',
        severity: 'error',
        path: [],
        message: `The live journey "${key}" uses it: ${message}`,
      }))
  })
}

/** Keys of the live and paused journeys that name each survey or form. */
export async function findUsers(
  db: Queryable,
  library: Library,
  kind: 'surveys' | 'forms',
): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>()
  for (const { key: journey, graph } of await liveGraphs(db)) {
    for (const { key } of usedResources(graph, library, new Map())[kind]) {
      users.set(key, [...(users.get(key) ?? []), journey])
    }
  }
  return users
}

async function liveGraphs(db: Queryable): Promise<{ key: string; graph: Graph }[]> {
  const rows = await db
    .select({ key: journeys.key, graph: journeyVersions.graph })
    .from(journeys)
    .innerJoin(
      journeyVersions,
      and(eq(journeyVersions.journeyId, journeys.id), eq(journeyVersions.version, journeys.liveVersion)),
    )
    .where(inArray(journeys.status, ['live', 'paused']))
    .orderBy(journeys.key)
  return rows.map(({ key, graph }) => ({ key, graph: graphSchema.parse(graph) }))
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
