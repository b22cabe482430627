/** One way to reach Postgres: postgres.js with drizzle on top. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { preparingStatements } from './prepared-statements.ts'
import * as schema from './schema/index.ts'

type Schema = typeof schema
/** The pool, or one transaction of it: repositories take either. */
export type Database = PostgresJsDatabase<Schema>
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]
export type Queryable = Database | Transaction

export interface DatabaseHandle {
  db: Database
  /** The raw postgres.js pool, for LISTEN and for hand-written set-based SQL. */
  sql: postgres.Sql
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Connections at most. @default 10 */
  max?: number
  /** Shown in pg_stat_activity. @default 'trellis' */
  applicationName?: string
  /** Prepare each statement once per connection; see prepared-statements.ts for where that is wrong. @default false */
  prepare?: boolean
}

/** Opens a pool. Connects lazily; never throws by itself. */
export function createDatabase(url: string, options: DatabaseOptions = {}): DatabaseHandle {
  const sql = postgres(url, {
    max: options.max ?? 10,
    onnotice: () => {},
    // By its own rule a pool that has lost its connections a few times waits up to 20 s before it looks again.
    backoff: (attempts: number) => (0.5 + Math.random() / 2) * Math.min(3 ** attempts / 100, 1),
    connection: { application_name: options.applicationName ?? 'trellis', TimeZone: 'UTC' },
  })
  const client = options.prepare === true ? preparingStatements(sql) : sql
  return { db: drizzle(client, { schema }), sql, close: () => sql.end({ timeout: 5 }) }
}
