/** Down the funnel. */
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
  stageMoveFields({ title: 'Only backward', description: 'A lead that is further down already stays where it is.' }),
)

/** Lowers stage or attention, with a reason; the history is kept. */
export const demote = defineStep<StageMoveConfig>({
  type: 'demote',
  version: 1,
  title: 'Demote',
  category: 'lead',
  icon: 'trending-down',
  description: 'Moves the lead down: an earlier stage, less attention, the inactive list.',
  synonyms: ['stage', 'attention', 'inactive', 'unqualified', 'downgrade'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: (config) => `Demote to ${describeStageMove(config)}`,
  needs: () => ({ events: [stageMovedEvent] }),
  check: checkStageMove,
  rests: () => false,
  run: (context) => moveStage(context, 'down'),
})
