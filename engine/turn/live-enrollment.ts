/** One enrollment while a turn works on it. */
import type { Definition } from '../definition/types.ts'
import type { Facts, Instant, Json } from '../facts.ts'
import type { AdvanceResult, IssuedCommand } from '../interpreter/advance.ts'
import type { EnrollmentState, StepLogEntry } from '../interpreter/state.ts'
import type { JourneyHead } from './inputs.ts'

export interface LiveEnrollment {
  id: string
  journey: JourneyHead
  version: number
  definition: Definition
  state: EnrollmentState
  /** Where it stood before this turn: what it goes back to when its rows cannot be written. */
  saved: EnrollmentState
  own: Facts['own']
  enteredAt: Instant
  triggerId: string
  entryKey: string
  properties: Record<string, Json>
  /** In the lead's own clock; null when only an input can move it. */
  wakeAt: Instant | null
  dependsOn: string[]
  goalMet: boolean
  finishedAt: Instant | null
  isNew: boolean
  /** What this turn has to write. */
  dirty: boolean
  log: StepLogEntry[]
  commands: IssuedCommand[]
  /** What has lost its reason meanwhile, in order. */
  withdrawals: Withdrawal[]
}

/** What was under way and is taken back: never what is asked for after it. */
export interface Withdrawal {
  reason: string
  at: Instant
  /** Only the queued message, the task and the effect of this visit; null = all of the enrollment. */
  only: { stepId: string; visit: number } | null
  /** How many of `commands` had been issued by then. */
  before: number
}

/** Takes back what is under way, in memory. True when queued messages were among it: then the lead's facts are stale. */
export function withdraw(live: LiveEnrollment, withdrawal: Omit<Withdrawal, 'before'> & { before?: number }): boolean {
  const { reason, at, only, before = live.commands.length } = withdrawal
  const later = new Set(live.commands.slice(before).map((issued) => `${issued.stepId}:${String(issued.visit)}`))
  const concerns = (key: string): boolean =>
    only === null ? !later.has(key) : key === `${only.stepId}:${String(only.visit)}`
  let isStale = false
  for (const [key, delivery] of Object.entries(live.own.deliveries)) {
    if (delivery.status !== 'queued' || !concerns(key)) continue
    live.own.deliveries[key] = { ...delivery, status: 'cancelled', reason }
    isStale = true
  }
  for (const [key, task] of Object.entries(live.own.tasks)) {
    if (task.status === 'open' && concerns(key)) live.own.tasks[key] = { ...task, status: 'cancelled', at, reason }
  }
  for (const [key, effect] of Object.entries(live.own.effects)) {
    if ((effect.status === 'open' || effect.status === 'failed') && concerns(key))
      live.own.effects[key] = { ...effect, status: 'cancelled', at }
  }
  live.withdrawals.push({ reason, at, only, before })
  live.dirty = true
  return isStale
}

/** Takes over what an advance found. True when the lead's facts are stale now (see `withdraw`). */
export function absorb(live: LiveEnrollment, result: AdvanceResult, now: Instant): boolean {
  const before = live.wakeAt
  const issuedBefore = live.commands.length
  live.state = result.state
  live.log.push(...result.log)
  live.commands.push(...result.commands)
  live.wakeAt = result.wakeAt
  if (result.moved || before !== result.wakeAt || live.dependsOn.join() !== result.dependsOn.join()) live.dirty = true
  live.dependsOn = result.dependsOn
  if (result.goalMet) live.goalMet = true
  const { status } = result.state
  if (status === 'completed' || status === 'exited') {
    live.finishedAt = now
    // What this very walk has asked for stands: the eighth invitation is sent, though "invited 8 times" ends the journey.
    if (result.interrupted)
      return withdraw(live, { reason: result.state.reason ?? status, at: now, only: null, before: issuedBefore })
  }
  return false
}

/** Stops an enrollment for a person to look at: Retry, Skip or Exit. */
export function parkLive(live: LiveEnrollment, code: string, message: string): void {
  live.state = {
    ...live.state,
    status: 'parked',
    reason: message,
    error: { code, message, attempts: (live.state.error?.attempts ?? 0) + 1 },
  }
  live.wakeAt = null
  live.dependsOn = []
  live.dirty = true
}

/** The failed effect of the present visit counts as open again; the row follows in the turn's writes. */
export function reopenOwn(live: LiveEnrollment): void {
  const key = `${live.state.stepId}:${live.state.visit}`
  const effect = live.own.effects[key]
  if (effect?.status === 'failed') live.own.effects[key] = { ...effect, status: 'open', error: null, port: null }
}
