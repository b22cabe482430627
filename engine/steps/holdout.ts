/** Keep some leads out, to see what the journey is worth. */
import { z } from 'zod'
import { defineStep } from './contract.ts'

const configSchema = z.strictObject({
  percent: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .meta({
      title: 'Percent held out',
      description: 'This share of the leads does not get what follows.',
      ui: { control: 'slider', unit: '%' },
    }),
})
type Config = z.infer<typeof configSchema>

/** A control group, the same leads at every hold-out step of the journey. */
export const holdout = defineStep<Config>({
  type: 'holdout',
  version: 1,
  title: 'Hold out',
  category: 'decision',
  icon: 'shield-half',
  description:
    'Keeps a random share of leads out as a control group; the same leads at every hold-out of this journey.',
  synonyms: ['control group', 'experiment', 'lift'],
  config: configSchema,
  ports: () => [
    { id: 'in', label: 'In' },
    { id: 'held_out', label: 'Held out' },
  ],
  summary: ({ percent }) => `Hold out ${percent} %`,
  rests: () => false,
  // `draw` mixes in the lead and the journey, so one salt makes one control group per journey.
  run: ({ config: { percent }, draw }) =>
    draw('holdout') * 100 < percent
      ? { kind: 'leave', port: 'held_out', reason: `In the control group (${percent} %).` }
      : { kind: 'leave', port: 'in', reason: 'Not in the control group.' },
})
