/** Journeys, versions and where leads stand in them, as screens and the API show them. Reads only. */
import { and, asc, desc, eq, inArray, not, or, sql } from 'drizzle-orm'
import { enrollmentStatuses, type EnrollmentStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { enrollments, journeys, journeyVersions, stepLog } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { olderThan, type Keyset } from './keyset.ts'
import { leadNameColumns } from './lead-reads.ts'
import { areTestsShown } from './shown-leads.ts'

export type JourneyRow = typeof journeys.$inferSelect
export type VersionRow = typeof journeyVersions.$inferSelect

/** Leads that are in a journey: walking, waiting, held or waiting for a person. */
const openStatuses = ['active', 'paused', 'parked'] as const satisfies EnrollmentStatus[]

/** Leads numbers are about. */
const isShown = eq(enrollments.isTest, areTestsShown)
/** Who is in one of these journeys now. */
const isIn = (journeyIds: readonly string[]) =>
  and(inArray(enrollments.journeyId, [...journeyIds]), inArray(enrollments.status, [...openStatuses]))

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** All of them, with when their live version was published, by name. */
export async function listJourneyRows(db: Queryable) {
  return db
    .select({ journey: journeys, publishedAt: journeyVersions.publishedAt })
    .from(journeys)
    .leftJoin(
      journeyVersions,
      and(eq(journeyVersions.journeyId, journeys.id), eq(journeyVersions.version, journeys.liveVersion)),
    )
    .orderBy(asc(journeys.name), asc(journeys.id))
}

/** A journey by its key or its id; null when there is none. */
export async function findJourney(db: Queryable, keyOrId: string): Promise<JourneyRow | null> {
  const byKey = eq(journeys.key, keyOrId)
  const rows = await db
    .select()
    .from(journeys)
    .where(uuidPattern.test(keyOrId) ? or(byKey, eq(journeys.id, keyOrId)) : byKey)
  return rows.find((row) => row.key === keyOrId) ?? rows[0] ?? null
}

/** One published version, whole. */
export async function findVersion(db: Queryable, journeyId: string, version: number): Promise<VersionRow | null> {
  const [row] = await db
    .select()
    .from(journeyVersions)
    .where(and(eq(journeyVersions.journeyId, journeyId), eq(journeyVersions.version, version)))
  return row ?? null
}

/** Published versions, newest first, without their graphs. A journey has dozens at most. */
export async function listVersions(db: Queryable, journeyId: string) {
  return db
    .select({
      version: journeyVersions.version,
      hash: journeyVersions.hash,
      note: journeyVersions.note,
      publishedBy: journeyVersions.publishedBy,
      publishedAt: journeyVersions.publishedAt,
    })
    .from(journeyVersions)
    .where(eq(journeyVersions.journeyId, journeyId))
    .orderBy(desc(journeyVersions.version))
}

/** Leads now on each version; of those that are shown. */
export async function countByVersion(db: Queryable, journeyId: string): Promise<Map<number, number>> {
  const rows = await db
    .select({ version: enrollments.version, count: sql<number>`count(*)::int` })
    .from(enrollments)
    .where(and(isIn([journeyId]), isShown))
    .groupBy(enrollments.version)
  return new Map(rows.map(({ version, count }) => [version, count]))
}

/**
 * Leads now on each step, by journey and status; of those that are shown. One scan of `enrollments_here`; fit for every
 * second.
 */
export async function countByStep(db: Queryable, journeyIds: readonly string[]) {
  if (journeyIds.length === 0) return []
  return db
    .select({
      journeyId: enrollments.journeyId,
      stepId: enrollments.stepId,
      status: enrollments.status,
      count: sql<number>`count(*)::int`,
    })
    .from(enrollments)
    .where(and(isIn(journeyIds), isShown))
    .groupBy(enrollments.journeyId, enrollments.stepId, enrollments.status)
    .orderBy(asc(enrollments.journeyId), asc(enrollments.stepId), asc(enrollments.status))
}

/** Test leads now in each journey beside the real ones; none while they are what is shown. One scan of `enrollments_here`. */
export async function countTestsBeside(db: Queryable, journeyIds: readonly string[]): Promise<Map<string, number>> {
  if (journeyIds.length === 0) return new Map()
  const rows = await db
    .select({ journeyId: enrollments.journeyId, count: sql<number>`count(*)::int` })
    .from(enrollments)
    .where(and(isIn(journeyIds), eq(enrollments.isTest, true), not(areTestsShown)))
    .groupBy(enrollments.journeyId)
  return new Map(rows.map(({ journeyId, count }) => [journeyId, count]))
}

/**
 * How often each step was passed, all time. Reads the journey's part of the index (journey, step, left_at): seconds for
 * tens of millions of rows, so keep the answer for a while.
 */
export async function countPassed(db: Queryable, journeyId: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ stepId: stepLog.stepId, count: sql<number>`count(*)::int` })
    .from(stepLog)
    .where(eq(stepLog.journeyId, journeyId))
    .groupBy(stepLog.stepId)
  return new Map(rows.map(({ stepId, count }) => [stepId, count]))
}

/** Enrollments of all time by journey, status and whether the goal was met; of leads that are shown. Reads them all. */
export async function countEnrollments(db: Queryable) {
  return db
    .select({
      journeyId: enrollments.journeyId,
      status: enrollments.status,
      goalMet: enrollments.goalMet,
      count: sql<number>`count(*)::int`,
    })
    .from(enrollments)
    .where(isShown)
    .groupBy(enrollments.journeyId, enrollments.status, enrollments.goalMet)
}

/** Every status with 0, to be filled from counts. */
export function noEnrollments(): Record<EnrollmentStatus, number> {
  return Object.fromEntries(enrollmentStatuses.map((status) => [status, 0])) as Record<EnrollmentStatus, number>
}

/** One page of enrollments of a status, newest first, with the lead's name and the journey's. */
export async function listEnrollmentRows(
  db: Queryable,
  filter: {
    status: EnrollmentStatus
    journeyId: string | null
    stepId: string | null
    limit: number
    cursor: Keyset | null
  },
) {
  return db
    .select({
      enrollment: enrollments,
      lead: { ...leadNameColumns, clock: leads.clock },
      journey: { id: journeys.id, key: journeys.key, name: journeys.name },
    })
    .from(enrollments)
    .innerJoin(leads, eq(leads.id, enrollments.leadId))
    .innerJoin(journeys, eq(journeys.id, enrollments.journeyId))
    .where(
      and(
        eq(enrollments.status, filter.status),
        filter.journeyId === null ? undefined : eq(enrollments.journeyId, filter.journeyId),
        filter.stepId === null ? undefined : eq(enrollments.stepId, filter.stepId),
        olderThan(enrollments.enteredAt, enrollments.id, filter.cursor),
      ),
    )
    .orderBy(desc(enrollments.enteredAt), desc(enrollments.id))
    .limit(filter.limit)
}

/** All enrollments of a lead with their journeys: open ones first, then the latest. A lead has dozens at most. */
export async function listEnrollmentsOfLead(db: Queryable, leadId: string, limit: number) {
  return db
    .select({ enrollment: enrollments, journey: { id: journeys.id, key: journeys.key, name: journeys.name } })
    .from(enrollments)
    .innerJoin(journeys, eq(journeys.id, enrollments.journeyId))
    .where(eq(enrollments.leadId, leadId))
    .orderBy(desc(inArray(enrollments.status, [...openStatuses])), desc(enrollments.enteredAt), desc(enrollments.id))
    .limit(limit)
}
