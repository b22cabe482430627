/** What a person's control does to an enrollment: pure, on the live copy; the caller then advances it. */
import type { Definition } from '#engine/definition/types.ts'
import type { Instant } from '#engine/facts.ts'
import { arriveAt } from '#engine/interpreter/advance.ts'
import type { LeadInput } from '#db/repositories/inputs.ts'
import type { LiveEnrollment } from './live-enrollment.ts'

export type Control = Extract<LeadInput, { kind: 'control' }>

/** What became of a control, kept with its input. `again` asks the caller to run the enrollment now. */
export interface ControlOutcome {
  text: string
  again: boolean
  /** The failed effect or delivery of this visit is to be tried once more. */
  reopen?: boolean
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
  const step = live.definition.steps[live.state.stepId]
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
  live.dirty = true
  switch (control.action) {
    case 'pause':
      if (status !== 'active') return ignored(`it is ${status}, not active`)
      live.state = { ...live.state, status: 'paused', reason: control.reason }
      return { text: 'paused', again: false }
    case 'resume':
      if (status !== 'paused') return ignored(`it is ${status}, not paused`)
      live.state = { ...live.state, status: 'active', reason: null }
      return { text: 'resumed', again: true }
    case 'exit':
      logLeft(`Taken out: ${control.reason}`)
      live.state = { ...live.state, status: 'exited', reason: control.reason, rest: null, error: null }
      live.finishedAt = now
      live.wakeAt = null
      live.dependsOn = []
      live.cancelOwn = control.reason
      return { text: 'exited', again: false }
    case 'move': {
      const to = control.stepId ?? ''
      if (live.definition.steps[to] === undefined) return ignored(`step "${to}" is not in version ${live.version}`)
      logLeft(`Moved to "${live.definition.steps[to].name}": ${control.reason}`)
      live.state = {
        ...arriveAt(live.state, to, now),
        status: status === 'paused' ? 'paused' : 'active',
        reason: null,
        error: null,
      }
      live.cancelOwn = control.reason
      return { text: `moved to ${to}`, again: true }
    }
    case 'retry':
      if (status !== 'parked') return ignored(`it is ${status}, not parked`)
      live.state = { ...live.state, status: 'active', reason: null, error: null }
      return { text: 'retried', again: true, reopen: true }
    case 'skip': {
      if (status !== 'parked') return ignored(`it is ${status}, not parked`)
      const next = step?.next['next'] ?? Object.values(step?.next ?? {})[0]
      logLeft(`Skipped: ${control.reason}`)
      live.cancelOwn = control.reason
      if (next === undefined) {
        live.state = {
          ...live.state,
          status: 'completed',
          reason: 'Reached the end of the path.',
          rest: null,
          error: null,
        }
        live.finishedAt = now
        return { text: 'skipped to the end', again: false }
      }
      live.state = { ...arriveAt(live.state, next, now), status: 'active', reason: null, error: null }
      return { text: `skipped to ${next}`, again: true }
    }
    case 'migrate': {
      if (target === null || control.version === undefined) return ignored('the version to move to does not exist')
      const to = control.stepId ?? live.state.stepId
      if (target.steps[to] === undefined) return ignored(`step "${to}" is not in version ${control.version}`)
      live.definition = target
      live.version = control.version
      if (to !== live.state.stepId) {
        logLeft(`Moved to version ${control.version} at "${target.steps[to].name}": ${control.reason}`)
        live.state = arriveAt(live.state, to, now)
      }
      return { text: `moved to version ${control.version}`, again: true }
    }
  }
}

function ignored(why: string): ControlOutcome {
  return { text: `ignored: ${why}`, again: false }
}
