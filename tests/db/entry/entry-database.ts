import { afterAll, beforeAll } from 'vitest'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import type postgres from 'postgres'
import type { Definition } from '#engine/definition/types.ts'
import type { Json } from '#engine/facts.ts'
import { settingsSchema, type JourneySettings } from '#engine/graph/schema.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { triggerSchema, type Trigger } from '#engine/steps/entry.ts'
import { createDatabase, type Database, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import * as schema from '#db/schema/index.ts'
import { insertVersion, replaceTriggers, saveJourneyDraft, setJourneyStatus } from '#db/repositories/journeys.ts'
import { upsertLeads, type IncomingLead } from '#db/repositories/upsert-leads.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

/** A fresh database of this test file. */
export function useDatabase(): () => Database {
  let database: TestDatabase
  let handle: DatabaseHandle
  beforeAll(async () => {
    database = await createTestDatabase()
    handle = createDatabase(database.url, { max: 6 })
  })
  afterAll(async () => {
    await handle.close()
    await database.drop()
  })
  return () => handle.db
}

/** The same connections, telling of each statement. */
export function countingDatabaseOf(db: Database, onStatement: () => void): Database {
  const { $client } = db as Database & { $client: postgres.Sql }
  return drizzle($client, { schema, logger: { logQuery: onStatement } })
}

/** A library with a few custom fields and a mapped survey. */
export function aLibrary(changes: Partial<Library> = {}): Library {
  return {
    ...emptyLibrary(),
    fields: {
      topic: { key: 'topic', label: 'Topic', type: 'text' },
      employees: { key: 'employees', label: 'Employees', type: 'number' },
      birthday: { key: 'birthday', label: 'Birthday', type: 'date' },
    },
    ...changes,
  }
}

type TriggerInput = { kind: Trigger['kind'] } & Record<string, unknown>

/** A live journey with these triggers (id `t1`, `t2`… unless given). Returns its id. */
export async function aLiveJourney(
  db: Database,
  triggers: TriggerInput[],
  { library = aLibrary(), settings = {} }: { library?: Library; settings?: Partial<JourneySettings> } = {},
): Promise<string> {
  const parsed = triggers.map((trigger, index) => triggerSchema.parse({ id: `t${String(index + 1)}`, ...trigger }))
  const definition = aDefinition(parsed, settings)
  return db.transaction(async (tx) => {
    const key = `journey-${newId()}`
    const graph = { format: 1 as const, nodes: [], edges: [], settings: definition.settings }
    const layout = { positions: {}, notes: [] }
    const { journeyId } = await saveJourneyDraft(tx, { key, name: key, description: '', graph, layout })
    const hash = newId()
    const version = await insertVersion(tx, { journeyId, graph, layout, definition, hash, note: '', actor: 'test' })
    await setJourneyStatus(tx, journeyId, 'live')
    await replaceTriggers(tx, { journeyId, version, definition }, library)
    return journeyId
  })
}

function aDefinition(triggers: Trigger[], settings: Partial<JourneySettings>): Definition {
  return {
    format: 1,
    entry: 'start',
    triggers,
    steps: { start: { type: 'entry', name: 'Entry', config: { triggers }, next: {} } },
    settings: { ...settingsSchema.parse({}), ...settings },
    segments: [],
    needs: { events: [], surveys: [], deliveries: false, received: false },
    watch: [],
  }
}

/** New leads; returns their ids in order. Nobody enters anything by being created. */
export async function someLeads(db: Database, rows: IncomingLead[], library = aLibrary()): Promise<string[]> {
  const result = await db.transaction((tx) => upsertLeads(tx, rows, { library, actor: 'test', enroll: false }))
  return result.rows.map((row) => row.leadId ?? '')
}

export interface SeenInput {
  leadId: string
  kind: string
  payload: Record<string, Json>
  at: number
}

/** Unconsumed inputs, and marks them consumed together with the pokes, as a turn does. */
export async function takeInputs(db: Database): Promise<SeenInput[]> {
  const rows = await db.execute<{ lead_id: string; kind: string; payload: Record<string, Json>; at: number }>(sql`
    with taken as (
      update lead_inputs set consumed_at = now() where consumed_at is null
      returning id, lead_id, kind, payload, (extract(epoch from at) * 1000)::float8 as at
    ), gone as (delete from lead_pokes)
    select * from taken order by id`)
  return rows.map((row) => ({ leadId: row.lead_id, kind: row.kind, payload: row.payload, at: row.at }))
}

/** `<leadId> <triggerId>` of the entries among these inputs to one journey, sorted. */
export function entriesInto(inputs: SeenInput[], journeyId: string): string[] {
  return inputs
    .filter((input) => input.kind === 'enroll' && input.payload['journeyId'] === journeyId)
    .map((input) => `${input.leadId} ${input.payload['triggerId'] as string}`)
    .sort()
}

/** An active enrollment that rests on these keys. */
export async function aWaitingEnrollment(
  db: Database,
  leadId: string,
  journeyId: string,
  dependsOn: string[],
): Promise<string> {
  const id = newId()
  await db.execute(sql`
    insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, state, depends_on, trigger_id, entry_key, entered_at)
    values (${id}, ${leadId}, ${journeyId}, 1, 'active', 'wait', now(), '{}',
            ${`{${dependsOn.map((key) => `"${key}"`).join(',')}}`}::text::text[], 't1', ${id}, now())`)
  return id
}

/** Rows of a table that satisfy a condition. */
export async function countRows(db: Database, table: string, condition = sql`true`): Promise<number> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from ${sql.raw(table)} where ${condition}`,
  )
  return row?.count ?? 0
}
