import postgres from 'postgres'

/** What a Postgres server says about itself. */
export type PostgresFacts = {
  /** e.g. `18.4`. */
  version: string
  /** Its clock minus ours, in ms; network time included. */
  clockSkewMs: number
}

/** Older servers lack what the schema uses. */
const oldestPostgresMajor = 18

/**
 * Asks a Postgres server for its version and clock.
 *
 * @throws {Error} when it cannot be reached or is too old; the message names the server without its password.
 */
export async function checkPostgres(databaseUrl: string): Promise<PostgresFacts> {
  const { host, pathname } = new URL(databaseUrl)
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined })
  try {
    const sentAt = Date.now()
    const [row] = await sql<{ version: string; now: string }[]>`
      select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::text as now`
    const receivedAt = Date.now()
    const version = row?.version.split(' ')[0] ?? '?'
    if (Number.parseInt(version, 10) < oldestPostgresMajor) {
      throw new Error(`it is Postgres ${version}, and Trellis needs ${String(oldestPostgresMajor)} or later`)
    }
    return { version, clockSkewMs: Math.round(Number(row?.now) - (sentAt + receivedAt) / 2) }
  } catch (cause) {
    throw new Error(
      `The Postgres server at ${host}${pathname} cannot be used: ${cause instanceof Error ? cause.message || String(cause) : String(cause)}. ` +
        'Correct DATABASE_URL or start that server; unset DATABASE_URL to use the embedded one.',
      { cause },
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}
