/** What can be wrong with a request about a journey. */
import type { TestCaseResult } from './run-test-cases.ts'

/** Thrown when there is no journey of that key or id. */
export class JourneyNotFound extends Error {
  readonly code = 'JOURNEY_NOT_FOUND'
  readonly journey: string

  constructor(journey: string) {
    super(`There is no journey "${journey}".`)
    this.name = 'JourneyNotFound'
    this.journey = journey
  }
}

/** Thrown when the journey's status does not allow what was asked. */
export class JourneyStateConflict extends Error {
  readonly code = 'JOURNEY_STATE_CONFLICT'
  readonly journey: string

  constructor(journey: string, message: string) {
    super(message)
    this.name = 'JourneyStateConflict'
    this.journey = journey
  }
}

/** Thrown when a sweep is not there or not held. */
export class SweepNotHeld extends Error {
  readonly code = 'SWEEP_NOT_HELD'
  readonly sweepId: string

  constructor(sweepId: string) {
    super(`There is no held sweep "${sweepId}"; it was released, cancelled or never held.`)
    this.name = 'SweepNotHeld'
    this.sweepId = sweepId
  }
}

/** Thrown when leads are not being moved (any more) by this publish. */
export class MoveNotRunning extends Error {
  readonly code = 'MOVE_NOT_RUNNING'
  readonly moveId: string

  constructor(moveId: string) {
    super(`There is no move "${moveId}" under way in this journey; it has ended or was stopped.`)
    this.name = 'MoveNotRunning'
    this.moveId = moveId
  }
}

/** Thrown when what is to happen to leads in flight cannot be done. */
export class PoliciesInvalid extends Error {
  readonly code = 'POLICY_INVALID'
  readonly problems: readonly { index: number; message: string }[]

  constructor(problems: readonly { index: number; message: string }[]) {
    super(problems.map(({ message }) => message).join(' '))
    this.name = 'PoliciesInvalid'
    this.problems = problems
  }
}

/** Thrown when rehearsals that are kept with the journey come out otherwise than they did. */
export class TestCasesFailed extends Error {
  readonly code = 'TEST_CASES_FAILED'
  readonly failed: readonly TestCaseResult[]

  constructor(journey: string, failed: readonly TestCaseResult[], total: number) {
    const names = failed.map(({ name }) => `"${name}"`).join(', ')
    super(
      `${String(failed.length)} of ${String(total)} test cases of "${journey}" come out otherwise: ${names}. Mend the journey, accept what they do now, or publish all the same.`,
    )
    this.name = 'TestCasesFailed'
    this.failed = failed
  }
}

/** Thrown when a publish is not waiting (any more) for its instant. */
export class PublicationNotScheduled extends Error {
  readonly code = 'PUBLICATION_NOT_SCHEDULED'

  constructor(id: string) {
    super(`There is no scheduled publish "${id}" in this journey; it has run or was called off.`)
    this.name = 'PublicationNotScheduled'
  }
}

/** Thrown when something else has gone live than what the choices were made against. */
export class LiveVersionChanged extends Error {
  readonly code = 'LIVE_VERSION_CHANGED'

  constructor(journey: string, wanted: number | null, live: number | null) {
    const name = (version: number | null): string => (version === null ? 'no version' : `version ${String(version)}`)
    super(
      `In "${journey}" ${name(live)} is live, not ${name(wanted)}: somebody has published meanwhile. ` +
        'Look at the changes again, and publish then.',
    )
    this.name = 'LiveVersionChanged'
  }
}

/** Thrown when more leads would enter a journey at once than its entry guard allows within an hour. */
export class EntryGuardExceeded extends Error {
  readonly code = 'ENTRY_GUARD_EXCEEDED'
  readonly matching: number

  constructor(journey: string, counts: { matching: number; entered: number; perHour: number }) {
    const { matching, entered, perHour } = counts
    super(
      `${String(matching)} leads match, and ${String(entered)} have entered "${journey}" within the last hour; its entry guard allows ${String(perHour)} an hour.`,
    )
    this.name = 'EntryGuardExceeded'
    this.matching = matching
  }
}

/** Thrown when the draft has been saved by somebody else since it was read: nothing is changed, both are still there. */
export class DraftConflict extends Error {
  readonly code = 'DRAFT_CONFLICT'
  readonly revision: number

  constructor(journey: string, wanted: number, revision: number) {
    super(
      `The draft of "${journey}" is at revision ${String(revision)}, not ${String(wanted)}: somebody has saved it meanwhile. ` +
        'Load it, compare, and save on top of it.',
    )
    this.name = 'DraftConflict'
    this.revision = revision
  }
}
