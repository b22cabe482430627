import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#db/ids.ts'
import { leads } from '#db/schema/leads.ts'
import { audited, createCompany } from './support/company.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const unknown = '01900000-0000-7000-8000-000000000000'
let app: TestApp
let ada: string
let waiting: string
let ended: string

beforeAll(async () => {
  app = await createTestApp()
  ;({ ada, waiting, ended } = await createCompany(app))
})
afterAll(() => app.close())

describe('leads', () => {
  test('are found by the beginning of a name, a whole name, an address or a company, whatever the case', async () => {
    const find = async (search: string): Promise<string[]> => {
      const { body } = await app.request.get('/api/v1/leads').query({ search })
      return (body as { items: { name: string }[] }).items.map(({ name }) => name)
    }
    expect(await find('ADA')).toEqual(['Ada Lovelace'])
    expect(await find('bob noy')).toEqual(['Bob Noyce'])
    expect(await find('bob.noyce')).toEqual(['Bob Noyce'])
    expect(await find('halden')).toEqual(['Zoë Müller'])
    expect(await find('zoe')).toEqual([])
    expect(await find('ZOË')).toEqual(['Zoë Müller'])
    expect(await find('%')).toEqual([])
    expect(await find('a_a')).toEqual([])
  })

  test('one is shown with its identities and what it must not be sent', async () => {
    const { status, body } = await app.request.get(`/api/v1/leads/${ada}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: ada,
      name: 'Ada Lovelace',
      stage: 'new',
      doNot: { email: false, postcard: false, phone: false },
      identities: [{ kind: 'email', value: 'ada.lovelace.0@example.com' }],
    })
  })

  test('an id that was merged into another answers with that other lead', async () => {
    const old = newId()
    await app.database.db.insert(leads).values({ id: old, mergedInto: ada })
    const { body } = await app.request.get(`/api/v1/leads/${old}`)
    expect(body).toMatchObject({ id: ada })
  })

  test('an unknown id is 404, a malformed one 400 with the place', async () => {
    expect((await app.request.get(`/api/v1/leads/${unknown}`)).body).toMatchObject({
      code: 'LEAD_NOT_FOUND',
      status: 404,
    })
    const { body } = await app.request.get('/api/v1/leads/42')
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', issues: [{ path: ['params', 'id'] }] })
  })

  test('one is made, found again by its identity, changed, and left alone when nothing changes', async () => {
    const lead = { email: 'New@Example.com', externalId: 'crm-7', firstName: 'Nia', addTags: ['fair'] }
    const created = await app.request.post('/api/v1/leads').send(lead)
    expect(created.status).toBe(201)
    const { id } = created.body as { id: string }
    expect((await app.request.post('/api/v1/leads').send(lead)).body).toEqual({ id, outcome: 'unchanged' })
    const changed = await app.request
      .post('/api/v1/leads')
      .send({ externalId: 'crm-7', title: 'Head of Ops', stage: 'qualified', removeTags: ['fair'] })
    expect(changed.body).toEqual({ id, outcome: 'updated' })
    const { body } = await app.request.get(`/api/v1/leads/${id}`)
    expect(body).toMatchObject({ firstName: 'Nia', title: 'Head of Ops', stage: 'qualified', tags: [] })
    expect(await audited(app, 'lead', id)).toEqual(['lead.create', 'lead.update'])
  })

  test('nothing of a change is kept when a part of it cannot be made, and each part is named', async () => {
    const { status, body } = await app.request
      .post('/api/v1/leads')
      .send({ email: 'x@example.com', firstName: 'X', fields: { shoe_size: 43, score: 99 } })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'LEAD_INVALID',
      issues: [
        { code: 'FIELD_UNKNOWN', path: ['body', 'fields', 'shoe_size'] },
        { code: 'FIELD_READ_ONLY', path: ['body', 'fields', 'score'] },
      ],
    })
    const { body: found } = await app.request.get('/api/v1/leads').query({ search: 'x@example' })
    expect(found).toMatchObject({ items: [] })
  })

  test('identities of two leads in one call are a conflict', async () => {
    await app.request.post('/api/v1/leads').send({ externalId: 'one' })
    await app.request.post('/api/v1/leads').send({ email: 'two@example.com' })
    const { body } = await app.request.post('/api/v1/leads').send({ externalId: 'one', email: 'two@example.com' })
    expect(body).toMatchObject({ code: 'IDENTITY_CONFLICT', status: 409 })
  })
})

describe('a lead’s timeline', () => {
  test('says where it stands, why and what next, open journeys first', async () => {
    const { body } = await app.request.get(`/api/v1/leads/${ada}/timeline`)
    expect(body).toMatchObject({
      lead: { name: 'Ada Lovelace' },
      standings: [
        {
          enrollmentId: waiting,
          status: 'active',
          step: { id: 'answer', name: 'Two weeks for an answer', type: 'wait_for_event' },
          why: 'Waits for an answer to the survey.',
          next: {
            at: expect.any(String),
            ways: [
              { port: 'happened', step: { id: 'stop-first' } },
              { port: 'timeout', step: { id: 'postcard' } },
            ],
          },
        },
        { enrollmentId: ended, status: 'completed', why: 'Won.', next: { at: null, ways: [] } },
      ],
    })
  })

  test('pages through everything once, in order', async () => {
    const seen: { id: string; at: string; kind: string }[] = []
    let cursor: string | null = null
    do {
      const { body } = await app.request
        .get(`/api/v1/leads/${ada}/timeline`)
        .query({ limit: 1, ...(cursor ? { cursor } : {}) })
      const page = body as { entries: typeof seen; nextCursor: string | null }
      seen.push(...page.entries)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen.map(({ kind }) => kind)).toEqual(['delivery', 'step'])
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  })

  test('a cursor of another list is refused', async () => {
    const cursor = Buffer.from(`2026-01-01T00:00:00.000Z ${unknown}`).toString('base64url')
    const { body } = await app.request.get(`/api/v1/leads/${ada}/timeline`).query({ cursor })
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', issues: [{ code: 'CURSOR_INVALID' }] })
  })
})

describe('journeys', () => {
  test('are listed with totals of all versions', async () => {
    const { body } = await app.request.get('/api/v1/journeys')
    const { items } = body as { items: { key: string; totals: object }[] }
    expect(Object.fromEntries(items.map(({ key, totals }) => [key, totals]))).toMatchObject({
      'win-back-survey': { active: 1, parked: 0, completed: 0 },
      'last-chance-call': { active: 0, parked: 1, completed: 1 },
    })
  })

  test('one is shown with a card and the leads of each step, by key or by id', async () => {
    const { body } = await app.request.get('/api/v1/journeys/last-chance-call')
    const journey = body as { id: string; graph: { nodes: { id: string }[] }; cards: { id: string }[] }
    expect(journey.cards.map(({ id }) => id)).toEqual(journey.graph.nodes.map(({ id }) => id))
    expect(body).toMatchObject({
      shown: 1,
      status: 'live',
      counts: [{ stepId: 'look', here: 1, paused: 0, parked: 1 }],
      layout: { positions: { entry: { x: 0, y: 0 } } },
      passed: {},
    })
    expect((await app.request.get(`/api/v1/journeys/${journey.id}`)).body).toMatchObject({ key: 'last-chance-call' })
    expect((await app.request.get('/api/v1/journeys/last-chance-call?version=draft')).body).toMatchObject({
      shown: 'draft',
    })
  })

  test('an unknown journey or version is 404', async () => {
    for (const path of ['/nope', '/last-chance-call?version=9', '/nope/versions']) {
      expect((await app.request.get(`/api/v1/journeys${path}`)).body).toMatchObject({ code: 'JOURNEY_NOT_FOUND' })
    }
  })

  test('versions tell who is still on them', async () => {
    const { body } = await app.request.get('/api/v1/journeys/win-back-survey/versions')
    expect(body).toMatchObject({ items: [{ version: 1, isLive: true, here: 1, publishedBy: 'test' }] })
  })
})

describe('segments and steps', () => {
  test('a rule is counted, shown in words and with a sample', async () => {
    const rule = { kind: 'compare', field: 'first_name', op: 'is', value: 'ada' }
    const { status, body } = await app.request.post('/api/v1/segments/preview').send({ rule, sample: 2 })
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 1, sample: [{ id: ada }], sentence: expect.stringContaining('ada') })
    expect((body as { total: number }).total).toBeGreaterThan(1)
  })

  test('a rule with problems is 422 with each of them', async () => {
    const compare = (field: string) => ({ kind: 'compare', field, op: 'is', value: 'x' })
    const rule = { kind: 'all', rules: [compare('shoe_size'), compare('hat_size')] }
    const { body } = await app.request.post('/api/v1/segments/preview').send({ rule })
    expect(body).toMatchObject({ code: 'RULE_INVALID', status: 422 })
    const { issues } = body as { issues: { code: string; path: unknown[] }[] }
    expect(issues.map(({ code, path }) => [code, path.slice(0, 4)])).toEqual([
      ['FIELD_UNKNOWN', ['body', 'rule', 'rules', 0]],
      ['FIELD_UNKNOWN', ['body', 'rule', 'rules', 1]],
    ])
    const zone = await app.request
      .post('/api/v1/segments/preview')
      .send({ rule: { kind: 'always' }, zone: 'Mars/Olympus' })
    expect(zone.body).toMatchObject({ code: 'RULE_INVALID', issues: [{ code: 'ZONE_UNKNOWN' }] })
  })

  test('every step of the catalogue is described, with a JSON Schema of its settings', async () => {
    const { body } = await app.request.get('/api/v1/steps')
    const { items } = body as { items: { type: string; config: { type?: string } }[] }
    expect(items.map(({ type }) => type)).toEqual(expect.arrayContaining(['entry', 'wait', 'branch', 'send_email']))
    expect(items.every(({ config }) => config.type === 'object')).toBe(true)
  })
})

test('the status has every stage, every journey and what runs', async () => {
  const { body } = await app.request.get('/api/v1/status')
  expect(body).toMatchObject({
    health: { status: 'degraded', worker: { status: 'down' } },
    switches: { demo: false, liveSending: false, hold: false },
    leads: { byStage: { new: expect.any(Number), lost: 0 } },
    enrollments: { active: 1, parked: 1, completed: 1 },
  })
  const { leads: counted, journeys } = body as {
    leads: { total: number; byStage: Record<string, number> }
    journeys: { key: string; steps: unknown }[]
  }
  expect(Object.values(counted.byStage).reduce((sum, count) => sum + count, 0)).toBe(counted.total)
  expect(journeys).toContainEqual(
    expect.objectContaining({ key: 'win-back-survey', steps: [{ stepId: 'answer', here: 1, paused: 0, parked: 0 }] }),
  )
})
