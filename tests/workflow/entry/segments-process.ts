/**
 * A worker of the `segments` queue in a process of its own, for tests that kill it: prints `ready`, then `page` after each
 * committed page of a sweep, before its pokes.
 *
 * Arguments: database URL, Temporal address, queue prefix.
 */
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { createPoker } from '#activities/poker.ts'
import { createDatabase } from '#db/client.ts'
import { startEngine } from '#server/engine.ts'

const [databaseUrl = '', address = '', queuePrefix = ''] = process.argv.slice(2)
const { db } = createDatabase(databaseUrl, { max: 4 })
const client = new Client({ connection: await Connection.connect({ address }) })
const activities = createEntryActivities({
  db,
  poker: createPoker(client, { queuePrefix }),
  schedules: createEntrySchedules(client, { db, queuePrefix }),
  pageSize: 20,
  pokesPerSecond: 100,
  afterPage: () => {
    process.stdout.write('page\n')
    return Promise.resolve()
  },
})
const engine = await startEngine({
  connection: await NativeConnection.connect({ address }),
  namespace: 'default',
  queuePrefix,
  activities: { segments: activities },
})
process.stdout.write('ready\n')
await engine.done
