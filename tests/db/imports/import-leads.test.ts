import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importLeads, type ImportReport, type ImportRequest } from '#activities/imports/import-leads.ts'
import { parseMapping } from '#activities/imports/mapping.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { preferenceFieldDefinitions, preferencesSchema } from '#engine/preferences.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let folder: string
let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-import-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 4 })
})
afterEach(async () => {
  await handle.close()
  await database.drop()
})

const mapping = {
  format: 1,
  name: 'people',
  asOf: '2026-06-01T00:00:00Z',
  identities: { external_id: { column: 'Id' } },
  fields: {
    email: { from: { column: 'Email' } },
    city: { from: { column: 'City' } },
    do_not_email: { from: { column: 'Quiet' } },
    size: { from: { column: 'Size' }, define: { label: 'Size', type: 'number' } },
  },
  stage: [{ when: { column: 'Won', in: ['yes'] }, stage: 'customer' }],
  tags: [{ column: 'Tag' }],
  events: [{ id: 'visit', type: 'page_visited', times: { column: 'Visits' }, at: { between: ['P1D', 'P9D'] } }],
  suppressions: [{ channel: 'phone', when: { column: 'Tag', in: ['no calls'] }, reason: 'said so' }],
}
const header = 'Id,Email,City,Quiet,Size,Won,Tag,Visits'

async function save(name: string, lines: string[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

const noPoker = { poke: () => Promise.resolve({ failed: 0 }) }
function run(file: string, request: Partial<ImportRequest> = {}): Promise<ImportReport> {
  return importLeads(
    { database: handle, poker: noPoker },
    { file, mapping: parseMapping(mapping), actor: 'test', ...request },
  )
}

/** Every table an import may write, as counts. */
async function counts(): Promise<Record<string, number>> {
  const [row] = await handle.sql<Record<string, number>[]>`
    select (select count(*) from leads)::int as leads, (select count(*) from lead_identities)::int as identities,
           (select count(*) from events)::int as events, (select coalesce(sum(count), 0) from event_totals)::int as totals,
           (select count(*) from lead_tags)::int as tags, (select count(*) from suppressions)::int as suppressions,
           (select count(*) from lead_fields)::int as fields, (select count(*) from import_jobs)::int as jobs,
           (select count(*) from lead_inputs)::int as inputs, (select count(*) from audit_log)::int as audit`
  return row ?? {}
}

const rows = [
  'a,ann@x.example,Bern,no,5,yes,vip,3',
  'b,bob@x.example,,yes,,no,no calls,0',
  'c,not an address,Basel,no,7,no,,1',
  'd,dan@x.example,Chur,no,many,no,,1',
  'e,,Davos,no,9,no,,2',
  'f,fay@x.example',
]

describe('importLeads()', () => {
  test('accounts for every row and keeps the rejected ones with their reasons', async () => {
    const rejectedFile = join(folder, 'rejected.csv')
    const report = await run(await save('people.csv', [header, ...rows]), { rejectedFile })
    expect(report.counts).toEqual({
      created: 3,
      updated: 0,
      unchanged: 0,
      rejected: 3,
      skipped: 0,
      events: 5,
      warnings: 0,
    })
    expect(report.rows).toBe(6)
    expect(report.definedFields).toEqual(['size'])
    expect(await counts()).toMatchObject({ leads: 3, identities: 5, events: 5, totals: 5, tags: 2, suppressions: 1 })
    const rejected: string[][] = parse(await readFile(rejectedFile), { bom: true, from_line: 2 })
    expect(rejected.map(([row, line, , id]) => [row, line, id])).toEqual([
      ['3', '4', 'c'],
      ['4', '5', 'd'],
      ['6', '7', 'f'],
    ])
    const [ann] = await handle.sql`select stage, city, fields, do_not_email from leads where email = 'ann@x.example'`
    expect(ann).toEqual({ stage: 'customer', city: 'Bern', fields: { size: 5 }, do_not_email: false })
    expect(await handle.sql`select actor, action from audit_log order by id`).toMatchObject([
      { actor: 'test', action: 'import.start' },
      { actor: 'test', action: 'import.done' },
    ])
  })

  test('changes nothing when it is repeated', async () => {
    const file = await save('people.csv', [header, ...rows])
    await run(file)
    const before = await counts()
    const again = await run(file)
    expect(again.counts).toEqual({
      created: 0,
      updated: 0,
      unchanged: 3,
      rejected: 3,
      skipped: 0,
      events: 0,
      warnings: 0,
    })
    expect(await counts()).toEqual({ ...before, audit: (before['audit'] ?? 0) + 2 })
  })

  test('a dry run reports the same and writes nothing', async () => {
    const file = await save('people.csv', [header, ...rows, rows[0] ?? '', 'b,bob@x.example,Thun,yes,,no,,0'])
    const dry = await run(file, { dryRun: true })
    expect(await counts()).toEqual({
      leads: 0,
      identities: 0,
      events: 0,
      totals: 0,
      tags: 0,
      suppressions: 0,
      fields: 0,
      jobs: 0,
      inputs: 0,
      audit: 0,
    })
    const wet = await run(file)
    expect(dry.counts).toEqual(wet.counts)
    expect(dry.counts).toMatchObject({ created: 3, updated: 1, unchanged: 1, rejected: 3 })
    expect({ ...dry, jobId: null, dryRun: false }).toEqual({ ...wet, jobId: null })
  })

  test('goes on after the last committed batch when it was interrupted', async () => {
    const many = Array.from(
      { length: 1700 },
      (_, index) => `${index},p${index}@x.example,Bern,no,${index % 7 === 0 ? 'x' : 1},no,,1`,
    )
    const file = await save('many.csv', [header, ...many])
    const rejectedFile = join(folder, 'many-rejected.csv')
    let batches = 0
    const interrupted = importLeads(
      {
        database: handle,
        poker: {
          poke() {
            batches += 1
            return batches === 2 ? Promise.reject(new Error('the process died')) : Promise.resolve({ failed: 0 })
          },
        },
      },
      { file, mapping: parseMapping(mapping), actor: 'test', rejectedFile },
    )
    await expect(interrupted).rejects.toThrow('the process died')
    expect(await handle.sql`select status, rows_done from import_jobs`).toEqual([{ status: 'failed', rows_done: 1000 }])
    const report = await run(file, { rejectedFile })
    expect(report.resumedAfterRow).toBe(1000)
    expect(report.rows).toBe(1700)
    expect(report.counts).toEqual({
      created: 1457,
      updated: 0,
      unchanged: 0,
      rejected: 243,
      skipped: 0,
      events: 1457,
      warnings: 0,
    })
    expect(await counts()).toMatchObject({ leads: 1457, events: 1457, jobs: 1 })
    const rejected: string[][] = parse(await readFile(rejectedFile), { bom: true, from_line: 2 })
    expect(rejected.map(([row]) => Number(row))).toEqual(
      many.flatMap((_, index) => (index % 7 === 0 ? [index + 1] : [])),
    )
  })

  test('an empty cell erases nothing, a "no" lifts no objection, and a lead keeps the stage it has reached', async () => {
    await run(await save('first.csv', [header, 'a,ann@x.example,Bern,no,5,yes,vip,1']))
    await handle.sql`update leads set do_not_email = true, stage = 'lost'`
    const report = await run(await save('second.csv', [header, 'a,ann@x.example,,no,6,yes,vip,2']))
    expect(report.counts).toMatchObject({ updated: 1, events: 1 })
    expect(await handle.sql`select city, fields, stage, do_not_email from leads`).toEqual([
      { city: 'Bern', fields: { size: 6 }, stage: 'lost', do_not_email: true },
    ])
  })

  test('lifts no wish of a lead: an objection stands, a pause only grows, also within one file', async () => {
    await handle.db.transaction((tx) =>
      saveResources(tx, { fields: preferenceFieldDefinitions(preferencesSchema.parse({})) }),
    )
    const wishes = {
      format: 1,
      name: 'wishes',
      asOf: '2026-06-01T00:00:00Z',
      identities: { external_id: { column: 'Id' } },
      fields: {
        email: { from: { column: 'Email' } },
        objected: { from: { column: 'Objected' } },
        paused_until: { from: { column: 'Pause' } },
        cadence: { from: { column: 'Cadence' } },
        do_not_call: { from: { column: 'Silent' } },
      },
    }
    const bring = async (name: string, ...lines: string[]) =>
      run(await save(name, ['Id,Email,Objected,Pause,Cadence,Silent', ...lines]), { mapping: parseMapping(wishes) })
    await bring('new.csv', 'a,ann@x.example,yes,2030-01-01,monthly,yes', 'a,ann@x.example,no,2029-01-01,all,no')
    const wishesOf = () => handle.sql`select objected, do_not_call, fields from leads`
    const asked = { objected: true, do_not_call: true, fields: { paused_until: '2030-01-01', cadence: 'monthly' } }
    expect(await wishesOf()).toEqual([asked])
    await bring('old.csv', 'a,ann@x.example,no,2029-01-01,all,no')
    expect(await wishesOf()).toEqual([asked])
    await bring('later.csv', 'a,ann@x.example,no,2031-01-01,all,no')
    expect(await wishesOf()).toEqual([{ ...asked, fields: { paused_until: '2031-01-01', cadence: 'monthly' } }])
  })

  test('rejects a row whose id and address belong to two different leads', async () => {
    await run(await save('two.csv', [header, 'a,ann@x.example,,,,,,0', 'b,bob@x.example,,,,,,0']))
    const report = await run(await save('mixed.csv', [header, 'a,bob@x.example,Bern,,,,,0', 'c,cid@x.example,,,,,,0']))
    expect(report.counts).toMatchObject({ created: 1, rejected: 1, updated: 0 })
    expect(report.rejected[0]).toMatchObject({ row: 1, reasons: [expect.stringContaining('merge them')] })
  })

  test('two rows of one new lead in one file make one lead', async () => {
    const report = await run(
      await save('twice.csv', [header, 'a,ann@x.example,Bern,,,,,1', 'a,ann@x.example,Thun,,,,,2']),
    )
    expect(report.counts).toMatchObject({ created: 1, updated: 1, events: 2 })
    expect(await handle.sql`select city from leads`).toEqual([{ city: 'Thun' }])
  })

  test('keeps test leads apart from real ones, with events and identities of their own', async () => {
    const file = await save('people.csv', [header, ...rows.slice(0, 2)])
    const runId = newId()
    const clock = { realStart: Date.now(), virtualStart: Date.parse('2026-06-05T00:00:00Z'), speed: 60 }
    await handle.sql`insert into test_runs (id, name, clock) values (${runId}, 'test', ${JSON.stringify(clock)}::text::jsonb)`
    const real = await run(file)
    const first = await run(file, { test: { runId, clock } })
    const again = await run(file, { test: { runId, clock } })
    expect([real.counts.created, first.counts.created, again.counts.unchanged]).toEqual([2, 2, 2])
    expect(await counts()).toMatchObject({ leads: 4, events: 6, jobs: 2 })
    expect(
      await handle.sql`select count(*)::int as n, bool_and(clock is not null) as clocked from leads where is_test`,
    ).toEqual([{ n: 2, clocked: true }])
  })

  test('leaves out a field on request, here the addresses', async () => {
    const report = await run(await save('people.csv', [header, ...rows]), { omit: ['email'] })
    expect(report.counts).toMatchObject({ created: 4, rejected: 2 })
    expect(await handle.sql`select count(*)::int as n from leads where email is not null`).toEqual([{ n: 0 }])
    await expect(run(await save('p.csv', [header]), { omit: ['shoe'] })).rejects.toThrow('no field "shoe"')
  })

  test('takes a part of a file and counts the rest as skipped', async () => {
    const report = await run(await save('people.csv', [header, ...rows]), {
      take: { fits: ({ events }) => events.length > 0, count: 1 },
    })
    expect(report.counts).toMatchObject({ created: 1, rejected: 3, skipped: 2 })
    expect(await handle.sql`select email from leads`).toEqual([{ email: 'ann@x.example' }])
  })

  test('starts no journey but those that ask for imports, once per lead', async () => {
    const journeyId = newId()
    await handle.sql`insert into journeys (id, key, name, status, live_version, draft_graph, draft_layout)
      values (${journeyId}, 'welcome', 'Welcome', 'live', 1, '{}', '{}')`
    await handle.sql`insert into journey_versions (journey_id, version, hash, graph, layout, definition, published_by)
      values (${journeyId}, 1, 'x', '{}', '{}', ${JSON.stringify({ entry: 'entry', steps: { entry: { config: {} } }, settings: { zone: 'UTC' } })}::text::jsonb, 'test')`
    for (const [id, kind, subject] of [
      ['i', 'import', ''],
      ['v', 'event', 'page_visited'],
      ['t', 'tag_added', 'vip'],
    ] as const) {
      const trigger = {
        id,
        kind,
        ...(kind === 'event' ? { event: subject, where: [] } : kind === 'tag_added' ? { tag: subject } : {}),
      }
      await handle.sql`insert into journey_triggers (journey_id, version, trigger_id, kind, subject, trigger)
        values (${journeyId}, 1, ${id}, ${kind}, ${subject}, ${JSON.stringify(trigger)}::text::jsonb)`
    }
    const file = await save('people.csv', [header, ...rows.slice(0, 2)])
    await run(file)
    const inputs =
      await handle.sql`select distinct kind, payload->>'triggerId' as trigger, payload->>'entryKey' as key, lead_id from lead_inputs`
    expect(inputs.map(({ kind, trigger }) => [kind, trigger])).toEqual([
      ['enroll', 'i'],
      ['enroll', 'i'],
    ])
    await run(file)
    const again =
      await handle.sql`select distinct payload->>'entryKey' as key, lead_id from lead_inputs where kind = 'enroll'`
    expect(again).toHaveLength(2)
  })

  test('refuses the same import while it is under way', async () => {
    const file = await save('people.csv', [header, ...rows])
    const outcomes = await Promise.allSettled([run(file), run(file)])
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }: PromiseRejectedResult) => (reason as { code: string }).code)).toEqual([
      'IMPORT_RUNNING',
    ])
    expect(await counts()).toMatchObject({ leads: 3 })
  })
})

test('a consent of the mapping is in the ledger of every new lead it covers, once, with its words', async () => {
  const consent = {
    channels: ['email'],
    purposes: ['nurture'],
    basis: 'soft_opt_in',
    wording: 'We write to our customers about similar things.',
    source: 'our shop',
    when: { column: 'Won', in: ['yes'] },
  }
  const file = await save('consents.csv', [header, '1,a@example.org,,,,yes,,', '2,b@example.org,,,,no,,'])
  await run(file, { mapping: parseMapping({ ...mapping, consent }) })
  const again = await save('again.csv', [header, '1,a@example.org,Leeds,,,yes,,'])
  await run(again, { mapping: parseMapping({ ...mapping, consent }) })
  const rows = await handle.sql`
    select l.email, c.state, c.basis, c.wording, c.source, c.mechanism from consents c join leads l on l.id = c.lead_id`
  expect(rows).toEqual([
    {
      email: 'a@example.org',
      state: 'granted',
      basis: 'soft_opt_in',
      wording: consent.wording,
      source: 'our shop',
      mechanism: 'import',
    },
  ])
})
