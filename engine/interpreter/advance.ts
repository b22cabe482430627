/**
 * The pure machine: walks one enrollment from where it stands to its next rest or end. The turn, the simulator and the
 * migration preview all call this; nothing here knows Postgres or Temporal.
 */
import { evaluate as evaluateRule } from '../conditions/evaluate.ts'
import type { Dependency } from '../conditions/evaluation.ts'
import type { Rule } from '../conditions/schema.ts'
import { canonicalJson } from '../definition/canonical.ts'
import type { Definition, DefinitionStep } from '../definition/types.ts'
import { EngineError } from '../errors.ts'
import type { Facts, Instant, Json } from '../facts.ts'
import { decideDelivery } from '../gate/gate.ts'
import type { Library } from '../library.ts'
import { zoneOr } from '../schedule/zone.ts'
import type { Command, Outcome, StepContext, StepType } from '../steps/contract.ts'
import { lookUp } from '../steps/lookup.ts'
import { maxStepsPerTurn } from '../vocabulary.ts'
import { applyCommand } from './apply-command.ts'
import { draw } from './draw.ts'
import type { EnrollmentState, StepLogEntry } from './state.ts'

/** What one advance works on. `facts` is changed in place; `state` is not. */
export interface AdvanceInput {
  definition: Definition
  stepType: (type: string) => StepType | undefined
  library: Library
  facts: Facts
  state: EnrollmentState
  enrollment: { id: string; journeyId: string; enteredAt: Instant; properties: Record<string, Json> }
  now: Instant
}

/** A command with the visit that asked for it. */
export interface IssuedCommand {
  stepId: string
  visit: number
  command: Command
  at: Instant
}

export interface AdvanceResult {
  state: EnrollmentState
  log: StepLogEntry[]
  commands: IssuedCommand[]
  goalMet: boolean
  /** A goal or exit rule took the lead out in the middle: what is still under way for it loses its reason. */
  interrupted: boolean
  /** False when it rests exactly as before. */
  moved: boolean
  /** The earliest instant at which time alone may move it; null when only an input can, or when it ended. */
  wakeAt: Instant | null
  /** What else may move it, sorted. */
  dependsOn: string[]
  /** What rules of other enrollments could notice. */
  changed: Dependency[]
  /** A step that could not be run: `state` stands on it, everything before it is done. The caller parks or retries. */
  failure: EngineError | null
}

/** The state of an enrollment that begins at `now`. */
export function beginEnrollment(definition: Definition, now: Instant): EnrollmentState {
  return {
    status: 'active',
    stepId: definition.entry,
    visit: 1,
    since: now,
    rest: null,
    visits: { [definition.entry]: 1 },
    anchorAt: now,
    lastMessage: null,
    reason: null,
    error: null,
  }
}

/** Puts a state on another step: a new visit that has still to run. */
export function arriveAt(state: EnrollmentState, stepId: string, now: Instant): EnrollmentState {
  const visit = (lookUp(state.visits, stepId) ?? 0) + 1
  return { ...state, stepId, visit, since: now, rest: null, visits: { ...state.visits, [stepId]: visit } }
}

/** What one advance has done so far. */
interface Trail {
  state: EnrollmentState
  log: StepLogEntry[]
  commands: IssuedCommand[]
  changed: Set<Dependency>
}

/** Runs steps until one rests, the path ends, or a step fails (`failure`). Only `active` states move. Never throws. */
export function advance(input: AdvanceInput): AdvanceResult {
  const trail: Trail = { state: input.state, log: [], commands: [], changed: new Set() }
  if (input.state.status !== 'active') return { ...settled(trail), moved: false }
  try {
    return walk(input, trail)
  } catch (error) {
    const failure = asEngineError(error, trail.state.stepId)
    // A loop without a rest did nothing that should stand: not one of its messages is sent.
    if (failure.code === 'STEP_LIMIT')
      return { ...settled({ ...trail, state: input.state, log: [], commands: [], changed: new Set() }), failure }
    return { ...settled({ ...trail, state: { ...trail.state, rest: null } }), failure }
  }
}

/** A result that waits for nothing. */
function settled({ state, log, commands, changed }: Trail): AdvanceResult {
  return {
    state,
    log,
    commands,
    goalMet: false,
    interrupted: false,
    moved: true,
    wakeAt: null,
    dependsOn: [],
    changed: [...changed],
    failure: null,
  }
}

function ended(trail: Trail, status: 'completed' | 'exited', reason: string, goalMet: boolean): AdvanceResult {
  return { ...settled({ ...trail, state: { ...trail.state, status, reason, rest: null } }), goalMet }
}

/** The effect of a step failed and its `error` port leads nowhere: a person decides. */
function parked(trail: Trail, reason: string, error: { code: string; message: string } | null): AdvanceResult {
  const { code, message } = error ?? { code: 'EFFECT_FAILED', message: reason }
  return settled({
    ...trail,
    state: { ...trail.state, status: 'parked', reason, error: { code, message, attempts: 1 } },
  })
}

function walk(input: AdvanceInput, trail: Trail): AdvanceResult {
  const { definition, facts, now } = input
  for (let steps = 1; ; steps += 1) {
    // A step may set the lead's zone.
    const zone = zoneOr(facts.zone, definition.settings.zone)
    const { stepId } = trail.state
    const step = lookUp(definition.steps, stepId)
    if (step === undefined) {
      throw new EngineError(
        'STEP_NOT_FOUND',
        `Step "${stepId}" is not in this version; move the lead to a step that is.`,
        { stepId },
      )
    }
    const watch = watchRules(input, zone)
    if (watch.decision) {
      record(trail, step, now, null, watch.decision.reason, watch.decision.detail)
      return {
        ...ended(trail, watch.decision.status, watch.decision.reason, watch.decision.goalMet),
        interrupted: true,
      }
    }
    if (steps > maxStepsPerTurn) {
      const message = `More than ${maxStepsPerTurn} steps without a wait, at step "${stepId}"; add a wait to the loop.`
      throw new EngineError('STEP_LIMIT', message, { stepId })
    }
    const outcome = runStep(input, trail.state, step, zone)
    issue(
      input,
      trail,
      outcome.commands?.map((command) => withTries(command, step)),
    )
    switch (outcome.kind) {
      case 'rest': {
        const rest = { wakeAt: outcome.wakeAt, on: outcome.on, memory: outcome.memory, reason: outcome.reason }
        // Not by its text: Postgres keeps the members of `jsonb` in an order of its own.
        const sameRest = canonicalJson(rest) === canonicalJson(input.state.rest)
        trail.state = { ...trail.state, rest }
        return {
          ...settled(trail),
          moved: trail.log.length > 0 || trail.commands.length > 0 || !sameRest,
          wakeAt: earliest(outcome.wakeAt, watch.recheckAt),
          dependsOn: [...new Set([...outcome.on, ...watch.dependsOn])].sort(),
        }
      }
      case 'end':
        record(trail, step, now, null, outcome.reason, null)
        return ended(trail, outcome.status, outcome.reason, outcome.status === 'completed' && step.type === 'goal')
      case 'jump':
        record(trail, step, now, 'jump', outcome.reason, null)
        trail.state = arriveAt(trail.state, outcome.to, now)
        break
      case 'leave': {
        const target = targetOf(definition, trail.state, step, outcome.port)
        if (target === undefined && outcome.port === 'error') {
          return parked(trail, outcome.reason, facts.own.effects[`${stepId}:${trail.state.visit}`]?.error ?? null)
        }
        record(trail, step, now, outcome.port, outcome.reason, outcome.detail ?? null)
        if (outcome.lookBackFrom !== undefined) trail.state = { ...trail.state, anchorAt: outcome.lookBackFrom }
        if (target === undefined) return ended(trail, 'completed', 'Reached the end of the path.', false)
        trail.state = arriveAt(trail.state, target, now)
        break
      }
    }
  }
}

/** What the author has set for this step goes before what its type says. */
function withTries(command: Command, { tries }: DefinitionStep): Command {
  if (command.kind !== 'open_effect' || tries === undefined) return command
  const { maxAttempts = command.maxAttempts, timeoutSeconds } = tries
  return {
    ...command,
    maxAttempts,
    timeoutMs: timeoutSeconds === undefined ? command.timeoutMs : timeoutSeconds * 1000,
  }
}

/** Notes commands and applies them to the facts. A message becomes the anchor that waits look back to. */
function issue({ facts, now }: AdvanceInput, trail: Trail, commands: readonly Command[] | undefined): void {
  const { stepId, visit } = trail.state
  const key = `${stepId}:${visit}`
  for (const command of commands ?? []) {
    trail.commands.push({ stepId, visit, command, at: now })
    for (const changed of applyCommand(facts, key, command, now)) trail.changed.add(changed)
    if (command.kind === 'deliver' && command.decision.verdict !== 'skipped' && command.purpose !== 'internal') {
      trail.state = { ...trail.state, anchorAt: now, lastMessage: key }
    }
  }
}

function record(
  trail: Trail,
  step: DefinitionStep,
  now: Instant,
  port: string | null,
  reason: string,
  detail: Json,
): void {
  const { stepId, visit, since } = trail.state
  trail.log.push({ stepId, stepType: step.type, visit, enteredAt: since, leftAt: now, port, reason, detail })
}

function asEngineError(error: unknown, stepId: string): EngineError {
  if (error instanceof EngineError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new EngineError('STEP_THREW', `Step "${stepId}" failed: ${message}`, { stepId }, error)
}

/**
 * Where a port leads. `skipped` and `nobody` unwired go on by `next`: a message that may not be sent, or a lead that nobody
 * takes now, is never lost.
 * `message_failed` is said by a wait whose message was refused after it was queued: the message step's own `skipped`
 * port if wired, else the wait's `next`.
 */
function targetOf(
  definition: Definition,
  state: EnrollmentState,
  step: DefinitionStep,
  port: string,
): string | undefined {
  if (port === 'message_failed') {
    const messageStep = lookUp(definition.steps, state.lastMessage?.split(':')[0] ?? '')
    return messageStep?.next['skipped'] ?? step.next['next'] ?? step.next['timeout']
  }
  return lookUp(step.next, port) ?? (port === 'skipped' || port === 'nobody' ? step.next['next'] : undefined)
}

function runStep(input: AdvanceInput, state: EnrollmentState, step: DefinitionStep, zone: string): Outcome {
  const type = input.stepType(step.type)
  if (type === undefined) {
    throw new EngineError(
      'STEP_TYPE_NOT_REGISTERED',
      `Step type "${step.type}" is not known to this worker; deploy the version that has it.`,
      {
        stepId: state.stepId,
        stepType: step.type,
      },
    )
  }
  if (step.disabled) {
    return { kind: 'leave', port: type.ports(step.config)[0]?.id ?? 'next', reason: 'This step is switched off.' }
  }
  const { library, facts, now, definition } = input
  const context: StepContext<unknown> = {
    config: step.config,
    key: `${state.stepId}:${state.visit}`,
    stepId: state.stepId,
    visit: state.visit,
    now,
    zone,
    enteredAt: state.since,
    anchorAt: state.anchorAt,
    lastMessage: state.lastMessage,
    enrollment: input.enrollment,
    settings: definition.settings,
    facts,
    library,
    memory: state.rest?.memory ?? null,
    evaluate: (rule: Rule) => evaluateRule(rule, { facts, library, now, zone }),
    gate: (intent) => decideDelivery(intent, { facts, library, settings: definition.settings, zone }),
    draw: (salt: string) => draw(`${facts.leadId}:${input.enrollment.journeyId}:${salt}`),
  }
  return type.run(context)
}

interface WatchResult {
  decision: { status: 'completed' | 'exited'; reason: string; goalMet: boolean; detail: Json } | null
  recheckAt: Instant | null
  dependsOn: string[]
}

/** Goal and exit rules hold at every moment, also in the middle of a wait; the goal first, then exits in order. */
function watchRules(input: AdvanceInput, zone: string): WatchResult {
  const { settings, watch } = input.definition
  if (watch.length === 0) return { decision: null, recheckAt: null, dependsOn: [] }
  const context = { facts: input.facts, library: input.library, now: input.now, zone }
  let recheckAt: Instant | null = null
  const dependsOn: string[] = []
  if (settings.goal !== undefined) {
    const goal = evaluateRule(settings.goal, context)
    if (goal.value) {
      const reason = `Goal reached: ${goal.trace.sentence}.`
      return {
        decision: { status: 'completed', reason, goalMet: true, detail: traceAsJson(goal.trace) },
        recheckAt: null,
        dependsOn: [],
      }
    }
    recheckAt = earliest(recheckAt, goal.recheckAt)
    dependsOn.push(...goal.dependsOn)
  }
  for (const exit of settings.exits) {
    const evaluation = evaluateRule(exit.when, context)
    if (evaluation.value) {
      const reason = `Left by exit rule "${exit.name}": ${evaluation.trace.sentence}.`
      return {
        decision: { status: 'exited', reason, goalMet: false, detail: traceAsJson(evaluation.trace) },
        recheckAt: null,
        dependsOn: [],
      }
    }
    recheckAt = earliest(recheckAt, evaluation.recheckAt)
    dependsOn.push(...evaluation.dependsOn)
  }
  return { decision: null, recheckAt, dependsOn }
}

function traceAsJson(trace: object): Json {
  return { trace: trace as unknown as Json }
}

function earliest(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null) return b
  return b === null ? a : Math.min(a, b)
}
