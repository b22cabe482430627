import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importLeads } from '#activities/imports/import-leads.ts'
import { parseMapping } from '#activities/imports/mapping.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { compileRule } from '#db/rules/compile.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createTestEngine, until, type TestEngine } from '#tests/support/engine.ts'

/** Names that mean something to a template, to SQL, to HTML, to a mail header or to a spreadsheet. To us they are names. */
const names = [
  '{{ lead.email }}',
  '{% for i in (1..9) %}x{% endfor %}',
  "{{ 'a' | append: 'b' }}",
  '{{ lead.email',
  "{{ constructor.constructor('return process')() }}",
  '${process.env.HOME}',
  "Robert'); DROP TABLE leads; --",
  "' OR 1=1 --",
  '\\',
  '%_',
  '$1',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '&amp;',
  '=HYPERLINK("http://evil.example")',
  '__proto__',
  'constructor',
]

let engine: TestEngine
let folder: string
beforeAll(async () => {
  engine = await createTestEngine()
  folder = await mkdtemp(join(tmpdir(), 'trellis-names-'))
})
afterAll(async () => {
  await engine?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const journey = {
  format: 1,
  key: 'welcome',
  name: 'Welcome',
  graph: {
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'import', kind: 'import' }] } },
      {
        id: 'mail',
        type: 'send_email',
        config: { subject: 'For {{ lead.first_name }}', body: 'Dear {{ lead.first_name }}.', purpose: 'transactional' },
      },
      {
        id: 'which',
        type: 'branch',
        config: {
          cases: names.map((name, index) => ({
            id: `name-${String(index)}`,
            name: `Name ${String(index)}`,
            when: { kind: 'compare', field: 'first_name', op: 'is', value: name },
          })),
        },
      },
      ...names.map((name, index) => ({ id: `tag-${String(index)}`, type: 'add_tag', config: { tag: name } })),
      { id: 'end', type: 'exit', config: { reason: 'End' } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'which' },
      ...names.map((_, index) => ({ from: 'which', port: `case:name-${String(index)}`, to: `tag-${String(index)}` })),
      ...names.map((_, index) => ({ from: `tag-${String(index)}`, port: 'next', to: 'end' })),
      { from: 'which', port: 'else', to: 'end' },
    ],
  },
}

test('a lead whose name holds template code, SQL or HTML gets a mail with that very name, and nothing else happens', async () => {
  const imported = await importJourneyFile(engine, journey, { actor: 'test' })
  expect(imported.issues).toEqual([])
  const deps = { db: engine.db, registry: createStepRegistry(), schedules: null }
  const published = await publishJourney(deps, { journey: 'welcome', actor: 'test' })
  expect(published).toMatchObject({ published: true })

  const file = join(folder, 'people.csv')
  await writeFile(
    file,
    stringify([
      ['Id', 'Name', 'Email'],
      ...names.map((name, index) => [String(index), name, `n${String(index)}@x.example`]),
    ]),
  )
  const mapping = parseMapping({
    format: 1,
    name: 'people',
    asOf: '2026-06-01T00:00:00Z',
    identities: { external_id: { column: 'Id' } },
    fields: { email: { from: { column: 'Email' } }, first_name: { from: { column: 'Name' } } },
  })
  const report = await importLeads({ database: engine.handle, poker: engine.poker }, { file, mapping, actor: 'test' })
  expect(report.counts).toMatchObject({ created: names.length, rejected: 0 })
  await until('everybody has its mail', async () => {
    const [row] = await engine.db.execute<{ sent: number; ended: number }>(sql`
      select (select count(*) from mailbox)::int as sent,
             (select count(*) from enrollments where finished_at is not null)::int as ended`)
    return row?.sent === names.length && row.ended === names.length
  })

  const rows = await engine.db.execute<{
    name: string
    subject: string
    html: string
    plain: string
    to_address: string
    external_id: string
    tags: string[]
  }>(sql`
    select l.first_name as name, m.subject, m.html, m.plain, m.to_address, i.value as external_id,
           array(select tag from lead_tags t where t.lead_id = l.id) as tags
      from leads l join mailbox m on m.lead_id = l.id
      join lead_identities i on i.lead_id = l.id and i.kind = 'external_id' order by i.value::int`)
  expect(rows.map((row) => row.name)).toEqual(names)
  for (const [index, row] of rows.entries()) {
    const name = names[index] ?? ''
    expect(row.to_address).toBe(`n${String(index)}@x.example`)
    expect(row.subject).toBe(`For ${name}`)
    expect(row.plain).toContain(`Dear ${name}.`)
    expect(decode(row.html)).toContain(`Dear ${name}.`)
    expect(row.html).not.toMatch(/<(script|img)/i)
    // The branch compared the name as text, and the tag is the name.
    expect(row.tags).toEqual([name])
  }

  const library = await readLibrary(engine.db)
  for (const name of names) {
    const rule = compileRule(
      { kind: 'compare', field: 'first_name', op: 'contains', value: name },
      { library, now: new Date(), zone: 'UTC' },
    )
    const found = await engine.db.execute<{ first_name: string }>(sql`select first_name from leads where ${rule}`)
    expect(found.map((row) => row.first_name).toSorted()).toEqual(
      names.filter((other) => other.toLowerCase().includes(name.toLowerCase())).toSorted(),
    )
  }
})

/** The five characters that HTML needs escaped, however they are written. */
function decode(html: string): string {
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'", apos: "'" }
  return html.replace(/&(#?\w+);/g, (whole, name: string) => signs[name] ?? whole)
}
