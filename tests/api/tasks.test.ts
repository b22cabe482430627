import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leads } from '#db/schema/leads.ts'
import { auditLog, tasks } from '#db/schema/tasks.ts'
import { newId } from '#db/ids.ts'
import { addLeads } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let lead: string
beforeAll(async () => {
  app = await createTestApp()
  lead = (await addLeads(app.database.db, ['Ada Lovelace']))[0] ?? ''
  for (const key of ['ann', 'ben']) {
    const body = { name: key === 'ann' ? 'Ann Field' : 'Ben Stone', email: `${key}@company.example`, role: 'sales' }
    await app.request.put(`/api/v1/people/${key}`).send(body).expect(201)
  }
  const queue = { name: 'Field sales', members: ['ann', 'ben'], rule: 'take' }
  await app.request.put('/api/v1/queues/field').send(queue).expect(201)
})
afterAll(() => app?.close())

async function givenTask(values: Partial<typeof tasks.$inferInsert> = {}): Promise<string> {
  const id = newId()
  await app.database.db.insert(tasks).values({
    id,
    leadId: lead,
    kind: 'task',
    title: 'Ask',
    reason: 'Asked for prices',
    queue: 'field',
    outcomes: [{ id: 'done', label: 'Done' }],
    createdFor: new Date(),
    dueAt: new Date(Date.now() + 3_600_000),
    ...values,
  })
  return id
}

describe('people and queues', () => {
  test('are added, changed and listed; a secret is shown once', async () => {
    const away = { from: '2026-01-01T00:00:00Z', until: '2099-01-01T00:00:00Z', deputy: 'ann' }
    const changed = { name: 'Ben Stone', email: 'ben@company.example', role: 'sales', capacity: 5, absences: [away] }
    const { body } = await app.request.put('/api/v1/people/ben').send(changed).expect(200)
    expect(body).toMatchObject({ key: 'ben', capacity: 5, awayUntil: '2099-01-01T00:00:00.000Z', openTasks: 0 })
    const { body: secret } = await app.request.post('/api/v1/people/ben/webhook-secret').expect(200)
    expect(secret.secret).toMatch(/^whsec_/)
    const { body: all } = await app.request.get('/api/v1/people').expect(200)
    expect(all.items.map((one: { key: string }) => one.key)).toEqual(['ann', 'ben'])
    expect(JSON.stringify(all)).not.toContain(secret.secret)
    await app.request
      .put('/api/v1/people/ben')
      .send({ ...changed, absences: [] })
      .expect(200)
  })

  test('refuse what does not fit, with what and why', async () => {
    const person = { name: 'X', email: 'x@company.example', role: 'sales' }
    const cases = [
      ['people/x', { ...person, email: 'ann@company.example' }, 422, 'PERSON_INVALID'],
      ['people/x', { ...person, manager: 'nobody' }, 422, 'PERSON_INVALID'],
      ['people/ann', { ...person, manager: 'ann' }, 422, 'PERSON_INVALID'],
      ['people/x', { ...person, zone: 'Mars/Olympus' }, 400, 'REQUEST_INVALID'],
      ['people/X!', person, 400, 'REQUEST_INVALID'],
      ['queues/q', { name: 'Q', members: ['nobody'] }, 422, 'QUEUE_INVALID'],
      ['queues/q', { name: 'Q', hours: {}, zone: null }, 422, 'QUEUE_INVALID'],
    ] as const
    for (const [path, body, status, code] of cases) {
      const answer = await app.request.put(`/api/v1/${path}`).send(body)
      expect([path, answer.status, answer.body.code]).toEqual([path, status, code])
    }
    await app.request.delete('/api/v1/queues/nope').expect(404)
  })

  test('a queue that holds tasks stays', async () => {
    await app.request.put('/api/v1/queues/brief').send({ name: 'Brief' }).expect(201)
    const id = await givenTask({ queue: 'brief' })
    expect((await app.request.delete('/api/v1/queues/brief')).body.code).toBe('QUEUE_NOT_EMPTY')
    await app.request.post(`/api/v1/tasks/${id}/reassign`).send({ queue: 'field' }).expect(200)
    await app.request.delete('/api/v1/queues/brief').expect(200)
  })
})

describe('the inbox', () => {
  test('views, counts and pages agree', async () => {
    const [other = ''] = await addLeads(app.database.db, ['Bob Noyce'])
    const mine = await givenTask({ leadId: other, assignee: 'ann' })
    const overdue = await givenTask({ leadId: other, assignee: 'ben', dueAt: new Date(Date.now() - 1000) })
    const asleep = await givenTask({ leadId: other, assignee: 'ann', snoozedUntil: new Date(Date.now() + 3_600_000) })
    const free = await givenTask({ leadId: other })
    const foreign = await givenTask({ leadId: other, queue: 'elsewhere' })
    const ids = async (view: string) => {
      const found: string[] = []
      for (let cursor = ''; ;) {
        const { body } = await app.request
          .get(`/api/v1/tasks?view=${view}&person=ann&lead=${other}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
          .expect(200)
        found.push(...body.items.map((task: { id: string }) => task.id))
        if (body.nextCursor === null) return found
        cursor = body.nextCursor as string
      }
    }
    expect(await ids('mine')).toEqual([mine])
    expect(await ids('team')).toEqual([overdue, mine, free])
    expect(await ids('overdue')).toEqual([overdue])
    expect(await ids('snoozed')).toEqual([asleep])
    expect(await ids('unassigned')).toEqual([free])
    const { body: counts } = await app.request.get('/api/v1/tasks/counts?person=ann').expect(200)
    expect(counts).toMatchObject({ mine: 1, overdue: 1, snoozed: 1 })
    const { body: everybody } = await app.request.get('/api/v1/tasks/counts').expect(200)
    expect(everybody.team).toBeGreaterThan(counts.team as number)
    await app.database.db.delete(tasks).where(eq(tasks.id, foreign))
  })

  test('claim, 409 with who, comment, snooze, reassign, outcome, undo: each answers the task and is audited', async () => {
    const id = await givenTask()
    const post = (what: string, body: object) => app.request.post(`/api/v1/tasks/${id}/${what}`).send(body)
    expect((await post('claim', { person: 'ann' }).expect(200)).body).toMatchObject({
      claimedBy: 'ann',
      assignee: 'ann',
    })
    const refused = await post('claim', { person: 'ben' }).expect(409)
    expect(refused.body).toMatchObject({ code: 'TASK_CLAIMED', detail: expect.stringContaining('Ann Field') as string })
    await post('comments', { person: 'ann', text: 'Voicemail' }).expect(200)
    expect((await post('release', { person: 'ann' }).expect(200)).body.claimedBy).toBeNull()
    const late = new Date(Date.now() + 86_400_000).toISOString()
    expect((await post('snooze', { person: 'ann', until: late })).body.code).toBe('SNOOZE_INVALID')
    const slept = await post('snooze', { person: 'ann', until: late, reason: 'Back tomorrow' }).expect(200)
    expect(slept.body).toMatchObject({ snoozedUntil: late, snoozeReason: 'Back tomorrow' })
    await post('snooze', { person: 'ann', until: null }).expect(200)
    expect((await post('reassign', { person: 'ann', to: 'nobody' })).body.code).toBe('PERSON_NOT_FOUND')
    expect((await post('reassign', { person: 'ann', to: 'ben', reason: 'Knows them' }).expect(200)).body.assignee).toBe(
      'ben',
    )
    const done = await post('outcome', { person: 'ben', outcome: 'done', undoSeconds: 20 }).expect(202)
    expect(done.body).toMatchObject({ accepted: true, warning: null, effectiveAt: expect.any(String) as string })
    expect((await post('undo', {}).expect(200)).body.status).toBe('open')
    await post('outcome', { person: 'ben', outcome: 'done' }).expect(202)
    expect((await post('undo', {})).body.code).toBe('UNDO_TOO_LATE')
    const { body: detail } = await app.request.get(`/api/v1/tasks/${id}`).expect(200)
    expect(detail.log.map((one: { action: string }) => one.action).toReversed()).toEqual([
      'assigned',
      'claimed',
      'commented',
      'released',
      'snoozed',
      'woken',
      'reassigned',
      'assigned',
      'done',
      'undone',
      'done',
    ])
    const audited = await app.database.db.select().from(auditLog).where(eq(auditLog.subjectId, id))
    expect(audited.length).toBe(9)
  })

  test('next hands out the most urgent, and says when there is nothing', async () => {
    await app.request
      .put('/api/v1/queues/given')
      .send({ name: 'Given', members: ['ann'], rule: 'take', choosing: false })
      .expect(201)
    const next = () => app.request.post('/api/v1/queues/given/next').send({ person: 'ann' })
    expect((await next().expect(200)).body).toEqual({ task: null, reason: 'Nothing is waiting in this queue.' })
    await givenTask({ queue: 'given', dueAt: new Date(Date.now() + 9_000_000) })
    const urgent = await givenTask({ queue: 'given' })
    expect((await app.request.post(`/api/v1/tasks/${urgent}/claim`).send({ person: 'ann' })).body.code).toBe(
      'CHOOSING_FORBIDDEN',
    )
    expect((await next().expect(200)).body.task.id).toBe(urgent)
  })

  test('a call says whether the lead may be called now, and cannot be claimed when not', async () => {
    const { db } = app.database
    await db.update(leads).set({ doNotCall: true }).where(eq(leads.id, lead))
    const id = await givenTask({ kind: 'call' })
    const { body } = await app.request.get(`/api/v1/tasks/${id}`).expect(200)
    expect(body.call).toMatchObject({ allowed: false, reason: expect.any(String) as string, from: null })
    expect((await app.request.post(`/api/v1/tasks/${id}/claim`).send({ person: 'ann' })).body.code).toBe('CALL_REFUSED')
    await db.update(leads).set({ doNotCall: false }).where(eq(leads.id, lead))
  })
})

describe('notes, cues and tags', () => {
  test('are kept, shown and in the timeline', async () => {
    const cues = { items: [{ key: 'spring', label: 'Call me in spring', date: 'required' }] }
    expect((await app.request.put('/api/v1/cues').send(cues).expect(200)).body.items[0]).toMatchObject({ field: null })
    await app.request.post(`/api/v1/leads/${lead}/notes`).send({ body: 'Likes <b>blue</b>' }).expect(201)
    expect((await app.request.post(`/api/v1/leads/${lead}/cues`).send({ cue: 'spring' })).body.code).toBe('CUE_INVALID')
    expect((await app.request.post(`/api/v1/leads/${lead}/cues`).send({ cue: 'autumn' })).body.code).toBe('CUE_INVALID')
    await app.request.post(`/api/v1/leads/${lead}/cues`).send({ cue: 'spring', date: '2027-03-20' }).expect(201)
    const { body } = await app.request.get(`/api/v1/leads/${lead}/notes`).expect(200)
    expect(body.items).toMatchObject([
      { cue: { key: 'spring', label: 'Call me in spring' }, date: '2027-03-20', actor: 'owner' },
      { cue: null, body: 'Likes <b>blue</b>' },
    ])
    const tagged = await app.request
      .post(`/api/v1/leads/${lead}/tags`)
      .send({ add: ['vip', 'new'] })
      .expect(200)
    expect(tagged.body.tags).toEqual(['new', 'vip'])
    const less = await app.request
      .post(`/api/v1/leads/${lead}/tags`)
      .send({ remove: ['new'] })
      .expect(200)
    expect(less.body.tags).toEqual(['vip'])
    const bad = { items: [{ key: 'a', label: 'A', date: 'required', field: 'company' }] }
    expect((await app.request.put('/api/v1/cues').send(bad)).body.code).toBe('CUE_INVALID')
    await app.request.post(`/api/v1/leads/${newId()}/notes`).send({ body: 'x' }).expect(404)
  })
})
