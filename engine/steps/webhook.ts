/** Tell another system. */
import { z } from 'zod'
import { findField } from '../fields.ts'
import type { Json } from '../facts.ts'
import { durationToMs } from '../schedule/duration.ts'
import { defineStep } from './contract.ts'
import { runEffectStep } from './effect-step.ts'
import { lookUp } from './lookup.ts'
import { problem } from './problems.ts'

const configSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'Write an address that begins with https:// (or http://).' })
    .max(2000)
    .meta({ title: 'Address', description: 'Gets a signed POST with the lead in JSON.' }),
  fields: z
    .array(z.string().min(1).max(100))
    .max(100)
    .default(['email'])
    .meta({ title: 'Fields', description: 'Lead fields that are sent along; the id always is.', picks: 'field' }),
  message: z
    .record(z.string().min(1).max(100), z.union([z.string().max(2000), z.number(), z.boolean()]))
    .default({})
    .meta({ title: 'Also send', description: 'Fixed values that the receiver needs.', ui: { entry: 'value' } }),
})
type Config = z.infer<typeof configSchema>

/** The effect type that `activities/effects` performs for this step. */
export const webhookEffect = 'webhook'

/** A receiver may be away for a while; one that hangs holds up nobody for long. */
const attempts = { maxAttempts: 8, timeout: 'PT15S' }

/** What the effect's input holds; the receiver gets `payload`. */
export interface WebhookInput {
  url: string
  payload: Record<string, Json>
}

/** Posts to an address outside; signed, retried, at least once. */
export const webhook = defineStep<Config>({
  type: 'webhook',
  version: 1,
  title: 'Webhook',
  category: 'system',
  icon: 'webhook',
  description: 'Sends the lead to another system by a signed HTTP POST.',
  synonyms: ['http', 'api', 'post', 'integration', 'zapier', 'crm'],
  config: configSchema,
  ports: () => [
    { id: 'next', label: 'Next' },
    { id: 'error', label: 'Failed', optional: true },
  ],
  summary: ({ url }) => `POST to ${/^https?:\/\/([^/?#]+)/.exec(url)?.[1] ?? url}`,
  check: ({ fields }, { library }) =>
    fields.flatMap((field, index) =>
      findField(field, library) === null
        ? [
            problem(
              'FIELD_UNKNOWN',
              ['fields', index],
              `There is no lead field "${field}"; define it or choose another.`,
            ),
          ]
        : [],
    ),
  rests: () => true,
  simulate: [
    { port: 'next', weight: 99, after: 'PT5S' },
    { port: 'error', weight: 1, after: 'PT5M' },
  ],
  attempts,
  run: (context) =>
    runEffectStep(context, () => {
      const { config, facts, enrollment, stepId, visit, now } = context
      const payload: WebhookInput['payload'] = {
        leadId: facts.leadId,
        journeyId: enrollment.journeyId,
        enrollmentId: enrollment.id,
        stepId,
        visit,
        at: new Date(now).toISOString(),
        fields: Object.fromEntries(config.fields.map((field) => [field, lookUp(facts.fields, field) ?? null])),
        ...config.message,
      }
      const input: Json = { url: config.url, payload }
      return {
        effectType: webhookEffect,
        queue: 'custom',
        input,
        timeoutMs: durationToMs(attempts.timeout),
        heartbeatMs: null,
        maxAttempts: attempts.maxAttempts,
      }
    }),
})
