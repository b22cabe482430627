/** Is everything up? For people, for monitors and for container health checks. */
import { z } from 'zod'
import { defineRoute } from './route.ts'

const dependencySchema = z.object({
  status: z.enum(['ok', 'down']),
  /** What was found, in words; never an address with a password. */
  detail: z.string(),
  /** How long the check took. */
  tookMs: z.int(),
})
export type DependencyHealth = z.infer<typeof dependencySchema>

export const healthSchema = z.object({
  /** `ok`: everything answers. `degraded`: the API works but leads do not move. `down`: nothing works. */
  status: z.enum(['ok', 'degraded', 'down']),
  postgres: dependencySchema,
  temporal: dependencySchema,
  /** Is a worker polling the queue of the leads? */
  worker: dependencySchema,
})
export type Health = z.infer<typeof healthSchema>

export const getHealth = defineRoute({
  name: 'getHealth',
  method: 'GET',
  path: '/health',
  tag: 'Health',
  scope: 'none',
  summary: 'Is everything up?',
  description: 'One entry per dependency, each checked now, within two seconds. 503 unless all are well.',
  responses: { 200: healthSchema, 503: healthSchema },
})

export const getReady = defineRoute({
  name: 'getReady',
  method: 'GET',
  path: '/ready',
  tag: 'Health',
  scope: 'none',
  summary: 'Can this process answer requests?',
  description: 'Looks at the database only, so that a load balancer keeps sending while Temporal restarts.',
  responses: { 200: z.object({ ready: z.literal(true) }), 503: z.object({ ready: z.literal(false) }) },
})
