/** What the API is made of: everything a route may use, given to `createApp` from outside. */
import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { LiveActivities } from '#activities/live-activities.ts'
import type { LinkOptions } from '#activities/links/personal-link.ts'
import type { DnsResolver } from '#activities/company/dns-records.ts'
import type { Provider } from '#activities/providers/contract.ts'
import type { DatabaseHandle } from '#db/client.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { Channel } from '#engine/vocabulary.ts'
import type { Health } from './contract/health.ts'
import type { ObserveRequest } from './middleware/request-context.ts'
import type { RateLimitOptions } from './access/rate-limits.ts'
import type { StreamLimits } from './event-streams.ts'
import type { MailSetup } from './routes/company.ts'
import type { TemporalGateway } from './temporal.ts'

export interface AppDependencies {
  database: DatabaseHandle
  temporal: TemporalGateway
  registry: StepRegistry
  /** What changes about custom steps while the process runs. @default nothing */
  customActivities?: Pick<LiveActivities, 'problems' | 'revision'>
  logger: Logger
  /** The address the server listens on: on loopback, foreign Host headers are refused. */
  boundTo: string
  /** Where leads reach the public pages, and what signs their links. */
  links: LinkOptions
  /** Where files that leads download lie; absent = there are none. */
  filesFolder?: string | null
  /** Where people and leads reach the server; unset or on this machine: nobody else is meant to. */
  publicUrl?: string
  /** DNS, for the check of the sender's domain. @default this machine's */
  dns?: DnsResolver
  /** How mail is signed and handed over, as far as DNS must know. @default unknown */
  mailSetup?: MailSetup
  /** What test mails leave by. @default none: they go to the built-in mailbox only */
  email?: Provider | null
  /** How many proxies in front of us are believed when they tell who asks. @default 0 */
  trustedProxies?: number
  /** How much one caller may ask for. @default generous */
  rateLimits?: RateLimitOptions
  /** What mail providers prove themselves with; absent = nobody may hand in mail. */
  inboundSecret?: string | undefined
  /** Channels with a provider that reaches real people. @default none */
  realChannels?: readonly Channel[]
  /** The mailbox that replies are read from, as its mark is kept (`mailboxName`). @default none */
  inboxName?: string | null
  /** A sender is configured beside the company profile. @default false */
  hasSender?: boolean
  /** How many streams may be open. @default 500, 60 per caller */
  streamLimits?: StreamLimits
  /** Where the built page is; null = none (the API alone). */
  pageFolder: string | null
  /** Shown in the OpenAPI document. */
  version: string
  /** Aborted when the process is told to stop: streams end then. */
  stopping?: AbortSignal
  /** Told of each answered request. */
  observeRequest?: ObserveRequest
  /** Goes around every request: a span of its own (telemetry/tracing.ts). */
  traceRequests?: RequestHandler
  /** Told of the health check once it exists, so that metrics show the same health. */
  onHealth?: (health: (maxAgeMs: number) => Promise<Health>) => void
  /** Wall clock, UTC ms. @default Date.now */
  now?: () => number
  /** Check each response against the contract; for tests. @default false */
  checkReplies?: boolean
}
