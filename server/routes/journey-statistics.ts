import type { Request, RequestHandler, Response } from 'express'
import type { Database, Queryable } from '#db/client.ts'
import { findVersion, listVersions } from '#db/repositories/journey-reads.ts'
import { enrollmentsBehind } from '#db/repositories/journey-people.ts'
import {
  readCohort,
  readGoalTimes,
  readPortCounts,
  readReach,
  readStandingCounts,
  readStepFailures,
  readStepTrend,
  readStepVisits,
  readVariants,
  type StatisticsScope,
  type StepVisits,
} from '#db/repositories/journey-statistics.ts'
import { isQueryCanceled } from '#db/errors.ts'
import { shareOf } from '#engine/statistics/wilson.ts'
import {
  getGoalStatistics,
  getJourneyStatistics,
  getStepStatistics,
  journeyLiveRoute,
  liveCountsQuery,
  longestRangeDays,
  type JourneyStatistics,
  type PeopleKind,
  type StepStatistics,
} from '../contract/journey-statistics.ts'
import type { EventStreams } from '../event-streams.ts'
import { toStepCounts } from '../live-feed.ts'
import type { JourneyFeed } from '../journey-feed.ts'
import type { LiveCountsFeed } from '../live-counts.ts'
import { cleanJson } from '../middleware/json-body.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'

const dayMs = 86_400_000
const defaultRangeDays = 30
/** Answers younger than this are shared: a count reads every visit of the range. */
const maxAgeMs = 10_000
/** A count that takes longer is refused: it would hold a connection that leads need. */
const timeoutMs = 15_000
/** Below this range the trend is by hour. */
const hourlyDays = 4
/** What the goal's times are told for, ms. */
const goalLimits = [1, 6, 12, 24, 48, 96, 168, 336, 720, 1440, 2160].map((hours) => hours * 3_600_000)

interface ScopeQuery {
  from?: string | undefined
  to?: string | undefined
  version?: number | undefined
  leads: 'real' | 'test'
}

/** Whose visits are counted: those behind a number of a step. */
interface Behind {
  step?: string | undefined
  what?: PeopleKind
  port?: string | undefined
}

function among(scope: StatisticsScope, stepId: string, { what = 'left', port }: Behind) {
  return enrollmentsBehind({ ...scope, stepId, what, port: port ?? null })
}

export function statisticsRoutes({ db, now }: { db: Database; now: () => number }): Implementation[] {
  const counted = shareAnswers(now)
  const ask = async <Result extends object>(
    name: string,
    journeyKey: string,
    query: ScopeQuery,
    read: (tx: Queryable, scope: StatisticsScope) => Promise<Result>,
    behind: Behind = {},
  ) => {
    const journey = await requireJourney(db, journeyKey)
    const whole = readScope(journey.id, query, now())
    const scope = behind.step === undefined ? whole : { ...whole, among: among(whole, behind.step, behind) }
    const { step, what, port } = behind
    const key = JSON.stringify([name, journey.id, query.from, query.to, query.version, query.leads, step, what, port])
    return counted(key, async () => ({
      ...presentScope(scope),
      countedAt: new Date(now()).toISOString(),
      ...(await withinTime(db, (tx) => read(tx, scope))),
    }))
  }
  return [
    implement(getJourneyStatistics, async ({ params, query }) =>
      ok(await ask('journey', params.journey, query, readStatistics, query)),
    ),

    implement(getStepStatistics, async ({ params: { journey, step }, query }) =>
      ok(
        await ask(`step ${step}`, journey, query, async (tx, scope) => {
          const days = ((scope.to?.getTime() ?? now()) - scope.from.getTime()) / dayMs
          const bucket = days <= hourlyDays ? 'hour' : 'day'
          return {
            stepId: step,
            failures: await readStepFailures(tx, scope, step, 20),
            bucket: bucket as 'hour' | 'day',
            trend: await readStepTrend(tx, scope, step, bucket),
          }
        }),
      ),
    ),

    implement(getGoalStatistics, async ({ params, query }) =>
      ok(
        await ask('goals', params.journey, query, async (tx, scope) => {
          const cohort = await readCohort(tx, scope)
          const times = await readGoalTimes(tx, scope, goalLimits)
          const variants = await readVariants(tx, scope, await splitsOf(tx, scope))
          return {
            cohort,
            share: shareOf(cohort.reachedGoal, cohort.entered),
            reach: await readReach(tx, scope),
            times: goalLimits.map((withinMs, index) => ({ withinMs, leads: times[index] ?? 0 })),
            variants: variants.map((variant) => ({ ...variant, share: shareOf(variant.reachedGoal, variant.leads) })),
          }
        }),
      ),
    ),
  ]
}

/** The live channel of one journey, with all that its stream tells; the path's parameter is `journey`. */
export function liveCounts(
  db: Database,
  feed: LiveCountsFeed,
  journeyFeed: JourneyFeed,
  streams: EventStreams,
  now: () => number,
): RequestHandler {
  return async (request: Request, response: Response) => {
    const { journey: key } = cleanJson(request.params) as { journey: string }
    const parsed = liveCountsQuery.safeParse(cleanJson(request.query))
    if (!parsed.success) {
      throw new HttpProblem('REQUEST_INVALID', 'The request does not fit; see the issues.', {
        issues: parsed.error.issues.map(({ path, message }) => ({
          code: 'INVALID',
          severity: 'error' as const,
          path: ['query', ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
          message,
        })),
      })
    }
    const { lead = null, ...query } = parsed.data
    const journey = await requireJourney(db, key)
    const { journeyId, version, isTest, from } = readScope(journey.id, query, now())
    // Closed while the journey was looked up: it would never tell again.
    if (response.destroyed) return
    const opened = streams.open(request, response, journeyLiveRoute)
    const send = (name: string, data: object) => opened.send(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    const stop = feed.watch({ journeyId, version, isTest, from }, lead, {
      onCounts: (counts) => send('counts', counts),
      onBeat: (at) => send('beat', { at }),
      onLead: (leadId, stamp) => send('lead', { leadId, stamp }),
      onEnd: opened.end,
    })
    const stopJourney = journeyFeed.watch(journey.id, {
      onEvent: (name, data) => opened.send(`event: ${name}\ndata: ${data}\n\n`),
      onEnd: opened.end,
    })
    opened.onClose(stop)
    opened.onClose(stopJourney)
  }
}

/** @throws {HttpProblem} RANGE_TOO_LARGE, REQUEST_INVALID */
export function readScope(journeyId: string, { from, to, version, leads }: ScopeQuery, now: number): StatisticsScope {
  const end = to === undefined ? null : new Date(to)
  const start = from === undefined ? new Date((end?.getTime() ?? now) - defaultRangeDays * dayMs) : new Date(from)
  if (end !== null && end <= start) {
    throw new HttpProblem('REQUEST_INVALID', `"${toInstant(end)}" is not after "${toInstant(start)}".`, {
      issues: [{ code: 'RANGE_EMPTY', severity: 'error', path: ['query', 'to'], message: 'Choose a later end.' }],
    })
  }
  if ((end?.getTime() ?? now) - start.getTime() > longestRangeDays * dayMs) {
    throw new HttpProblem(
      'RANGE_TOO_LARGE',
      `From ${toInstant(start)} on is more than ${String(longestRangeDays)} days; choose a shorter time.`,
    )
  }
  return { journeyId, version: version ?? null, isTest: leads === 'test', from: start, to: end }
}

function presentScope({ from, to, version, isTest }: StatisticsScope) {
  return {
    from: toInstant(from),
    to: toInstantOrNull(to),
    version,
    leads: isTest ? ('test' as const) : ('real' as const),
  }
}

async function readStatistics(
  tx: Queryable,
  scope: StatisticsScope,
): Promise<Pick<JourneyStatistics, 'cohort' | 'steps' | 'ports'>> {
  const cohort = await readCohort(tx, scope)
  const visits = new Map((await readStepVisits(tx, scope)).map((row) => [row.stepId, row]))
  const ports = await readPortCounts(tx, scope)
  const standing = await readStandingCounts(tx, scope)
  const here = new Map(toStepCounts(standing).map((count) => [count.stepId, count]))
  const arrived = Map.groupBy(standing, ({ stepId }) => stepId)
  const steps = [...new Set([...visits.keys(), ...here.keys()])].sort().map((stepId): StepStatistics => {
    const { endedByGoal, endedByPath, endedEarly, ...row } = visits.get(stepId) ?? noVisits(stepId)
    const stillHere = (arrived.get(stepId) ?? []).reduce((sum, { entered }) => sum + entered, 0)
    return {
      ...row,
      entered: row.entered + stillHere,
      ended: { goal: endedByGoal, path: endedByPath, early: endedEarly },
      here: here.get(stepId)?.here ?? 0,
      paused: here.get(stepId)?.paused ?? 0,
      parked: here.get(stepId)?.parked ?? 0,
    }
  })
  return { cohort, steps, ports: ports.map(({ stepId, port, left }) => ({ from: stepId, port, left })) }
}

function noVisits(stepId: string): StepVisits {
  return {
    stepId,
    entered: 0,
    left: 0,
    enrollments: 0,
    reachedGoal: 0,
    endedByGoal: 0,
    endedByPath: 0,
    endedEarly: 0,
    taken: 0,
    medianMs: null,
    p90Ms: null,
  }
}

/** Splits and holdouts of the version asked for, or of all. */
async function splitsOf(tx: Queryable, { journeyId, version }: StatisticsScope): Promise<string[]> {
  const numbers = version === null ? (await listVersions(tx, journeyId)).map((row) => row.version) : [version]
  const ids = new Set<string>()
  for (const number of numbers) {
    const { definition } = (await findVersion(tx, journeyId, number)) ?? {}
    for (const [id, step] of Object.entries(definition?.steps ?? {})) {
      if (step.type === 'split' || step.type === 'holdout') ids.add(id)
    }
  }
  return [...ids].sort()
}

/** One snapshot, and not for long. @throws {HttpProblem} RANGE_TOO_LARGE when it would take too long. */
async function withinTime<Result>(db: Database, read: (tx: Queryable) => Promise<Result>): Promise<Result> {
  try {
    return await db.transaction(
      async (tx) => {
        await tx.execute(`set local statement_timeout = ${String(timeoutMs)}`)
        return read(tx)
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    )
  } catch (error) {
    if (!isQueryCanceled(error)) throw error
    throw new HttpProblem(
      'RANGE_TOO_LARGE',
      `Counting took longer than ${String(timeoutMs / 1000)} s; choose a shorter time or one version.`,
    )
  }
}

/** Answers of the last seconds, one read for all who ask for the same. */
function shareAnswers(now: () => number) {
  const known = new Map<string, { at: number; answer: Promise<unknown> }>()
  return <Result>(key: string, read: () => Promise<Result>): Promise<Result> => {
    for (const [old, { at }] of known) if (now() - at > maxAgeMs) known.delete(old)
    const found = known.get(key)
    if (found !== undefined) return found.answer as Promise<Result>
    const answer = read()
    known.set(key, { at: now(), answer })
    answer.catch(() => known.delete(key))
    return answer
  }
}
