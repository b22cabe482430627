/** One enrollment while a turn works on it. */
import type { Definition } from '#engine/definition/types.ts'
import type { Facts, Instant, Json } from '#engine/facts.ts'
import type { AdvanceResult, IssuedCommand } from '#engine/interpreter/advance.ts'
import type { EnrollmentState, StepLogEntry } from '#engine/interpreter/state.ts'
import type { EnrollmentRow, JourneyHead } from '#db/repositories/turn-load.ts'

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
  /** Taken out early: its queued messages, open tasks and effects are cancelled. */
  cancelOwn: string | null
}

/** From its row. */
export function liveFromRow(
  row: EnrollmentRow,
  journey: JourneyHead,
  definition: Definition,
  own: Facts['own'],
): LiveEnrollment {
  return {
    id: row.id,
    journey,
    version: row.version,
    definition,
    state: row.state,
    saved: row.state,
    own,
    enteredAt: row.enteredAt.getTime(),
    triggerId: row.triggerId,
    entryKey: row.entryKey,
    properties: row.properties,
    wakeAt: row.wakeAt?.getTime() ?? null,
    dependsOn: row.dependsOn,
    goalMet: row.goalMet,
    finishedAt: null,
    isNew: false,
    dirty: false,
    log: [],
    commands: [],
    cancelOwn: null,
  }
}

/** Takes over what an advance found. */
export function absorb(live: LiveEnrollment, result: AdvanceResult, now: Instant): void {
  const before = live.wakeAt
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
    if (result.interrupted) live.cancelOwn = result.state.reason ?? status
  }
}
