/** The catalogue of steps, as the palette, the inspector and other programs see it. */
import { z } from 'zod'
import { stepCategories } from '#engine/steps/contract.ts'
import { jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const stepManifestSchema = z.object({
  type: z.string(),
  version: z.int(),
  title: z.string(),
  category: z.enum(stepCategories),
  /** A name of the Tabler icon set. */
  icon: z.string(),
  description: z.string(),
  synonyms: z.array(z.string()),
  /** JSON Schema (2020-12) of the settings an author writes. */
  config: z.record(z.string(), jsonSchema),
  /** Ways out with the least possible settings; null when they depend on settings that have no default. */
  ports: z.array(z.object({ id: z.string(), label: z.string(), optional: z.boolean() })).nullable(),
  /** What a new step begins with. */
  starter: z.record(z.string(), jsonSchema),
  /** The card's line with `{setting}` in it; null for built-in steps, which make it from all their settings. */
  summary: z.string().nullable(),
  /** Added by an engineer of this installation. */
  isCustom: z.boolean(),
  /** For steps that call the outside: tries in all, and how long one may take (ISO 8601); null for the others. */
  attempts: z.object({ maxAttempts: z.int(), timeout: z.string() }).nullable(),
  simulate: z.array(z.object({ port: z.string(), weight: z.number(), after: z.string().optional() })),
})
export type StepManifest = z.infer<typeof stepManifestSchema>

export const listSteps = defineRoute({
  name: 'listSteps',
  method: 'GET',
  path: '/api/v1/steps',
  tag: 'Steps',
  summary: 'Every step a journey may use, built-in and custom',
  description: 'In development the answer changes when a file of activities/custom does; the stream tells of it.',
  responses: {
    200: z.object({
      items: z.array(stepManifestSchema),
      /** Another one for each other catalogue. */
      revision: z.string(),
      /** Custom activities that cannot be used now. `keepsFormer`: the version that worked last still is. */
      problems: z.array(z.object({ source: z.string(), message: z.string(), keepsFormer: z.boolean() })),
    }),
  },
})
