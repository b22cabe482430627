/**
 * The pure machine: walks one enrollment from where it stands to its next rest or end. The turn, the simulator and the
 * migration preview all call this; nothing here knows Postgres or Temporal.
 */
import { evaluate as evaluateRule } from '../conditions/evaluate.ts'
import type { Dependency } from '../conditions/evaluation.ts'
import type { Rule } from '../conditions/schema.ts'
import type { Definition, DefinitionStep } from '../definition/types.ts'
import { EngineError } from '../errors.ts'
import type { Facts, Instant, Json } from '../facts.ts'
import { decideDelivery } from '../gate/gate.ts'
import type { Library } from '../library.ts'
import type { Command, Outcome, StepContext, StepType } from '../steps/contract.ts'
import { maxStepsPerTurn } from '../vocabulary.ts'
import { applyCommand } from './apply-command.ts'
import { draw } from './draw.ts'
import type { EnrollmentState, StepLogEntry } from './state.ts'

/** What one advance works on. `facts` is changed in place; `state` is not. */
export interface AdvanceInput {
  definition: Definition
  stepType(type: string): StepType | undefined
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
  /** False when it rests exactly as before. */
  moved: boolean
  /** The earliest instant at which time alone may move it; null when only an input can, or when it ended. */
  wakeAt: Instant | null
  /** What else may move it, sorted. */
  dependsOn: string[]
  /** What rules of other enrollments could notice. */
  changed: Dependency[]
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
  const visit = (state.visits[stepId] ?? 0) + 1
  return { ...state, stepId, visit, since: now, rest: null, visits: { ...state.visits, [stepId]: visit } }
}

/**
 * Runs steps until one rests or the path ends. Only `active` states move.
 * @throws {EngineError} when definition and code disagree, or a step throws; the caller parks the enrollment.
 */
export function advance(input: AdvanceInput): AdvanceResult {
  const { definition, facts, now } = input
  const zone = facts.zone ?? definition.settings.zone
  const log: StepLogEntry[] = []
  const commands: IssuedCommand[] = []
  const changed = new Set<Dependency>()
  let state = input.state
  let steps = 0

  const issue = (list: readonly Command[] | undefined): void => {
    for (const command of list ?? []) {
      commands.push({ stepId: state.stepId, visit: state.visit, command, at: now })
      for (const key of applyCommand(facts, `${state.stepId}:${state.visit}`, command, now)) changed.add(key)
      if (command.kind === 'deliver' && command.decision.verdict !== 'skipped' && command.purpose !== 'internal') {
        state = { ...state, anchorAt: now, lastMessage: `${state.stepId}:${state.visit}` }
      }
    }
  }
  const record = (step: DefinitionStep, port: string | null, reason: string, detail: Json): void => {
    log.push({
      stepId: state.stepId,
      stepType: step.type,
      visit: state.visit,
      enteredAt: state.since,
      leftAt: now,
      port,
      reason,
      detail,
    })
  }
  const ended = (status: 'completed' | 'exited', reason: string, goalMet: boolean): AdvanceResult => ({
    state: { ...state, status, reason, rest: null },
    log,
    commands,
    goalMet,
    moved: true,
    wakeAt: null,
    dependsOn: [],
    changed: [...changed],
  })

  if (state.status !== 'active') {
    return { state, log, commands, goalMet: false, moved: false, wakeAt: null, dependsOn: [], changed: [] }
  }

  for (;;) {
    const step = definition.steps[state.stepId]
    if (step === undefined) {
      throw new EngineError(
        'STEP_NOT_FOUND',
        `Step "${state.stepId}" is not in this version; move the lead to a step that is.`,
        {
          stepId: state.stepId,
        },
      )
    }
    const watch = watchRules(input, zone)
    if (watch.decision) {
      record(step, null, watch.decision.reason, watch.decision.detail)
      return ended(watch.decision.status, watch.decision.reason, watch.decision.goalMet)
    }
    steps += 1
    if (steps > maxStepsPerTurn) {
      throw new EngineError(
        'STEP_LIMIT',
        `More than ${maxStepsPerTurn} steps without a wait, at step "${state.stepId}"; add a wait to the loop.`,
        {
          stepId: state.stepId,
        },
      )
    }
    const outcome = runStep(input, state, step, zone)
    switch (outcome.kind) {
      case 'rest': {
        issue(outcome.commands)
        const rest = { wakeAt: outcome.wakeAt, on: outcome.on, memory: outcome.memory, reason: outcome.reason }
        const moved = log.length > 0 || commands.length > 0 || JSON.stringify(rest) !== JSON.stringify(input.state.rest)
        state = { ...state, rest }
        return {
          state,
          log,
          commands,
          goalMet: false,
          moved,
          wakeAt: earliest(outcome.wakeAt, watch.recheckAt),
          dependsOn: [...new Set([...outcome.on, ...watch.dependsOn])].sort(),
          changed: [...changed],
        }
      }
      case 'end':
        issue(outcome.commands)
        record(step, null, outcome.reason, null)
        return ended(outcome.status, outcome.reason, outcome.status === 'completed' && step.type === 'goal')
      case 'jump':
        issue(outcome.commands)
        record(step, 'jump', outcome.reason, null)
        state = arriveAt(state, outcome.to, now)
        break
      case 'leave': {
        issue(outcome.commands)
        const target = targetOf(definition, state, step, outcome.port)
        if (target === undefined && outcome.port === 'error') {
          const error = facts.own.effects[`${state.stepId}:${state.visit}`]?.error
          const message = error?.message ?? outcome.reason
          return {
            ...ended('completed', outcome.reason, false),
            state: {
              ...state,
              status: 'parked',
              reason: outcome.reason,
              error: { code: error?.code ?? 'EFFECT_FAILED', message, attempts: 1 },
            },
          }
        }
        record(step, outcome.port, outcome.reason, outcome.detail ?? null)
        if (outcome.lookBackFrom !== undefined) state = { ...state, anchorAt: outcome.lookBackFrom }
        if (target === undefined) return ended('completed', 'Reached the end of the path.', false)
        state = arriveAt(state, target, now)
        break
      }
    }
  }
}

/**
 * Where a port leads. `skipped` unwired goes on by `next`: a message that may not be sent never loses the lead.
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
    const messageStep = definition.steps[state.lastMessage?.split(':')[0] ?? '']
    return messageStep?.next['skipped'] ?? step.next['next'] ?? step.next['timeout']
  }
  return step.next[port] ?? (port === 'skipped' ? step.next['next'] : undefined)
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
  try {
    return type.run(context)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      'STEP_THREW',
      `Step "${state.stepId}" (${step.type}) failed: ${message}`,
      { stepId: state.stepId },
      cause,
    )
  }
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
