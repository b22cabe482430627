/**
 * One turn in memory: everything that is due or came in, in the order of the instants it is about, each enrollment
 * walked to its next rest. Reads nothing and writes nothing: the turn of the worker and the simulator both give it facts
 * and take what it decided.
 */
import { decideEntry } from '../entry/decide-entry.ts'
import { evaluate } from '../conditions/evaluate.ts'
import type { Rule } from '../conditions/schema.ts'
import { mergeNeeds, ruleNeeds } from '../conditions/needs.ts'
import type { Definition } from '../definition/types.ts'
import { EngineError, failureCode } from '../errors.ts'
import type { Facts, Instant, Needs } from '../facts.ts'
import { advance, beginEnrollment, type AdvanceResult, type IssuedCommand } from '../interpreter/advance.ts'
import type { Library } from '../library.ts'
import { zoneOr } from '../schedule/zone.ts'
import type { StepType } from '../steps/contract.ts'
import type { EnrollmentStatus } from '../vocabulary.ts'
import { applyControl, type Control } from './controls.ts'
import type { JourneyHead, LeadInput, TurnInput } from './inputs.ts'
import { absorb, parkLive, reopenOwn, type LiveEnrollment } from './live-enrollment.ts'

/** Advances of one lead in one turn at most; what is left is for the next turn, which follows at once. */
const mostAdvances = 500
/** Advances that one cause may set off: journeys that set each other off for ever park instead of hanging. */
const mostSetOff = 500

interface EnrollmentHistory {
  journeyId: string
  status: EnrollmentStatus
  entryKey: string
  enteredAt: Instant
}

export interface TurnSession {
  facts: Facts
  library: Library
  /** The lead's present instant. */
  now: Instant
  stepType: (type: string) => StepType | undefined
  /** Ids of enrollments that begin. */
  newId: () => string
  journeys: Map<string, JourneyHead>
  /** Live definitions by journey id, for entries; and by `journeyId:version`, for migrations. */
  definitions: Map<string, Definition>
  live: LiveEnrollment[]
  history: EnrollmentHistory[]
  /** Park what throws instead of failing the turn (from the third attempt on). */
  careful: boolean
  /** What became of each consumed input, by input id. */
  outcomes: Map<number, string | null>
  /** `<enrollmentId>` of visits whose failed effect or delivery a person wants retried. */
  reopened: Set<string>
  /** Advances so far, and those since the present item of the agenda. */
  advances: number
  setOff: number
  /**
   * Since this instant the facts are not what they were: queued messages were taken back, and what they had counted. The
   * caller writes, reads the facts anew, sets it to null and lets everybody look again.
   */
  stale: Instant | null
}

/** An error of one enrollment; the turn is rolled back and, if it stays, the enrollment is parked. */
export class EnrollmentFailure extends Error {
  readonly code: string
  readonly enrollmentId: string

  constructor(enrollmentId: string, code: string, cause: unknown) {
    super(`Enrollment "${enrollmentId}" failed: ${code}`, { cause })
    this.name = 'EnrollmentFailure'
    this.enrollmentId = enrollmentId
    this.code = code
  }
}

/**
 * What all enrollments and entries of this turn may look at. Segments are read from the library as they now are: one
 * that was edited after the publish may look at more than the definition knew.
 */
export function neededFacts(definitions: readonly Definition[], library: Library): Needs {
  const segments = new Set(definitions.flatMap((definition) => definition.segments))
  const rules = [...segments].flatMap((key) => library.segments[key] ?? [])
  return mergeNeeds(
    ...definitions.map((definition) => definition.needs),
    ...rules.map((rule) => ruleNeeds(rule, library).needs),
  )
}

/**
 * Works off what is due by `session.now`, earliest first; at equal instants what came in goes before what timed out.
 * Stops early when the facts have become stale or the turn has done its share: then `isFinished` is false, and only what
 * is in `consumed` is done with.
 */
export function runAgenda<Row extends TurnInput>(
  session: TurnSession,
  inputs: readonly Row[],
): { consumed: Row[]; isFinished: boolean } {
  const queue = inOrder(
    session,
    inputs.filter((input) => input.at.getTime() <= session.now),
  )
  const consumed: Row[] = []
  for (;;) {
    const due = earliestDue(session)
    const next = queue[0]
    if (next === undefined && due === null) return { consumed, isFinished: session.stale === null }
    if (session.stale !== null || isTurnFull(session)) return { consumed, isFinished: false }
    session.setOff = 0
    if (next !== undefined && (due === null || next.at <= (due.wakeAt ?? 0))) {
      queue.shift()
      consumed.push(next.row)
      consume(session, next.row, next.at)
    } else if (due !== null) {
      walk(session, due, due.wakeAt ?? session.now)
    }
  }
}

/** True when this turn has done its share. */
export function isTurnFull(session: TurnSession): boolean {
  return session.advances >= mostAdvances
}

/**
 * Inputs by the instants they are about. What a paused journey held (who was due, who wanted in) comes at the instant it
 * was resumed, like what a paused enrollment held: a month of waits does not run off in one burst.
 */
function inOrder<Row extends TurnInput>(session: TurnSession, inputs: readonly Row[]): { row: Row; at: Instant }[] {
  const resumedAt = new Map<string, Instant>()
  for (const { kind, payload, at } of inputs) {
    const journeyId = payload['journeyId']
    if (kind === 'resumed' && typeof journeyId === 'string') resumedAt.set(journeyId, at.getTime())
  }
  for (const live of session.live) {
    const at = resumedAt.get(live.journey.id)
    if (at !== undefined && live.wakeAt !== null) live.wakeAt = Math.max(live.wakeAt, at)
  }
  return inputs
    .map((row) => {
      const journeyId = row.kind === 'enroll' ? row.payload['journeyId'] : null
      const held = typeof journeyId === 'string' ? resumedAt.get(journeyId) : undefined
      return { row, at: Math.max(row.at.getTime(), held ?? 0) }
    })
    .sort((one, other) => one.at - other.at)
}

/** True when this enrollment is moved by time and inputs now. */
export function isWalking(live: LiveEnrollment): boolean {
  return live.state.status === 'active' && live.journey.status === 'live'
}

function earliestDue(session: TurnSession): LiveEnrollment | null {
  let found: LiveEnrollment | null = null
  for (const live of session.live) {
    if (live.finishedAt !== null || !isWalking(live) || live.wakeAt === null || live.wakeAt > session.now) continue
    if (found === null || live.wakeAt < (found.wakeAt ?? 0)) found = live
  }
  return found
}

function consume(session: TurnSession, row: TurnInput, at: Instant): void {
  const input = { kind: row.kind, ...row.payload } as unknown as LeadInput
  switch (input.kind) {
    case 'enroll':
      session.outcomes.set(
        row.id,
        settle(session, 'refused', () => enter(session, input, at)),
      )
      return
    case 'control':
      session.outcomes.set(
        row.id,
        settle(session, 'ignored', () => control(session, input, at)),
      )
      return
    case 'event':
    case 'fact':
    case 'task':
    case 'effect':
    case 'delivery':
      session.outcomes.set(row.id, null)
      lookAt(session, session.live.slice(), at)
      return
    case 'resumed':
      session.outcomes.set(row.id, null)
      lookAt(
        session,
        session.live.filter((live) => live.journey.id === input.journeyId),
        at,
      )
      return
  }
}

/** Lets those that walk look at the facts as they now are; stops when they became stale, since then all look again. */
function lookAt(session: TurnSession, lives: readonly LiveEnrollment[], at: Instant): void {
  for (const live of lives) {
    if (session.stale !== null) return
    if (isWalking(live)) walk(session, live, at)
    // Held by the pause of its journey: due at once when that is resumed.
    else if (live.state.status === 'active' && live.finishedAt === null) holdUntilResumed(live, at)
  }
}

function holdUntilResumed(live: LiveEnrollment, at: Instant): void {
  if (live.wakeAt !== null && live.wakeAt <= at) return
  live.wakeAt = at
  live.dirty = true
}

/**
 * What becomes of an input that cannot be judged (the entry's rule names a segment that was deleted). It throws, so that
 * the turn is tried again; once careful it is put aside with the code, so that it does not stop the lead's journeys for ever.
 */
function settle(session: TurnSession, verdict: 'refused' | 'ignored', judge: () => string): string {
  const { live, history } = session
  const [lives, entries] = [live.length, history.length]
  try {
    return judge()
  } catch (error) {
    if (!session.careful) throw error
    live.length = lives
    history.length = entries
    return `${verdict}: ${failureCode(error)}`
  }
}

function enter(session: TurnSession, input: Extract<LeadInput, { kind: 'enroll' }>, at: Instant): string {
  const journey = session.journeys.get(input.journeyId)
  const definition = session.definitions.get(input.journeyId)
  if (journey === undefined || definition === undefined || journey.liveVersion === null)
    return 'refused: the journey is not published'
  const past = session.history.filter((entry) => entry.journeyId === journey.id)
  if (past.some((entry) => entry.entryKey === input.entryKey)) return 'ignored: this entry was taken before'
  const zone = zoneOr(session.facts.zone, definition.settings.zone)
  const only = definition.steps[definition.entry]?.config['only'] as Rule | undefined
  const decision = decideEntry({
    journeyStatus: journey.status,
    settings: definition.settings,
    history: past,
    now: at,
    zone,
    erased: session.facts.erased,
    only: only === undefined ? null : evaluate(only, { facts: session.facts, library: session.library, now: at, zone }),
  })
  if (!decision.enter) return `refused: ${decision.reason}`
  const begun = beginEnrollment(definition, at)
  const live: LiveEnrollment = {
    id: session.newId(),
    journey,
    version: journey.liveVersion,
    definition,
    state: begun,
    saved: begun,
    own: { deliveries: {}, tasks: {}, effects: {} },
    enteredAt: at,
    triggerId: input.triggerId,
    entryKey: input.entryKey,
    properties: input.properties ?? {},
    wakeAt: null,
    dependsOn: [],
    goalMet: false,
    finishedAt: null,
    isNew: true,
    dirty: true,
    log: [],
    commands: [],
    withdrawals: [],
  }
  session.live.push(live)
  session.history.push({
    journeyId: journey.id,
    status: 'active',
    entryKey: input.entryKey,
    enteredAt: at,
  })
  walk(session, live, at)
  return `entered: ${live.id}`
}

function control(session: TurnSession, input: Control, at: Instant): string {
  const live = session.live.find((candidate) => candidate.id === input.enrollmentId)
  if (live === undefined) return 'ignored: the lead has already left this journey'
  const target =
    input.version === undefined ? null : (session.definitions.get(`${live.journey.id}:${input.version}`) ?? null)
  const outcome = applyControl(live, input, at, target)
  noteEnd(session, live)
  if (outcome.reopen) {
    session.reopened.add(live.id)
    reopenOwn(live)
  }
  if (outcome.stale) session.stale = at
  if (outcome.again && live.state.status === 'active') {
    if (isWalking(live) && session.stale === null) walk(session, live, at)
    else holdUntilResumed(live, at)
  }
  return outcome.text
}

/** The re-enrollment policy of entries in the same turn goes by how things stand by then. */
function noteEnd(session: TurnSession, live: LiveEnrollment): void {
  if (live.finishedAt === null) return
  const entry = session.history.find((past) => past.journeyId === live.journey.id && past.entryKey === live.entryKey)
  if (entry !== undefined) entry.status = live.state.status
}

/** Advances one enrollment at an instant, and then the lead's others that its changes concern. */
function walk(session: TurnSession, live: LiveEnrollment, at: Instant): void {
  const instant = Math.max(at, live.state.since)
  session.advances += 1
  session.setOff += 1
  session.facts.own = live.own
  const untouched = session.careful ? structuredClone(session.facts) : null
  const result = advance({
    definition: live.definition,
    stepType: session.stepType,
    library: session.library,
    facts: session.facts,
    state: live.state,
    enrollment: { id: live.id, journeyId: live.journey.id, enteredAt: live.enteredAt, properties: live.properties },
    now: instant,
  })
  const failure = result.failure ?? refuseEndless(session, result, instant)
  if (failure !== null && !session.careful) throw new EnrollmentFailure(live.id, failure.code, failure)
  if (untouched !== null && result.failure?.code === 'STEP_LIMIT') {
    // Nothing of such a walk stands, so nobody else may see what it did to the facts.
    session.facts = untouched
    live.own = untouched.own
  }
  if (absorb(live, result, instant)) session.stale = instant
  // Who it was is known once it is written, which is when its step looks again.
  if (result.commands.some(({ command }) => command.kind === 'assign_owner')) session.stale = instant
  if (failure !== null) parkLive(live, failure.code, failure.message)
  noteEnd(session, live)
  leaveJourneys(session, live, result.commands, instant)
  const changed = new Set<string>(result.changed)
  for (const other of changed.size === 0 ? [] : session.live.slice()) {
    if (session.stale !== null) return
    if (other === live || !other.dependsOn.some((key) => changed.has(key))) continue
    lookAt(session, [other], instant)
  }
}

/** Rests that would end at once for ever, and journeys that set each other off without end, are bugs: they park. */
function refuseEndless(session: TurnSession, result: AdvanceResult, instant: Instant): EngineError | null {
  const { stepId, status } = result.state
  if (status !== 'active') return null
  if (result.wakeAt !== null && result.wakeAt <= instant) {
    return new EngineError('STEP_LIMIT', `Step "${stepId}" waits for an instant that has passed; it would never end.`, {
      stepId,
    })
  }
  if (session.setOff <= mostSetOff) return null
  return new EngineError(
    'STEP_LIMIT',
    `Journeys of this lead set each other off more than ${mostSetOff} times at once.`,
    { stepId },
  )
}

/** `leave journey` acts on the lead's other enrollments at once; `enrol in` is a new input, see command-writes.ts. */
function leaveJourneys(
  session: TurnSession,
  live: LiveEnrollment,
  commands: readonly IssuedCommand[],
  at: Instant,
): void {
  for (const { command } of commands) {
    if (command.kind !== 'leave_journey') continue
    for (const other of session.live) {
      if (other === live || other.journey.key !== command.journey || other.finishedAt !== null) continue
      const actor = `journey:${live.journey.key}`
      const { stale = false } = applyControl(
        other,
        { kind: 'control', action: 'exit', enrollmentId: other.id, reason: command.reason, actor },
        at,
        null,
      )
      noteEnd(session, other)
      if (stale) session.stale = at
    }
  }
}

/** Inputs that are not due yet, or whose journey is paused, stay for later. */
export function isConsumable(row: TurnInput, now: Instant, journeys: Map<string, JourneyHead>): boolean {
  if (row.at.getTime() > now) return false
  const journeyId = row.kind === 'enroll' ? row.payload['journeyId'] : undefined
  return typeof journeyId !== 'string' || journeys.get(journeyId)?.status !== 'paused'
}
