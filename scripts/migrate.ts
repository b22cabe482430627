// Brings the database of DATABASE_URL to this version's schema and ends: the one-shot service of docker-compose.yml.
// `npm start` does the same by itself.
import { migrateDatabase } from '#db/migrate.ts'
import { loadConfig } from '#server/config.ts'
import { checkPostgres } from './provision/check-postgres.ts'

try {
  const { databaseUrl } = loadConfig()
  if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set; it names the database to migrate.')
  await checkPostgres(databaseUrl)
  await migrateDatabase(databaseUrl)
  process.stdout.write('The database schema is up to date.\n')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
