import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import type { AppDependencies } from '#server/dependencies.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import { createDatabase } from '#db/client.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { serveMetrics } from '#server/telemetry/metrics-server.ts'
import { createRegistry, describeInstallation, observeRequests, observeTurns } from '#server/telemetry/metrics.ts'
import { addLead, publishDefinition } from '../support/engine.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

/** The samples of one metric, e.g. `{stage="new"}` → 3, without the label that every sample has. */
function samples(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`))
  return Object.fromEntries(
    lines.map((line) => {
      const [labels = '', value = ''] = line.slice(name.length + 1).split('} ')
      const own = labels.split(/,(?=\w+=")/).filter((label) => label !== 'process="api"')
      return [own.join(','), Number(value)]
    }),
  )
}

describe('metrics', () => {
  const registry = createRegistry('api')
  let app: TestApp
  let leadId: string
  let check: Parameters<NonNullable<AppDependencies['onHealth']>>[0]
  beforeAll(async () => {
    app = await createTestApp({
      observeRequest: observeRequests(registry),
      onHealth: (health) => (check = health),
    })
    const { db } = app.database
    describeInstallation(registry, { db, health: check, now: tick })
    await addLead(db, { email: 'anna@example.org' })
    leadId = await addLead(db, { stage: 'engaged', attention: 'hot' })
    const journeyId = await publishDefinition(db, { steps: { wait: ['wait', { duration: 'P1D' }] } })
    await db.execute(sql`insert into enrollments
        (id, lead_id, journey_id, version, status, step_id, since, due_at, state, trigger_id, entry_key, entered_at)
      select gen_random_uuid(), ${leadId}, ${journeyId}, 1, status::enrollment_status, 'wait', now(),
             now() - interval '10 minutes', '{}', 'manual', status, now()
        from unnest(array['active', 'parked']) status`)
  })
  afterAll(() => app.close())

  /** Far enough apart that no answer is shared. */
  let instant = 0
  const tick = (): number => (instant += 60_000)
  test('tell leads by state, what is parked, what is late, as Postgres has it', async () => {
    const text = await registry.metrics()
    expect(samples(text, 'trellis_leads')).toEqual({
      'stage="new",attention="cool"': 1,
      'stage="engaged",attention="hot"': 1,
    })
    expect(samples(text, 'trellis_enrollments')).toMatchObject({ 'status="active"': 1, 'status="parked"': 1 })
    expect(samples(text, 'trellis_enrollments_overdue')).toEqual({ '': 1 })
    expect(samples(text, 'trellis_enrollment_lateness_seconds')['']).toBeGreaterThanOrEqual(600)
    expect(samples(text, 'trellis_up')).toEqual({
      'dependency="postgres"': 1,
      'dependency="temporal"': 1,
      'dependency="worker"': 0,
    })
  })

  test('tell of the mail server and the mailbox where there are any', async () => {
    const own = createRegistry('api')
    const mailing = await createTestApp({
      realChannels: ['email'],
      onHealth: (health) => describeInstallation(own, { db: app.database.db, health }),
    })
    expect(samples(await own.metrics(), 'trellis_up')).toEqual({
      'dependency="postgres"': 1,
      'dependency="temporal"': 1,
      'dependency="worker"': 0,
      'dependency="mail"': 1,
    })
    await mailing.close()
  })

  test('name routes by their template, never a lead', async () => {
    await app.request.get(`/api/v1/leads/${leadId}`).expect(200)
    await app.request.get('/api/v1/leads?search=anna@example.org').expect(200)
    const text = await registry.metrics()
    expect(samples(text, 'trellis_http_request_seconds_count')).toMatchObject({
      'method="GET",route="/api/v1/leads/{id}",status="200"': 1,
    })
    expect(text).not.toContain(leadId)
    expect(text).not.toContain('anna')
  })

  test('a turn that throws counts as failed', async () => {
    const own = createRegistry('worker')
    const turn = observeTurns(own, () => Promise.reject(new Error('no')))
    await expect(turn({ leadId } as never)).rejects.toThrow('no')
    expect(await own.metrics()).toMatch(/trellis_turn_seconds_count\{process="worker",result="failed"\} 1/)
  })

  test('what is no longer known is not told: without Postgres there are no figures, and trellis_up says why', async () => {
    const port = await findFreePort()
    const database = createDatabase(`postgres://nobody:secret@127.0.0.1:${String(port)}/none`)
    const temporal = createTemporalGateway({ address: `127.0.0.1:${String(port)}`, namespace: 'default' })
    const own = createRegistry('api')
    const lost = await createTestApp({
      database,
      temporal,
      onHealth: (health) => describeInstallation(own, { db: database.db, health }),
    })
    const text = await own.metrics()
    expect(samples(text, 'trellis_up')).toMatchObject({ 'dependency="postgres"': 0 })
    expect(samples(text, 'trellis_leads')).toEqual({})
    expect(samples(text, 'trellis_enrollments_overdue')).toEqual({})
    await lost.close()
  })

  test('are served at /metrics of their own port, and nothing else is', async () => {
    const server = await serveMetrics(registry, { host: '127.0.0.1', port: 0 })
    const base = `http://127.0.0.1:${String(server.port)}`
    const answer = await fetch(`${base}/metrics`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(await answer.text()).toContain('trellis_up{')
    expect((await fetch(`${base}/api/v1/leads`)).status).toBe(404)
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404)
    await server.close()
  })
})
