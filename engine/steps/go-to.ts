/** Jump to another step, a limited number of times. */
import { z } from 'zod'
import { defineStep } from './contract.ts'
import { problem } from './problems.ts'

const configSchema = z.strictObject({
  target: z.string().min(1).max(64).meta({ title: 'To', description: 'The step to go on with.', picks: 'step' }),
  maxVisits: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({
      title: 'At most',
      description: 'After this many times the lead leaves by "Limit reached" instead.',
      ui: { unit: 'times' },
    }),
})
type Config = z.infer<typeof configSchema>

/** Goes back (or forward) to a step without a line across the canvas. */
export const goTo = defineStep<Config>({
  type: 'go_to',
  version: 1,
  title: 'Go to',
  category: 'decision',
  icon: 'arrow-back-up',
  description: 'Goes on with another step of this journey, at most a number of times.',
  synonyms: ['loop', 'repeat', 'jump', 'back'],
  config: configSchema,
  ports: () => [{ id: 'limit', label: 'Limit reached' }],
  summary: ({ target, maxVisits }) => `Go to ${target}, at most ${maxVisits} times`,
  jumps: ({ target }) => [target],
  check: ({ target }, { nodeIds, nodeId }) => {
    if (target === nodeId) {
      return [problem('GOTO_TARGET_MISSING', ['target'], `Step "${target}" goes to itself; choose another step.`)]
    }
    if (nodeIds.has(target)) return []
    return [
      problem(
        'GOTO_TARGET_MISSING',
        ['target'],
        `There is no step "${target}" in this journey; choose one that is there.`,
      ),
    ]
  },
  rests: () => false,
  run: ({ config: { target, maxVisits }, visit }) =>
    visit > maxVisits
      ? { kind: 'leave', port: 'limit', reason: `Was here ${maxVisits} times already.` }
      : { kind: 'jump', to: target, reason: `Goes to "${target}" (${visit} of at most ${maxVisits} times).` },
})
