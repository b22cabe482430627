/** What the workers perform, by queue: the composition shared by the worker process and the tests. */
import type { taskQueues } from '#engine/vocabulary.ts'
import type { StepType } from '#engine/steps/contract.ts'
import { createEffectActivities, type EffectDependencies, type EffectLog } from '#activities/effects/run-effect.ts'
import { createMailroomActivities, type MailroomActivityDependencies } from '#activities/mailroom/activity.ts'
import type { LeadActivities } from '#activities/contract.ts'
import type { Poker } from '#activities/poker.ts'
import { createWebhookActivities } from '#activities/webhooks/activity.ts'
import { createTurn, type TurnDependencies } from '#activities/turn/turn.ts'
import type { Database } from '#db/client.ts'

export interface EngineParts {
  db: Database
  poker: Poker
  stepType: (type: string) => StepType | undefined
  performers: EffectDependencies['performers']
  mailroom: Omit<MailroomActivityDependencies, 'db' | 'poker'>
  log: EffectLog
  /** @default '' */
  queuePrefix?: string
  /** Goes around each turn: its metrics. */
  aroundTurn?: (turn: LeadActivities['turn']) => LeadActivities['turn']
  /** Failpoints of the turn, for fault tests. */
  turn?: Partial<TurnDependencies>
}

/** Activities of the queues `leads`, `mailroom` and `custom`; `segments` are the entry's own. */
export function createEngineActivities(
  parts: EngineParts,
): Record<Exclude<keyof typeof taskQueues, 'segments'>, object> {
  const { db, poker, queuePrefix = '', aroundTurn = (turn) => turn } = parts
  const { stopping } = parts.mailroom
  return {
    leads: { turn: aroundTurn(createTurn({ db, stepType: parts.stepType, queuePrefix, ...parts.turn })) },
    mailroom: {
      ...createMailroomActivities({ ...parts.mailroom, db, poker }),
      ...createWebhookActivities({ db, ...(stopping === undefined ? {} : { stopping }) }),
    },
    custom: createEffectActivities({ db, performers: parts.performers, log: parts.log }),
  }
}
