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

/** A dependency of mail: `off` = none is configured. Leads move without it, so `status` above says nothing of it. */
const mailDependencySchema = dependencySchema.extend({ status: z.enum(['ok', 'down', 'off']) })
export type MailDependencyHealth = z.infer<typeof mailDependencySchema>

export const healthSchema = z.object({
  /** `ok`: everything answers. `degraded`: the API works but leads do not move. `down`: nothing works. */
  status: z.enum(['ok', 'degraded', 'down']),
  postgres: dependencySchema,
  temporal: dependencySchema,
  /** Is a worker polling the queue of the leads? */
  worker: dependencySchema,
  /** The mail server that real mail is handed to, as the mailroom last found it. */
  mail: mailDependencySchema,
  /** The mailbox that replies and bounces are read from: when it was last read. */
  inbox: mailDependencySchema,
})
export type Health = z.infer<typeof healthSchema>

export const getHealth = defineRoute({
  name: 'getHealth',
  method: 'GET',
  path: '/health',
  tag: 'Health',
  scope: 'none',
  summary: 'Is everything up?',
  description:
    'One entry per dependency, each checked now, within two seconds. 503 unless Postgres, Temporal and a worker are well: ' +
    'without a mail server or a mailbox leads move and messages wait, which `mail` and `inbox` tell.',
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
