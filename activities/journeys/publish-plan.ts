/** What a publish would do, before anybody decides: problems, changes, leads in flight, test cases. Reads only. */
import { diffGraphs, type GraphDiff } from '#engine/compiler/diff.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import { isPublishable, type Issue } from '#engine/issues.ts'
import { placeChanges, type PlaceChange } from '#engine/publishing/place-changes.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { Database } from '#db/client.ts'
import { countInFlight, countReceived, countStillMoving } from '#db/repositories/journey-moves.ts'
import { findJourney, findVersion, type JourneyRow } from '#db/repositories/journey-reads.ts'
import { compileJourney, type CompiledJourney } from './compile-journey.ts'
import { JourneyNotFound } from './errors.ts'
import { playTestCases } from './play-test-cases.ts'
import type { TestCaseResult } from './run-test-cases.ts'
import { countExistingMatches } from './publish.ts'
import { readTestCases } from './test-cases.ts'

/** Leads of one version that stand on one step now. */
interface LeadsInFlight {
  version: number
  stepId: string
  /** As that version calls it. */
  name: string
  type: string
  change: PlaceChange
  /** The step is in the new version, so they can go on there. */
  staysThere: boolean
  active: number
  paused: number
  parked: number
  /** Test leads beside these; a policy is about them, too. */
  tests: number
  /** Messages of the new version that some of them (test leads included) have got already: moved onto one, they get it again. */
  received: { stepId: string; leads: number }[]
}

export interface PublishPlan {
  journey: JourneyRow
  /** What the changes are against; null when nothing is live. */
  baseVersion: number | null
  /** False when this very definition is live. */
  isNew: boolean
  issues: Issue[]
  publishable: boolean
  diff: GraphDiff
  before: { graph: Graph; layout: Layout } | null
  after: { graph: Graph; layout: Layout }
  /** Places whose step changes first, then the others; each by version, newest first. */
  inFlight: LeadsInFlight[]
  /** Leads that an earlier publish is still moving: what is decided about them now goes first. */
  stillMoving: number
  /** Each of the journey's test cases, played on it; null while problems keep it from being compiled, or not asked for. */
  tests: TestCaseResult[] | null
  /** Leads that match a segment trigger of the saved draft already; null for other sources, and while it has problems. */
  existingMatches: number | null
}

/**
 * @param source a graph that is not saved, or an older version that is to come back; absent: the saved draft
 * @throws {JourneyNotFound} when there is no such journey or version.
 */
export async function planPublish(
  { db, registry }: { db: Database; registry: StepRegistry },
  keyOrId: string,
  source: {
    graph?: Graph | undefined
    layout?: Layout | undefined
    version?: number | undefined
    tests?: boolean
  } = {},
): Promise<PublishPlan> {
  const journey = await findJourney(db, keyOrId)
  if (journey === null) throw new JourneyNotFound(keyOrId)
  const older = source.version === undefined ? null : await findVersion(db, journey.id, source.version)
  if (source.version !== undefined && older === null)
    throw new JourneyNotFound(`${journey.key}, version ${String(source.version)}`)
  const after = {
    graph: source.graph ?? older?.graph ?? journey.draftGraph,
    layout: source.layout ?? older?.layout ?? journey.draftLayout,
  }
  const stepIds = after.graph.nodes.map(({ id }) => id)
  const [live, compiled, standing, received, stillMoving] = await Promise.all([
    journey.liveVersion === null ? null : findVersion(db, journey.id, journey.liveVersion),
    compileJourney(db, { graph: after.graph, registry }),
    countInFlight(db, journey.id),
    countReceived(db, journey.id, stepIds),
    countStillMoving(db, journey.id),
  ])
  const before = live === null ? null : { graph: live.graph, layout: live.layout }
  const graphs = new Map<number, Graph>()
  for (const version of new Set(standing.map((row) => row.version))) {
    const graph = (await findVersion(db, journey.id, version))?.graph
    if (graph !== undefined) graphs.set(version, graph)
  }
  return {
    journey,
    baseVersion: journey.liveVersion,
    isNew: live === null || live.hash !== compiled.hash,
    issues: compiled.issues,
    publishable: isPublishable(compiled.issues),
    diff: diffGraphs(before?.graph ?? emptyLike(after.graph), after.graph, {
      before: before?.layout,
      after: after.layout,
    }),
    before,
    after,
    inFlight: inFlightPlaces(standing, graphs, after.graph).map((place) => ({
      ...place,
      received: received
        .filter(({ version, stepId }) => version === place.version && stepId === place.stepId)
        .map(({ message, count }) => ({ stepId: message, leads: count })),
    })),
    stillMoving,
    tests: source.tests === false ? null : await playCases(db, registry, journey, compiled),
    existingMatches:
      source.graph === undefined && older === null ? await countExistingMatches({ db, registry }, journey.id) : null,
  }
}

async function playCases(
  db: Database,
  registry: StepRegistry,
  { id, key }: JourneyRow,
  { definition, library }: CompiledJourney,
): Promise<TestCaseResult[] | null> {
  if (definition === null) return null
  const cases = await readTestCases(db, id)
  return playTestCases({ definition, library, journey: { id, key }, registry }, cases)
}

function emptyLike(graph: Graph): Graph {
  return { ...graph, nodes: [], edges: [] }
}

function inFlightPlaces(
  standing: Awaited<ReturnType<typeof countInFlight>>,
  graphs: ReadonlyMap<number, Graph>,
  after: Graph,
): Omit<LeadsInFlight, 'received'>[] {
  const changesOf = new Map([...graphs].map(([version, graph]) => [version, placeChanges(graph, after)]))
  const present = new Set(after.nodes.map(({ id }) => id))
  const places = new Map<string, Omit<LeadsInFlight, 'received'>>()
  for (const { version, stepId, status, count, tests } of standing) {
    const key = `${String(version)}:${stepId}`
    const node = graphs.get(version)?.nodes.find(({ id }) => id === stepId)
    const place = places.get(key) ?? {
      version,
      stepId,
      name: node?.name ?? stepId,
      type: node?.type ?? 'unknown',
      change: changesOf.get(version)?.get(stepId) ?? (present.has(stepId) ? 'same' : 'removed'),
      staysThere: present.has(stepId),
      active: 0,
      paused: 0,
      parked: 0,
      tests: 0,
    }
    if (status === 'active' || status === 'paused' || status === 'parked') place[status] += count
    place.tests += tests
    places.set(key, place)
  }
  return [...places.values()].sort(
    (a, b) => order.indexOf(a.change) - order.indexOf(b.change) || b.version - a.version || (a.name < b.name ? -1 : 1),
  )
}

const order: readonly PlaceChange[] = ['removed', 'changed', 'rewired', 'same']
