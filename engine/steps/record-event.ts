/** Note that something happened. */
import { z } from 'zod'
import { eventNameField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { describeEvent } from './summary-words.ts'

const configSchema = z.strictObject({
  event: eventNameField,
  properties: z
    .record(z.string().min(1).max(100), z.union([z.string().max(2000), z.number(), z.boolean()]))
    .default({})
    .meta({ title: 'Properties', description: 'What is stored with it.', ui: { entry: 'property' } }),
})
type Config = z.infer<typeof configSchema>

/** Records an event on the lead, for rules, counts and other journeys. */
export const recordEvent = defineStep<Config>({
  type: 'record_event',
  version: 1,
  title: 'Record event',
  category: 'lead',
  icon: 'pin',
  description: "Adds an event to the lead's history; rules count it and other journeys may start by it.",
  synonyms: ['track', 'log', 'milestone', 'count'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ event }) => `Record ${describeEvent(event)}`,
  rests: () => false,
  run: ({ config: { event, properties } }) => ({
    kind: 'leave',
    port: 'next',
    reason: `"${event}" recorded.`,
    commands: [{ kind: 'record_event', event, properties }],
  }),
})
