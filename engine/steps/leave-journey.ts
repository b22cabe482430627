/** End another journey. */
import { z } from 'zod'
import { reasonField, referenceField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkJourney } from './problems.ts'

const configSchema = z.strictObject({
  journey: referenceField('journey', 'Journey', 'The lead is taken out of it.'),
  reason: reasonField('Taken out by another journey.'),
})
type Config = z.infer<typeof configSchema>

/** Takes the lead out of another journey. */
export const leaveJourney = defineStep<Config>({
  type: 'leave_journey',
  version: 1,
  title: 'Leave journey',
  category: 'lead',
  icon: 'route-off',
  description: 'Takes the lead out of another journey; this one goes on.',
  synonyms: ['stop', 'unsubscribe', 'remove', 'cancel'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ journey }) => `Leave ${journey}`,
  check: ({ journey }, { journeys }) => checkJourney(journey, journeys),
  rests: () => false,
  run: ({ config: { journey, reason } }) => ({
    kind: 'leave',
    port: 'next',
    reason: `Taken out of "${journey}".`,
    commands: [{ kind: 'leave_journey', journey, reason }],
  }),
})
