/** Makes a journey's draft live, all or nothing; says how many leads that would bring in before it does. */
import { sql } from 'drizzle-orm'
import { compile } from '#engine/compiler/compile.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Definition } from '#engine/definition/types.ts'
import { isPublishable } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { Database, Queryable } from '#db/client.ts'
import { findJourney, findVersion, type JourneyRow } from '#db/repositories/journey-reads.ts'
import {
  auditJourney,
  insertVersion,
  journeyKeys,
  lockJourney,
  replaceTriggers,
  setJourneyStatus,
} from '#db/repositories/journeys.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { saveMessageBodies } from '#db/repositories/message-bodies.ts'
import { createSweep } from '#db/repositories/sweeps.ts'
import { livingLead } from '#db/repositories/triggers.ts'
import { createMove } from '#db/repositories/journey-moves.ts'
import { endPublication } from '#db/repositories/publications.ts'
import { compileRule } from '#db/rules/compile.ts'
import { checkPolicies, policyRecord, type LeadPolicy } from '#engine/publishing/policies.ts'
import type { Graph, Layout } from '#engine/graph/schema.ts'
import { journeyVersions } from '#db/schema/journeys.ts'
import { and, eq } from 'drizzle-orm'
import { mjmlCompilerVersion } from '../messages/compile-mjml.ts'
import type { EntrySchedules } from '../entry/schedules.ts'
import type { Poker } from '../poker.ts'
import { compileJourney } from './compile-journey.ts'
import {
  DraftConflict,
  JourneyNotFound,
  JourneyStateConflict,
  LiveVersionChanged,
  PoliciesInvalid,
  PublicationNotScheduled,
  TestCasesFailed,
} from './errors.ts'
import { letHeldGo, pokeHeld } from './held.ts'
import { playTestCases } from './play-test-cases.ts'
import { publishedBefore } from './published-before.ts'
import type { PublishResult } from './publish-result.ts'
import { readTestCases } from './test-cases.ts'

export interface JourneyDependencies {
  db: Database
  registry: StepRegistry
  /** Temporal Schedules and sweeps; null where there is no Temporal (tests, a dry run): the worker catches up at its start. */
  schedules: EntrySchedules | null
  /** Wakes the leads that a paused journey held; without it the reconciler does. */
  poker?: Poker
}

export interface PublishRequest {
  /** Key or id. */
  journey: string
  actor: string
  /** The draft's revision that was looked at; another one is not published. Absent: whatever it is. */
  revision?: number
  /** What changed, for the list of versions. @default '' */
  note?: string
  /**
   * Enrol those who match a segment trigger already? Show `countExistingMatches` first. @default the entry step's
   * `enrolExisting` when the journey goes live for the first time, else false
   */
  enrolExisting?: boolean
  /** What is done with leads that stand on which step of older versions. @default they finish where they are */
  policies?: readonly LeadPolicy[]
  /** The version that was live when that was decided (null: none); another one by now is refused. Absent: whichever. */
  baseVersion?: number | null
  /** Publish although test cases come out otherwise. @default false */
  despiteTestCases?: boolean
  /** Publish a paused or archived journey, which makes it live again. @default false: that is refused */
  resume?: boolean
  /** The caller's name for this very publish: asked again within a day, it is answered as it was and not done again. */
  once?: string
  /** What goes live in place of the draft: an older version again, or what was looked at when it was scheduled. */
  source?: { version: number } | { graph: Graph; layout: Layout; publicationId: string }
}

/**
 * Compiles the draft and makes it the version new leads enter; leads under way stay on theirs unless a policy says
 * otherwise: that is carried out afterwards by the leads' own turns (`moveLeads`). With `resume`, a paused or archived
 * journey goes live again, and what a paused one held goes on, as with `resumeJourney`. Schedules are brought in line after
 * the commit; when Temporal is away, the worker does it at its next start.
 *
 * @throws {JourneyNotFound} when there is no such journey.
 * @throws {DraftConflict} when the draft is at another revision than the one that was looked at.
 * @throws {TestCasesFailed} when a rehearsal comes out otherwise and nobody said that this is fine.
 * @throws {LiveVersionChanged} when another version is live than the one that was looked at.
 * @throws {PoliciesInvalid} when a policy cannot be carried out, or moves nobody since nothing is new.
 * @throws {JourneyStateConflict} when the journey is paused or archived and `resume` is not set.
 * @throws {PublicationNotScheduled} when the source was published or called off meanwhile.
 */
export async function publishJourney(
  { db, registry, schedules, poker }: JourneyDependencies,
  request: PublishRequest,
): Promise<PublishResult> {
  let wasPaused = false
  const result = await db.transaction(async (tx): Promise<PublishResult> => {
    const found = await findJourney(tx, request.journey)
    const journey = found === null ? null : await lockJourney(tx, found.id)
    if (journey === null) throw new JourneyNotFound(request.journey)
    const { once, actor } = request
    const earlier = once === undefined ? null : await publishedBefore(tx, { journey, actor, once, registry })
    if (earlier !== null) return earlier
    if (request.revision !== undefined && request.revision !== journey.draftRevision) {
      throw new DraftConflict(journey.key, request.revision, journey.draftRevision)
    }
    if (request.baseVersion !== undefined && request.baseVersion !== journey.liveVersion) {
      throw new LiveVersionChanged(journey.key, request.baseVersion, journey.liveVersion)
    }
    if (request.resume !== true) refuseToRevive(journey)
    const { graph, layout } = await contentOf(tx, journey, request.source)
    const { definition, hash, issues, library, bodies } = await compileJourney(tx, { graph, registry })
    if (definition === null || hash === null || !isPublishable(issues)) return { published: false, issues }

    const cases = request.despiteTestCases === true ? [] : await readTestCases(tx, journey.id)
    const played = await playTestCases({ definition, library, journey, registry }, cases)
    const red = played.filter(({ passed }) => !passed)
    if (red.length > 0) throw new TestCasesFailed(journey.key, red, cases.length)

    const { policies = [] } = request
    const refused = checkPolicies(policies, new Set(Object.keys(definition.steps)))
    if (refused.length > 0) throw new PoliciesInvalid(refused)
    await saveMessageBodies(tx, bodies, mjmlCompilerVersion)
    const live = journey.liveVersion === null ? null : await readVersionHash(tx, journey.id, journey.liveVersion)
    const isNew = live !== hash
    const version = isNew
      ? await insertVersion(tx, {
          journeyId: journey.id,
          graph,
          layout,
          definition,
          hash,
          note: request.note ?? '',
          actor: request.actor,
        })
      : (journey.liveVersion ?? 0)
    await setJourneyStatus(tx, journey.id, 'live')
    wasPaused = journey.status === 'paused'
    if (wasPaused) await letHeldGo(tx, journey.id)
    await replaceTriggers(tx, { journeyId: journey.id, version, definition }, library)
    const enrolExisting = request.enrolExisting ?? (journey.liveVersion === null && wantsExisting(definition))
    const sweeps: string[] = []
    for (const trigger of enrolExisting ? segmentTriggers(definition) : []) {
      const sweep = { journeyId: journey.id, triggerId: trigger.id, firesAt: Date.now(), testRunId: null }
      sweeps.push(await createSweep(tx, sweep))
    }
    const reason = `version ${String(version)} was published`
    const move = await createMove(tx, { journeyId: journey.id, version, policies, reason, actor: request.actor })
    if (!isNew) refuseIdlePolicies(policies, version, move.counted)
    if (request.source !== undefined && 'publicationId' in request.source) {
      const { publicationId } = request.source
      const isOurs = await endPublication(tx, publicationId, { status: 'published', version })
      if (!isOurs) throw new PublicationNotScheduled(publicationId)
    }
    const leadsInFlight = policies.map((policy, index) => policyRecord(policy, { counted: move.counted[index] ?? 0 }))
    await auditJourney(tx, {
      actor: request.actor,
      action: isRollBack(request) ? 'roll_back' : 'publish',
      journeyId: journey.id,
      before: { version: journey.liveVersion, status: journey.status },
      after: {
        version,
        hash,
        note: request.note ?? '',
        enrolExisting,
        ...(policies.length === 0 ? {} : { leadsInFlight, moveId: move.id }),
        ...(once === undefined ? {} : { once }),
        ...(request.source !== undefined && 'version' in request.source ? { from: request.source.version } : {}),
      },
    })
    const { id: moveId, counted } = move
    return { published: true, journeyId: journey.id, version, hash, isNew, sweeps, moveId, counted, issues }
  })
  if (result.published && wasPaused && poker !== undefined) await pokeHeld({ db, poker }, result.journeyId)
  if (result.published && schedules !== null) {
    await schedules.sync(result.journeyId)
    for (const sweepId of result.sweeps) await schedules.startSweep(sweepId)
    if (result.moveId !== null) await schedules.startMove(result.moveId)
  }
  return result
}

/** Nothing that was stopped on purpose starts again by the way. @throws {JourneyStateConflict} */
export function refuseToRevive({ key, status }: Pick<JourneyRow, 'key' | 'status'>): void {
  if (status === 'paused') {
    const message = `Journey "${key}" is paused. Publishing resumes it, and what it held goes out then: say that you want that (resume), or resume it first.`
    throw new JourneyStateConflict(key, message)
  }
  if (status === 'archived') {
    const message = `Journey "${key}" is archived. Publishing takes it back into use, so that leads enter it again: say that you want that (resume).`
    throw new JourneyStateConflict(key, message)
  }
}

/**
 * Leads are moved to a newer version than theirs: without a new one, those on the live version would stay, unsaid.
 *
 * @throws {PoliciesInvalid}
 */
function refuseIdlePolicies(policies: readonly LeadPolicy[], live: number, counted: readonly number[]): void {
  const idle = policies.flatMap(({ action, stepId, version }, index) => {
    const isIdle = action !== 'finish' && (version ?? live) >= live && (counted[index] ?? 0) === 0
    const message = `Nothing is new against version ${String(live)}, so its leads on step "${stepId}" cannot be moved on or taken out by a publish; do that with the leads themselves.`
    return isIdle ? [{ index, message }] : []
  })
  if (idle.length > 0) throw new PoliciesInvalid(idle)
}

function isRollBack({ source }: PublishRequest): boolean {
  return source !== undefined && 'version' in source
}

/** What is to go live. @throws {JourneyNotFound} when there is no such version. */
async function contentOf(
  db: Queryable,
  journey: JourneyRow,
  source: PublishRequest['source'],
): Promise<{ graph: Graph; layout: Layout }> {
  if (source === undefined) return { graph: journey.draftGraph, layout: journey.draftLayout }
  if ('graph' in source) return source
  const version = await findVersion(db, journey.id, source.version)
  if (version === null) throw new JourneyNotFound(`${journey.key}, version ${String(source.version)}`)
  return version
}

async function readVersionHash(db: Queryable, journeyId: string, version: number): Promise<string | null> {
  const [row] = await db
    .select({ hash: journeyVersions.hash })
    .from(journeyVersions)
    .where(and(eq(journeyVersions.journeyId, journeyId), eq(journeyVersions.version, version)))
  return row?.hash ?? null
}

type SegmentTrigger = Extract<Trigger, { segment: Rule }>

function segmentTriggers(definition: Definition): SegmentTrigger[] {
  return definition.triggers.filter((trigger) => 'segment' in trigger)
}

function entryConfig(definition: Definition): { only?: Rule; enrolExisting?: boolean } {
  return definition.steps[definition.entry]?.config ?? {}
}

function wantsExisting(definition: Definition): boolean {
  return entryConfig(definition).enrolExisting === true
}

/**
 * "Enrol those who already match?": how many leads match a segment trigger (and the entry's `only` rule) of the draft
 * now. The re-enrollment policy may refuse some of them later. Null when the draft does not compile.
 *
 * @throws {JourneyNotFound} when there is no such journey.
 */
export async function countExistingMatches(
  { db, registry }: Pick<JourneyDependencies, 'db' | 'registry'>,
  keyOrId: string,
): Promise<number | null> {
  const journey = await findJourney(db, keyOrId)
  if (journey === null) throw new JourneyNotFound(keyOrId)
  const library = await readLibrary(db)
  const { definition } = compile(journey.draftGraph, { library, journeys: await journeyKeys(db), registry })
  return definition === null ? null : countMatches(db, definition, library)
}

async function countMatches(db: Database, definition: Definition, library: Library): Promise<number> {
  const rules = segmentTriggers(definition).map((trigger) => trigger.segment)
  if (rules.length === 0) return 0
  const { only } = entryConfig(definition)
  const any: Rule = { kind: 'any', rules }
  const rule: Rule = only === undefined ? any : { kind: 'all', rules: [any, only] }
  const matches = compileRule(rule, { library, now: new Date(), zone: definition.settings.zone })
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from leads where ${livingLead} and not leads.is_test and (${matches})`,
  )
  return row?.count ?? 0
}
