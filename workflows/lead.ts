/**
 * One lead's life: a level-triggered turn loop. A *turn* (a local activity, one Postgres transaction) consumes what
 * came in and walks every enrollment to its next rest; this loop only waits for the next instant or a poke, and keeps
 * the lead's open effects running. No business logic lives here, so fixes of the engine never disturb the replay of
 * leads that sleep for years. See ADR 0002 for the protocol and the crashes it was checked against.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow'
import {
  passingTrouble,
  type EffectActivities,
  type LeadActivities,
  type OpenEffect,
  type TurnInput,
} from '#activities/contract.ts'
import { pokeSignal, type LeadWorkflowInput } from './messages.ts'

const second = 1000
const minute = 60 * second
const day = 24 * 60 * minute
/** Runs older than this continue as new at their next turn, so that patches can be deleted one day. */
const longestRun = 30 * day

/**
 * At most four attempts in five seconds; then the workflow waits, so that a poison lead never holds a worker's slot. What
 * has failed so often by its own fault is tried once only after each wait: many poison leads must not take the machine
 * from the others.
 */
const turnTimes = { startToCloseTimeout: 5 * second, scheduleToCloseTimeout: 5 * second }
const { turn } = proxyLocalActivities<LeadActivities>({
  ...turnTimes,
  retry: { initialInterval: 100, backoffCoefficient: 2, maximumAttempts: 4 },
})
const { turn: turnOnce } = proxyLocalActivities<LeadActivities>({ ...turnTimes, retry: { maximumAttempts: 1 } })

/** Started and woken by signal-with-start of `poke`, id `lead:<leadId>`; completes when nothing of the lead is active. */
export async function leadWorkflow({ leadId }: LeadWorkflowInput): Promise<void> {
  let poked = false
  setHandler(defineSignal(pokeSignal), () => {
    poked = true
  })

  const running = new Map<string, CancellationScope>()
  let failedEffects: TurnInput['failedEffects'] = []
  const alarm: { timer: Timer | null } = { timer: null }
  let firedFor: number | null = null
  let failurePauseMs = 0
  let hasFailed = false
  let idlePauseMs = 0

  const arm = (at: number | null): void => {
    if (alarm.timer !== null && alarm.timer.at === at && !alarm.timer.fired) return
    alarm.timer?.scope.cancel()
    alarm.timer = null
    if (at === null) return
    const armed: Timer = { at, fired: false, scope: new CancellationScope() }
    alarm.timer = armed
    void armed.scope
      .run(() => sleep(Math.max(1, at - Date.now())))
      .then(() => {
        armed.fired = true
      })
      .catch(() => {})
  }

  const start = (key: string, effect: OpenEffect): void => {
    const scope = new CancellationScope()
    running.set(key, scope)
    const { runEffect } = proxyActivities<EffectActivities>({
      taskQueue: effect.queue,
      startToCloseTimeout: effect.timeoutMs,
      ...(effect.heartbeatMs === null ? {} : { heartbeatTimeout: effect.heartbeatMs }),
      retry: {
        initialInterval: second,
        backoffCoefficient: 2,
        maximumInterval: 5 * minute,
        maximumAttempts: effect.maxAttempts,
      },
    })
    void scope
      .run(() => runEffect({ effectId: effect.id }))
      .catch((error: unknown) => {
        if (!isCancellation(error))
          failedEffects.push({ id: effect.id, generation: effect.generation, code: failureCode(error) })
      })
      .then(() => {
        running.delete(key)
        poked = true
      })
  }

  for (;;) {
    poked = false
    let result
    const reported = failedEffects
    failedEffects = []
    try {
      result = await (hasFailed ? turnOnce : turn)({ leadId, firedFor, failedEffects: reported, hasFailed })
    } catch (error) {
      if (isCancellation(error)) throw error
      failedEffects.push(...reported)
      hasFailed = isOwnFailure(error)
      failurePauseMs = Math.min(Math.max(5 * second, failurePauseMs * 2), 5 * minute)
      await condition(() => poked, Math.round(failurePauseMs * (0.8 + 0.4 * Math.random())))
      // Failing for weeks must not run into the server's limit on histories.
      if (!poked && running.size === 0 && workflowInfo().continueAsNewSuggested) {
        await continueAsNew<typeof leadWorkflow>({ leadId })
      }
      continue
    }
    failurePauseMs = 0
    hasFailed = false

    const open = new Map(result.openEffects.map((effect) => [`${effect.id}:${effect.generation}`, effect]))
    for (const [key, effect] of open) if (!running.has(key)) start(key, effect)
    for (const [key, scope] of running) if (!open.has(key)) scope.cancel()

    const quiet = !poked && running.size === 0
    if (result.done && quiet) return
    if (
      quiet &&
      (workflowInfo().continueAsNewSuggested || Date.now() - workflowInfo().runStartTime.getTime() > longestRun)
    ) {
      await continueAsNew<typeof leadWorkflow>({ leadId })
    }

    const due = result.wakeAt !== null && result.wakeAt <= Date.now()
    idlePauseMs = due && !result.moved ? Math.min(Math.max(second, idlePauseMs * 2), minute) : 0
    if (due && result.moved) {
      firedFor = result.wakeAt
      continue
    }
    arm(due ? Date.now() + idlePauseMs : result.wakeAt)
    await condition(() => poked || alarm.timer?.fired === true)
    firedFor = alarm.timer?.fired === true ? result.wakeAt : null
  }
}

interface Timer {
  at: number
  fired: boolean
  scope: CancellationScope
}

/** False for trouble that passes (the database is away, or did not answer in time), for which no lead is to blame. */
function isOwnFailure(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false
  return error.cause instanceof ApplicationFailure && error.cause.type !== passingTrouble
}

/** A short code for an effect's failure; texts of providers stay in Postgres. */
function failureCode(error: unknown): string {
  if (error instanceof ActivityFailure) {
    if (error.cause instanceof TimeoutFailure) return 'EFFECT_TIMED_OUT'
    if (error.cause instanceof ApplicationFailure) return error.cause.type ?? 'EFFECT_FAILED'
  }
  return 'EFFECT_FAILED'
}
