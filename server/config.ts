import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { smtpProblems, smtpVariables, toSmtpConfig, type SmtpConfig } from './smtp-config.ts'

const port = z.coerce.number({ error: 'must be a port number from 1 to 65535' }).int().min(1).max(65_535)
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === 32
}

const perMinute = z.coerce.number({ error: 'must be a whole number from 1 up' }).int().min(1)

/** `a, b` → `['a', 'b']`. */
function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function isMailbox(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username } = new URL(text)
  return (protocol === 'imaps:' || protocol === 'imap:') && hostname !== '' && username !== ''
}

/** An address such as `127.0.0.1:7233`, without a scheme. */
const hostAndPort = z
  .string()
  .regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be HOST:PORT without a scheme, e.g. 127.0.0.1:7233')

/** What each variable means; `.env.example`, `trellis doctor` and the error messages all come from here. */
const variables = {
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the web server listens on'),
  PORT: port.default(3000).describe('Port of the web server'),
  TRELLIS_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address, e.g. https://leads.example.com' })
    .optional()
    .describe('Where leads reach the web server: what links in messages begin with; http://HOST:PORT if unset'),
  TRELLIS_TRUSTED_PROXIES: z.coerce
    .number({ error: 'must be a whole number from 0 to 10' })
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('How many proxies in front of the web server are believed when they tell who asks (X-Forwarded-For)'),
  TRELLIS_RATE_LIMIT: perMinute.default(1200).describe('Requests a minute that one person or key may make'),
  TRELLIS_INGEST_RATE_LIMIT: perMinute
    .default(6000)
    .describe('Requests a minute for one key that takes in events; a tenth of it per visitor of a website'),
  TRELLIS_HOME: z.string().min(1).optional().describe('Data, logs and downloaded parts of the embedded servers'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// URL, e.g. postgres://user:password@host:5432/trellis')
    .optional()
    .describe('Postgres 18 to use instead of the embedded one'),
  TEMPORAL_ADDRESS: hostAndPort.optional().describe('Temporal server to use instead of the embedded one'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Temporal namespace of this installation'),
  TEMPORAL_CLI_PATH: z.string().min(1).optional().describe('The `temporal` program to run the embedded server with'),
  POSTGRES_PORT: port
    .optional()
    .describe('Port of the embedded Postgres; a free one is chosen and remembered if unset'),
  TEMPORAL_PORT: port
    .optional()
    .describe('Port of the embedded Temporal; a free one is chosen and remembered if unset'),
  LOG_LEVEL: z
    .enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` })
    .default('info')
    .describe('How much is logged'),
  TRELLIS_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32')
    .optional()
    .describe('Signs links in messages; made once and kept in TRELLIS_HOME if unset'),
  TRELLIS_PREVIOUS_SECRETS: z
    .string()
    .refine(
      (text) => splitList(text).every((secret) => secret.length >= 32),
      'must be earlier values of TRELLIS_SECRET, separated by commas, each of at least 32 characters',
    )
    .optional()
    .describe('Earlier values of TRELLIS_SECRET, separated by commas: links in old mails go on working'),
  TRELLIS_ACTIVITIES: z.string().optional().describe('npm packages with custom activities, separated by commas'),
  TRELLIS_ACTIVITIES_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe('Where custom activities are; activities/custom if unset'),
  TRELLIS_OWN_NETWORK: z
    .enum(['allow', 'refuse'], { error: 'must be allow or refuse' })
    .default('allow')
    .describe('May webhooks and pictures be fetched from this machine and its own network? Link-local never'),
  METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('Address on which Prometheus may ask for metrics'),
  METRICS_PORT: port.optional().describe('Port of the API’s metrics (GET /metrics); unset: none'),
  WORKER_METRICS_PORT: port.optional().describe('Port of the worker’s metrics (GET /metrics); unset: none'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address, e.g. http://localhost:4318' })
    .optional()
    .describe('OpenTelemetry collector (OTLP over HTTP) that traces go to; unset: none'),
  IMAP_URL: z
    .string()
    .refine((text) => isMailbox(text), 'must be like imaps://user:password@mail.example.com:993/INBOX')
    .optional()
    .describe('Mailbox that replies and bounces come to; unset: none is read'),
  IMAP_DONE_FOLDER: z.string().min(1).optional().describe('Where mail goes once taken in; unset: it is marked as read'),
  INBOUND_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters; make one with: openssl rand -hex 32')
    .optional()
    .describe('What a mail provider proves itself with when it hands in replies and bounces; unset: none may'),
  ...smtpVariables,
  POSTCARD_API_URL: z
    .url({
      protocol: /^https?$/,
      error: 'must be an http:// or https:// address, e.g. https://print.example.com/v1/cards',
    })
    .optional()
    .describe('Print-and-mail service that postcards are handed to; unset: they wait in print batches'),
  POSTCARD_API_KEY: z.string().min(1).optional().describe('Key for the print-and-mail service'),
  TRELLIS_PAYLOAD_KEY: z
    .string()
    .refine((text) => isKey(text), 'must be 32 bytes in base64; make one with: openssl rand -base64 32')
    .optional()
    .describe('Seals what Temporal stores (AES-256-GCM); the same for all processes. Unset: it is stored plainly'),
} as const

const schema = z.object(variables)

/** The settings of this installation, checked. Optional ones are absent when unset. */
export type Config = {
  host: string
  port: number
  /** What links in messages begin with; without a slash at its end. */
  publicUrl: string
  trustedProxies: number
  /** Requests a minute. */
  rateLimits: { perMinute: number; ingestPerMinute: number }
  /** Absolute path. */
  home: string
  databaseUrl: string | undefined
  temporalAddress: string | undefined
  temporalNamespace: string
  temporalCliPath: string | undefined
  postgresPort: number | undefined
  temporalPort: number | undefined
  logLevel: (typeof logLevels)[number]
  secret: string | undefined
  /** Whether webhooks and pictures may lead into the own network. */
  allowsOwnNetwork: boolean
  metrics: { host: string; apiPort: number | undefined; workerPort: number | undefined }
  /** Base address of the collector of traces. */
  otlpEndpoint: string | undefined
  /** Verify links, never sign. */
  previousSecrets: string[]
  /** 32 bytes. */
  payloadKey: Buffer | undefined
  inbound: { mailboxUrl: string | undefined; doneFolder: string | undefined; secret: string | undefined }
  /** Null = real mail cannot leave. */
  smtp: SmtpConfig | null
  postcards: { apiUrl: string | undefined; apiKey: string | undefined }
  /** Where custom activities are, and whether changes of their files are seen while a process runs. */
  activities: { packages: string[]; folder?: string; follow: boolean }
}

/** One variable of the environment, for documentation and `trellis doctor`. */
export type ConfigVariable = {
  name: keyof typeof variables
  description: string
  fallback: string | undefined
  isSecret: boolean
}

/** Never shown. */
const secretVariables: ReadonlySet<string> = new Set([
  'TRELLIS_SECRET',
  'TRELLIS_PREVIOUS_SECRETS',
  'TRELLIS_PAYLOAD_KEY',
  'DATABASE_URL',
  'IMAP_URL',
  'SMTP_URL',
  'INBOUND_SECRET',
  'POSTCARD_API_KEY',
])

/** Every variable Trellis reads, in the order to show them. */
export const configVariables: readonly ConfigVariable[] = Object.entries(variables).map(([name, type]) => ({
  name: name as keyof typeof variables,
  description: type.description ?? '',
  fallback: describeFallback(type),
  isSecret: secretVariables.has(name),
}))

/** Thrown when the environment is wrong. `problems` has one entry per variable; the message lists them all. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `${String(problems.length)} setting${problems.length === 1 ? ' is' : 's are'} wrong. ` +
        `Correct the environment (see .env.example):\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the settings; the only place that looks at the environment. An empty value counts as unset.
 *
 * @throws {ConfigError} listing every wrong variable at once, with its value (secrets excepted).
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.keys(variables).flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const result = schema.safeParse(given)
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) => {
        const name = String(issue.path[0])
        const isSecret = configVariables.find((variable) => variable.name === name)?.isSecret === true
        return `${name} ${isSecret ? '' : `is "${String(given[name])}" and `}${issue.message}`
      }),
    )
  }
  const value = result.data
  const problems = smtpProblems(value)
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    host: value.HOST,
    port: value.PORT,
    publicUrl: (value.TRELLIS_PUBLIC_URL ?? `http://${displayHost(value.HOST)}:${String(value.PORT)}`).replace(
      /\/+$/,
      '',
    ),
    trustedProxies: value.TRELLIS_TRUSTED_PROXIES,
    rateLimits: { perMinute: value.TRELLIS_RATE_LIMIT, ingestPerMinute: value.TRELLIS_INGEST_RATE_LIMIT },
    home: resolve(value.TRELLIS_HOME ?? defaultHome(env)),
    databaseUrl: value.DATABASE_URL,
    temporalAddress: value.TEMPORAL_ADDRESS,
    temporalNamespace: value.TEMPORAL_NAMESPACE,
    temporalCliPath: value.TEMPORAL_CLI_PATH,
    postgresPort: value.POSTGRES_PORT,
    temporalPort: value.TEMPORAL_PORT,
    logLevel: value.LOG_LEVEL,
    secret: value.TRELLIS_SECRET,
    previousSecrets: splitList(value.TRELLIS_PREVIOUS_SECRETS ?? ''),
    allowsOwnNetwork: value.TRELLIS_OWN_NETWORK === 'allow',
    metrics: { host: value.METRICS_HOST, apiPort: value.METRICS_PORT, workerPort: value.WORKER_METRICS_PORT },
    otlpEndpoint: value.OTEL_EXPORTER_OTLP_ENDPOINT,
    payloadKey: value.TRELLIS_PAYLOAD_KEY === undefined ? undefined : Buffer.from(value.TRELLIS_PAYLOAD_KEY, 'base64'),
    inbound: { mailboxUrl: value.IMAP_URL, doneFolder: value.IMAP_DONE_FOLDER, secret: value.INBOUND_SECRET },
    smtp: toSmtpConfig(value),
    postcards: { apiUrl: value.POSTCARD_API_URL, apiKey: value.POSTCARD_API_KEY },
    activities: {
      packages: splitList(value.TRELLIS_ACTIVITIES ?? ''),
      ...(value.TRELLIS_ACTIVITIES_FOLDER === undefined ? {} : { folder: resolve(value.TRELLIS_ACTIVITIES_FOLDER) }),
      // In production what runs is what was deployed.
      follow: env['NODE_ENV'] !== 'production',
    },
  }
}

/**
 * Where data lives unless TRELLIS_HOME says otherwise: the user's data folder, outside the source tree. Root's home is
 * closed to other users, and root's Postgres runs as one, so root gets a system folder.
 */
export function defaultHome(env: NodeJS.ProcessEnv = process.env): string {
  if (process.getuid?.() === 0) return '/var/lib/trellis'
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'trellis')
}

/** What to put in a browser for a listening address. */
export function displayHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function describeFallback(type: z.ZodType): string | undefined {
  const parsed = type.safeParse(undefined)
  return typeof parsed.data === 'string' || typeof parsed.data === 'number' ? String(parsed.data) : undefined
}
