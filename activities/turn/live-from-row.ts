/** An enrollment as a turn takes it up. */
import type { Definition } from '#engine/definition/types.ts'
import type { Facts } from '#engine/facts.ts'
import type { JourneyHead } from '#engine/turn/inputs.ts'
import type { LiveEnrollment } from '#engine/turn/live-enrollment.ts'
import type { OpenEnrollment } from '#db/repositories/turn-ground.ts'

/** From its row. */
export function liveFromRow(
  row: OpenEnrollment,
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
    withdrawals: [],
  }
}
