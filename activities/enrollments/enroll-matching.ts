/**
 * Puts all leads that match a rule into a journey, by hand. It is a sweep of its own: paged, paced and resumed by Temporal
 * where there is one, and held by the journey's entry guard until a person agrees.
 */
import { sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { Database } from '#db/client.ts'
import { entriesInLastHour } from '#db/repositories/entry-guard.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { addSweep, findSweep } from '#db/repositories/sweeps.ts'
import { livingLead } from '#db/repositories/triggers.ts'
import { compileRule } from '#db/rules/compile.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { EntrySchedules } from '../entry/schedules.ts'
import { runSweep } from '../entry/sweep.ts'
import { EntryGuardExceeded, JourneyNotFound, JourneyStateConflict } from '../journeys/errors.ts'
import type { Poker } from '../poker.ts'
import { manualTrigger } from './request-enrollment.ts'

export interface MatchingRequest {
  /** Key or id. */
  journey: string
  rule: Rule
  /** Names this enrolment: a second one with the same key goes on where the first was and enrols nobody twice. */
  entryKey: string
  actor: string
  /** The leads of this test run; null = all real leads. */
  testRunId: string | null
  /** At most this many, by id. */
  limit?: number
  /** What to do with more real leads than the journey's entry guard allows within an hour. @default 'hold' */
  aboveGuard?: 'hold' | 'refuse' | 'enrol'
}

export interface MatchingResult {
  journeyId: string
  sweepId: string
  /** Leads that match now. */
  matching: number
  /** Leads asked in so far: all of them when the pages were worked through here, else those of an earlier attempt. */
  requested: number
  /** True when nobody enters before a person releases the sweep. */
  held: boolean
}

export interface MatchingDependencies {
  db: Database
  poker: Poker
  /** Who works through the pages: Temporal, or (null: no Temporal, or a seed that has to be done) this call. */
  schedules?: Pick<EntrySchedules, 'startSweep'> | null
}

/**
 * Writes the sweep and its audit line down in one transaction and starts it; each lead's turn decides by the journey's
 * entry rule and re-enrollment policy. A process that dies after the commit loses nothing: the reconciler starts it anew.
 *
 * @throws {JourneyNotFound}
 * @throws {JourneyStateConflict} when the journey takes nobody.
 * @throws {EntryGuardExceeded} when there are more than the guard allows and `aboveGuard` is `refuse`.
 */
export async function enrollMatching(
  { db, poker, schedules = null }: MatchingDependencies,
  request: MatchingRequest,
): Promise<MatchingResult> {
  const begun = await db.transaction(async (tx) => {
    const { testRunId, entryKey, actor, limit = null, aboveGuard = 'hold' } = request
    const journey = await findJourney(tx, request.journey)
    if (journey === null) throw new JourneyNotFound(request.journey)
    const version = journey.liveVersion === null ? null : await findVersion(tx, journey.id, journey.liveVersion)
    if (journey.status !== 'live' || version === null) {
      throw new JourneyStateConflict(
        journey.key,
        `The journey "${journey.key}" is ${journey.status}; publish or resume it first.`,
      )
    }
    const { zone, entryGuardPerHour: perHour } = version.definition.settings
    const [time] = await tx.execute<{ now: number; clock: LeadClock | null }>(sql`
      select ${databaseNow} as now, (select clock from test_runs where id = ${testRunId}::uuid) as clock`)
    const firesAt = toLeadTime(time?.clock ?? null, time?.now ?? 0)
    const scope = testRunId === null ? sql`not leads.is_test` : sql`leads.test_run_id = ${testRunId}`
    const rule = compileRule(request.rule, { library: await readLibrary(tx), now: new Date(firesAt), zone })
    const [row] = await tx.execute<{ count: number }>(
      sql`select count(*)::int as count from leads where ${scope} and ${livingLead} and (${rule})`,
    )
    const matching = Math.min(row?.count ?? 0, limit ?? Infinity)
    const entered = testRunId === null ? await entriesInLastHour(tx, journey.id, perHour) : 0
    const isAbove = testRunId === null && entered + matching > perHour
    const held = isAbove && aboveGuard === 'hold'
    const { id: sweepId, isNew } = await addSweep(tx, {
      journeyId: journey.id,
      triggerId: manualTrigger,
      firesAt,
      testRunId,
      source: { kind: 'rule', rule: request.rule, entryKey, limit },
      status: held ? 'held' : isAbove ? 'released' : 'running',
    })
    if (isNew) {
      if (isAbove && aboveGuard === 'refuse') throw new EntryGuardExceeded(journey.key, { matching, entered, perHour })
      await tx.insert(auditLog).values({
        actor,
        action: 'journey.enroll_matching',
        subjectKind: 'journey',
        subjectId: journey.id,
        after: { entryKey, sweepId, matching, testRunId, held, entriesInLastHour: entered, entryGuardPerHour: perHour },
      })
      if (held) {
        const detail = { reason: 'entry guard', matching, entriesInLastHour: entered, entryGuardPerHour: perHour }
        await tx
          .insert(auditLog)
          .values({ actor, action: 'sweep.held', subjectKind: 'sweep', subjectId: sweepId, after: detail })
      }
    }
    return { journeyId: journey.id, sweepId, matching }
  })
  if (schedules === null) await runSweep({ db, poker }, begun.sweepId)
  else await schedules.startSweep(begun.sweepId)
  const sweep = await findSweep(db, begun.sweepId)
  return { ...begun, requested: sweep?.enqueued ?? 0, held: sweep?.status === 'held' }
}
