/** What the writes of one turn work with. */
import type { Instant } from '#engine/facts.ts'
import type { LeadRow } from '#db/repositories/facts.ts'
import type { InputRow } from '#db/repositories/turn-load.ts'
import type { TurnSession } from '#engine/turn/session.ts'

export interface TurnWrite {
  session: TurnSession
  lead: LeadRow
  consumed: InputRow[]
  realNow: Instant
  queuePrefix: string
}
