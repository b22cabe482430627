/** What the measurements of the engine share: a published journey, leads, and leads entering it. */
import { Client, Connection } from '@temporalio/client'
import type postgres from 'postgres'
import { createPoker, type Poker } from '#activities/poker.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { createDatabase, type Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { journeys } from '#db/schema/journeys.ts'
import { parseGraph } from '#engine/compiler/parse.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

export interface World {
  db: Database
  sql: postgres.Sql
  client: Client
  poker: Poker
  close(): Promise<void>
}

/** The sender's side: one connection pool and a Temporal client. */
export async function openWorld(databaseUrl: string, temporalAddress: string): Promise<World> {
  const database = createDatabase(databaseUrl, { max: 5, applicationName: 'bench' })
  const { db, sql } = database
  const connection = await Connection.connect({ address: temporalAddress })
  const client = new Client({ connection })
  return {
    db,
    sql,
    client,
    poker: createPoker(client),
    async close() {
      await connection.close()
      await database.close()
    },
  }
}

/** Compiles and publishes as the screens do. */
export async function publish({ db }: Pick<World, 'db'>, json: unknown): Promise<string> {
  const { graph, issues } = parseGraph(json)
  if (graph === null) throw new Error(`The graph cannot be read: ${JSON.stringify(issues)}`)
  const id = newId()
  const draft = { draftGraph: graph, draftLayout: { positions: {}, notes: [] } }
  await db.insert(journeys).values({ id, key: `bench-${id.slice(-8)}`, name: 'Bench', ...draft })
  const result = await publishJourney(
    { db, registry: createStepRegistry(), schedules: null },
    { journey: id, actor: 'bench' },
  )
  if (!result.published) throw new Error(`The journey cannot be published: ${JSON.stringify(result.issues)}`)
  return id
}

/** No cap, so that each mail of each round goes out at once. */
export async function allowManyMails({ sql }: Pick<World, 'sql'>): Promise<void> {
  const policy = { caps: [{ channel: 'email', max: 1000, within: 'P7D' }] }
  await sql`insert into settings (key, value) values ('contact_policy', ${JSON.stringify(policy)})
            on conflict (key) do update set value = excluded.value`
}

/** A provider that takes every message at once, for nothing: what sending costs is not measured here. */
export async function acceptAtOnce({ sql }: Pick<World, 'sql'>): Promise<void> {
  await sql.unsafe(`
    create function bench_accept() returns trigger language plpgsql as $$
    begin
      if new.status = 'queued' then new.status := 'accepted'; new.accepted_at := new.queued_at; end if;
      return new;
    end $$;
    create trigger bench_accept before insert on deliveries for each row execute function bench_accept()`)
}

/** Adds real leads; their ids in order. `prefix`: first characters of each id (hexadecimal, at most eight). */
export async function addLeads({ sql }: Pick<World, 'sql'>, count: number, prefix = ''): Promise<string[]> {
  const ids = Array.from({ length: count }, () => prefix + newId().slice(prefix.length))
  for (let start = 0; start < count; start += 5000) {
    await sql`
      insert into leads (id, email, first_name, last_name, company, zone, fields, folded)
      select id, id || '@example.test', 'Ada', 'Lovelace', 'Engines', 'Europe/Berlin', '{"industry": "Machines"}',
             '{"first_name": "ada", "last_name": "lovelace", "company": "engines", "industry": "machines"}'
        from unnest(${ids.slice(start, start + 5000)}::uuid[]) as id`
  }
  return ids
}

/** Writes the inputs and pokes, as every sender does. `at`: when they enter, UTC milliseconds. */
export async function enrol(
  { db, poker }: Pick<World, 'db' | 'poker'>,
  journeyId: string,
  leadIds: readonly string[],
  at: number = Date.now(),
): Promise<void> {
  await db.transaction((tx) =>
    addInputs(
      tx,
      leadIds.map((leadId) => ({
        leadId,
        at,
        input: { kind: 'enroll' as const, journeyId, triggerId: 'manual', entryKey: `bench:${String(at)}` },
      })),
    ),
  )
  const { failed } = await poker.poke(leadIds)
  if (failed > 0) throw new Error(`${String(failed)} leads could not be poked.`)
}

/** Asks every `everyMs` until it is true. @throws {Error} after `seconds`, naming what was waited for. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  { seconds = 300, everyMs = 250 } = {},
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${String(seconds)} s in vain until ${what}.`)
    await pause(everyMs)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
