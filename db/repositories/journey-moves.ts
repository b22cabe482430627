/**
 * Leads in flight at a publish: who stands where, who is moved or taken out, and what became of each. A move is written down
 * whole with the publish; a worker then tells the leads page by page, and each lead's own turn does it.
 */
import { and, asc, desc, eq, inArray, isNull, ne, notInArray, sql, type SQL } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Json } from '#engine/facts.ts'
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import type { moveResults } from '#engine/vocabulary.ts'
import type { Database, Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { deliveries } from '../schema/deliveries.ts'
import { leadInputs } from '../schema/inputs.ts'
import { enrollments } from '../schema/journeys.ts'
import { journeyMoveLeads, journeyMoves } from '../schema/publishing.ts'
import { leads } from '../schema/leads.ts'
import { auditLog } from '../schema/tasks.ts'
import { postponeQueued } from './deliveries.ts'
import { addPokes } from './inputs.ts'
import { areTestsShown } from './shown-leads.ts'

export type JourneyMoveRow = typeof journeyMoves.$inferSelect
type MoveResult = (typeof moveResults)[number]

/** How long the messages of a lead that is told to leave wait for its turn; when that takes longer, they are owed and go. */
const untilHeardMs = 120_000

/** Bulk work: after what people and leads do. */
export const movePriority = 4

/**
 * Leads now in a journey, by version, step and status: those that are shown, and `tests` beside them. One scan of
 * `enrollments_here`.
 */
export async function countInFlight(db: Queryable, journeyId: string) {
  return db
    .select({
      version: enrollments.version,
      stepId: enrollments.stepId,
      status: enrollments.status,
      count: sql<number>`count(*) filter (where ${enrollments.isTest} = ${areTestsShown})::int`,
      tests: sql<number>`count(*) filter (where ${enrollments.isTest} <> ${areTestsShown})::int`,
    })
    .from(enrollments)
    .where(and(eq(enrollments.journeyId, journeyId), inArray(enrollments.status, ['active', 'paused', 'parked'])))
    .groupBy(enrollments.version, enrollments.stepId, enrollments.status)
    .orderBy(desc(enrollments.version), asc(enrollments.stepId), asc(enrollments.status))
}

export interface NewMove {
  journeyId: string
  version: number
  policies: readonly LeadPolicy[]
  reason: string
  actor: string
}

/**
 * Writes down whom the policies are about, as they stand now, in the transaction that publishes. Null when no policy does
 * anything. `counted` has one figure per policy, also for those that let leads finish, and includes test leads: they are moved,
 * too.
 */
export async function createMove(tx: Transaction, move: NewMove): Promise<{ id: string | null; counted: number[] }> {
  const { journeyId, version, policies, reason, actor } = move
  if (policies.length === 0) return { id: null, counted: [] }
  const id = newId()
  const list = JSON.stringify(policies.map((policy, index) => ({ index, ...policy })))
  const chosen = sql`
    select e.id, e.version, e.step_id, (e.state->>'visit')::int as visit, p.index, p.action
      from enrollments e
      join lateral (
        select p.index, p.action
          from jsonb_to_recordset(${list}::text::jsonb) as p (index int, "stepId" text, version int, action text)
         where p."stepId" = e.step_id and (p.version is null or p.version = e.version)
         order by p.version nulls last
         limit 1) p on true
     where e.journey_id = ${journeyId} and e.status in ('active', 'paused', 'parked') and e.version < ${version}`
  const counts = await tx.execute<{ index: number; count: number }>(
    sql`select index, count(*)::int as count from (${chosen}) as chosen group by index`,
  )
  const counted = policies.map((_, index) => counts.find((row) => row.index === index)?.count ?? 0)
  await supersede(tx, journeyId, chosen)
  const isNeeded = policies.some(({ action }, index) => action !== 'finish' && (counted[index] ?? 0) > 0)
  if (!isNeeded) return { id: null, counted }
  await tx
    .insert(journeyMoves)
    .values({ id, journeyId, version, policies: [...policies], counted, reason, requestedBy: actor })
  await tx.execute(sql`
    insert into journey_move_leads (move_id, enrollment_id, policy, version, step_id, visit)
    select ${id}, id, index, version, step_id, visit from (${chosen}) as chosen where action <> 'finish'`)
  return { id, counted }
}

/**
 * An earlier publish may still be telling its leads. Whom this one decides about, also to let them finish, is not told by
 * that one any more; who has been told goes where it said.
 */
async function supersede(tx: Transaction, journeyId: string, chosen: SQL): Promise<void> {
  await tx.execute(sql`
    update journey_move_leads l set result = 'cancelled'
      from journey_moves m
     where m.id = l.move_id and m.journey_id = ${journeyId} and m.status = 'running'
       and l.input_id is null and l.result is null
       and l.enrollment_id in (select id from (${chosen}) as chosen)`)
}

/** Leads whom moves of a journey that are under way have not moved yet. */
export async function countStillMoving(db: Queryable, journeyId: string): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(journeyMoveLeads)
    .innerJoin(journeyMoves, eq(journeyMoves.id, journeyMoveLeads.moveId))
    .where(
      and(
        eq(journeyMoves.journeyId, journeyId),
        inArray(journeyMoves.status, ['running', 'stopping']),
        isNull(journeyMoveLeads.result),
      ),
    )
  return row?.count ?? 0
}

/**
 * Of the leads now in a journey: how many have got a message of it (or are about to) on this way through it, by where
 * they stand and which of these steps sent it. Test leads are counted, too; what colleagues are told is not.
 */
export async function countReceived(db: Queryable, journeyId: string, stepIds: readonly string[]) {
  if (stepIds.length === 0) return []
  return db
    .select({
      version: enrollments.version,
      stepId: enrollments.stepId,
      message: deliveries.stepId,
      count: sql<number>`count(distinct ${enrollments.id})::int`,
    })
    .from(enrollments)
    .innerJoin(deliveries, eq(deliveries.enrollmentId, enrollments.id))
    .where(
      and(
        eq(enrollments.journeyId, journeyId),
        inArray(enrollments.status, ['active', 'paused', 'parked']),
        inArray(deliveries.stepId, [...stepIds]),
        ne(deliveries.purpose, 'internal'),
        notInArray(deliveries.status, ['skipped', 'failed', 'cancelled']),
      ),
    )
    .groupBy(enrollments.version, enrollments.stepId, deliveries.stepId)
}

export async function findMove(db: Queryable, id: string): Promise<JourneyMoveRow | null> {
  const [row] = await db.select().from(journeyMoves).where(eq(journeyMoves.id, id))
  return row ?? null
}

/** Newest first. */
export async function listMoves(db: Queryable, journeyId: string, limit = 50): Promise<JourneyMoveRow[]> {
  return db
    .select()
    .from(journeyMoves)
    .where(eq(journeyMoves.journeyId, journeyId))
    .orderBy(desc(journeyMoves.createdAt), desc(journeyMoves.id))
    .limit(limit)
}

/** What has become of the leads of moves so far, by move, policy and result; `null` = not told yet, or not answered. `tests` of `count` are test leads beside real ones. */
export async function countResults(db: Queryable, moveIds: readonly string[]) {
  if (moveIds.length === 0) return []
  return db
    .select({
      moveId: journeyMoveLeads.moveId,
      policy: journeyMoveLeads.policy,
      result: journeyMoveLeads.result,
      count: sql<number>`count(*)::int`,
      tests: sql<number>`count(*) filter (where ${enrollments.isTest} <> ${areTestsShown})::int`,
    })
    .from(journeyMoveLeads)
    .innerJoin(enrollments, eq(enrollments.id, journeyMoveLeads.enrollmentId))
    .where(inArray(journeyMoveLeads.moveId, [...moveIds]))
    .groupBy(journeyMoveLeads.moveId, journeyMoveLeads.policy, journeyMoveLeads.result)
}

/**
 * Tells the next leads of a move: a control each, for the visit they were counted on. Holds their locks, so that nobody who
 * has left is told. Returns the leads to poke; null when all have been told, or the move is stopped.
 */
export async function tellMovePage(db: Database, moveId: string, limit: number): Promise<string[] | null> {
  return db.transaction(async (tx) => {
    const [move] = await tx.select().from(journeyMoves).where(eq(journeyMoves.id, moveId)).for('key share')
    if (move?.status !== 'running') return null
    const rows = await tx
      .select()
      .from(journeyMoveLeads)
      .where(
        and(eq(journeyMoveLeads.moveId, moveId), isNull(journeyMoveLeads.inputId), isNull(journeyMoveLeads.result)),
      )
      .orderBy(journeyMoveLeads.enrollmentId)
      .limit(limit)
      // Another attempt of the same activity has its own page.
      .for('update', { skipLocked: true })
    if (rows.length === 0) return null
    const present = await lockStanding(
      tx,
      rows.map((row) => row.enrollmentId),
    )
    const here = rows.flatMap((row) => {
      const now = present.get(row.enrollmentId)
      const policy = move.policies[row.policy]
      // A newer publish may have kept it on this very step: then this one has no say any more.
      const stands =
        now !== undefined && now.version < move.version && now.stepId === row.stepId && now.state.visit === row.visit
      return stands && policy !== undefined ? [{ row, now, policy }] : []
    })
    const told = new Set(here.map(({ row }) => row.enrollmentId))
    await settle(
      tx,
      moveId,
      rows.filter((row) => !told.has(row.enrollmentId)).map((row) => row.enrollmentId),
      'left',
    )
    if (here.length > 0) await writeControls(tx, move, here)
    await touch(tx, moveId)
    return [...new Set(here.map(({ now }) => now.leadId))].sort()
  })
}

type Standing = Awaited<ReturnType<typeof lockStanding>> extends Map<string, infer Row> ? Row : never
type MoveLeadRow = typeof journeyMoveLeads.$inferSelect

/** Those that are still in the journey, under their leads' locks, in the order every bulk writer takes them. */
async function lockStanding(tx: Transaction, ids: string[]) {
  await tx
    .select({ id: leads.id })
    .from(leads)
    .where(
      inArray(leads.id, tx.select({ id: enrollments.leadId }).from(enrollments).where(inArray(enrollments.id, ids))),
    )
    .orderBy(leads.id)
    .for('no key update')
  // Read after the locks: a turn that was under way has moved some on.
  const rows = await tx
    .select({
      id: enrollments.id,
      leadId: enrollments.leadId,
      status: enrollments.status,
      stepId: enrollments.stepId,
      version: enrollments.version,
      state: enrollments.state,
      clock: leads.clock,
      now: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`.mapWith(Number),
    })
    .from(enrollments)
    .innerJoin(leads, eq(leads.id, enrollments.leadId))
    .where(and(inArray(enrollments.id, ids), inArray(enrollments.status, ['active', 'paused', 'parked'])))
  return new Map(rows.map((row) => [row.id, row]))
}

async function writeControls(
  tx: Transaction,
  move: JourneyMoveRow,
  here: { row: MoveLeadRow; now: Standing; policy: LeadPolicy }[],
): Promise<void> {
  const { reason, requestedBy: actor, version } = move
  // What is queued is taken back by the turn, and only if the lead has not moved on by then; until it is heard, it waits.
  const leaving = here.filter(({ policy }) => policy.action === 'exit').map(({ row }) => row.enrollmentId)
  await postponeQueued(tx, leaving, untilHeardMs)
  const inputs = await tx
    .insert(leadInputs)
    .values(
      here.map(({ row, now, policy }) => ({
        leadId: now.leadId,
        kind: 'control',
        at: new Date(toLeadTime(now.clock, now.now)),
        payload: {
          action: policy.action === 'exit' ? 'exit' : 'migrate',
          enrollmentId: row.enrollmentId,
          reason,
          actor,
          from: { stepId: row.stepId, visit: row.visit },
          ...(policy.action === 'exit' ? {} : { version, stepId: policy.to ?? row.stepId }),
          ...(policy.skipReceived === true ? { skipReceived: true } : {}),
        } as Record<string, Json>,
      })),
    )
    .returning({ id: leadInputs.id, payload: leadInputs.payload })
  const asked = JSON.stringify(inputs.map(({ id, payload }) => ({ id, enrollment: payload['enrollmentId'] })))
  await tx.execute(sql`
    update journey_move_leads l set input_id = a.id
      from jsonb_to_recordset(${asked}::text::jsonb) as a (id bigint, enrollment uuid)
     where l.move_id = ${move.id} and l.enrollment_id = a.enrollment`)
  await tx.insert(auditLog).values(
    here.map(({ row, now, policy }) => ({
      actor,
      action: `enrollment.${policy.action === 'exit' ? 'exit' : 'migrate'}`,
      subjectKind: 'enrollment',
      subjectId: row.enrollmentId,
      before: { status: now.status, stepId: row.stepId, version: now.version } as Json,
      after: { reason, moveId: move.id, version, stepId: policy.to ?? null } as Json,
    })),
  )
  await addPokes(tx, [...new Set(here.map(({ now }) => now.leadId))].sort(), movePriority)
}

/** Writes what the turns have answered. Returns how many have not. */
export async function settleAnswers(db: Queryable, moveId: string): Promise<number> {
  await db.execute(sql`
    update journey_move_leads l
       set result = case when i.outcome like 'moved to %' then 'moved'
                         when i.outcome = 'exited' then 'exited'
                         when i.outcome is null or i.outcome like 'ignored: the lead %' then 'left'
                         else 'refused' end
      from lead_inputs i
     where l.move_id = ${moveId} and l.result is null and i.id = l.input_id and i.consumed_at is not null`)
  // An input that is not there any more was about a lead that is not.
  await db.execute(sql`
    update journey_move_leads l set result = 'left'
     where l.move_id = ${moveId} and l.result is null and l.input_id is not null
       and not exists (select 1 from lead_inputs i where i.id = l.input_id)`)
  await touch(db, moveId)
  const [row] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from journey_move_leads where move_id = ${moveId} and result is null`)
  return row?.count ?? 0
}

/** Those who have not been told are not told any more. False when the move is over already. */
export async function stopMove(tx: Transaction, moveId: string): Promise<boolean> {
  const stopped = await tx
    .update(journeyMoves)
    .set({ status: 'stopping', updatedAt: sql`clock_timestamp()` })
    .where(and(eq(journeyMoves.id, moveId), eq(journeyMoves.status, 'running')))
    .returning({ id: journeyMoves.id })
  if (stopped.length === 0) return false
  await tx
    .update(journeyMoveLeads)
    .set({ result: 'cancelled' })
    .where(and(eq(journeyMoveLeads.moveId, moveId), isNull(journeyMoveLeads.inputId), isNull(journeyMoveLeads.result)))
  return true
}

/** Ends a move whose leads have all answered. False when somebody else has. */
export async function finishMove(tx: Transaction, moveId: string): Promise<boolean> {
  const ended = await tx
    .update(journeyMoves)
    .set({
      status: sql`case when ${journeyMoves.status} = 'stopping' then 'cancelled' else 'done' end`,
      updatedAt: sql`clock_timestamp()`,
      finishedAt: sql`clock_timestamp()`,
    })
    .where(and(eq(journeyMoves.id, moveId), inArray(journeyMoves.status, ['running', 'stopping'])))
    .returning({ id: journeyMoves.id })
  return ended.length > 0
}

/** Moves that should get on and do not. Their age starts anew. */
export async function takeStuckMoves(db: Queryable): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    update journey_moves set updated_at = clock_timestamp()
     where status in ('running', 'stopping') and updated_at < now() - interval '2 minutes'
    returning id`)
  return rows.map((row) => row.id)
}

async function settle(tx: Transaction, moveId: string, ids: string[], result: MoveResult): Promise<void> {
  if (ids.length === 0) return
  await tx
    .update(journeyMoveLeads)
    .set({ result })
    .where(and(eq(journeyMoveLeads.moveId, moveId), inArray(journeyMoveLeads.enrollmentId, ids)))
}

async function touch(db: Queryable, moveId: string): Promise<void> {
  await db
    .update(journeyMoves)
    .set({ updatedAt: sql`clock_timestamp()` })
    .where(eq(journeyMoves.id, moveId))
}
