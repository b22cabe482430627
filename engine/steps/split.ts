/** Divide leads at random, for ever the same way. */
import { z } from 'zod'
import { portIdSchema } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkUniqueIds, problem } from './problems.ts'

const configSchema = z.strictObject({
  ways: z
    .array(
      z.strictObject({
        id: portIdSchema,
        name: z
          .string()
          .max(120)
          .default('')
          .meta({ title: 'Name', description: 'Shown at the way out.', ui: { half: true } }),
        percent: z
          .number()
          .min(0)
          .max(100)
          .meta({ title: 'Percent', description: 'Share of the leads.', ui: { unit: '%', half: true } }),
      }),
    )
    .min(2, 'A split needs at least two ways.')
    .max(20)
    .default([
      { id: 'a', name: 'A', percent: 50 },
      { id: 'b', name: 'B', percent: 50 },
    ])
    .meta({
      title: 'Ways',
      description: 'Their percentages add up to 100.',
      ui: { entry: 'way', total: { setting: 'percent', is: 100, unit: '%' } },
    }),
})
type Config = z.infer<typeof configSchema>

/** A weighted random split. Sticky: a lead that comes again goes the same way, as long as the ways stay as they are. */
export const split = defineStep<Config>({
  type: 'split',
  version: 1,
  title: 'Split',
  category: 'decision',
  icon: 'arrows-random',
  description: 'Divides leads at random by percentages; each lead always goes the same way.',
  synonyms: ['a/b test', 'random', 'experiment', 'percent'],
  config: configSchema,
  ports: ({ ways }) => ways.map(({ id, name }) => ({ id: `way:${id}`, label: name === '' ? id : name })),
  summary: ({ ways }) => ways.map(({ id, name, percent }) => `${name === '' ? id : name} ${percent} %`).join(' · '),
  check: ({ ways }) => {
    const total = ways.reduce((sum, { percent }) => sum + percent, 0)
    const unbalanced = Math.abs(total - 100) > 1e-6
    return [
      ...checkUniqueIds(ways, 'ways'),
      ...(unbalanced
        ? [
            problem(
              'SPLIT_NOT_100',
              ['ways'],
              `The percentages add up to "${Number(total.toFixed(6))}"; make them add up to 100.`,
            ),
          ]
        : []),
    ]
  },
  rests: () => false,
  run: ({ config: { ways }, stepId, draw }) => {
    const at = draw(stepId) * 100
    let upTo = 0
    for (const { id, name, percent } of ways) {
      upTo += percent
      if (percent > 0 && at < upTo) {
        return { kind: 'leave', port: `way:${id}`, reason: `Drawn for ${name === '' ? id : name} (${percent} %).` }
      }
    }
    // Only rounding (33.3 + 33.3 + 33.4) leads here: the last way that takes anybody.
    const last = ways.findLast(({ percent }) => percent > 0) ?? ways[0]
    return { kind: 'leave', port: `way:${last?.id ?? ''}`, reason: 'Drawn for the last way.' }
  },
})
