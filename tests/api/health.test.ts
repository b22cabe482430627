import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NativeConnection } from '@temporalio/worker'
import { startEngine } from '#server/engine.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import { createDatabase } from '#db/client.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { temporalAddress } from '../support/temporal.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

describe('GET /health', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp()
  })
  afterAll(() => app.close())

  test('is degraded, with 503, while no worker polls', async () => {
    const response = await app.request.get('/health')
    expect(response.status).toBe(503)
    expect(response.body).toMatchObject({
      status: 'degraded',
      postgres: { status: 'ok', detail: expect.stringMatching(/^Postgres \d+/) },
      temporal: { status: 'ok', detail: expect.stringMatching(/^Temporal \d+/) },
      worker: { status: 'down' },
    })
  })

  test('is ok, with 200, while a worker polls the queue of the leads, and notices at once when it was killed', async () => {
    const connection = await NativeConnection.connect({ address: temporalAddress() })
    const turn = (): never => {
      throw new Error('no lead is poked here')
    }
    const engine = await startEngine({ connection, namespace: app.namespace, activities: { leads: { turn } } })
    const response = await vi.waitUntil(
      async () => {
        const answer = await app.request.get('/health')
        return answer.status === 200 ? answer : null
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(response.body).toMatchObject({ status: 'ok', worker: { status: 'ok', detail: '1 worker' } })

    // Temporal would name the poller for another minute.
    const worker = createDatabase(app.databaseUrl, { max: 1, applicationName: 'trellis-worker' })
    await worker.sql`select 1`
    await vi.waitUntil(async () => (await app.request.get('/health')).status === 200, { interval: 300 })
    await worker.close()
    await vi.waitUntil(async () => (await app.request.get('/health')).status === 503, { interval: 300 })
    await engine.stop()
    await connection.close()
  })

  test('answers within its two seconds when nothing is there, and the API serves the rest', async () => {
    const port = await findFreePort()
    const database = createDatabase(`postgres://nobody:secret@127.0.0.1:${String(port)}/none`)
    const temporal = createTemporalGateway({ address: `127.0.0.1:${String(port)}`, namespace: 'default' })
    const lost = await createTestApp({ database, temporal })
    const startedAt = performance.now()
    const response = await lost.request.get('/health')
    expect(performance.now() - startedAt).toBeLessThan(2500)
    expect(response.status).toBe(503)
    expect(response.body).toMatchObject({
      status: 'down',
      postgres: { status: 'down' },
      temporal: { status: 'down' },
      worker: { status: 'down' },
    })
    expect(JSON.stringify(response.body)).not.toContain('secret')
    expect((await lost.request.get('/ready')).status).toBe(503)
    expect((await lost.request.get('/api/v1/openapi.json')).status).toBe(200)
    expect((await lost.request.get('/api/v1/journeys')).body).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      status: 503,
    })
    await temporal.close()
    await database.close()
    await lost.close()
  })

  test('/ready looks at the database only', async () => {
    expect((await app.request.get('/ready')).status).toBe(200)
  })
})
