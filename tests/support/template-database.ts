import { migrateDatabase } from '#db/migrate.ts'
import { ensureDatabase } from '#scripts/provision/postgres.ts'

/** Makes the database that tests clone: migrated once per run, then only copied. */
export async function migrateTemplate(adminUrl: string, name: string): Promise<void> {
  await ensureDatabase(adminUrl, name)
  await migrateDatabase(withDatabase(adminUrl, name))
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  other.hash = ''
  return other.href
}
