// Enrollments, deliveries and tasks over the API.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { newId } from '#db/ids.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { leadInputs, leadPokes } from '#db/schema/inputs.ts'
import { tasks } from '#db/schema/tasks.ts'
import { addMessage, addTask } from '../support/seed-world.ts'
import { audited, createCompany } from './support/company.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const unknown = '01900000-0000-7000-8000-000000000000'
let app: TestApp
let ada: string
let bob: string
let waiting: string
let parked: string
let ended: string
let delivery: string

beforeAll(async () => {
  app = await createTestApp()
  ;({ ada, bob, waiting, parked, ended, delivery } = await createCompany(app))
})
afterAll(() => app.close())

describe('enrollments', () => {
  test('are listed by status, journey and step', async () => {
    const { body } = await app.request
      .get('/api/v1/enrollments')
      .query({ status: 'parked', journey: 'last-chance-call' })
    expect(body).toMatchObject({
      items: [
        { id: parked, lead: { name: 'Bob Noyce' }, step: { id: 'look' }, error: { message: 'The CRM answered 401.' } },
      ],
    })
    const empty = await app.request
      .get('/api/v1/enrollments')
      .query({ status: 'parked', journey: 'last-chance-call', step: 'call' })
    expect(empty.body).toEqual({ items: [], nextCursor: null })
  })

  test('a lead is enrolled by address: one input, one poke, one line in the audit log', async () => {
    const { status, body } = await app.request
      .post('/api/v1/enrollments')
      .set('Idempotency-Key', 'order-17')
      .send({ journey: 'win-back-survey', lead: { email: 'BOB.noyce.1@example.com' }, properties: { from: 'test' } })
    expect(status).toBe(202)
    expect(body).toMatchObject({ accepted: true, leadId: bob })
    const inputs = await app.database.db.select().from(leadInputs).where(eq(leadInputs.leadId, bob))
    expect(inputs).toMatchObject([
      { kind: 'enroll', payload: { triggerId: 'manual', entryKey: 'api:order-17', properties: { from: 'test' } } },
    ])
    expect(await app.database.db.select().from(leadPokes).where(eq(leadPokes.leadId, bob))).toHaveLength(1)
    expect(await audited(app, 'lead', bob)).toEqual(['lead.enroll'])
  })

  test('an unknown lead or journey is refused, and so is a journey that is not live', async () => {
    const enroll = async (body: object) => (await app.request.post('/api/v1/enrollments').send(body)).body as unknown
    expect(await enroll({ journey: 'win-back-survey', lead: { id: unknown } })).toMatchObject({
      code: 'LEAD_NOT_FOUND',
    })
    expect(await enroll({ journey: 'nope', lead: { id: ada } })).toMatchObject({ code: 'JOURNEY_NOT_FOUND' })
    await app.database.sql`insert into journeys (id, key, name, draft_graph, draft_layout)
      values (${newId()}, 'sketch', 'Sketch', '{}', '{}')`
    expect(await enroll({ journey: 'sketch', lead: { id: ada } })).toMatchObject({
      code: 'JOURNEY_NOT_LIVE',
      status: 409,
    })
  })

  test('a control is recorded with its reason and actor, whatever the header claims', async () => {
    const { status, body } = await app.request
      .post(`/api/v1/enrollments/${parked}/controls`)
      .set('X-Trellis-Actor', 'somebody else')
      .send({ action: 'retry', reason: 'The key is renewed' })
    expect(status).toBe(202)
    expect(body).toEqual({ accepted: true })
    const inputs = await app.database.db
      .select()
      .from(leadInputs)
      .where(and(eq(leadInputs.leadId, bob), eq(leadInputs.kind, 'control')))
    expect(inputs).toMatchObject([
      { payload: { action: 'retry', enrollmentId: parked, reason: 'The key is renewed', actor: 'owner' } },
    ])
    expect(await audited(app, 'enrollment', parked)).toEqual(['enrollment.retry'])
  })

  test('what would do nothing is refused with the reason', async () => {
    const control = async (id: string, body: object) => {
      const answer = await app.request.post(`/api/v1/enrollments/${id}/controls`).send({ reason: 'r', ...body })
      return (answer.body as { code: string }).code
    }
    expect(await control(waiting, { action: 'retry' })).toBe('CONTROL_NOT_POSSIBLE')
    expect(await control(waiting, { action: 'resume' })).toBe('CONTROL_NOT_POSSIBLE')
    expect(await control(waiting, { action: 'move', stepId: 'nowhere' })).toBe('STEP_NOT_FOUND')
    expect(await control(waiting, { action: 'migrate', version: 7 })).toBe('CONTROL_NOT_POSSIBLE')
    expect(await control(ended, { action: 'exit' })).toBe('ENROLLMENT_ENDED')
    expect(await control(unknown, { action: 'exit' })).toBe('ENROLLMENT_NOT_FOUND')
    expect(await control(waiting, { action: 'dance' })).toBe('REQUEST_INVALID')
  })
})

describe('deliveries', () => {
  test('one is shown as the lead sees it, its HTML on a page that can do nothing', async () => {
    const { body } = await app.request.get(`/api/v1/deliveries/${delivery}`)
    const { copies } = body as { copies: { previewPath: string }[] }
    expect(body).toMatchObject({ subject: 'Four questions', status: 'accepted', copies: [{ to: 'lead@example.com' }] })
    const preview = await app.request.get(copies[0]?.previewPath ?? '')
    expect(preview.text).toContain('Why not?')
    const policy = preview.headers['content-security-policy'] ?? ''
    expect(policy).toMatch(/^sandbox; default-src 'none'/)
    expect(policy).not.toMatch(/allow-|script-src/)
    expect(preview.headers['content-type']).toMatch(/^text\/html/)
    expect((await app.request.get('/preview/mail/99999')).body).toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
    expect((await app.request.get('/preview/mail/1%27--')).body).toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
  })

  test('one that has not gone out is called by its asset, not by its template', async () => {
    const place = {
      leadId: bob,
      enrollmentId: parked,
      journey: 'win-back-survey',
      stepId: 'survey',
      status: 'queued',
    } as const
    const open = await addMessage(app.database.db, { ...place, subject: 'For {{ lead.first_name }}', visit: 7 })
    const { body } = await app.request.get(`/api/v1/deliveries/${open}`)
    expect(body).toMatchObject({ subject: null, content: { subject: 'For {{ lead.first_name }}' }, copies: [] })
    const [asset] = Object.values((await readLibrary(app.database.db)).assets)
    const content = { body: '', subject: 'New: {{ asset.title }}', assetKey: asset?.key ?? '' }
    await app.database.db.update(deliveries).set({ content }).where(eq(deliveries.id, open))
    const named = await app.request.get(`/api/v1/deliveries/${open}`)
    expect((named.body as { subject: string }).subject).toBe(`New: ${asset?.title ?? ''}`)
    await app.database.db.delete(deliveries).where(eq(deliveries.id, open))
  })

  test('are listed by status and lead', async () => {
    const { body } = await app.request.get('/api/v1/deliveries').query({ lead: ada, status: 'accepted' })
    expect(body).toMatchObject({ items: [{ id: delivery, step: { name: 'Ask why, in four questions' } }] })
    expect((await app.request.get('/api/v1/deliveries').query({ lead: bob })).body).toMatchObject({ items: [] })
    expect((await app.request.get(`/api/v1/deliveries/${unknown}`)).body).toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
  })
})

describe('tasks', () => {
  test('the most urgent is first, and one ends once, with an outcome of its own', async () => {
    const { db } = app.database
    const place = { leadId: bob, journey: 'last-chance-call', stepId: 'call' }
    const later = await addTask(db, { ...place, enrollmentId: parked, title: 'Later', dueInMinutes: 600 })
    const soon = await addTask(db, { ...place, enrollmentId: waiting, title: 'Soon', dueInMinutes: 5 })
    const { body } = await app.request.get('/api/v1/tasks')
    expect((body as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([soon, later])

    const end = async (outcome: string) =>
      app.request.post(`/api/v1/tasks/${soon}/outcome`).send({ outcome, note: 'On Tuesday' })
    expect((await end('marry')).body).toMatchObject({ code: 'OUTCOME_UNKNOWN', status: 422 })
    expect((await end('demo')).status).toBe(202)
    expect((await end('demo')).body).toMatchObject({ code: 'TASK_CLOSED', status: 409 })
    const [task] = await db.select().from(tasks).where(eq(tasks.id, soon))
    expect(task).toMatchObject({ status: 'done', outcome: 'demo', note: 'On Tuesday', closedBy: 'owner' })
    expect(await audited(app, 'task', soon)).toEqual(['task.done'])
    expect((await app.request.get('/api/v1/tasks?status=done')).body).toMatchObject({ items: [{ id: soon }] })
    expect((await app.request.post(`/api/v1/tasks/${unknown}/outcome`).send({ outcome: 'x' })).status).toBe(404)
  })
})
