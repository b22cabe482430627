import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { ensureDatabase } from '#scripts/provision/postgres.ts'

const migrationsFolder = fileURLToPath(new URL('../../db/migrations', import.meta.url))

/** Makes the database that tests clone: migrated once per run, then only copied. Without migrations it stays empty. */
export async function migrateTemplate(adminUrl: string, name: string): Promise<void> {
  await ensureDatabase(adminUrl, name)
  if (!existsSync(`${migrationsFolder}/meta/_journal.json`)) return
  const sql = postgres(withDatabase(adminUrl, name), { max: 1, onnotice: () => undefined })
  try {
    await migrate(drizzle(sql), { migrationsFolder })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  other.hash = ''
  return other.href
}
