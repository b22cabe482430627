// Segment's own client, and its API by hand, against the running application.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Analytics } from '@segment/analytics-node'
import { and, asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApiKey } from '#activities/access/api-keys.ts'
import { saveIngestSettings } from '#activities/ingest/settings.ts'
import { raiseLibraryRevision } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { events, eventTotals } from '#db/schema/events.ts'
import { leadIdentities, leads } from '#db/schema/leads.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { preferenceFieldDefinitions, preferencesSchema } from '#engine/preferences.ts'
import { createTestApp, type TestApp } from '../support/test-app.ts'

let app: TestApp
let server: Server
let host: string
let secret: string
let website: string
let now = Date.now()

beforeAll(async () => {
  app = await createTestApp({ boundTo: '0.0.0.0', now: () => now })
  const { db } = app.database
  const make = async (kind: 'secret' | 'public') =>
    (
      await db.transaction((tx) =>
        createApiKey(tx, { name: kind, kind, scopes: ['ingest:write'], expiresAt: null, actor: 'test' }),
      )
    ).key
  secret = await make('secret')
  website = await make('public')
  const settings = { origins: ['https://www.example.com'], traits: { jobRole: 'title' } }
  await db.transaction((tx) => saveIngestSettings(tx, settings, 'test'))
  server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  host = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await app.close()
})
beforeEach(() => {
  now = Date.now()
})

const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
const send = (path: string, body: object, key = secret) =>
  app.request.post(path).set('Authorization', basic(key)).send(body)

async function leadOf(kind: string, value: string) {
  const [identity] = await app.database.db
    .select()
    .from(leadIdentities)
    .where(and(eq(leadIdentities.kind, kind), eq(leadIdentities.value, value)))
  if (identity === undefined) return null
  const [row] = await app.database.db.select().from(leads).where(eq(leads.id, identity.leadId))
  return row ?? null
}

async function eventsOf(leadId: string) {
  return app.database.db.select().from(events).where(eq(events.leadId, leadId)).orderBy(asc(events.id))
}

test('Segment’s client for Node works as it is: what was done anonymously is the lead’s once it is known', async () => {
  const errors: unknown[] = []
  const analytics = new Analytics({ writeKey: secret, host, flushAt: 4, maxRetries: 0 })
  analytics.on('error', (error) => errors.push(error))
  analytics.track({ anonymousId: 'browser-1', event: 'video_watched', properties: { seconds: 12 } })
  analytics.page({ anonymousId: 'browser-1', name: 'Pricing', properties: { path: '/pricing', ip: '203.0.113.7' } })
  await analytics.flush()
  const stranger = await leadOf('anonymous_id', 'browser-1')
  analytics.identify({
    anonymousId: 'browser-1',
    userId: 'crm-1',
    traits: {
      email: 'Ada@Example.com',
      firstName: 'Ada',
      company: { name: 'Engines' },
      address: { city: 'London' },
      jobRole: 'CTO',
      shoe: 38,
    },
  })
  analytics.track({ userId: 'crm-1', event: 'downloaded', properties: { asset: 'guide' } })
  analytics.group({ userId: 'crm-1', groupId: 'g1', traits: { name: 'Analytical Engines' } })
  await analytics.flush()
  await analytics.closeAndFlush()
  expect(errors).toEqual([])

  const lead = await leadOf('external_id', 'crm-1')
  expect(lead).toMatchObject({
    id: stranger?.id,
    email: 'Ada@Example.com',
    firstName: 'Ada',
    company: 'Analytical Engines',
    city: 'London',
    title: 'CTO',
  })
  const history = await eventsOf(lead?.id ?? '')
  expect(history.map(({ type, properties }) => ({ type, properties }))).toEqual([
    { type: 'video_watched', properties: { seconds: 12 } },
    { type: 'page_viewed', properties: { name: 'Pricing', path: '/pricing' } },
    { type: 'downloaded', properties: { asset: 'guide' } },
    { type: 'group_joined', properties: { group: 'g1' } },
  ])
  const { body } = await app.request.get('/api/v1/ingest-settings').set('Authorization', `Bearer ${await ownerKey()}`)
  expect(body).toMatchObject({ traits: { jobRole: 'title' }, unknownTraits: ['shoe'] })
})

async function ownerKey(): Promise<string> {
  const wanted = { name: 'owner', kind: 'secret', scopes: ['*'], expiresAt: null, actor: 'test' } as const
  return (await app.database.db.transaction((tx) => createApiKey(tx, wanted))).key
}

test('an anonymous lead that turns out to be a known one is merged into it, history and counters included', async () => {
  await send('/v1/identify', { userId: 'known-2', traits: { email: 'known2@example.com' } })
  await send('/v1/track', { anonymousId: 'b-2', event: 'downloaded', messageId: 'm-2' })
  const [known, stranger] = [await leadOf('external_id', 'known-2'), await leadOf('anonymous_id', 'b-2')]
  expect(known?.id).not.toBe(stranger?.id)
  await send('/v1/alias', { previousId: 'b-2', userId: 'known-2' })
  expect((await leadOf('anonymous_id', 'b-2'))?.id).toBe(known?.id)
  expect((await eventsOf(known?.id ?? '')).map(({ type }) => type)).toEqual(['downloaded'])
  const totals = await app.database.db
    .select()
    .from(eventTotals)
    .where(eq(eventTotals.leadId, known?.id ?? ''))
  expect(totals).toMatchObject([{ type: 'downloaded', count: 1 }])
})

test('in one batch, strangers, their names and what they did come in any order', async () => {
  const batch = [
    { type: 'track', anonymousId: 'b-3', event: 'visited', messageId: 'b3-1' },
    { type: 'track', userId: 'u-3', event: 'paid', messageId: 'b3-2' },
    { type: 'identify', userId: 'u-3', anonymousId: 'b-3', traits: { email: 'three@example.com' }, messageId: 'b3-3' },
    { type: 'screen', userId: 'u-3', name: 'Home', messageId: 'b3-4' },
  ]
  for (const attempt of [1, 2]) {
    expect({ attempt, body: (await send('/v1/batch', { batch })).body as unknown }).toEqual({
      attempt,
      body: { success: true },
    })
    const lead = await leadOf('external_id', 'u-3')
    expect((await leadOf('anonymous_id', 'b-3'))?.id).toBe(lead?.id)
    expect((await leadOf('email', 'three@example.com'))?.id).toBe(lead?.id)
    expect((await eventsOf(lead?.id ?? '')).map(({ type }) => type).sort()).toEqual(['page_viewed', 'paid', 'visited'])
  }
})

test('of a batch, what cannot be taken is named and the rest is taken; nothing is recorded twice', async () => {
  const batch = [
    { type: 'track', userId: 'u-4', event: 'one', messageId: 'b4-1' },
    { type: 'track', event: 'nobody', messageId: 'b4-2' },
    { type: 'sing', userId: 'u-4' },
    { type: 'track', userId: 'u-4', event: 'big', messageId: 'b4-4', properties: { text: 'x'.repeat(33_000) } },
    { type: 'track', userId: 'u-4', messageId: 'b4-5' },
    { type: 'track', userId: 'u-4', event: 'one', messageId: 'b4-1' },
    { type: 'track', userId: 'u-4', event: 'late', messageId: 'b4-7', timestamp: 'yesterday' },
    'text',
  ]
  const { status, body } = await send('/v1/batch', { batch })
  expect(status).toBe(200)
  const { rejected } = body as { rejected: { index: number; code: string }[] }
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([
    [1, 'NOBODY_NAMED'],
    [2, 'TYPE_UNKNOWN'],
    [3, 'MESSAGE_TOO_LARGE'],
    [4, 'MESSAGE_INVALID'],
    [6, 'TIME_INVALID'],
    [7, 'TYPE_UNKNOWN'],
  ])
  const lead = await leadOf('external_id', 'u-4')
  expect(await eventsOf(lead?.id ?? '')).toHaveLength(1)
  const audited = await app.database.db.select().from(auditLog).where(eq(auditLog.action, 'ingest'))
  expect(audited.at(-1)?.after).toEqual({ messages: 2, taken: 1, duplicates: 1 })
})

test('what the sender’s clock is off is taken out; an import keeps its times', async () => {
  const wrong = now + 3 * 86_400_000
  await send('/v1/track', {
    userId: 'u-5',
    event: 'clock',
    messageId: 'b5-1',
    timestamp: new Date(wrong - 60_000).toISOString(),
    sentAt: new Date(wrong).toISOString(),
  })
  const then = '2025-02-03T04:05:06.000Z'
  await send('/v1/import', {
    batch: [{ type: 'track', userId: 'u-5', event: 'old', timestamp: then, messageId: 'b5-2' }],
    sentAt: '2025-02-04T00:00:00Z',
  })
  const [clock, old] = await eventsOf((await leadOf('external_id', 'u-5'))?.id ?? '')
  expect(Math.abs((clock?.occurredAt.getTime() ?? 0) - (now - 60_000))).toBeLessThan(5)
  expect(old?.occurredAt.toISOString()).toBe(then)
})

test('without an id and a time, the same words are another event each time; with its time, a repeat is one', async () => {
  const said = { userId: 'u-6', event: 'visited', properties: { page: 'pricing' } }
  await send('/v1/track', said)
  await send('/v1/track', said)
  const timed = { ...said, event: 'timed', timestamp: '2026-01-02T03:04:05Z' }
  await send('/v1/track', timed)
  await send('/v1/track', timed)
  const history = await eventsOf((await leadOf('external_id', 'u-6'))?.id ?? '')
  expect(history.map(({ type }) => type)).toEqual(['visited', 'visited', 'timed'])
})

test('a server reports purchases; that somebody opted out it tells the API, not as an event', async () => {
  const { body } = await send('/v1/track', { userId: 'u-7', event: 'unsubscribed', messageId: 'b7-1' })
  expect(body).toMatchObject({
    rejected: [{ code: 'EVENT_RESERVED', message: expect.stringContaining('POST /api/v1/leads/{id}/opt-out') }],
  })
  expect((await send('/v1/track', { userId: 'u-7', event: 'purchased', messageId: 'b7-2' })).body).toEqual({
    success: true,
  })
})

test('a body above 500 KB is refused as a whole, and so is a request without a key', async () => {
  const batch = Array.from({ length: 20 }, () => ({ type: 'track', userId: 'u', event: 'e', x: 'y'.repeat(30_000) }))
  expect((await send('/v1/batch', { batch })).body).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 })
  expect((await app.request.post('/v1/track').send({ userId: 'u', event: 'e' })).status).toBe(401)
  expect((await send('/v1/track', { userId: 'u', event: 'e' }, 'nobody')).body).toMatchObject({ code: 'KEY_REFUSED' })
})

describe('a key that everybody can read', () => {
  const say = (path: string, body: object) => send(path, body, website)

  test('makes leads, fills in what is not known, and changes nothing that is', async () => {
    await send('/v1/identify', { userId: 'p-1', traits: { email: 'p1@example.com', firstName: 'Pat', phone: '1' } })
    const claims = { email: 'thief@example.com', firstName: 'Eve', phone: '666', lastName: 'Post', do_not_email: true }
    await say('/v1/identify', { userId: 'p-1', traits: { ...claims, stage: 'customer', ownerId: 'eve' } })
    expect(await leadOf('external_id', 'p-1')).toMatchObject({
      email: 'p1@example.com',
      firstName: 'Pat',
      phone: '1',
      lastName: 'Post',
      doNotEmail: false,
      stage: 'new',
      ownerId: null,
    })
    expect(await leadOf('email', 'thief@example.com')).toBeNull()
  })

  test('never gives an address to a lead that came from elsewhere without one', async () => {
    await send('/v1/identify', { userId: 'p-2', traits: { firstName: 'Quinn' } })
    await say('/v1/identify', { userId: 'p-2', traits: { email: 'claimed@example.com' } })
    expect(await leadOf('external_id', 'p-2')).toMatchObject({ email: null })
    await say('/v1/identify', { userId: 'p-2b' })
    await say('/v1/identify', { userId: 'p-2b', traits: { email: 'own@example.com' } })
    expect(await leadOf('external_id', 'p-2b')).toMatchObject({ email: 'own@example.com', source: 'website' })
  })

  test('never joins two known leads, by whatever it claims', async () => {
    await send('/v1/identify', { userId: 'p-3', traits: { email: 'p3@example.com' } })
    await send('/v1/identify', { userId: 'p-4', anonymousId: 'shared', traits: { email: 'p4@example.com' } })
    await say('/v1/identify', { userId: 'p-3', anonymousId: 'shared', traits: { email: 'p4@example.com' } })
    await say('/v1/alias', { userId: 'p-3', previousId: 'shared' })
    const [three, four] = [await leadOf('external_id', 'p-3'), await leadOf('external_id', 'p-4')]
    expect([three?.email, three?.mergedInto, four?.mergedInto]).toEqual(['p3@example.com', null, null])
    expect((await leadOf('anonymous_id', 'shared'))?.id).toBe(four?.id)
    expect((await leadOf('email', 'p4@example.com'))?.id).toBe(four?.id)
  })

  test('on a shared computer, the second person is another lead', async () => {
    await say('/v1/identify', { anonymousId: 'kiosk', userId: 'p-5', traits: { email: 'p5@example.com' } })
    await say('/v1/identify', { anonymousId: 'kiosk', userId: 'p-6', traits: { email: 'p6@example.com' } })
    const [five, six] = [await leadOf('external_id', 'p-5'), await leadOf('external_id', 'p-6')]
    expect(five?.id).not.toBe(six?.id)
    expect((await leadOf('anonymous_id', 'kiosk'))?.id).toBe(five?.id)
  })

  test('cannot report what Trellis sees for itself, nor take the id of another sender’s event', async () => {
    const { body } = await say('/v1/track', { userId: 'p-7', event: 'replied', messageId: 'taken' })
    expect(body).toMatchObject({ rejected: [{ code: 'EVENT_RESERVED' }] })
    for (const event of ['purchased', 'registered', 'unsubscribed']) {
      const refused = await say('/v1/track', { userId: 'p-7', event, messageId: event })
      expect(refused.body).toMatchObject({ rejected: [{ code: 'EVENT_RESERVED' }] })
    }
    await say('/v1/track', { userId: 'p-7', event: 'visited', messageId: 'taken' })
    await send('/v1/track', { userId: 'p-7', event: 'paid', messageId: 'taken' })
    const history = await eventsOf((await leadOf('external_id', 'p-7'))?.id ?? '')
    expect(history.map(({ type }) => type)).toEqual(['visited', 'paid'])
  })

  test('sends from the websites that were named: with a preflight, or as a beacon of plain text', async () => {
    const origin = 'https://www.example.com'
    const ask = (from: string) =>
      app.request.options('/v1/track').set('Origin', from).set('Access-Control-Request-Method', 'POST')
    const preflight = await ask(origin)
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      vary: 'Origin',
    })
    expect((await ask('https://evil.example')).body).toMatchObject({ code: 'ORIGIN_REFUSED' })
    const beacon = (from: string, writeKey: string) =>
      app.request
        .post('/v1/track')
        .set('Origin', from)
        .set('Sec-Fetch-Site', 'cross-site')
        .set('Content-Type', 'text/plain;charset=UTF-8')
        .send(JSON.stringify({ writeKey, anonymousId: 'beacon', event: 'left', messageId: 'bc-1' }))
    const sent = await beacon(origin, website)
    expect({ status: sent.status, body: sent.body as unknown }).toEqual({ status: 200, body: { success: true } })
    expect(sent.headers['access-control-allow-origin']).toBe(origin)
    expect((await beacon('https://evil.example', website)).body).toMatchObject({ code: 'ORIGIN_REFUSED' })
    const lead = await leadOf('anonymous_id', 'beacon')
    const [event] = await eventsOf(lead?.id ?? '')
    expect(JSON.stringify(event)).not.toContain(website)
    // No other address answers other sites, with any key.
    const elsewhere = await app.request
      .get('/api/v1/leads')
      .set('Origin', origin)
      .set('Authorization', `Bearer ${secret}`)
    expect(elsewhere.headers['access-control-allow-origin']).toBeUndefined()
  })
})

test('the mapping names fields that exist and may be filled; what a lead wishes is for nobody else to say', async () => {
  const wishes = preferenceFieldDefinitions(preferencesSchema.parse({ topics: [{ key: 'tea', label: 'Tea' }] }))
  await app.database.db.transaction(async (tx) => {
    await saveResources(tx, { fields: wishes })
    await raiseLibraryRevision(tx)
  })
  const traits = { email: 'wish@example.com', paused_until: '2999-01-01', cadence: 'monthly', topics: ['tea'] }
  for (const key of [website, secret]) {
    await send('/v1/identify', { userId: 'wish', traits: { ...traits, refusedTopics: ['tea'] } }, key)
  }
  expect((await leadOf('external_id', 'wish'))?.fields).toEqual({})
  const put = async (traits: object) =>
    app.request
      .put('/api/v1/ingest-settings')
      .set('Authorization', `Bearer ${await ownerKey()}`)
      .send({ origins: ['https://www.example.com'], traits })
  for (const field of [
    'nope',
    'stage',
    'do_not_email',
    'owner_id',
    'created_at',
    'paused_until',
    'cadence',
    'topics',
    'refused_topics',
  ]) {
    expect((await put({ x: field })).body).toMatchObject({
      code: 'SETTINGS_INVALID',
      issues: [{ path: ['body', 'traits', 'x'] }],
    })
  }
  expect((await put({ jobRole: 'title' })).status).toBe(200)
})
