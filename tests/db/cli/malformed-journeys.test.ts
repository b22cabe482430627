/** Journey files that are none, brought in by the command line: an error that says what and where, and nothing stored. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { describeIssues } from '#scripts/cli/journey-files.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

let folder: string
let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-malformed-'))
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
})
afterAll(async () => {
  await handle?.close()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _temporal, ...rest } = process.env
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'scripts/trellis.ts'), ...args],
    { cwd: folder, env: { ...rest, TRELLIS_HOME: join(folder, 'home'), DATABASE_URL: database.url } },
  )
  const ran = { code: null as number | null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (ran.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ran.err += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ran, code })))
}

async function stored() {
  const [row] = await handle.sql`
    select (select count(*) from journeys)::int as journeys, (select count(*) from journey_versions)::int as versions,
           (select count(*) from journey_triggers)::int as triggers, (select count(*) from segments)::int as segments,
           (select count(*) from assets)::int as assets, (select count(*) from audit_log)::int as audit`
  return row
}

type File = Record<string, unknown> & { graph: { nodes: Record<string, unknown>[]; edges: unknown[] } }

async function good(): Promise<File> {
  return JSON.parse(await readFile(join(root, 'examples/journeys/instant-thank-you.json'), 'utf8')) as File
}

/** A process each costs seconds: these go through the command line as people run it, the others call what it calls. */
const throughProcess = new Set([
  'is half a document',
  'has a rule of ten thousand levels',
  'a step type that does not exist',
])

/** What is wrong, the file as text, and a word the error must hold. */
const malformed: [name: string, text: (file: File) => string, says: RegExp][] = [
  ['is half a document', (file) => JSON.stringify(file).slice(0, 500), /JSON/],
  ['is a list', () => '[]', /journey file|format/],
  ['is null', () => 'null', /journey file|format/],
  ['is of a format to come', (file) => JSON.stringify({ ...file, format: 99 }), /"99"/],
  [
    'has a graph of a format to come',
    (file) => JSON.stringify({ ...file, graph: { ...file.graph, format: 7 } }),
    /format/,
  ],
  ['has no graph', (file) => JSON.stringify({ ...file, graph: undefined }), /graph/],
  [
    'has nodes that are no list',
    (file) => JSON.stringify({ ...file, graph: { ...file.graph, nodes: 'many' } }),
    /nodes/,
  ],
  ['has a key nobody knows', (file) => JSON.stringify({ ...file, colour: 'red' }), /colour/],
  [
    'has a node without an id',
    (file) => JSON.stringify({ ...file, graph: { ...file.graph, nodes: [{ type: 'wait' }] } }),
    /id/,
  ],
  [
    'has a step id with a path in it',
    (file) => JSON.stringify({ ...file, graph: { ...file.graph, nodes: [{ id: '../../etc', type: 'wait' }] } }),
    /etc|Ids are/,
  ],
  [
    'has more steps than anybody can read',
    (file) =>
      JSON.stringify({
        ...file,
        graph: {
          ...file.graph,
          nodes: Array.from({ length: 5001 }, (_, index) => ({ id: `n${String(index)}`, type: 'wait' })),
        },
      }),
    /5,?000|nodes/,
  ],
  ['has a key with blanks', (file) => JSON.stringify({ ...file, key: 'My journey' }), /key/i],
  [
    'has a rule of ten thousand levels',
    (file) => {
      const settings = { goal: 'GOAL' }
      const text = JSON.stringify({ ...file, graph: { ...file.graph, settings } })
      return text.replace('"GOAL"', `${'{"kind":"not","rule":'.repeat(10_000)}{"kind":"always"}${'}'.repeat(10_000)}`)
    },
    /deep|nested|levels/i,
  ],
]

/** Brings a file in and publishes it, by the command line or by what that calls. Null when it went through. */
async function refusalOf(name: string, path: string): Promise<string | null> {
  if (throughProcess.has(name)) {
    const { code, err } = await run('journeys', 'import', path, '--publish')
    return code === 0 ? null : err
  }
  const imported = await importJourneyFile(handle, JSON.parse(await readFile(path, 'utf8')), { actor: 'test' })
  if (!imported.imported) return describeIssues(imported.issues).join('\n')
  const deps = { db: handle.db, registry: createStepRegistry(), schedules: null }
  const published = await publishJourney(deps, { journey: imported.key, actor: 'test' })
  return published.published ? null : describeIssues(published.issues).join('\n')
}

/** What nobody should read in an answer. */
const leaks = /node_modules|\n\s+at .+:\d+:\d+|ZodError|RangeError/

describe('a journey file that', () => {
  test.each(malformed)('%s is refused in words, and nothing is stored', async (name, text, says) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.json`)
    await writeFile(path, text(await good()))
    const before = await stored()
    const refusal = await refusalOf(name, path)
    expect(refusal).toMatch(says)
    expect(refusal).not.toMatch(leaks)
    expect(await stored()).toEqual(before)
  })
})

/** Steps of a sound file that cannot be published: kept as a draft to be mended, never live. */
const unpublishable: [name: string, spoil: (file: File) => void, code: string][] = [
  ['a step type that does not exist', (file) => file.graph.nodes.push({ id: 'odd', type: 'telepathy' }), 'telepathy'],
  [
    'a setting that a step does not have',
    (file) => Object.assign(file.graph.nodes[1] ?? {}, { config: { colour: 'red' } }),
    'colour',
  ],
  [
    'an edge to a step that is not there',
    (file) => file.graph.edges.push({ from: 'entry', port: 'next', to: 'gone' }),
    'gone',
  ],
  ['two steps of one id', (file) => file.graph.nodes.push({ ...file.graph.nodes[1] }), ''],
  ['a step called __proto__', (file) => file.graph.nodes.push({ id: '__proto__', type: 'wait' }), '__proto__'],
  ['no entry', (file) => file.graph.nodes.shift(), ''],
]

describe('a journey with', () => {
  test.each(unpublishable)('%s does not go live, and the live version stays as it is', async (name, spoil, word) => {
    const key = `spoilt-${name.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-+|-+$/g, '')}`
    const sound = { ...(await good()), key }
    expect(await importJourneyFile(handle, sound, { actor: 'test' })).toMatchObject({ imported: true })
    const deps = { db: handle.db, registry: createStepRegistry(), schedules: null }
    expect(await publishJourney(deps, { journey: key, actor: 'test' })).toMatchObject({ published: true, version: 1 })
    const file = { ...(await good()), key }
    spoil(file)
    const path = join(folder, `${key}.json`)
    await writeFile(path, JSON.stringify(file))
    const before = await stored()
    const refusal = await refusalOf(name, path)
    expect(refusal).toContain(word)
    expect(refusal).not.toMatch(leaks)
    const live = await handle.sql`select status, live_version as version from journeys where key = ${key}`
    expect([...live]).toEqual([{ status: 'live', version: 1 }])
    expect(await stored()).toMatchObject({ versions: before?.['versions'], triggers: before?.['triggers'] })
  })
})
