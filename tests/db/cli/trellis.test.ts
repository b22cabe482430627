/** The command line as people run it: a process of its own, on a database of its own, without Temporal. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const journey = (name: string) => join(root, 'examples', 'journeys', `${name}.json`)

let folder: string
let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-cli-'))
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
})
afterAll(async () => {
  await handle.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

interface Ran {
  code: number | null
  out: string
  err: string
}

function run(args: string[], env: NodeJS.ProcessEnv = { DATABASE_URL: database.url }): Promise<Ran> {
  const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _temporal, ...rest } = process.env
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'scripts/trellis.ts'), ...args],
    {
      cwd: folder,
      env: { ...rest, TRELLIS_HOME: join(folder, 'home'), ...env },
    },
  )
  const ran: Ran = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ran.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    ran.err += chunk.toString()
  })
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ ...ran, code }))
  })
}

/** Runs with --json and reads the answer. */
async function json<Answer = Record<string, unknown>>(...args: string[]): Promise<Answer> {
  const { out, err, code } = await run([...args, '--json', '--actor', 'ada'])
  if (code !== 0) throw new Error(`trellis ${args.join(' ')}: exit code ${String(code)}\n${err}${out}`)
  return JSON.parse(out) as Answer
}

describe('without a database', () => {
  test('validates journey files, and says what is wrong with one at its step', async () => {
    const all = await run(['journeys', 'validate', journey('friday-sampler'), journey('last-chance-call')], {})
    expect(all).toMatchObject({ code: 0, err: '' })
    const file = JSON.parse(await readFile(journey('friday-sampler'), 'utf8')) as {
      graph: { edges: unknown[] }
      resources: { pools: unknown[] }
    }
    file.graph.edges.splice(0, 1)
    file.resources.pools = []
    const broken = join(folder, 'broken.json')
    await writeFile(broken, JSON.stringify(file))
    const { code, out } = await run(['journeys', 'validate', broken, '--json'], {})
    const [checked] = JSON.parse(out) as { valid: boolean; issues: { code: string; nodeId?: string }[] }[]
    expect(code).toBe(1)
    expect(checked?.valid).toBe(false)
    expect(checked?.issues).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'REFERENCE_MISSING', nodeId: 'invite' })]),
    )
  })

  test('validates a journey with a step that a package of TRELLIS_ACTIVITIES brings', async () => {
    const activities = pathToFileURL(join(root, 'examples/activities/crm-lookup.ts')).href
    const file = JSON.parse(await readFile(journey('instant-thank-you'), 'utf8')) as {
      graph: { nodes: unknown[]; edges: { from: string; port: string; to: string }[] }
    }
    const { nodes, edges } = file.graph
    const first = edges.find(({ from }) => from === 'entry')
    if (first === undefined) throw new Error('The entry leads nowhere.')
    const config = { address: 'https://crm.example.test', field: 'score' }
    nodes.push({ id: 'look-up', type: 'crm_lookup', name: 'Look up', config })
    edges.push(...['small', 'large', 'unknown', 'error'].map((port) => ({ from: 'look-up', port, to: first.to })))
    first.to = 'look-up'
    const path = join(folder, 'custom.json')
    await writeFile(path, JSON.stringify(file))
    expect(await run(['journeys', 'validate', path], { TRELLIS_ACTIVITIES: activities })).toMatchObject({ code: 0 })
    const without = await run(['journeys', 'validate', path], {})
    expect(without).toMatchObject({ code: 1, out: expect.stringContaining('crm_lookup') as string })
  })

  test('tells wrong usage, an installation that does not run and a file that is not there apart by exit code', async () => {
    expect((await run(['import', 'x.csv'], {})).code).toBe(2)
    expect((await run(['no-such-command'], {})).code).toBe(2)
    const away = await run(['journeys', 'list', '--json'], {})
    expect(away.code).toBe(3)
    expect(JSON.parse(away.err)).toMatchObject({
      error: { code: 'NOT_RUNNING', message: expect.stringContaining('npm start') as string },
    })
    const refused = await run(['journeys', 'list'], { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' })
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('Postgres cannot be reached') as string })
    expect((await run(['journeys', 'validate', 'nowhere.json'], {})).err).toContain('"nowhere.json" cannot be read')
    expect((await run(['--help'], {})).code).toBe(0)
  })
})

describe('on a database', () => {
  test('imports leads by a mapping, dry first, and finds and explains them', async () => {
    const mapping = join(folder, 'mapping.json')
    await writeFile(
      mapping,
      JSON.stringify({
        format: 1,
        name: 'people',
        asOf: '2026-06-01T00:00:00Z',
        identities: { external_id: { column: 'Id' } },
        fields: { email: { from: { column: 'Email' } }, first_name: { from: { column: 'Name' } } },
        events: [{ id: 'd', type: 'downloaded', at: { before: 'P1D' } }],
      }),
    )
    await writeFile(join(folder, 'people.csv'), 'Id,Name,Email\n1,Ann,ann@x.example\n2,Bob,nonsense\n')
    const dry = await json('import', 'people.csv', '--mapping', mapping, '--dry-run')
    expect(dry).toMatchObject({ dryRun: true, rows: 2, counts: { created: 1, rejected: 1 } })
    expect(await handle.sql`select count(*)::int as n from leads`).toEqual([{ n: 0 }])
    const report = await run(['import', 'people.csv', '--mapping', mapping])
    expect(report.code).toBe(0)
    expect(report.out).toContain('2 rows: 1 created, 0 updated, 0 unchanged, 1 rejected')
    expect(await readFile(join(folder, 'people.csv.rejected.csv'), 'utf8')).toContain('is not an email address')

    expect(await json('leads', 'find', 'ANN@x.example')).toMatchObject([
      { name: 'Ann', email: 'ann@x.example', isTest: false },
    ])
    const shown = await json('lead', 'show', '1')
    expect(shown).toMatchObject({ email: 'ann@x.example', totals: { downloaded: 1 }, enrollments: [] })
    const nobody = await run(['lead', 'show', 'nobody', '--json'])
    expect(nobody.code).toBe(1)
    expect(JSON.parse(nobody.err)).toMatchObject({ error: { code: 'LEAD_NOT_FOUND' } })
  })

  test('brings journeys in, publishes, exports and compares them', async () => {
    const files = ['friday-sampler', 'instant-thank-you'].map(journey)
    expect(await json('journeys', 'import', ...files, '--publish')).toMatchObject({
      published: [
        { published: true, version: 1 },
        { published: true, version: 1 },
      ],
    })
    expect(await json('journeys', 'list')).toMatchObject([
      { key: 'friday-sampler', status: 'live', version: 1, leads: 0 },
      { key: 'instant-thank-you', status: 'live', version: 1, leads: 0 },
    ])
    expect((await run(['journeys', 'diff', journey('friday-sampler')])).out.trim()).toBe('They are the same.')
    const out = join(folder, 'exported.json')
    await json('journeys', 'export', 'friday-sampler', '--out', out)
    const exported = JSON.parse(await readFile(out, 'utf8')) as {
      graph: { nodes: { id: string; config: Record<string, unknown> }[] }
    }
    const invite = exported.graph.nodes.find(({ id }) => id === 'invite')
    if (invite !== undefined) invite.config['limit'] = 9
    await writeFile(out, JSON.stringify(exported))
    const diff = await run(['journeys', 'diff', out])
    expect(diff.code).toBe(1)
    expect(diff.out).toMatch(/Invite to sample one more thing/)
    const first = await json<{ graph: { nodes: { id: string }[] } }>(
      'journeys',
      'export',
      'friday-sampler',
      '--version',
      '1',
    )
    expect(first.graph.nodes.map(({ id }) => id)).toContain('invite')
    await json('journeys', 'import', out)
    expect(await json('journeys', 'publish', 'friday-sampler')).toMatchObject({ version: 2, isNew: true, matching: 1 })
  })

  test('enrols one lead or a segment, once per key, and refuses a journey that is paused', async () => {
    await json('enrol', 'friday-sampler', '--lead', 'ann@x.example', '--key', 'k')
    await json('enrol', 'friday-sampler', '--segment', 'friday-sampler', '--key', 's')
    const inputs =
      await handle.sql`select payload->>'entryKey' as key from lead_inputs where kind = 'enroll' order by id`
    expect(inputs.map(({ key }) => key as string)).toEqual(['cli:k', 'cli:s'])
    expect((await run(['enrol', 'friday-sampler'])).code).toBe(2)
    await json('journeys', 'pause', 'friday-sampler')
    const refused = await run(['enrol', 'friday-sampler', '--lead', '1', '--json'])
    expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'JOURNEY_NOT_LIVE' } })
    await json('journeys', 'resume', 'friday-sampler')
  })

  test('holds and releases, switches live sending, and writes down who did what', async () => {
    await json('hold', 'on', '--reason', 'moving house')
    expect(await json('hold', 'show')).toMatchObject({
      hold: true,
      holdReason: 'moving house',
      liveSending: false,
      messages: [],
    })
    await json('hold', 'off')
    const refused = await run(['live-sending', 'on', '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.err)).toMatchObject({
      error: { code: 'NO_PROVIDER', message: expect.stringMatching(/No mail server is set/) as string },
    })
    expect(await json('hold', 'show')).toMatchObject({ hold: false, liveSending: false })
    await json('live-sending', 'off')
    const audit = await handle.sql`select distinct action from audit_log where actor = 'ada' order by action`
    expect(audit.map(({ action }) => action as string)).toEqual(
      expect.arrayContaining([
        'company.hold',
        'company.live_sending_off',
        'company.release',
        'journey.import',
        'journey.pause',
        'journey.publish',
        'lead.enroll',
      ]),
    )
  })

  test('lists tasks and closes one with an outcome it has', async () => {
    expect(await json('tasks', 'list')).toEqual([])
    const [lead] = await handle.sql`select id from leads`
    await handle.sql`insert into tasks (id, lead_id, kind, title, reason, queue, outcomes, created_for, due_at)
      values ('019a0000-0000-7000-8000-000000000001', ${lead?.['id'] as string}, 'call', 'Call Ann', 'Why not', 'sales',
              '[{"id":"yes","label":"Yes"}]'::text::jsonb, now(), now())`
    const [task] = await json<{ id: string }[]>('tasks', 'list', '--queue', 'sales')
    expect(task).toMatchObject({ title: 'Call Ann', outcomes: ['yes'] })
    const wrong = await run(['tasks', 'complete', task?.id ?? '', '--outcome', 'maybe'])
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('choose one of "yes"') as string })
    await json('tasks', 'complete', task?.id ?? '', '--outcome', 'yes', '--note', 'Glad to hear it')
    expect(await handle.sql`select status, outcome, closed_by from tasks`).toEqual([
      { status: 'done', outcome: 'yes', closed_by: 'ada' },
    ])
  })

  test('asks for a control by enrollment, lead or journey, and for a choice when none is given', async () => {
    expect((await run(['controls', 'pause'])).code).toBe(2)
    const none = await run(['controls', 'pause', '--journey', 'friday-sampler', '--json'])
    expect(none.code).toBe(1)
    expect(JSON.parse(none.out)).toEqual({ action: 'pause', requested: 0 })
    expect((await run(['controls', 'move', '--journey', 'friday-sampler'])).code).toBe(2)
  })
})
