/** How warm a lead is, as a number. */
import { z } from 'zod'
import { reasonField } from './config-fields.ts'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  change: z
    .enum(['add', 'multiply', 'set'])
    .default('add')
    .meta({
      title: 'How',
      ui: { options: { add: 'Add', multiply: 'Multiply', set: 'Set to' } },
      description:
        'Add: points, negative ones take away. Multiply: 0.5 after a wait lets a score decay. Set: to this number.',
    }),
  amount: z
    .number()
    .min(-1_000_000)
    .max(1_000_000)
    .default(10)
    .meta({ title: 'By', description: 'Points, factor or new score.' }),
  reason: reasonField(''),
})
type Config = z.infer<typeof configSchema>

/** Changes the score. Decay is a loop of "wait" and "multiply by 0.5". */
export const score = defineStep<Config>({
  type: 'score',
  version: 1,
  title: 'Score',
  category: 'lead',
  icon: 'gauge',
  description: 'Adds to the score, multiplies it or sets it.',
  synonyms: ['points', 'rank', 'grade', 'decay'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ change, amount }) =>
    change === 'add'
      ? `Score ${amount < 0 ? '−' : '+'}${Math.abs(amount)}`
      : change === 'set'
        ? `Score = ${amount}`
        : `Score × ${amount}`,
  rests: () => false,
  run: ({ config: { change, amount, reason }, facts }) => {
    // An objection also ends profiling for marketing (GDPR Art. 21(2)).
    if (facts.fields['objected'] === true) {
      return { kind: 'leave', port: 'next', reason: 'Not scored: the lead objects to marketing.' }
    }
    const target = change === 'add' ? facts.score + amount : change === 'set' ? amount : facts.score * amount
    // A score stays a finite number, whatever is multiplied.
    const bounded = Math.min(1e12, Math.max(-1e12, target))
    const delta = bounded - facts.score
    const why = reason === '' ? `Score ${facts.score} → ${bounded}.` : reason
    if (delta === 0) return { kind: 'leave', port: 'next', reason: 'The score stays as it is.' }
    return { kind: 'leave', port: 'next', reason: why, commands: [{ kind: 'add_score', delta, reason: why }] }
  },
})
