/** Up the funnel. */
import { defineStageMove } from './stage-move.ts'

/** Raises stage or attention, with a reason; the history is kept. */
export const promote = defineStageMove({
  direction: 'up',
  type: 'promote',
  title: 'Promote',
  icon: 'trending-up',
  description: 'Moves the lead up: a later stage, more attention.',
  synonyms: ['stage', 'attention', 'hot', 'qualify', 'upgrade'],
  only: { title: 'Only forward', description: 'A lead that is further along already stays where it is.' },
})
