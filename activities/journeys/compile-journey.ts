/** Compiles a graph as publishing does: the pure compiler, then the messages with the real Liquid and MJML. */
import { compile, type Compilation, type CompileContext } from '#engine/compiler/compile.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { Queryable } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import { journeyKeys } from '#db/repositories/journeys.ts'
import { libraryRevision, readLibrary } from '#db/repositories/library.ts'
import type { Library } from '#engine/library.ts'
import { checkMessages, type CheckedMessages, type MessageCheckContext } from '../messages/check-messages.ts'

export interface CompiledJourney extends Compilation {
  library: Library
  /** Compiled MJML, to be kept when the version is. */
  bodies: CheckedMessages['bodies']
}

/** Reads what the graph is compiled against and compiles it. `definition` is null when anything blocks publishing. */
export async function compileJourney(
  db: Queryable,
  { graph, registry }: { graph: Graph; registry: StepRegistry },
): Promise<CompiledJourney> {
  return compileWithMessages(graph, { ...(await readCompileGround(db)), registry })
}

/** All of the database that journeys are compiled against. */
export interface CompileGround extends Omit<CompileContext & MessageCheckContext, 'registry'> {
  /** Changes when anything of it but the journeys' keys does. */
  revision: string
}

/** Reads it once, for one journey or all. */
export async function readCompileGround(db: Queryable): Promise<CompileGround> {
  const library = await readLibrary(db)
  const [revision, journeys, company, { liveSending }] = await Promise.all([
    libraryRevision(db),
    journeyKeys(db),
    readCompanyProfile(db),
    readSwitches(db),
  ])
  return {
    library,
    journeys,
    company,
    isLive: liveSending,
    revision: JSON.stringify([revision, company, liveSending, [...journeys].toSorted()]),
  }
}

/** Compiles against a given ground: no database, for files that are checked before anything is installed. */
export async function compileWithMessages(
  graph: Graph,
  context: CompileContext & MessageCheckContext,
): Promise<CompiledJourney> {
  const { library } = context
  const compilation = compile(graph, context)
  const checked = await checkMessages(graph, context)
  const issues = merge(compilation.issues, checked.issues)
  const { bodies } = checked
  return isPublishable(issues)
    ? { ...compilation, issues, library, bodies }
    : { definition: null, hash: null, issues, library, bodies }
}

/** What the compiler has said about a place is not said again. */
function merge(said: readonly Issue[], more: readonly Issue[]): Issue[] {
  const placeOf = ({ code, nodeId, path }: Issue): string => JSON.stringify([code, nodeId ?? null, path])
  const places = new Set(said.map(placeOf))
  return [...said, ...more.filter((issue) => !places.has(placeOf(issue)))]
}
