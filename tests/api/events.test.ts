import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { events, eventTotals } from '#db/schema/events.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { addLeads } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

interface Answer {
  accepted: number
  duplicates: number
  rejected: number
  results: {
    status: string
    leadId: string | null
    messageId: string | null
    issues: { code: string; path: unknown[] }[]
  }[]
}

describe('POST /api/v1/events', () => {
  let app: TestApp
  let ada: string
  beforeAll(async () => {
    app = await createTestApp()
    ada = (await addLeads(app.database.db, ['Ada Lovelace']))[0] ?? ''
  })
  afterAll(() => app.close())

  const send = async (list: unknown[]): Promise<Answer> => {
    const response = await app.request.post('/api/v1/events').send({ events: list })
    expect(response.status).toBe(200)
    return response.body as Answer
  }

  test('records each event once, however often it is sent, also twice in one batch and at the same time', async () => {
    const event = { messageId: 'm-1', lead: { id: ada }, event: 'downloaded', properties: { asset: 'guide' } }
    const first = await send([event, event])
    expect(first).toMatchObject({ accepted: 1, duplicates: 1, rejected: 0 })
    const again = await Promise.all(Array.from({ length: 5 }, () => send([event])))
    expect(again.map(({ duplicates }) => duplicates)).toEqual([1, 1, 1, 1, 1])
    const rows = await app.database.db.select().from(events).where(eq(events.leadId, ada))
    expect(rows).toMatchObject([{ type: 'downloaded', properties: { asset: 'guide' } }])
    const totals = await app.database.db
      .select()
      .from(eventTotals)
      .where(and(eq(eventTotals.leadId, ada), eq(eventTotals.type, 'downloaded')))
    expect(totals).toMatchObject([{ count: 1 }])
  })

  test('judges each event alone: a bad one is rejected at its place and the others go in', async () => {
    const answer = await send([
      { messageId: 'a', lead: { email: 'ada.lovelace.0@EXAMPLE.com' }, event: 'visited' },
      { messageId: 'b', lead: {}, event: 'visited' },
      { messageId: 'c', lead: { id: '01900000-0000-7000-8000-000000000000' }, event: 'visited' },
      'nonsense',
      { messageId: 'd', lead: { id: ada }, event: 'visited', occurredAt: 'yesterday' },
      { messageId: 'e', lead: { id: ada }, event: '', colour: 'red' },
    ])
    expect(answer).toMatchObject({ accepted: 1, duplicates: 0, rejected: 5 })
    expect(answer.results[0]).toMatchObject({ status: 'accepted', leadId: ada })
    expect(answer.results.map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c', null, 'd', 'e'])
    expect(answer.results[2]?.issues).toMatchObject([{ code: 'LEAD_NOT_FOUND', path: ['body', 'events', 2, 'lead'] }])
    expect(answer.results[4]?.issues[0]?.path).toEqual(['body', 'events', 4, 'occurredAt'])
  })

  test('makes a lead of a stranger, once', async () => {
    const lead = { email: 'stranger@example.com', anonymousId: 'cookie-1' }
    const first = await send([
      { messageId: 's-1', lead, event: 'form_submitted' },
      { messageId: 's-2', lead: { anonymousId: 'cookie-1' }, event: 'visited' },
    ])
    expect(first.accepted).toBe(2)
    const [one, two] = first.results
    expect(one?.leadId).toBe(two?.leadId)
    const later = await send([{ messageId: 's-3', lead: { email: 'Stranger@example.com' }, event: 'visited' }])
    expect(later.results[0]?.leadId).toBe(one?.leadId)
    const { body } = await app.request.get(`/api/v1/leads/${one?.leadId ?? ''}`)
    expect(body).toMatchObject({ email: 'stranger@example.com' })
  })

  test('what only Trellis records is refused by its name, with what to do instead; nobody is made of it', async () => {
    const answer = await send([
      { messageId: 'r-1', lead: { email: 'told@example.com' }, event: 'unsubscribed' },
      { messageId: 'r-2', lead: { id: ada }, event: 'email_\u0000bounced' },
      ...['downloaded', 'purchased', 'registered', 'replied'].map((event) => ({
        messageId: `r-${event}`,
        lead: { id: ada },
        event,
      })),
    ])
    expect(answer).toMatchObject({ accepted: 4, rejected: 2 })
    expect(answer.results[0]?.issues).toMatchObject([
      {
        code: 'EVENT_RESERVED',
        path: ['body', 'events', 0, 'event'],
        message: expect.stringContaining('POST /api/v1/leads/{id}/opt-out'),
      },
    ])
    expect(answer.results[1]?.issues).toMatchObject([{ code: 'EVENT_RESERVED' }])
    const { body } = await app.request.get('/api/v1/leads').query({ search: 'told@example.com' })
    expect(body).toMatchObject({ items: [] })
  })

  test('an event that names two leads is refused, and makes neither another', async () => {
    await send([{ messageId: 'p-1', lead: { externalId: 'p-a' }, event: 'visited' }])
    await send([{ messageId: 'p-2', lead: { externalId: 'p-b' }, event: 'visited' }])
    const answer = await send([
      { messageId: 'p-3', lead: { externalId: 'p-c', email: 'p@example.com' }, event: 'visited' },
      { messageId: 'p-4', lead: { externalId: 'p-a', email: 'p@example.com' }, event: 'visited' },
    ])
    expect(answer.results.map(({ status }) => status)).toEqual(['accepted', 'rejected'])
    expect(answer.results[1]?.issues).toMatchObject([{ code: 'IDENTITY_CONFLICT' }])
  })

  test('keeps times: of the past as they are, of the future as now', async () => {
    await send([
      { messageId: 't-1', lead: { id: ada }, event: 'timed', occurredAt: '2020-02-29T12:00:00+02:00' },
      { messageId: 't-2', lead: { id: ada }, event: 'timed', occurredAt: '2999-01-01T00:00:00Z' },
    ])
    const rows = await app.database.db.select().from(events).where(eq(events.type, 'timed')).orderBy(events.occurredAt)
    expect(rows[0]?.occurredAt.toISOString()).toBe('2020-02-29T10:00:00.000Z')
    expect(rows[1]?.occurredAt.getTime()).toBeLessThanOrEqual(Date.now())
  })

  test('takes 1,000 events and refuses 1,001; the batch is one line in the audit log', async () => {
    const batch = (size: number) =>
      Array.from({ length: size }, (_, index) => ({
        messageId: `bulk-${String(index)}`,
        lead: { externalId: `bulk-${String(index % 100)}` },
        event: 'visited',
      }))
    expect((await send(batch(1000))).accepted).toBe(1000)
    const audits = await app.database.db.select().from(auditLog).where(eq(auditLog.action, 'events.record'))
    expect(audits.map(({ after }) => after)).toContainEqual({ events: 1000, recorded: 1000 })
    const refused = await app.request.post('/api/v1/events').send({ events: batch(1001) })
    expect(refused.body).toMatchObject({ code: 'REQUEST_INVALID', issues: [{ path: ['body', 'events'] }] })
    const empty = await app.request.post('/api/v1/events').send({ events: [] })
    expect(empty.status).toBe(400)
  })
})
