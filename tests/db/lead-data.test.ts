import { sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { erasePerson } from '#activities/leads/erase-lead.ts'
import { exportLead } from '#activities/leads/export-lead.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import { leadTables } from '#db/repositories/lead-data.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { newId } from '#db/ids.ts'
import {
  allTables,
  dumpDatabase,
  markerOf,
  markerPrefix,
  ourWords,
  plantRows,
  tablesOfLeads,
  wordColumns,
} from '../support/plant-lead.ts'
import { aLibrary, aLiveJourney, someLeads, useDatabase } from './entry/entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const actor = 'dpo'

/** Tables that name a lead but hold nothing of a person, and why they are neither exported nor erased. */
const notOfAPerson: Record<string, string> = {
  journey_mail_counts: 'counts per journey and hour',
  journey_move_leads: 'which enrollments a publish moved; what that meant for the lead is in its step log',
}

let leadId: string
let journeyId: string
const tables = tablesOfLeads().filter(({ name }) => notOfAPerson[name] === undefined)

/** Rows in every table, so that they can refer to one another: parents first. */
async function plant(lead: string): Promise<void> {
  const ids = { enrollment: newId(), delivery: newId(), task: newId(), batch: newId(), endpoint: newId() }
  const given = {
    lead_id: lead,
    journey_id: journeyId,
    version: 1,
    enrollment_id: ids.enrollment,
    delivery_id: ids.delivery,
    task_id: ids.task,
    batch_id: ids.batch,
    endpoint_id: ids.endpoint,
    'enrollments.id': ids.enrollment,
    'enrollments.status': 'completed',
    'enrollments.state': { status: 'completed', stepId: 'wait', visit: 1, reason: markerOf('enrollments', 'state') },
    'deliveries.id': ids.delivery,
    'deliveries.status': 'accepted',
    'effects.status': 'done',
    'tasks.id': ids.task,
    'tasks.status': 'done',
    'lead_identities.kind': 'external_id',
    'lead_identities.value': `${markerOf('lead_identities', 'value')} ${lead}`,
    'events.dedupe_key': `${markerOf('events', 'dedupe_key')} ${lead}`,
    'enrollments.entry_key': `${markerOf('enrollments', 'entry_key')} ${lead}`,
    'inbound_mail.key': `${markerOf('inbound_mail', 'key')} ${lead}`,
    'survey_responses.link': `${markerOf('survey_responses', 'link')} ${lead}`,
    'notifications.key': `notice ${lead}`,
    'short_links.code': `code${lead.slice(-8)}`,
  }
  await db().execute(sql`insert into print_batches (id) values (${ids.batch})`)
  const others = allTables().filter(({ name }) => name === 'webhook_endpoints')
  const theirs = others.flatMap((table) => table.columns.map(({ name }) => [`${table.name}.${name}`, undefined]))
  await plantRows(db(), others, {
    ...Object.fromEntries(theirs),
    id: ids.endpoint,
    url: 'https://example.test',
    description: '',
    secret: 'x',
    types: [],
    created_by: actor,
    disabled_reason: '',
  })
  const first = ['enrollments', 'deliveries', 'tasks']
  const rest = tables.filter(({ name }) => !first.includes(name) && name !== 'lead_pokes')
  const parents = first.flatMap((name) => tables.filter((table) => table.name === name))
  const marked = Object.fromEntries(
    [...ourWords].filter((key) => key.includes('.')).map((key) => [key, ourWordFor(key)]),
  )
  await plantRows(db(), [...parents, ...rest], { ...marked, ...given })
  await db().execute(sql`
    insert into audit_log (actor, action, subject_kind, subject_id, before, after)
    values (${actor}, 'lead.update', 'lead', ${lead}, ${sql.raw(`'{"note":"${markerOf('audit_log', 'before')}"}'`)},
            ${sql.raw(`'{"note":"${markerOf('audit_log', 'after')}"}'`)})`)
}

function ourWordFor(key: string): unknown {
  if (key.endsWith('.depends_on') || key.endsWith('.close_on')) return []
  if (key.endsWith('.outcomes')) return []
  return 'ours'
}

async function aPerson(name: string): Promise<string> {
  const [id = ''] = await someLeads(db(), [{ email: `${name}-0@example.test` }])
  await db().execute(sql`
    update leads set phone = ${markerOf('leads', 'phone')}, first_name = ${markerOf('leads', 'first_name')},
      last_name = ${markerOf('leads', 'last_name')}, company = ${markerOf('leads', 'company')},
      fields = ${sql.raw(`'{"x":"${markerOf('leads', 'fields')}"}'`)},
      folded = ${sql.raw(`'{"x":"${markerOf('leads', 'folded')}"}'`)} where id = ${id}`)
  await plant(id)
  return id
}

beforeAll(async () => {
  journeyId = await aLiveJourney(db(), [])
  leadId = await aPerson('marked')
})

test('every table that holds something of a lead is in the export, or named with a reason', () => {
  const exported = new Set(leadTables.map(({ table }) => table))
  expect(tables.map(({ name }) => name).filter((name) => !exported.has(name))).toEqual([])
  const columns = new Map(allTables().map(({ name, columns: all }) => [name, all.map((column) => column.name)]))
  for (const { table, leaves = {} } of leadTables) {
    expect(Object.keys(leaves).filter((column) => !columns.get(table)?.includes(column))).toEqual([])
  }
})

test('an export shows every word that is held, in every table and column', async () => {
  const pieces = await exportLead(db(), { leadId, actor, at: new Date() })
  let text = ''
  for await (const piece of pieces ?? []) text += piece
  const document = JSON.parse(text) as { leadId: string; tables: Record<string, unknown[]> }
  expect(document.leadId).toBe(leadId)
  const left = new Map(leadTables.map(({ table, leaves = {} }) => [table, leaves]))
  const missing = tables
    .filter(({ name }) => name !== 'lead_pokes')
    .flatMap((table) =>
      wordColumns(table)
        .filter(({ name }) => !ourWords.has(`${table.name}.${name}`) && left.get(table.name)?.[name] === undefined)
        .filter(({ name }) => !(table.name === 'lead_identities' && name === 'kind'))
        .map(({ name }) => markerOf(table.name, name)),
    )
    .filter((marker) => !text.includes(marker))
  expect(missing).toEqual([])
  expect(text).toContain(markerOf('audit_log', 'before'))
  expect(Object.entries(document.tables).filter(([, rows]) => rows.length === 0)).toEqual([['lead_pokes', []]])
})

test('a merge leaves nothing with the lead that is gone but what tells how it got there', async () => {
  const winner = await aPerson('winner')
  const loser = await aPerson('loser')
  const poker = { poke: () => Promise.resolve({ failed: 0 }) }
  expect(await mergeLeads({ db: db(), poker }, { winnerId: winner, loserId: loser, actor })).toEqual({ merged: true })
  const left: string[] = []
  for (const { name, columns } of tables) {
    if (!columns.some((column) => column.name === 'lead_id')) continue
    const [row] = await db().execute<{ count: number }>(
      sql`select count(*)::int as count from ${sql.identifier(name)} where lead_id = ${loser}`,
    )
    if ((row?.count ?? 0) > 0) left.push(name)
  }
  // Where it walked, in journeys of its own; the ledger cannot be rewritten, so the winner has its own lines.
  expect(left.sort()).toEqual(['consents', 'effects', 'enrollments', 'lead_inputs', 'step_log', 'suppressions'])
})

test('an erasure leaves no word of the person anywhere in the database', async () => {
  const [other = ''] = await someLeads(db(), [{ email: 'bystander@example.test' }])
  const people = await db().execute<{ id: string }>(sql`select id from leads where email like '%-0@example.test'`)
  expect(people.length).toBeGreaterThan(1)
  for (const { id } of people) await erasePerson(db(), { leadId: id, actor, reason: 'Asked for by letter.' })
  const dump = await dumpDatabase(db())
  const found = dump.flatMap(({ table, text }) => {
    const at = text.indexOf(markerPrefix)
    return at === -1 ? [] : [`${table}: ${text.slice(at, at + 60)}`]
  })
  expect(found).toEqual([])
  expect(dump.filter(({ text }) => text.includes('marked-'))).toEqual([])
  expect(dump.some(({ text }) => text.includes(other))).toBe(true)
})

test('who was erased is not brought back by an import: the address is recognised, and stays suppressed', async () => {
  const bring = (email: string) =>
    db().transaction((tx) => upsertLeads(tx, [{ email }], { library, actor: 'import:1', enroll: false }))
  const { rows } = await bring(' MARKED-0@Example.test ')
  const stops = await db().execute<{ channel: string; reason: string; source: string }>(
    sql`select channel, reason, source from suppressions where lead_id = ${rows[0]?.leadId ?? ''} order by channel`,
  )
  expect(stops.map(({ channel }) => channel)).toEqual(['email', 'postcard', 'phone'])
  expect(stops[0]?.source).toBe('remembered address')
  const fresh = await bring('somebody-else@example.test')
  const none = await db().execute(sql`select 1 from suppressions where lead_id = ${fresh.rows[0]?.leadId ?? ''}`)
  expect(none).toHaveLength(0)
})

test('the ledger of consents cannot be rewritten, not even by SQL', async () => {
  for (const statement of [`update consents set state = 'granted'`, 'delete from consents', 'truncate consents']) {
    const refusal = { cause: { message: expect.stringContaining('append-only') as string } }
    await expect(db().execute(sql.raw(statement))).rejects.toMatchObject(refusal)
  }
})
