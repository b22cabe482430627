import { eq } from 'drizzle-orm'
import { requestControl } from '#activities/controls/request-control.ts'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { findVersion, listEnrollmentRows } from '#db/repositories/journey-reads.ts'
import { enrollments } from '#db/schema/journeys.ts'
import type { Json } from '#engine/facts.ts'
import {
  controlEnrollment,
  enrollLead,
  listEnrollments,
  type ControlBody,
  type Enrollment,
} from '../contract/enrollments.ts'
import { readCursor, toPage } from '../paging.ts'
import { presentLeadName, presentLeadNow, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { accepted, implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'
import { requireJourney } from './journeys.ts'

export function enrollmentRoutes(deps: {
  db: Database
  poker: Poker
  versions: VersionCache
  now: () => number
}): Implementation[] {
  const { db, poker, versions, now } = deps
  return [
    implement(listEnrollments, async ({ query }) => {
      const journey = query.journey === undefined ? null : await requireJourney(db, query.journey)
      const rows = await listEnrollmentRows(db, {
        status: query.status,
        journeyId: journey?.id ?? null,
        stepId: query.step ?? null,
        limit: query.limit + 1,
        cursor: readCursor(query.cursor),
      })
      const { items, nextCursor } = toPage(
        rows,
        query.limit,
        ({ enrollment }) => ({ at: enrollment.enteredAt, id: enrollment.id }),
        (row) => presentEnrollment(row, versions, now()),
      )
      return ok({ items: await Promise.all(items), nextCursor })
    }),

    implement(enrollLead, async ({ body, headers }, { actor, requestId }) => {
      const journey = await requireJourney(db, body.journey)
      const key = headers['idempotency-key'] ?? requestId
      const properties = body.properties as Record<string, Json>
      const result = await requestEnrollment(
        { db, poker },
        { journeyId: journey.id, lead: body.lead, entryKey: `api:${key}`, properties, actor },
      )
      if (!result.done) throw new HttpProblem(result.code, result.message)
      return accepted({ leadId: result.leadId, journeyId: journey.id })
    }),

    implement(controlEnrollment, async ({ params, body }, { actor }) => {
      const enrollment = await requireOpen(db, params.id)
      await requirePossible(db, enrollment, body)
      const { requested } = await requestControl({ db, poker }, { enrollmentIds: [params.id], actor, ...given(body) })
      // It ended between the look and the lock.
      if (requested === 0) throw ended(params.id)
      return accepted({})
    }),
  ]
}

type EnrollmentRow = typeof enrollments.$inferSelect

async function requireOpen(db: Database, id: string): Promise<EnrollmentRow> {
  const [row] = await db.select().from(enrollments).where(eq(enrollments.id, id))
  if (row === undefined) throw new HttpProblem('ENROLLMENT_NOT_FOUND', `There is no enrollment "${id}".`)
  if (row.finishedAt !== null) throw ended(id)
  return row
}

function ended(id: string): HttpProblem {
  return new HttpProblem('ENROLLMENT_ENDED', `The enrollment "${id}" has ended; enrol the lead again if that is meant.`)
}

/** Says no at once to what the turn would ignore. */
async function requirePossible(db: Database, enrollment: EnrollmentRow, body: ControlBody): Promise<void> {
  const refuse = (message: string): never => {
    throw new HttpProblem('CONTROL_NOT_POSSIBLE', message)
  }
  const version = body.action === 'migrate' ? body.version : enrollment.version
  switch (body.action) {
    case 'pause':
      if (enrollment.status === 'paused') refuse('The enrollment is paused already.')
      return
    case 'resume':
      if (enrollment.status !== 'paused') refuse(`The enrollment is ${enrollment.status}, not paused.`)
      return
    case 'retry':
    case 'skip':
      if (enrollment.status !== 'parked')
        refuse(`The enrollment is ${enrollment.status}; only a parked one can ${body.action}.`)
      return
    case 'exit':
      return
    case 'move':
    case 'migrate': {
      const found = await findVersion(db, enrollment.journeyId, version)
      if (found === null) return refuse(`The journey has no version ${String(version)}.`)
      const stepId = body.stepId ?? enrollment.stepId
      if (!Object.hasOwn(found.definition.steps, stepId)) {
        throw new HttpProblem(
          'STEP_NOT_FOUND',
          `Version ${String(version)} has no step "${stepId}"; name one with stepId.`,
        )
      }
    }
  }
}

function given(body: ControlBody) {
  const { action, reason } = body
  return {
    action,
    reason,
    ...('stepId' in body && body.stepId !== undefined ? { stepId: body.stepId } : {}),
    ...('version' in body ? { version: body.version } : {}),
  }
}

type JoinedEnrollment = Awaited<ReturnType<typeof listEnrollmentRows>>[number]

async function presentEnrollment(row: JoinedEnrollment, versions: VersionCache, now: number): Promise<Enrollment> {
  const { enrollment, lead, journey } = row
  return {
    id: enrollment.id,
    lead: presentLeadName(lead),
    leadNow: presentLeadNow(lead.clock, now),
    journey,
    version: enrollment.version,
    status: enrollment.status,
    step: await versions.nameStep(journey.id, enrollment.version, enrollment.stepId),
    since: toInstant(enrollment.since),
    enteredAt: toInstant(enrollment.enteredAt),
    nextAt: toInstantOrNull(enrollment.wakeAt),
    error: enrollment.error === null ? null : { code: enrollment.error.code, message: enrollment.error.message },
  }
}
