import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listTables } from '#db/backup-tables.ts'
import { restoreBackup, verifyBackup } from '#activities/backup/restore-backup.ts'
import { writeBackup } from '#activities/backup/write-backup.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import { createTestRun } from '#db/repositories/test-runs.ts'
import { generateYear } from '#server/demo/generate.ts'
import { writeDemoLeads } from '#server/demo/write-leads.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** Everything in a database, table by table, in an order that does not depend on where rows lie. */
async function contents({ sql }: DatabaseHandle): Promise<Record<string, string[]>> {
  const entries = []
  for (const { name } of await listTables(sql)) {
    const rows = await sql<{ row: string }[]>`select t::text as row from ${sql(name)} t`
    entries.push([name, rows.map(({ row }) => row).toSorted()] as const)
  }
  return Object.fromEntries(entries)
}

/** Leads with a year behind them. */
async function fill({ db }: DatabaseHandle, leads: number): Promise<void> {
  const virtualStart = Date.parse('2026-11-27T08:10:00Z')
  const run = await createTestRun(db, { name: 'demo', virtualStart, speed: 3600 })
  const year = { seed: 2026, endsAt: virtualStart, leads, customers: leads / 10, active: leads / 5 }
  await writeDemoLeads(db, generateYear(year), run)
}

describe('backup and restore', () => {
  let folder: string
  let source: TestDatabase
  let from: DatabaseHandle
  const opened: { database: TestDatabase; handle: DatabaseHandle }[] = []
  const open = async (): Promise<DatabaseHandle> => {
    const database = await createTestDatabase()
    const handle = createDatabase(database.url, { max: 3 })
    opened.push({ database, handle })
    return handle
  }
  const restore = (to: DatabaseHandle, path: string, replace = false) =>
    restoreBackup(to, { folder: path, files: { secret: join(folder, 'restored', 'secret') }, replace, actor: 'ada' })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trellis-backup-'))
    source = await createTestDatabase()
    from = createDatabase(source.url, { max: 3 })
    await fill(from, 300)
    const awkward = 'tab\t line\nbreak back\\slash \\N "quotes" 🙂 \u0001 \\.'
    await from.sql`update leads set company = ${awkward} where id = (select min(id::text)::uuid from leads)`
    await writeFile(join(folder, 'secret'), 's3cret')
    await writeBackup(from, { folder: join(folder, 'good'), files: { secret: join(folder, 'secret') }, version: '1' })
  })
  afterAll(async () => {
    for (const { database, handle } of [...opened, { database: source, handle: from }]) {
      await handle.close()
      await database.drop()
    }
    await rm(folder, { recursive: true })
  })

  test('what comes back is what there was, to the byte, and on hold', async () => {
    const to = await open()
    await restore(to, join(folder, 'good'))
    const [before, after] = [await contents(from), await contents(to)]
    expect(Object.keys(before).length).toBeGreaterThan(25)
    expect(before['leads']).toHaveLength(300)
    for (const name of Object.keys(before)) {
      // Only what says "on hold" is new.
      if (name !== 'settings' && name !== 'audit_log') expect({ [name]: after[name] }).toEqual({ [name]: before[name] })
    }
    expect(await readSwitches(to.db)).toMatchObject({ hold: true, holdReason: expect.stringMatching(/^Restored from/) })
    expect(await readSwitches(from.db)).toMatchObject({ hold: false })
    expect(await readFile(join(folder, 'restored', 'secret'), 'utf8')).toBe('s3cret')
    // New rows get new numbers.
    const [last] = await to.sql<{ id: number }[]>`select max(id)::int as id from events`
    const [next] = await to.sql<{ id: number }[]>`
      insert into audit_log (actor, action, subject_kind, subject_id) values ('a', 'b', 'c', 'd') returning id::int`
    const [highest] = await to.sql<{ id: number }[]>`select max(id)::int as id from audit_log`
    expect(next?.id).toBe(highest?.id)
    expect(last?.id).toBeGreaterThan(0)
  })

  test('nobody else on the machine may read it', async () => {
    const { mode } = await stat(join(folder, 'good', 'tables', 'leads.copy.gz'))
    expect(mode & 0o077).toBe(0)
  })

  test('leads that are here are not thrown away unless somebody says so', async () => {
    const to = await open()
    await fill(to, 20)
    const before = await contents(to)
    await expect(restore(to, join(folder, 'good'))).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
    expect(await contents(to)).toEqual(before)
    await restore(to, join(folder, 'good'), true)
    expect((await contents(to))['leads']).toEqual((await contents(from))['leads'])
  })

  test('a damaged backup is recognised, and changes nothing', async () => {
    const bad = join(folder, 'bad')
    await writeBackup(from, { folder: bad, files: {}, version: '1' })
    const file = join(bad, 'tables', 'leads.copy.gz')
    const text = gunzipSync(await readFile(file)).toString()
    await writeFile(file, gzipSync(text.replace('@', '#')))
    await expect(verifyBackup(bad)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    const to = await open()
    const before = await contents(to)
    await expect(restore(to, bad)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await writeFile(file, (await readFile(file)).subarray(0, 200))
    await expect(restore(to, bad)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await contents(to)).toEqual(before)
    await expect(verifyBackup(join(folder, 'good'))).resolves.toMatchObject({ product: 'trellis' })
  })

  test('other versions are refused with what to do; half a backup is none', async () => {
    const path = join(folder, 'good', 'manifest.json')
    const text = await readFile(path, 'utf8')
    const manifest = JSON.parse(text) as { migrations: string[] }
    const to = await open()
    const as = async (migrations: string[]): Promise<unknown> => {
      await writeFile(path, JSON.stringify({ ...manifest, migrations }))
      return restore(to, join(folder, 'good')).catch((error: unknown) => error)
    }
    expect(await as([...manifest.migrations, '9999_later'])).toMatchObject({ code: 'BACKUP_NEWER' })
    expect(await as(manifest.migrations.slice(0, 3))).toMatchObject({ code: 'BACKUP_OLDER' })
    await rm(path)
    expect(await restore(to, join(folder, 'good')).catch((error: unknown) => error)).toMatchObject({
      code: 'BACKUP_INCOMPLETE',
    })
    await writeFile(path, text)
    await expect(writeBackup(from, { folder: join(folder, 'good'), files: {}, version: '1' })).rejects.toMatchObject({
      code: 'BACKUP_TARGET_EXISTS',
    })
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})
