/** Moving leads up and down the funnel: what "promote" and "demote" share. */
import { z } from 'zod'
import type { Facts } from '../facts.ts'
import { stageMovedEvent } from '../reserved-events.ts'
import { attentions, stages, type Attention, type Stage } from '../vocabulary.ts'
import { reasonField } from './config-fields.ts'
import { defineStep, type Command, type Outcome, type StepContext, type StepType } from './contract.ts'
import { lookUp } from './lookup.ts'
import { problem, type StepIssue } from './problems.ts'

const dayMs = 86_400_000

/** How far along each stage is; only the order matters. Lost and inactive leads begin again from the bottom (PLAYBOOK E1). */
const stageRanks = {
  inactive: 0,
  lost: 1,
  unqualified: 2,
  new: 3,
  qualified: 4,
  engaged: 5,
  sales_ready: 6,
  opportunity: 7,
  customer: 8,
} satisfies Record<Stage, number>

const attentionRanks = { inactive: 0, cool: 1, warm: 2, hot: 3 } satisfies Record<Attention, number>

/** Config fields of both steps; `only` names the guard in the step's own words. */
function stageMoveFields(only: { title: string; description: string }) {
  return {
    stage: z
      .enum(stages)
      .optional()
      .meta({
        title: 'Stage',
        description: 'Where the lead then stands. Empty: unchanged.',
        ui: { empty: 'Unchanged' },
      }),
    attention: z
      .enum(attentions)
      .optional()
      .meta({
        title: 'Attention',
        description: 'How much effort it then gets. Empty: unchanged.',
        ui: { empty: 'Unchanged' },
      }),
    reason: reasonField(''),
    onlyInDirection: z.boolean().default(true).meta(only),
    coolDownDays: z
      .int()
      .min(0)
      .max(3650)
      .default(0)
      .meta({
        title: 'Cool-down in days',
        ui: { unit: 'days', advanced: true },
        description: 'Leave the lead as it is when a promote or demote step moved it less than this long ago.',
      }),
  }
}
/** The parsed config of both steps. */
type StageMoveConfig = z.infer<z.ZodObject<ReturnType<typeof stageMoveFields>>>

/** What tells one step of the two from the other. */
interface StageMove extends Pick<StepType, 'type' | 'title' | 'icon' | 'description' | 'synonyms'> {
  direction: 'up' | 'down'
  /** The guard that keeps a lead from moving the other way, in the step's own words. */
  only: { title: string; description: string }
}

/** A step that moves leads one way along the funnel. */
export function defineStageMove({ direction, only, ...step }: StageMove): StepType<StageMoveConfig> {
  return defineStep<StageMoveConfig>({
    ...step,
    version: 1,
    category: 'lead',
    config: z.strictObject(stageMoveFields(only)),
    ports: () => [{ id: 'next', label: 'Next' }],
    summary: (config) => `${step.title}${describeStageMove(config)}`,
    needs: () => ({ events: [stageMovedEvent] }),
    check: checkStageMove,
    rests: () => false,
    run: (context) => moveStage(context, direction),
  })
}

/** STEP_CONFIG_INVALID when nothing would change. */
function checkStageMove({ stage, attention }: StageMoveConfig): StepIssue[] {
  if (stage !== undefined || attention !== undefined) return []
  return [
    problem(
      'STEP_CONFIG_INVALID',
      ['stage'],
      'Neither a stage nor an attention is chosen; choose at least one of them.',
    ),
  ]
}

/** " to sales ready", " to stage engaged, attention hot": two words of one kind are told apart. */
function describeStageMove({ stage, attention }: StageMoveConfig): string {
  const stageWords = stage?.replaceAll('_', ' ')
  if (attention === undefined) return stageWords === undefined ? '' : ` to ${stageWords}`
  return stageWords === undefined ? ` to attention ${attention}` : ` to stage ${stageWords}, attention ${attention}`
}

/** Moves the lead, unless it is cooling down or would move the other way. Always leaves by `next`. */
function moveStage(context: StepContext<StageMoveConfig>, direction: 'up' | 'down'): Outcome {
  const { config, facts, now } = context
  const leave = (reason: string, commands: Command[] = []): Outcome => ({
    kind: 'leave',
    port: 'next',
    reason,
    commands,
  })
  const lastMove = lookUp(facts.totals, stageMovedEvent)?.lastAt
  if (config.coolDownDays > 0 && lastMove !== undefined && now - lastMove < config.coolDownDays * dayMs) {
    return leave(`Moved less than ${config.coolDownDays} days ago; left as it is.`)
  }
  const stage = allowedStage(config, facts, direction)
  const attention = allowedAttention(config, facts, direction)
  const why = config.reason === '' ? (direction === 'up' ? 'Promoted.' : 'Demoted.') : config.reason
  const commands: Command[] = [
    ...(stage === null ? [] : [{ kind: 'set_stage' as const, stage, reason: why }]),
    ...(attention === null ? [] : [{ kind: 'set_attention' as const, attention, reason: why }]),
  ]
  if (commands.length === 0) return leave('Nothing to change.')
  return leave(why, [
    ...commands,
    {
      kind: 'record_event',
      event: stageMovedEvent,
      properties: {
        ...(stage === null ? {} : { fromStage: facts.stage, toStage: stage }),
        ...(attention === null ? {} : { fromAttention: facts.attention, toAttention: attention }),
        reason: why,
      },
    },
  ])
}

function allowedStage(
  { stage, onlyInDirection }: StageMoveConfig,
  facts: Facts,
  direction: 'up' | 'down',
): Stage | null {
  if (stage === undefined || stage === facts.stage) return null
  return onlyInDirection && !isTowards(stageRanks[facts.stage], stageRanks[stage], direction) ? null : stage
}

function allowedAttention(
  { attention, onlyInDirection }: StageMoveConfig,
  facts: Facts,
  direction: 'up' | 'down',
): Attention | null {
  if (attention === undefined || attention === facts.attention) return null
  return onlyInDirection && !isTowards(attentionRanks[facts.attention], attentionRanks[attention], direction)
    ? null
    : attention
}

function isTowards(from: number, to: number, direction: 'up' | 'down'): boolean {
  return direction === 'up' ? to > from : to < from
}
