/** A copy of one lead walks a live journey at a chosen speed; and how such a run is stopped before its end. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { Library } from '#engine/library.ts'
import type { Database } from '#db/client.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { findLead } from '#db/repositories/lead-reads.ts'
import { createTestRun, findTestRun } from '#db/repositories/test-runs.ts'
import { enrollments, journeys } from '#db/schema/journeys.ts'
import { leads, testRuns } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { requestControl } from '../controls/request-control.ts'
import { manualTrigger } from '../enrollments/request-enrollment.ts'
import { startTestRun } from '../entry/test-run.ts'
import type { Poker } from '../poker.ts'
import { copyLead } from './copy-lead.ts'

const dayMs = 86_400_000

interface Dependencies {
  db: Database
  poker: Poker
  client: Client
  library: () => Promise<Library>
  queuePrefix?: string
}

export interface LeadRunRequest {
  journeyId: string
  leadId: string
  /** Virtual seconds per second. */
  speed: number
  /** What time it is at the start; null = the lead's own present. */
  start: Instant | null
  days: number
  actor: string
}

export type StartedRun =
  | { done: true; runId: string; leadId: string }
  | { done: false; code: 'LEAD_NOT_FOUND' | 'JOURNEY_NOT_LIVE'; message: string }

/**
 * Copies the lead, puts the copy before the journey's entry and lets the clock go. The journey's entry rule and re-enrollment
 * policy decide as for anybody. What is written before Temporal fails stands still and does nothing.
 *
 * @throws when Temporal cannot be reached.
 */
export async function runLead(deps: Dependencies, request: LeadRunRequest): Promise<StartedRun> {
  const { db, client, library, queuePrefix = '' } = deps
  const { journeyId, speed, start, days, actor } = request
  const shared = await library()
  const made = await db.transaction(
    async (tx): Promise<(StartedRun & { done: false }) | { runId: string; leadId: string; from: Instant }> => {
      const [journey] = await tx.select().from(journeys).where(eq(journeys.id, journeyId))
      if (journey?.status !== 'live' || journey.liveVersion === null) {
        const message = `The journey "${journey?.key ?? journeyId}" is ${journey?.status ?? 'gone'}; publish or resume it first, or rehearse the draft with Simulate.`
        return { done: false, code: 'JOURNEY_NOT_LIVE', message }
      }
      const lead = await findLead(tx, request.leadId)
      if (lead === null || lead.erasedAt !== null) {
        return { done: false, code: 'LEAD_NOT_FOUND', message: `There is no lead "${request.leadId}".` }
      }
      const [row] = await tx.execute<{ now: number }>(sql`select ${databaseNow} as now`)
      const from = start ?? toLeadTime(lead.clock, row?.now ?? 0)
      const { id: runId, clock } = await createTestRun(tx, {
        name: `${journey.name}: one lead`,
        virtualStart: from,
        speed,
      })
      const leadId = await copyLead(tx, lead, { runId, clock, library: shared, actor })
      const enroll = { kind: 'enroll' as const, journeyId, triggerId: manualTrigger, entryKey: `test-run:${runId}` }
      await addInputs(tx, [{ leadId, at: from, input: enroll }], 1)
      await tx.insert(auditLog).values({
        actor,
        action: 'test_run.start',
        subjectKind: 'lead',
        subjectId: leadId,
        after: { testRunId: runId, journeyId, copyOf: lead.id, speed, start: new Date(from).toISOString(), days },
      })
      return { runId, leadId, from }
    },
  )
  if ('done' in made) return made
  const { runId, leadId, from } = made
  await startTestRun(client, { testRunId: runId, until: from + days * dayMs, queuePrefix })
  await deps.poker.poke([leadId], { priority: 1 })
  return { done: true, runId, leadId }
}

/** Stops the run's clock where it is and takes its leads out of their journeys. False when there is no such run. */
export async function stopRun(
  { db, poker, client }: Pick<Dependencies, 'db' | 'poker' | 'client'>,
  { runId, actor }: { runId: string; actor: string },
): Promise<boolean> {
  if ((await findTestRun(db, runId)) === null) return false
  // First whoever lets the clock go on; then the clock.
  await client.workflow
    .getHandle(`test-run:${runId}`)
    .terminate('The test run was stopped.')
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    })
  const open = await db.transaction(async (tx) => {
    const [run] = await tx.select().from(testRuns).where(eq(testRuns.id, runId)).for('update')
    if (run === undefined || run.finishedAt !== null) return []
    const [row] = await tx.execute<{ now: number }>(sql`select ${databaseNow} as now`)
    const clock = { ...run.clock, until: toLeadTime(run.clock, row?.now ?? 0) }
    await tx
      .update(testRuns)
      .set({ clock, finishedAt: sql`now()` })
      .where(eq(testRuns.id, runId))
    await tx.execute(sql`
      with locked as (select id from leads where test_run_id = ${runId} order by id for no key update)
      update leads set clock = ${JSON.stringify(clock)}::text::jsonb from locked where leads.id = locked.id`)
    await tx
      .insert(auditLog)
      .values({ actor, action: 'test_run.stop', subjectKind: 'test_run', subjectId: runId, after: {} })
    return tx
      .select({ id: enrollments.id })
      .from(enrollments)
      .innerJoin(leads, eq(leads.id, enrollments.leadId))
      .where(and(eq(leads.testRunId, runId), inArray(enrollments.status, ['active', 'paused', 'parked'])))
  })
  const enrollmentIds = open.map(({ id }) => id)
  if (enrollmentIds.length > 0) {
    const reason = 'The test run was stopped.'
    await requestControl({ db, poker }, { action: 'exit', enrollmentIds, reason, actor })
  }
  return true
}
