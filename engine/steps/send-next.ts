/** Sends the next asset of a pool, and what happens when the pool is dry. Used by "send asset" and "invite". */
import { z } from 'zod'
import type { Instant, Json } from '../facts.ts'
import { durationSchema } from '../graph/schema.ts'
import type { Asset, Library } from '../library.ts'
import { addDuration, describeDuration } from '../schedule/duration.ts'
import type { Outcome, StepContext } from './contract.ts'
import { optionalReferenceField } from './config-fields.ts'
import { lookUp } from './lookup.ts'
import { choiceFields, lineageOf, rankAssets } from './pool-choice.ts'
import { checkDuration, checkReference, problem, warning, type StepIssue } from './problems.ts'
import { alreadySent, askGate, leaveWith, sendingFields, type Message } from './send-message.ts'

/** The author's choice for a lead that has had everything that fits it. */
export const dryFields = {
  whenDry: z
    .enum(['leave', 'wait', 'other_pool'])
    .default('leave')
    .meta({
      title: 'When nothing is left',
      description: 'The lead has had everything that fits it.',
      ui: {
        section: 'Which asset',
        options: {
          leave: 'Leave by “Nothing left”',
          wait: 'Wait for something new',
          other_pool: 'Take it from another pool',
        },
      },
    }),
  lookAgainAfter: durationSchema.default('P7D').meta({
    title: 'Look again after',
    description: 'Used when waiting.',
    picks: 'duration',
    ui: { section: 'Which asset', showWhen: { setting: 'whenDry', is: ['wait'] } },
  }),
  giveUpAfter: durationSchema.optional().meta({
    title: 'Wait at most',
    description: 'Then leave by "Nothing left". Empty: wait as long as it takes.',
    picks: 'duration',
    ui: {
      section: 'Which asset',
      showWhen: { setting: 'whenDry', is: ['wait'] },
      empty: 'As long as it takes',
    },
  }),
  otherPool: optionalReferenceField('pool', 'Other pool', 'Used when the first has nothing left.', {
    section: 'Which asset',
    showWhen: { setting: 'whenDry', is: ['other_pool'] },
  }),
}

const poolFields = { ...choiceFields, ...dryFields, ...sendingFields }
/** The parsed config of a step that sends from a pool, as far as this file looks at it. */
export type PoolConfig = z.infer<z.ZodObject<typeof poolFields>>

/** How a step sends an asset that was chosen. */
export interface PoolSending {
  pool: string
  promotionalAllowed: boolean
  message(asset: Asset): Message
}

/**
 * Sends the best asset the lead may get. One that the gate calls a duplicate gives way to the next in the same tick;
 * any other answer of the gate is about the lead, not the asset, and stands. Dry: waits, takes another pool or leaves.
 */
export function sendNext(context: StepContext<PoolConfig>, sending: PoolSending): Outcome {
  const done = alreadySent(context)
  if (done !== null) return done
  const { config } = context
  const pools = [
    sending.pool,
    ...(config.whenDry === 'other_pool' && config.otherPool !== undefined ? [config.otherPool] : []),
  ]
  for (const pool of pools) {
    for (const asset of rankAssets(pool, config, sending.promotionalAllowed, context)) {
      const message = { ...sending.message(asset), assetLineage: lineageOf(asset) }
      const decision = askGate(context, message)
      if (decision.verdict === 'skipped' && decision.reason === 'duplicate') continue
      return leaveWith(context, message, decision)
    }
  }
  return config.whenDry === 'wait' ? waitForMore(context) : nothingLeft(sending.pool)
}

/** Problems of the fields above. */
export function checkPool(
  config: PoolConfig,
  pool: string,
  promotionalAllowed: boolean,
  library: Library,
): StepIssue[] {
  const issues = [
    ...checkReference(library, 'pools', pool, ['pool']),
    ...checkReference(library, 'pools', config.otherPool, ['otherPool']),
    ...checkDuration(config.lookAgainAfter, ['lookAgainAfter']),
    ...checkDuration(config.giveUpAfter, ['giveUpAfter']),
    ...checkDuration(config.staleAfter, ['staleAfter']),
  ]
  if (config.whenDry === 'other_pool' && config.otherPool === undefined) {
    issues.push(
      problem(
        'STEP_CONFIG_INVALID',
        ['otherPool'],
        'No other pool is chosen; choose the one to take from when the first is dry.',
      ),
    )
  }
  const members = (lookUp(library.pools, pool)?.assets ?? []).flatMap((key) => lookUp(library.assets, key) ?? [])
  if (members.length > 0 && !promotionalAllowed && members.every(({ kind }) => kind === 'promotional')) {
    issues.push(
      warning(
        'PROMOTIONAL_IN_NURTURE',
        ['pool'],
        `Pool "${pool}" has promotional assets only, so this step sends nothing; add educational ones or allow promotional.`,
      ),
    )
  }
  return issues
}

function nothingLeft(pool: string): Outcome {
  return { kind: 'leave', port: 'dry', reason: `Nothing is left in pool "${pool}" that this lead has not had.` }
}

/** Rests until the next look. Looks are counted from the arrival, so a wake for another reason does not move them. */
function waitForMore(context: StepContext<PoolConfig>): Outcome {
  const { config, enteredAt, now, zone } = context
  const giveUpAt = config.giveUpAfter === undefined ? null : addDuration(enteredAt, config.giveUpAfter, zone)
  if (giveUpAt !== null && now >= giveUpAt) {
    return {
      kind: 'leave',
      port: 'dry',
      reason: `Nothing new came within ${describeDuration(config.giveUpAfter ?? '')}.`,
    }
  }
  let lookAt = rememberedLook(context.memory) ?? addDuration(enteredAt, config.lookAgainAfter, zone)
  while (lookAt <= now) {
    const next = addDuration(lookAt, config.lookAgainAfter, zone)
    // A length of zero is refused at publish; never loop on one all the same.
    if (next <= lookAt) return nothingLeft('')
    lookAt = next
  }
  return {
    kind: 'rest',
    wakeAt: giveUpAt === null ? lookAt : Math.min(lookAt, giveUpAt),
    on: [],
    memory: { lookAt },
    reason: 'Nothing is left to send; looks again later.',
  }
}

function rememberedLook(memory: Json): Instant | null {
  if (typeof memory !== 'object' || memory === null || Array.isArray(memory)) return null
  return typeof memory['lookAt'] === 'number' ? memory['lookAt'] : null
}
