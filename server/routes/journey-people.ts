import { requestControl } from '#activities/controls/request-control.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import {
  countPeople,
  findStanding,
  listEnrollmentsIn,
  listPeople,
  listVisits,
  type PeopleCursor,
  type PersonRow,
} from '#db/repositories/journey-people.ts'
import { findVersion } from '#db/repositories/journey-reads.ts'
import {
  controlJourneyPeople,
  getLeadPath,
  listJourneyPeople,
  mostControlled,
  type JourneyPerson,
  type PathVisit,
  type PeopleKind,
} from '../contract/journey-people.ts'
import { decodeCursor, encodeCursor, isCursorId, isCursorInstant } from '../paging.ts'
import { presentLeadName, presentLeadNow, toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import type { VersionCache } from '../version-cache.ts'
import { readScope } from './journey-statistics.ts'
import { requireJourney } from './journeys.ts'
import { requireLead } from './leads.ts'
import { explain } from './timeline.ts'

const mostEnrollments = 50
const mostVisits = 500

export function journeyPeopleRoutes(deps: {
  db: Database
  poker: Poker
  versions: VersionCache
  now: () => number
}): Implementation[] {
  const { db, poker, versions, now } = deps
  return [
    implement(listJourneyPeople, async ({ params, query }) => {
      const journey = await requireJourney(db, params.journey)
      const { step = null, what, port = null, limit, cursor, search, status } = query
      if (step === null && !isNow(what)) {
        throw new HttpProblem('REQUEST_INVALID', `Name the step whose "${what}" is meant, with "step".`)
      }
      const rows = await listPeople(
        db,
        { ...readScope(journey.id, query, now()), stepId: step, what, port, search, status },
        { limit: limit + 1, cursor: readPeopleCursor(cursor) },
      )
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return ok({
        items: await Promise.all(shown.map((row) => presentPerson(row, journey.id, versions, now()))),
        nextCursor: last === undefined ? null : encodeCursor([last.at.toISOString(), last.id]),
      })
    }),

    implement(controlJourneyPeople, async ({ params, body }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const { action, reason, step, what, to, confirm } = body
      if ((action === 'move') !== (to !== undefined)) {
        const message = action === 'move' ? 'Name the step to move to with "to".' : '"to" goes with "move" only.'
        throw new HttpProblem('CONTROL_NOT_POSSIBLE', message)
      }
      const filter = {
        ...readScope(journey.id, { leads: body.leads, version: body.version }, now()),
        stepId: step,
        // Only those the action can do something about.
        what: action === 'retry' || action === 'skip' ? 'parked' : action === 'resume' ? 'paused' : what,
        port: null,
      } as const
      const matching = Math.min(await countPeople(db, filter), mostControlled)
      if (confirm === undefined) return ok({ matching, requested: 0 })
      if (confirm !== matching) {
        throw new HttpProblem(
          'CONFIRMATION_WRONG',
          `You agreed to ${String(confirm)}, and it would reach ${String(matching)} now; look again and confirm that.`,
        )
      }
      const found = await findStanding(db, filter, mostControlled)
      if (to !== undefined) {
        for (const version of new Set(found.map((row) => row.version))) {
          const known = await findVersion(db, journey.id, version)
          if (known === null || !Object.hasOwn(known.definition.steps, to)) {
            throw new HttpProblem('STEP_NOT_FOUND', `Version ${String(version)} has no step "${to}".`)
          }
        }
      }
      const enrollmentIds = found.map(({ id }) => id)
      const stepId = to === undefined ? {} : { stepId: to }
      const { requested } = await requestControl({ db, poker }, { action, enrollmentIds, reason, actor, ...stepId })
      return ok({ matching, requested })
    }),

    implement(getLeadPath, async ({ params, query }) => {
      const [lead, journey] = await Promise.all([requireLead(db, params.id), requireJourney(db, params.journey)])
      const rows = await listEnrollmentsIn(db, lead.id, journey.id, mostEnrollments)
      const shown = query.enrollment === undefined ? rows[0] : rows.find(({ id }) => id === query.enrollment)
      if (query.enrollment !== undefined && shown === undefined) {
        const message = `The lead was never in "${journey.key}" by the enrollment "${query.enrollment}".`
        throw new HttpProblem('ENROLLMENT_NOT_FOUND', message)
      }
      const log = shown === undefined ? [] : await listVisits(db, shown.id, mostVisits + 1)
      const nameOf = (version: number, stepId: string) => versions.nameStep(journey.id, version, stepId)
      const visits = log.slice(-mostVisits)
      const present = shown === undefined || shown.finishedAt !== null ? [] : [await presentStay(shown, nameOf)]
      return ok({
        lead: presentLeadName(lead),
        now: presentLeadNow(lead.clock, now()),
        journey: { id: journey.id, key: journey.key, name: journey.name },
        enrollments: await Promise.all(
          rows.map(async (row) => ({
            id: row.id,
            version: row.version,
            status: row.status,
            enteredAt: toInstant(row.enteredAt),
            finishedAt: toInstantOrNull(row.finishedAt),
            goalMet: row.goalMet,
            step: await nameOf(row.version, row.stepId),
            since: toInstant(row.since),
            nextAt: row.finishedAt === null ? toInstantOrNull(row.wakeAt) : null,
            why: explain(row),
            error: row.error === null ? null : { code: row.error.code, message: row.error.message },
          })),
        ),
        shown: shown?.id ?? null,
        visits: [
          ...(await Promise.all(
            visits.map(async (row, index): Promise<PathVisit> => ({
              step: await nameOf(row.version, row.stepId),
              type: row.stepType,
              visit: row.visit,
              version: row.version,
              enteredAt: toInstant(row.enteredAt),
              leftAt: toInstant(row.leftAt),
              port: row.port,
              to: visits[index + 1]?.stepId ?? (shown?.finishedAt === null ? shown.stepId : null),
              reason: row.reason,
              detail: row.detail,
            })),
          )),
          ...present,
        ],
        isCut: log.length > mostVisits,
      })
    }),
  ]
}

/** What is counted now, and not in a time. */
function isNow(what: PeopleKind): boolean {
  return what === 'here' || what === 'paused' || what === 'parked'
}

function readPeopleCursor(cursor: string | undefined): PeopleCursor | null {
  if (cursor === undefined) return null
  const isRow = (part: string) => /^s\d{1,18}$/.test(part) || (part.startsWith('e') && isCursorId(part.slice(1)))
  const [at = '', id = ''] = decodeCursor(cursor, [isCursorInstant, isRow])
  return { at: new Date(at), id }
}

async function presentPerson(
  row: PersonRow,
  journeyId: string,
  versions: VersionCache,
  now: number,
): Promise<JourneyPerson> {
  const { leadId, email, firstName, lastName, isTest } = row
  return {
    id: row.id,
    enrollmentId: row.enrollmentId,
    lead: presentLeadName({ id: leadId, email, firstName, lastName, isTest }),
    leadNow: presentLeadNow(row.clock, now),
    version: row.version,
    status: row.status,
    step: await versions.nameStep(journeyId, row.version, row.stepId),
    goalMet: row.goalMet,
    at: toInstant(row.at),
    nextAt: toInstantOrNull(row.nextAt),
    port: row.port,
    reason: row.reason,
  }
}

type EnrollmentRow = Awaited<ReturnType<typeof listEnrollmentsIn>>[number]

/** The step it is on: a visit that has not ended. */
async function presentStay(
  row: EnrollmentRow,
  nameOf: (version: number, stepId: string) => Promise<{ id: string; name: string }>,
): Promise<PathVisit> {
  return {
    step: await nameOf(row.version, row.stepId),
    type: '',
    visit: row.state.visit,
    version: row.version,
    enteredAt: toInstant(row.since),
    leftAt: null,
    port: null,
    to: null,
    reason: explain(row),
    detail: null,
  }
}
