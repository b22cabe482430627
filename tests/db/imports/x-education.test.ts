/**
 * The mapping of a real file: 9,240 leads of an education company. The file is not part of the repository; where it is at
 * hand (TRELLIS_TEST_LEADS_CSV, or beside the checkout) the whole import is tested, elsewhere only that the mapping fits
 * the file's header.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkMapping } from '#activities/imports/check-mapping.ts'
import { importLeads, type ImportReport } from '#activities/imports/import-leads.ts'
import { parseMapping } from '#activities/imports/mapping.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { compileRule } from '#db/rules/compile.ts'
import { sql } from 'drizzle-orm'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const mapping = parseMapping(read('../../../examples/mappings/x-education.json'))
const file =
  process.env['TRELLIS_TEST_LEADS_CSV'] ??
  fileURLToPath(new URL('../../../../shared/data/x-education-leads.csv', import.meta.url))

const columns =
  'Prospect ID,Lead Number,Lead Origin,Lead Source,Do Not Email,Do Not Call,Converted,TotalVisits,Total Time Spent on Website,Page Views Per Visit,Last Activity,Country,Specialization,How did you hear about X Education,What is your current occupation,What matters most to you in choosing a course,Search,Magazine,Newspaper Article,X Education Forums,Newspaper,Digital Advertisement,Through Recommendations,Receive More Updates About Our Courses,Tags,Lead Quality,Update me on Supply Chain Content,Get updates on DM Content,Lead Profile,City,Asymmetrique Activity Index,Asymmetrique Profile Index,Asymmetrique Activity Score,Asymmetrique Profile Score,I agree to pay the amount through cheque,A free copy of Mastering The Interview,Last Notable Activity'.split(
    ',',
  )

test('the mapping looks at, or leaves out on purpose, every column of the file', () => {
  const checked = checkMapping(mapping, { columns, repeated: [] }, emptyLibrary())
  expect(checked.unmapped).toEqual([])
})

describe.runIf(existsSync(file))('the whole file', () => {
  let database: TestDatabase
  let handle: DatabaseHandle
  let report: ImportReport
  const deps = () => ({ database: handle, poker: { poke: () => Promise.resolve({ failed: 0 }) } })
  beforeAll(async () => {
    database = await createTestDatabase()
    handle = createDatabase(database.url, { max: 4 })
    report = await importLeads(deps(), { file, mapping, actor: 'test' })
  })
  afterAll(async () => {
    await handle.close()
    await database.drop()
  })

  test('comes in whole: 9,240 leads, none rejected', () => {
    expect(report.counts).toMatchObject({ created: 9240, updated: 0, unchanged: 0, rejected: 0, warnings: 0 })
    expect(report).toMatchObject({ rows: 9240, unmappedColumns: [], encoding: 'utf-8' })
  })

  test('knows customers, flags, addresses and unknowns as the file has them', async () => {
    const [row] = await handle.sql`
      select count(*) filter (where stage = 'customer')::int as customers,
             count(*) filter (where do_not_email)::int as do_not_email,
             count(*) filter (where do_not_call)::int as do_not_call,
             count(distinct email)::int as addresses,
             count(*) filter (where email ~ '^lead-[0-9]+@x-education\\.example$')::int as reserved,
             count(*) filter (where lower(city) = 'select' or fields::text ilike '%"select"%')::int as selects
        from leads`
    expect(row).toEqual({
      customers: 3561,
      do_not_email: 734,
      do_not_call: 2,
      addresses: 9240,
      reserved: 9240,
      selects: 0,
    })
    const [tags] = await handle.sql`select count(*)::int as n from lead_tags where tag = 'ringing'`
    expect(tags).toEqual({ n: 1203 })
  })

  test('has one download per landing page or free copy, before the day the file describes', async () => {
    const [row] = await handle.sql`
      select count(*)::int as leads, max(count)::int as most, max(last_at) < '2026-09-30T18:30:00Z' as before
        from event_totals where type = 'downloaded'`
    expect(row).toEqual({ leads: 5029, most: 1, before: true })
  })

  test('gives the Friday segment exactly the leads that a query written by hand finds', async () => {
    const { file: journey } = parseJourneyFile(read('../../../examples/journeys/friday-sampler.json'))
    if (journey === null) throw new Error('The example journey cannot be read.')
    await handle.db.transaction((tx) => saveResources(tx, journey.resources))
    const library = await readLibrary(handle.db)
    const rule = compileRule(
      { kind: 'in_segment', segment: 'friday-sampler' },
      { library, now: new Date(), zone: 'UTC' },
    )
    const segment = await handle.db.execute<{ id: string }>(sql`select id from leads where ${rule} order by id`)
    const byHand = await handle.sql<{ id: string }[]>`
      select l.id from leads l
       where (select count(*) from events e where e.lead_id = l.id and e.type = 'downloaded') = 1
         and (select count(*) from events e where e.lead_id = l.id and e.type = 'invited' and e.voided_at is null) < 8
         and l.stage in ('new', 'qualified', 'engaged') and l.attention <> 'inactive' order by l.id`
    expect(segment.map(({ id }) => id)).toEqual(byHand.map(({ id }) => id))
    expect(segment).toHaveLength(2625)
  })

  test('finds every lead unchanged when it is imported again', async () => {
    const again = await importLeads(deps(), { file, mapping, actor: 'test' })
    expect(again.counts).toEqual({
      created: 0,
      updated: 0,
      unchanged: 9240,
      rejected: 0,
      skipped: 0,
      events: 0,
      warnings: 0,
    })
  })
})
