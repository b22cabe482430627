/** Begin another journey. */
import { z } from 'zod'
import { referenceField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { checkJourney } from './problems.ts'

const configSchema = z.strictObject({
  journey: referenceField('journey', 'Journey', 'The lead enters it, too, when its re-enrollment policy allows.'),
})
type Config = z.infer<typeof configSchema>

/** Enrols the lead in another journey; it goes on in this one, too. */
export const enrollIn = defineStep<Config>({
  type: 'enroll_in',
  version: 1,
  title: 'Enrol in journey',
  category: 'lead',
  icon: 'route',
  description: 'Starts another journey for the lead; this one goes on.',
  synonyms: ['start', 'subscribe', 'hand over', 'nurture'],
  config: configSchema,
  ports: () => [{ id: 'next', label: 'Next' }],
  summary: ({ journey }) => `Enrol in ${journey}`,
  check: ({ journey }, { journeys }) => checkJourney(journey, journeys),
  rests: () => false,
  run: ({ config: { journey } }) => ({
    kind: 'leave',
    port: 'next',
    reason: `Enrolled in "${journey}".`,
    commands: [{ kind: 'enroll', journey }],
  }),
})
