// `node scripts/record-histories.ts`: walks leads through journeys on real servers and keeps the histories of their
// executions in tests/replay/histories/<journey>-<release>.json. Run once per release, and for a new kind of history; what
// is there is never written again, since leads in the field sleep on exactly such histories.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { startOwnTemporal, startTestPostgres } from '#tests/support/embedded-servers.ts'
import { withDatabase, migrateTemplate } from '#tests/support/template-database.ts'
import { scenarios } from './record-histories/scenarios.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'tests', 'replay', 'histories')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
mkdirSync(folder, { recursive: true })

const fileOf = (name: string) => join(folder, `${name}-${version}.json`)
const missing = scenarios.filter(({ names }) => names.some((name) => !existsSync(fileOf(name))))
if (missing.length === 0) {
  process.stdout.write(`Every history of ${version} is there; nothing is recorded twice.\n`)
  process.exit(0)
}

const postgres = await startTestPostgres()
const temporal = await startOwnTemporal()
/** Suggests to continue as new early. */
const impatient = await startOwnTemporal({ 'limit.historyCount.suggestContinueAsNew': '40' })
try {
  for (const scenario of missing) {
    const { names, isLong } = scenario
    const database = `record_${names[0]?.replaceAll('-', '_') ?? ''}`
    await migrateTemplate(postgres.address, database)
    const histories = await scenario.record({
      databaseUrl: withDatabase(postgres.address, database),
      address: isLong === true ? impatient.address : temporal.address,
    })
    for (const [index, name] of names.entries()) {
      const history = histories[index]
      if (history === undefined) throw new Error(`"${name}" was not recorded.`)
      if (existsSync(fileOf(name))) continue
      // Stack traces name the folder of whoever recorded them; replaying looks at none of it.
      const text = JSON.stringify(JSON.parse(historyToJSON(history))).replaceAll(process.cwd(), '/app')
      writeFileSync(fileOf(name), `${text}\n`, { flag: 'wx' })
      process.stdout.write(`${name}: ${String(history.events?.length ?? 0)} events\n`)
    }
  }
} finally {
  await Promise.allSettled([temporal.end(), impatient.end()])
  await postgres.stop()
}
