/** Puts all leads that match a rule into a journey, by hand: set-based, paced, safe to repeat with the same key. */
import { sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import type { Database } from '#db/client.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { findJourney, findVersion } from '#db/repositories/journey-reads.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { livingLead } from '#db/repositories/triggers.ts'
import { compileRule } from '#db/rules/compile.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { JourneyNotFound, JourneyStateConflict } from '../journeys/errors.ts'
import type { Poker } from '../poker.ts'
import { manualTrigger } from './request-enrollment.ts'

export interface MatchingRequest {
  /** Key or id. */
  journey: string
  rule: Rule
  /** Names this enrolment: a second one with the same key enrols nobody twice. */
  entryKey: string
  actor: string
  /** The leads of this test run; null = all real leads. */
  testRunId: string | null
  /** At most this many, by id. */
  limit?: number
}

/** Leads per transaction. */
const pageSize = 1000

/**
 * Records the wish for each lead and pokes it; its turn decides by the journey's entry rule and re-enrollment policy.
 *
 * @throws {JourneyNotFound}
 * @throws {JourneyStateConflict} when the journey takes nobody.
 */
export async function enrollMatching(
  { db, poker }: { db: Database; poker: Poker },
  request: MatchingRequest,
): Promise<{ journeyId: string; requested: number }> {
  const { testRunId, entryKey, actor } = request
  const journey = await findJourney(db, request.journey)
  if (journey === null) throw new JourneyNotFound(request.journey)
  const version = journey.liveVersion === null ? null : await findVersion(db, journey.id, journey.liveVersion)
  if (journey.status !== 'live' || version === null) {
    throw new JourneyStateConflict(
      journey.key,
      `The journey "${journey.key}" is ${journey.status}; publish or resume it first.`,
    )
  }
  const library = await readLibrary(db)
  const scope = testRunId === null ? sql`not leads.is_test` : sql`leads.test_run_id = ${testRunId}`
  let requested = 0
  let after: string | null = null
  for (;;) {
    const room = Math.min(pageSize, (request.limit ?? Infinity) - requested)
    if (room <= 0) break
    const page: { id: string; clock: LeadClock | null; now: number }[] = await db.transaction(async (tx) => {
      const [time] = await tx.execute<{ now: number; clock: LeadClock | null }>(sql`
        select ${databaseNow} as now, (select clock from test_runs where id = ${testRunId}::uuid) as clock`)
      const now = new Date(toLeadTime(time?.clock ?? null, time?.now ?? 0))
      const rule = compileRule(request.rule, { library, now, zone: version.definition.settings.zone })
      const rows = await tx.execute<{ id: string; clock: LeadClock | null; now: number }>(sql`
        select leads.id, leads.clock, ${databaseNow} as now from leads
         where ${scope} and ${livingLead} and ${after === null ? sql`true` : sql`leads.id > ${after}`} and (${rule})
         order by leads.id limit ${room}`)
      await addInputs(
        tx,
        rows.map((row) => ({
          leadId: row.id,
          at: toLeadTime(row.clock, row.now),
          input: { kind: 'enroll' as const, journeyId: journey.id, triggerId: manualTrigger, entryKey },
        })),
        5,
      )
      return [...rows]
    })
    after = page.at(-1)?.id ?? null
    if (after === null) break
    requested += page.length
    await poker.poke(
      page.map(({ id }) => id),
      { priority: 5 },
    )
  }
  await db.insert(auditLog).values({
    actor,
    action: 'journey.enroll_matching',
    subjectKind: 'journey',
    subjectId: journey.id,
    after: { entryKey, requested, testRunId },
  })
  return { journeyId: journey.id, requested }
}
