/** May this lead enter this journey now? One pure answer with its reason, for the turn, the simulator and the screens. */
import type { Evaluation } from '../conditions/evaluation.ts'
import type { Instant } from '../facts.ts'
import type { JourneySettings } from '../graph/schema.ts'
import { dayNumber } from '../schedule/calendar.ts'
import { toLocal } from '../schedule/zone.ts'
import type { EnrollmentStatus, JourneyStatus } from '../vocabulary.ts'

/** An earlier enrollment of the lead in the same journey, whatever its version. */
export interface EarlierEnrollment {
  status: EnrollmentStatus
  enteredAt: Instant
}

export interface EntryQuestion {
  journeyStatus: JourneyStatus
  settings: Pick<JourneySettings, 'reenrollment'>
  /** All earlier enrollments in this journey, in any order. */
  history: readonly EarlierEnrollment[]
  /** In the lead's own clock: the instant of the enroll input (not of its processing), so that lateness decides nothing. */
  now: Instant
  /** The lead's zone, else the journey's: in what calendar "N days" are counted. */
  zone: string
  erased: boolean
  /** The entry step's `only` rule, evaluated at `now`; null when it has none. */
  only: Pick<Evaluation, 'value' | 'trace'> | null
}

type EntryRefusal =
  | 'journey_not_live'
  | 'lead_erased'
  | 'not_matching'
  | 'been_here_before'
  | 'still_inside'
  | 'too_soon'

export type EntryDecision = { enter: true } | { enter: false; code: EntryRefusal; reason: string }

/**
 * - `never`: once in a lifetime.
 * - `after_exit`: not while an enrollment is active, paused or parked.
 * - `after_days` N: as `after_exit`, and not before the Nth local calendar day after the last entry. Days, not hours: a
 *   weekly sweep with N = 7 lets everybody in each week, also when it ran late or the clocks changed.
 * - `always`: at any time, also while another enrollment of the lead in this journey is under way.
 */
export function decideEntry(question: EntryQuestion): EntryDecision {
  const { history, settings, now, zone } = question
  if (question.erased) return refuse('lead_erased', 'The lead was erased.')
  if (question.journeyStatus !== 'live') {
    return refuse('journey_not_live', `The journey is ${question.journeyStatus}: nobody enters it.`)
  }
  if (question.only !== null && !question.only.value) {
    return refuse('not_matching', `Only leads that match get in: ${question.only.trace.sentence}.`)
  }
  if (history.length === 0) return { enter: true }

  const latest = history.reduce((one, other) => (other.enteredAt > one.enteredAt ? other : one))
  const latestOn = localDay(latest.enteredAt, zone)
  const { policy, days = 1 } = settings.reenrollment
  switch (policy) {
    case 'always':
      return { enter: true }
    case 'never':
      return refuse(
        'been_here_before',
        `It entered this journey on ${latestOn.text}, and leads enter it only once (re-enrollment "never").`,
      )
    case 'after_exit':
    case 'after_days': {
      const open = history.find((enrollment) => isOpen(enrollment.status))
      if (open !== undefined) {
        return refuse(
          'still_inside',
          `It is still in this journey (${open.status} since ${localDay(open.enteredAt, zone).text}).`,
        )
      }
      if (policy === 'after_exit') return { enter: true }
      const passed = localDay(now, zone).day - latestOn.day
      return passed >= days
        ? { enter: true }
        : refuse(
            'too_soon',
            `It entered this journey on ${latestOn.text}, ${String(passed)} of ${String(days)} days ago (re-enrollment "after_days").`,
          )
    }
    default:
      return policy satisfies never
  }
}

function isOpen(status: EnrollmentStatus): boolean {
  return status === 'active' || status === 'paused' || status === 'parked'
}

function localDay(instant: Instant, zone: string): { day: number; text: string } {
  const local = toLocal(instant, zone)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return { day: dayNumber(local), text: `${String(local.year)}-${pad(local.month)}-${pad(local.day)}` }
}

function refuse(code: EntryRefusal, reason: string): EntryDecision {
  return { enter: false, code, reason }
}
