/** Go one of several ways by rules. */
import { z } from 'zod'
import { ruleSchema } from '../conditions/schema.ts'
import type { Json } from '../facts.ts'
import { portIdSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkUniqueIds } from './problems.ts'

const configSchema = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        id: portIdSchema,
        name: z.string().max(120).default('').meta({ title: 'Name', description: 'Shown at the way out.' }),
        when: ruleSchema.meta({
          title: 'When',
          description: 'Leads for whom this is true go this way.',
          picks: 'rule',
        }),
      }),
    )
    .min(1, 'A branch needs at least one case.')
    .max(50)
    .meta({ title: 'Cases', description: 'Asked in this order; the first that is true decides.', picks: 'cases' }),
})
type Config = z.infer<typeof configSchema>

/** Ordered cases, the first match wins, everyone else leaves by `else`. */
export const branch = defineStep<Config>({
  type: 'branch',
  version: 1,
  title: 'Branch',
  category: 'decision',
  icon: 'arrows-split-2',
  description: 'Sends leads different ways by rules; the first case that is true decides.',
  synonyms: ['if', 'condition', 'decision', 'switch', 'filter'],
  config: configSchema,
  starter: { cases: [{ id: 'a', name: 'First case' }] },
  ports: ({ cases }) => [
    ...cases.map(({ id, name }) => ({ id: `case:${id}`, label: name === '' ? id : name })),
    { id: 'else', label: 'Everyone else' },
  ],
  summary: ({ cases }) => `${cases.map(({ id, name }) => (name === '' ? id : name)).join(' · ')} · everyone else`,
  rules: ({ cases }) => cases.map(({ when }, index) => ({ rule: when, path: ['cases', index, 'when'] })),
  check: ({ cases }) => checkUniqueIds(cases, 'cases'),
  rests: () => false,
  run: ({ config, evaluate }) => {
    const asked: Json[] = []
    for (const { id, name, when } of config.cases) {
      const { value, trace } = evaluate(when)
      asked.push({ case: id, trace: trace as unknown as Json })
      if (value) {
        return {
          kind: 'leave',
          port: `case:${id}`,
          reason: `${name === '' ? id : name}: ${trace.sentence}.`,
          detail: { cases: asked },
        }
      }
    }
    return { kind: 'leave', port: 'else', reason: 'No case was true.', detail: { cases: asked } }
  },
})
