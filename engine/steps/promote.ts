/** Up the funnel. */
import { z } from 'zod'
import { defineStep } from './contract.ts'
import {
  checkStageMove,
  describeStageMove,
  moveStage,
  stageMovedEvent,
  stageMoveFields,
  type StageMoveConfig,
} from './stage-move.ts'

const configSchema = z.strictObject(
  stageMoveFields({ title: 'Only forward', description: 'A lead that is further along already stays where it is.' }),
)

/** Raises stage or attention, with a reason; the history is kept. */
export const promote = defineStep<StageMoveConfig>({
  type: 'promote',
  version: 1,
  title: 'Promote',
  category: 'lead',
  icon: 'trending-up',
  description: 'Moves the lead up: a later stage, more attention.',
  synonyms: ['stage', 'attention', 'hot', 'qualify', 'upgrade'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: (config) => `Promote to ${describeStageMove(config)}`,
  needs: () => ({ events: [stageMovedEvent] }),
  check: checkStageMove,
  rests: () => false,
  run: (context) => moveStage(context, 'up'),
})
