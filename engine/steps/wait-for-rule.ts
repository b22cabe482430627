/** Wait until something is true of the lead, or until it took too long. */
import { z } from 'zod'
import { ruleSchema } from '../conditions/schema.ts'
import type { Json } from '../facts.ts'
import { durationSchema } from '../graph/schema.ts'
import { addDuration, describeDuration } from '../schedule/duration.ts'
import { defineStep } from './contract.ts'
import { messageWait } from './message-wait.ts'
import { checkTimeout } from './problems.ts'
import { restOrLeave } from './rest-or-leave.ts'

const configSchema = z.strictObject({
  rule: ruleSchema.meta({ title: 'Until', description: 'The lead goes on as soon as this is true.', picks: 'rule' }),
  timeout: durationSchema.optional().meta({
    title: 'At most',
    description: 'After this long the lead leaves by "Not in time".',
    picks: 'duration',
    ui: { needed: true },
  }),
})
type Config = z.infer<typeof configSchema>

/** Waits for a rule to become true; also by time alone ("more than 30 days ago"). */
export const waitForRule = defineStep<Config>({
  type: 'wait_for_rule',
  version: 1,
  title: 'Wait until true',
  category: 'time',
  icon: 'hourglass-empty',
  description: 'Waits until a rule is true of the lead, and goes another way when it is not in time.',
  synonyms: ['until', 'condition', 'score', 'timeout'],
  config: configSchema,
  ports: () => [
    { id: 'true', label: 'Is true' },
    { id: 'timeout', label: 'Not in time' },
  ],
  summary: ({ timeout }) =>
    `Wait until a rule is true${timeout === undefined ? '' : `, at most ${describeDuration(timeout)}`}`,
  rules: ({ rule }) => [{ rule, path: ['rule'] }],
  check: ({ timeout }) => checkTimeout(timeout),
  // A loop through "Is true" alone would not rest; the interpreter parks such a lead at 500 steps.
  rests: () => true,
  simulate: [
    { port: 'true', weight: 20, after: 'P3D' },
    { port: 'timeout', weight: 80 },
  ],
  run: (context) => {
    const { config, zone } = context
    const { value, trace, dependsOn, recheckAt } = context.evaluate(config.rule)
    const detail = { trace: trace as unknown as Json }
    if (value) return { kind: 'leave', port: 'true', reason: `True now: ${trace.sentence}.`, detail }
    const { timeout } = config
    const resting = `Waits until: ${trace.sentence}.`
    if (timeout === undefined) return { kind: 'rest', wakeAt: recheckAt, on: dependsOn, memory: null, reason: resting }
    const outcome = restOrLeave(
      messageWait(context, (from) => addDuration(from, timeout, zone)),
      {
        port: 'timeout',
        reason: `Not true within ${describeDuration(timeout)}: ${trace.sentence}.`,
        resting,
        on: dependsOn,
        recheckAt,
      },
    )
    return outcome.kind === 'leave' ? { ...outcome, detail } : outcome
  },
})
