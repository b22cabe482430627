/** Down the funnel. */
import { defineStageMove } from './stage-move.ts'

/** Lowers stage or attention, with a reason; the history is kept. */
export const demote = defineStageMove({
  direction: 'down',
  type: 'demote',
  title: 'Demote',
  icon: 'trending-down',
  description: 'Moves the lead down: an earlier stage, less attention, the inactive list.',
  synonyms: ['stage', 'attention', 'inactive', 'unqualified', 'downgrade'],
  only: { title: 'Only backward', description: 'A lead that is further down already stays where it is.' },
})
