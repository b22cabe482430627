/**
 * Plays a journey for one lead over time that nobody has to wait for. The machine is the one that moves real leads
 * (engine/turn): this file only decides what comes next, and what the world does. Pure: the same input gives the same
 * lines, and what is known at an instant does not depend on how far one looks beyond it.
 */
import type { Instant } from '../facts.ts'
import { evaluate } from '../conditions/evaluate.ts'
import { zoneOr } from '../schedule/zone.ts'
import type { StepType } from '../steps/contract.ts'
import type { TurnInput } from '../turn/inputs.ts'
import { EnrollmentFailure, isWalking, runAgenda } from '../turn/session.ts'
import { act, enter } from './acts.ts'
import { assume } from './assume.ts'
import { createRehearsal, log, tell, type Rehearsal } from './rehearsal.ts'
import { takeDown } from './take-down.ts'
import { entryAt, nextOccurrence } from './triggers.ts'
import type { SimulatedEnrollment, Simulation, SimulationInput } from './types.ts'

/** Instants at which something happens, at most: a journey that enters every minute for ever is cut here. */
const mostTurns = 5000
/** A turn's own changes may bring the lead in again; as in the worker. */
const mostRounds = 10

/**
 * Plays from the start up to an instant, that one included. Never throws for what an author can do: a step that fails
 * parks, as it would.
 */
export function simulate(
  input: SimulationInput,
  stepType: (type: string) => StepType | undefined,
  until: Instant,
): Simulation {
  try {
    return play(createRehearsal(input, stepType, false), until)
  } catch (error) {
    // Careful costs a copy of the facts with each step, so only once it is known to be needed (as in the worker).
    if (!(error instanceof EnrollmentFailure)) throw error
    return play(createRehearsal(input, stepType, true), until)
  }
}

function play(rehearsal: Rehearsal, until: Instant): Simulation {
  const { input, session, agenda } = rehearsal
  for (const { at, act: what } of input.happenings) agenda.add(at, () => act(rehearsal, what, at))
  for (const [index, entry] of input.entries.entries()) planEntry(rehearsal, entry, index)
  if (input.triggers !== false) watchTriggers(rehearsal)
  let nextAt = nextInstant(rehearsal)
  let turns = 0
  while (nextAt !== null && nextAt <= until && turns < mostTurns) {
    turns += 1
    turn(rehearsal, Math.max(nextAt, session.now))
    nextAt = nextInstant(rehearsal)
  }
  return {
    until,
    lines: rehearsal.lines,
    steps: rehearsal.steps,
    enrollments: rehearsal.lives.map(standing),
    deliveries: rehearsal.letters.map(({ delivery }) => delivery),
    tasks: rehearsal.tasks.map(({ task }) => task),
    nextAt,
    isCut: nextAt !== null && nextAt <= until,
  }
}

function planEntry(rehearsal: Rehearsal, entry: SimulationInput['entries'][number], index: number): void {
  const { triggerId = 'manual', properties = {}, at } = entry
  rehearsal.agenda.add(at, () => {
    enter(rehearsal, { triggerId, entryKey: `given:${String(index)}`, properties }, at)
  })
}

function nextInstant({ agenda, inputs, session }: Rehearsal): Instant | null {
  const instants = session.live.flatMap((live) => (isWalking(live) && live.wakeAt !== null ? [live.wakeAt] : []))
  const planned = agenda.nextAt()
  if (planned !== null) instants.push(planned)
  if (inputs.length > 0) instants.push(session.now)
  return instants.length === 0 ? null : Math.max(session.now, Math.min(...instants))
}

/** Everything that happens at one instant, as a turn of the worker does it. */
function turn(rehearsal: Rehearsal, at: Instant): void {
  const { session, agenda } = rehearsal
  session.now = at
  session.advances = 0
  for (const planned of agenda.takeUntil(at)) planned.run()
  for (let round = 0; round < mostRounds; round += 1) {
    const inputs = rehearsal.inputs.splice(0)
    const { consumed, isFinished } = runAgenda(session, inputs)
    noteRefusals(rehearsal, consumed, at)
    takeDown(rehearsal, at)
    rehearsal.inputs.unshift(...inputs.filter((row) => !consumed.includes(row)))
    if (session.stale !== null) {
      tell(rehearsal, { kind: 'effect', effectId: '' }, session.stale)
      session.stale = null
    }
    watchSegments(rehearsal, at)
    if (isFinished && rehearsal.inputs.length === 0) break
  }
  watchDates(rehearsal, at)
  assume(rehearsal, at)
}

/** Who wanted in and was not let in. */
function noteRefusals(rehearsal: Rehearsal, consumed: readonly TurnInput[], at: Instant): void {
  for (const row of consumed) {
    const outcome = rehearsal.session.outcomes.get(row.id)
    rehearsal.session.outcomes.delete(row.id)
    if (row.kind !== 'enroll' || outcome == null || outcome.startsWith('entered')) continue
    if (rehearsal.routine.delete(row.id)) continue
    const text = `Not let in: ${outcome.replace(/^(refused|ignored): /, '')}`
    const { triggerId = '' } = row.payload
    log(rehearsal, { at, kind: 'refused', text, detail: { trigger: triggerId } })
  }
}

function watchTriggers(rehearsal: Rehearsal): void {
  const { definition, startAt, entries } = rehearsal.input
  for (const trigger of definition.triggers) {
    if (trigger.kind === 'segment_entered') {
      rehearsal.members.set(trigger.id, isMember(rehearsal, trigger.id, startAt))
      continue
    }
    // Whoever enters at the start by this trigger does not enter twice.
    const isGiven = entries.some((entry) => entry.at === startAt && entry.triggerId === trigger.id)
    planOccurrence(rehearsal, trigger.id, startAt, !isGiven)
  }
}

function planOccurrence(rehearsal: Rehearsal, triggerId: string, after: Instant, inclusive: boolean): void {
  const { definition } = rehearsal.input
  const { library } = rehearsal.session
  const trigger = definition.triggers.find(({ id }) => id === triggerId)
  if (trigger === undefined) return
  const at = nextOccurrence(trigger, { definition, library, facts: rehearsal.session.facts }, after, inclusive)
  if (at === null || rehearsal.planned.get(triggerId) === at) return
  rehearsal.planned.set(triggerId, at)
  rehearsal.agenda.add(at, () => {
    // The date may have changed meanwhile.
    if (rehearsal.planned.get(triggerId) !== at) return
    const entering = entryAt(trigger, { definition, library, facts: rehearsal.session.facts }, at)
    if (entering !== null) enter(rehearsal, entering, at)
    planOccurrence(rehearsal, triggerId, at, false)
  })
}

/** Dates move with the facts. */
function watchDates(rehearsal: Rehearsal, at: Instant): void {
  if (rehearsal.input.triggers === false) return
  for (const { kind, id } of rehearsal.input.definition.triggers)
    if (kind === 'date_field' || kind === 'computed_date') planOccurrence(rehearsal, id, at, false)
}

function watchSegments(rehearsal: Rehearsal, at: Instant): void {
  for (const [triggerId, was] of rehearsal.members) {
    const is = isMember(rehearsal, triggerId, at)
    rehearsal.members.set(triggerId, is)
    const entryKey = `segment:${triggerId}:${String(at)}`
    if (is && !was) enter(rehearsal, { triggerId, entryKey, properties: {}, isRoutine: true }, at)
  }
}

/** Looks again when time alone may change the answer. */
function isMember(rehearsal: Rehearsal, triggerId: string, at: Instant): boolean {
  const { definition } = rehearsal.input
  const { facts, library } = rehearsal.session
  const trigger = definition.triggers.find(({ id }) => id === triggerId)
  if (trigger?.kind !== 'segment_entered') return false
  const zone = zoneOr(facts.zone, definition.settings.zone)
  const { value, recheckAt } = evaluate(trigger.segment, { facts, library, now: at, zone, trace: false })
  const key = `recheck:${triggerId}`
  if (recheckAt !== null && rehearsal.planned.get(key) !== recheckAt) {
    rehearsal.planned.set(key, recheckAt)
    rehearsal.agenda.add(recheckAt, () => {})
  }
  return value
}

function standing(live: Rehearsal['lives'][number]): SimulatedEnrollment {
  const { state } = live
  return {
    triggerId: live.triggerId,
    enteredAt: live.enteredAt,
    status: state.status,
    stepId: state.stepId,
    since: state.since,
    wakeAt: live.wakeAt,
    reason: state.status === 'active' ? (state.rest?.reason ?? null) : state.reason,
    goalMet: live.goalMet,
    finishedAt: live.finishedAt,
  }
}
