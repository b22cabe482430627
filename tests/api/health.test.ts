import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sql } from 'drizzle-orm'
import { NativeConnection } from '@temporalio/worker'
import { startEngine } from '#server/engine.ts'
import type { Health } from '#server/contract/health.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import { createDatabase } from '#db/client.ts'
import { notePoll } from '#db/repositories/inbound.ts'
import { noteProviderState } from '#db/repositories/provider-state.ts'
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
      mail: { status: 'off' },
      inbox: { status: 'off' },
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
      { timeout: 60_000, interval: 100 },
    )
    expect(response.body).toMatchObject({ status: 'ok', worker: { status: 'ok', detail: '1 worker' } })

    // Temporal would name the poller for another minute.
    const worker = createDatabase(app.databaseUrl, { max: 1, applicationName: 'trellis-worker' })
    await worker.sql`select 1`
    await expect.poll(async () => (await app.request.get('/health')).status, { interval: 300 }).toBe(200)
    await worker.close()
    await expect.poll(async () => (await app.request.get('/health')).status, { interval: 300 }).toBe(503)
    await engine.stop()
    await connection.close()
  })

  test('tells how the mail server and the mailbox are, without their addresses, and never answers 503 for them', async () => {
    const inboxName = 'sales@mail.example.org/INBOX'
    const own = await createTestApp({ realChannels: ['email'], inboxName })
    const { db } = own.database
    const parts = async () => {
      const { body } = (await own.request.get('/health')) as { body: Health }
      expect(JSON.stringify(body)).not.toContain('example.org')
      return { status: body.status, mail: body.mail.status, inbox: body.inbox.status, said: body.mail.detail }
    }
    // Degraded only since no worker polls here.
    expect(await parts()).toMatchObject({ status: 'degraded', mail: 'ok', inbox: 'down' })
    await notePoll(db, inboxName, null)
    expect(await parts()).toMatchObject({ mail: 'ok', inbox: 'ok' })
    await noteProviderState(db, { channel: 'email', reason: 'SMTP_UNREACHABLE: connect mail.example.org:587' })
    await notePoll(db, inboxName, 'connect mail.example.org:993')
    expect(await parts()).toMatchObject({
      mail: 'down',
      inbox: 'down',
      said: expect.stringMatching(/^Cannot be reached since \d{4}-.*\(SMTP_UNREACHABLE\): messages wait\.$/),
    })
    await noteProviderState(db, { channel: 'email', reason: null })
    await notePoll(db, inboxName, null)
    await db.execute(sql`update inbound_mailboxes set polled_at = now() - interval '11 minutes'`)
    expect(await parts()).toMatchObject({ mail: 'ok', inbox: 'down' })

    const connection = await NativeConnection.connect({ address: temporalAddress() })
    const turn = (): never => {
      throw new Error('no lead is poked here')
    }
    const engine = await startEngine({ connection, namespace: own.namespace, activities: { leads: { turn } } })
    const isUp = async () => (await own.request.get('/health')).status === 200
    await expect.poll(isUp).toBe(true)
    expect(await parts()).toMatchObject({ status: 'ok', inbox: 'down' })
    await engine.stop()
    await connection.close()
    await own.close()
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
