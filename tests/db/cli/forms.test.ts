/** Forms and surveys from the command line, without Temporal. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { formSubmissions } from '#db/schema/responses.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

let home: string
let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'trellis-forms-'))
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 2 })
})
afterAll(async () => {
  await handle.close()
  await database.drop()
  await rm(home, { recursive: true })
})

async function trellis(...args: string[]): Promise<{ code: number; out: string }> {
  const { TEMPORAL_ADDRESS: _, ...env } = process.env
  const options = { env: { ...env, DATABASE_URL: database.url, TRELLIS_HOME: home } }
  const command = ['--disable-warning=ExperimentalWarning', join(root, 'scripts/trellis.ts'), ...args]
  return promisify(execFile)(process.execPath, command, options).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout + error.stderr,
    }),
  )
}

test('forms are listed; what was held is shown, and released once', async () => {
  const imported = await trellis('journeys', 'import', join(root, 'examples/journeys/instant-thank-you.json'))
  expect(imported.code).toBe(0)
  expect((await trellis('forms', 'list')).out).toContain('white_paper')
  const id = newId()
  const email = 'held@customer.example'
  const input = { visitor: { kind: 'stranger' }, answers: { email }, agreed: [], language: null, page: null }
  await handle.db
    .insert(formSubmissions)
    .values({ id, form: 'white_paper', status: 'held', reason: 'It has the word "casino".', email, input })
  expect((await trellis('forms', 'held')).out).toContain('It has the word "casino".')
  expect((await trellis('forms', 'release', id)).out).toContain('Taken in: it is lead')
  expect((await trellis('forms', 'discard', id)).code).toBe(1)
})
