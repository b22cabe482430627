/** Who has a journey open. A page says so every few seconds; who is silent for longer is gone. */
import { z } from 'zod'
import { editorSchema } from './journey-stream.ts'
import { defineRoute } from './route.ts'

/** A page that has not been heard of for this long is closed, ms. */
export const presenceLifetimeMs = 30_000
/** How often a page says that it is there, ms: one lost request is not yet a farewell. */
export const presenceBeatMs = 12_000

const params = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})
const tabSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'A tab is 1–64 letters, digits, "_" or "-".')

export const announcePresence = defineRoute({
  name: 'announcePresence',
  method: 'POST',
  path: '/api/v1/journeys/{journey}/presence',
  tag: 'Journeys',
  scope: 'journeys:read',
  unaudited: 'Looking at a journey changes nothing; it is forgotten half a minute later.',
  summary: 'Say that a page has the journey open',
  description: 'Repeat it every twelve seconds. The answer, and the stream, tell who else is there.',
  params,
  body: z.strictObject({
    tab: tabSchema.describe('One per open page, chosen by it.'),
    step: z.string().max(64).nullable().default(null),
    mode: z.enum(['edit', 'look']).default('look'),
  }),
  example: { tab: 'a1b2c3', step: 'wait', mode: 'edit' },
  responses: { 200: z.object({ editors: z.array(editorSchema) }) },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const endPresence = defineRoute({
  name: 'endPresence',
  method: 'DELETE',
  path: '/api/v1/journeys/{journey}/presence',
  tag: 'Journeys',
  scope: 'journeys:read',
  unaudited: 'As announcePresence.',
  summary: 'Say that a page is closed',
  params,
  query: z.strictObject({ tab: tabSchema }),
  responses: { 200: z.object({ ended: z.boolean() }) },
  problems: ['JOURNEY_NOT_FOUND'],
})
