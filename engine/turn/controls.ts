/** What a person's control does to an enrollment: pure, on the live copy; the caller then advances it. */
import type { Definition } from '../definition/types.ts'
import type { Instant } from '../facts.ts'
import type { DeliveryStatus } from '../vocabulary.ts'
import { arriveAt } from '../interpreter/advance.ts'
import { lookUp } from '../steps/lookup.ts'
import type { LeadInput } from './inputs.ts'
import { withdraw, type LiveEnrollment } from './live-enrollment.ts'

export type Control = Extract<LeadInput, { kind: 'control' }>

/** What became of a control, kept with its input. `again` asks the caller to run the enrollment now. */
export interface ControlOutcome {
  text: string
  again: boolean
  /** The failed effect of this visit is to be tried once more. */
  reopen?: boolean
  /** Queued messages were taken back, so that the facts are to be read anew before anything goes on. */
  stale?: boolean
}

/** Applies one control. `target` is the version to migrate to, loaded by the caller. Never throws. */
export function applyControl(
  live: LiveEnrollment,
  control: Control,
  now: Instant,
  target: Definition | null,
): ControlOutcome {
  const { status } = live.state
  if (status === 'completed' || status === 'exited') return ignored(`the lead has already left this journey`)
  const gone = movedOn(live, control)
  if (gone !== null) return ignored(gone)
  const step = lookUp(live.definition.steps, live.state.stepId)
  const visited = { stepId: live.state.stepId, visit: live.state.visit }
  const logLeft = (reason: string): void => {
    live.log.push({
      stepId: live.state.stepId,
      stepType: step?.type ?? 'unknown',
      visit: live.state.visit,
      enteredAt: live.state.since,
      leftAt: now,
      port: null,
      reason,
      detail: { by: control.actor },
    })
  }
  switch (control.action) {
    case 'pause':
      if (status !== 'active') return ignored(`it is ${status}, not active`)
      live.dirty = true
      live.state = { ...live.state, status: 'paused', reason: control.reason }
      return { text: 'paused', again: false }
    case 'resume':
      if (status !== 'paused') return ignored(`it is ${status}, not paused`)
      live.dirty = true
      live.state = { ...live.state, status: 'active', reason: null }
      return { text: 'resumed', again: true }
    case 'exit':
      logLeft(`Taken out: ${control.reason}`)
      live.state = { ...live.state, status: 'exited', reason: control.reason, rest: null, error: null }
      live.finishedAt = now
      live.wakeAt = null
      live.dependsOn = []
      return { text: 'exited', again: false, stale: withdraw(live, { reason: control.reason, at: now, only: null }) }
    case 'move': {
      const to = control.stepId ?? ''
      const target = lookUp(live.definition.steps, to)
      if (target === undefined) return ignored(`step "${to}" is not in version ${live.version}`)
      logLeft(`Moved to "${target.name}": ${control.reason}`)
      const stale = withdraw(live, { reason: control.reason, at: now, only: null })
      live.state = {
        ...arriveAt(live.state, to, now),
        status: status === 'paused' ? 'paused' : 'active',
        reason: status === 'paused' ? live.state.reason : null,
        error: null,
      }
      return { text: `moved to ${to}`, again: true, stale }
    }
    case 'retry':
      if (status !== 'parked') return ignored(`it is ${status}, not parked`)
      live.dirty = true
      live.state = { ...live.state, status: 'active', reason: null, error: null }
      return { text: 'retried', again: true, reopen: true }
    case 'skip': {
      if (status !== 'parked') return ignored(`it is ${status}, not parked`)
      if (step === undefined) return ignored(`step "${live.state.stepId}" is not in version ${live.version}; move it`)
      const next = step.next['next'] ?? Object.values(step.next)[0]
      logLeft(`Skipped: ${control.reason}`)
      // Only this step's own: a message that an earlier step queued is none of its business.
      const stale = withdraw(live, { reason: control.reason, at: now, only: visited })
      if (next === undefined) {
        live.state = {
          ...live.state,
          status: 'completed',
          reason: 'Reached the end of the path.',
          rest: null,
          error: null,
        }
        live.finishedAt = now
        live.wakeAt = null
        live.dependsOn = []
        return { text: 'skipped to the end', again: false, stale }
      }
      live.state = { ...arriveAt(live.state, next, now), status: 'active', reason: null, error: null }
      return { text: `skipped to ${next}`, again: true, stale }
    }
    case 'migrate': {
      if (target === null || control.version === undefined) return ignored('the version to move to does not exist')
      const wanted = control.stepId ?? live.state.stepId
      const first = lookUp(target.steps, wanted)
      if (first === undefined) return ignored(`step "${wanted}" is not in version ${control.version}`)
      const staysOn = wanted === live.state.stepId && first.type === step?.type
      const to = staysOn || control.skipReceived !== true ? wanted : pastReceived(live, target, wanted)
      const landing = lookUp(target.steps, to) ?? first
      if (!staysOn) logLeft(`Moved to version ${control.version} at "${landing.name}": ${control.reason}`)
      // What was passed was passed on the version it stood on then.
      for (const entry of live.log) entry.version ??= live.version
      live.dirty = true
      live.definition = target
      live.version = control.version
      const text = `moved to version ${control.version}`
      if (staysOn) return { text, again: true }
      const stale = withdraw(live, { reason: control.reason, at: now, only: visited })
      live.state = {
        ...arriveAt(live.state, to, now),
        ...(status === 'parked' ? { status: 'active' as const, reason: null, error: null } : {}),
      }
      return { text, again: true, stale }
    }
  }
}

const unsent: ReadonlySet<DeliveryStatus> = new Set(['skipped', 'failed', 'cancelled'])

/**
 * The first step from `stepId` on that is no message this enrollment has got (or is about to get) already. A received
 * message that nothing follows is stood on after all: there is nowhere else.
 */
function pastReceived(live: LiveEnrollment, target: Definition, stepId: string): string {
  const got = new Set(
    Object.entries(live.own.deliveries).flatMap(([key, { status }]) =>
      unsent.has(status) ? [] : [key.slice(0, key.lastIndexOf(':'))],
    ),
  )
  const passed = new Set<string>()
  let at = stepId
  while (got.has(at) && !passed.has(at)) {
    passed.add(at)
    const next = lookUp(target.steps, at)?.next['next']
    if (next === undefined) return stepId
    at = next
  }
  return at
}

/** Why a control that is for one visit only comes too late; null when it does not. */
function movedOn(live: LiveEnrollment, { from, version }: Control): string | null {
  if (from === undefined) return null
  if (from.stepId !== live.state.stepId || from.visit !== live.state.visit)
    return `the lead has moved on to "${live.state.stepId}"`
  if (version !== undefined && live.version >= version) return `the lead is on version ${live.version} already`
  return null
}

function ignored(why: string): ControlOutcome {
  return { text: `ignored: ${why}`, again: false }
}
