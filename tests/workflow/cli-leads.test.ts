import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { someLeads } from '../db/entry/entry-database.ts'
import { createTestEngine, enrol, publishDefinition, until, type TestEngine } from '../support/engine.ts'
import { temporalAddress } from '../support/temporal.ts'

/** `trellis lead erase` and `trellis lead merge`, as processes. */
let engine: TestEngine
let home: string
beforeAll(async () => {
  engine = await createTestEngine()
  home = mkdtempSync(join(tmpdir(), 'trellis-cli-leads-'))
})
afterAll(async () => {
  await engine?.stop()
  rmSync(home, { recursive: true })
})

function trellis(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const env = {
    ...process.env,
    TRELLIS_HOME: home,
    DATABASE_URL: engine.databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress(),
  }
  const command = ['--disable-warning=ExperimentalWarning', 'scripts/trellis.ts', ...args, '--json', '--actor', 'ada']
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
  })
}

test('erase asks for --yes, then leaves a tombstone and no running execution', async () => {
  const [leadId = ''] = await someLeads(engine.db, [{ email: 'ada@example.test', fields: { first_name: 'Ada' } }])
  const journey = await publishDefinition(engine.db, { steps: { wait: ['wait', { duration: 'P30D' }] } })
  await enrol(engine, leadId, journey, Date.now())
  const standing = () => engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
  await until('the lead waits', async () => (await standing()).length === 1)

  const asked = await trellis('lead', 'erase', 'ada@example.test', '--reason', 'By letter.')
  expect(asked).toMatchObject({ code: 2, out: '' })
  expect(asked.err).toContain('NOT_CONFIRMED')
  expect((await standing())[0]?.status).toBe('active')

  const done = await trellis('lead', 'erase', 'ada@example.test', '--reason', 'By letter.', '--yes')
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(done.out)).toMatchObject({ erased: true, leadId, runsDeleted: 1 })
  expect((await standing())[0]?.status).toBe('exited')
  const [lead] = await engine.db.select().from(leads).where(eq(leads.id, leadId))
  expect(lead).toMatchObject({ email: null, firstName: null })
  const lines = await engine.db.select().from(auditLog).where(eq(auditLog.action, 'lead.erase'))
  expect(lines).toMatchObject([{ actor: 'ada', subjectId: leadId, after: { reason: 'By letter.' } }])

  const again = await trellis('lead', 'erase', 'ada@example.test', '--reason', 'By letter.', '--yes')
  expect(again.code).toBe(1)
  expect(again.err).toContain('LEAD_NOT_FOUND')
})

test('merge makes the second lead part of the first, once', async () => {
  const [first = '', second = ''] = await someLeads(engine.db, [
    { email: 'one@example.test' },
    { email: 'two@example.test' },
  ])
  const done = await trellis('lead', 'merge', 'one@example.test', 'two@example.test')
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(done.out)).toEqual({ winnerId: first, loserId: second })
  expect((await engine.db.select().from(leads).where(eq(leads.id, second)))[0]).toMatchObject({ mergedInto: first })
  const again = await trellis('lead', 'merge', 'one@example.test', 'two@example.test')
  expect(again.code).toBe(1)
  expect(again.err).toContain('NOT_MERGED')
})
