import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reconcile } from '#activities/entry/reconcile.ts'
import { publishScheduled } from '#activities/journeys/publications.ts'
import { firstGraph, registry, secondGraph } from '#tests/support/publish-world.ts'
import { addLead } from '#tests/support/engine.ts'
import { tellMovePage } from '#db/repositories/journey-moves.ts'
import { newId } from '#db/ids.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const post = (path: string, body: object = {}) => app.request.post(`/api/v1/journeys/${path}`).send(body)
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** Version 1 is live, the draft (revision 2) is the second graph. */
async function aJourney(key: string): Promise<string> {
  const { body } = await app.request.post('/api/v1/journeys').send({ key, name: key, graph: firstGraph }).expect(201)
  await post(`${key}/publish`, { revision: 1 }).expect(200)
  const draft = { baseRevision: 1, name: key, graph: secondGraph, layout: { positions: {}, notes: [] } }
  await app.request.put(`/api/v1/journeys/${key}/draft`).send(draft).expect(200)
  return (body as { id: string }).id
}

/** As a turn would have written them. */
async function standAt(journeyId: string, stepId: string, version: number, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const leadId = await addLead(app.database.db)
    const state = {
      stepId,
      visit: 1,
      since: 0,
      rest: null,
      visits: { [stepId]: 1 },
      status: 'active',
      reason: null,
      error: null,
    }
    await app.database.db.execute(sql`
      insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, state, trigger_id, entry_key, entered_at)
      values (${newId()}, ${leadId}, ${journeyId}, ${version}, 'active', ${stepId}, now(), ${JSON.stringify(state)}::jsonb, 'manual', 'one', now())`)
  }
}

describe('the plan', () => {
  test('tells changes by step, and who stands where', async () => {
    const id = await aJourney('plan')
    await standAt(id, 'ask', 1, 3)
    await standAt(id, 'pause', 1, 2)
    await standAt(id, 'keep', 1, 1)
    const { body } = await post('plan/publish-plan').expect(200)
    expect(body).toMatchObject({ revision: 2, baseVersion: 1, publishable: true, tests: [] })
    const ids = (list: { id: string }[]) => list.map((step) => step.id)
    expect(ids(body.diff.added)).toEqual(['news', 'rest'])
    expect(ids(body.diff.removed)).toEqual(['ask'])
    expect(body.diff.changed).toMatchObject([
      {
        id: 'pause',
        fields: [
          { path: ['name'], before: 'Wait ten days', after: 'Wait twenty days' },
          { path: ['duration'], before: 'P10D', after: 'P20D' },
        ],
      },
    ])
    expect(ids(body.diff.rewired)).toEqual(['town'])
    const places = body.inFlight.map((place: Record<string, unknown>) => [
      place['stepId'],
      place['change'],
      place['staysThere'],
      place['active'],
    ])
    expect(places).toEqual([
      ['ask', 'removed', false, 3],
      ['pause', 'changed', true, 2],
      ['keep', 'same', true, 1],
    ])
  })

  test('is for an unsaved graph and for an older version, too; an unknown one is refused', async () => {
    const { body } = await post('plan/publish-plan', { graph: firstGraph }).expect(200)
    expect(body.diff.same).toBe(true)
    expect((await post('plan/publish-plan', { version: 1 }).expect(200)).body.diff.same).toBe(true)
    expect((await post('plan/publish-plan', { version: 9 }).expect(404)).body.code).toBe('JOURNEY_NOT_FOUND')
  })
})

describe('publishing', () => {
  test('counts whom the policies are about, writes them down and can be stopped', async () => {
    const id = await aJourney('moves')
    await standAt(id, 'ask', 1, 4)
    await standAt(id, 'keep', 1, 2)
    const policies = [
      { stepId: 'ask', action: 'move', to: 'news' },
      { stepId: 'ask', version: 1, action: 'exit' },
      { stepId: 'keep', action: 'finish' },
    ]
    const { body } = await post('moves/publish', { revision: 2, baseVersion: 1, policies }).expect(200)
    expect(body).toMatchObject({ version: 2, isNew: true, moveId: expect.any(String) })
    const history = await app.request.get('/api/v1/journeys/moves/history').expect(200)
    // The policy that names the version goes before the one for all.
    expect(history.body.moves[0]).toMatchObject({
      version: 2,
      status: 'running',
      policies: [
        { stepId: 'ask', action: 'move', counted: 0, open: 0 },
        { stepId: 'ask', action: 'exit', counted: 4, open: 4 },
        { stepId: 'keep', action: 'finish', counted: 2, open: 0 },
      ],
    })
    expect(history.body.versions).toMatchObject([
      { version: 2, isLive: true, here: 0 },
      { version: 1, isLive: false, here: 6 },
    ])
    const stopped = await post(`moves/moves/${body.moveId}/cancel`).expect(200)
    expect(stopped.body).toMatchObject({ status: 'stopping', policies: [{}, { cancelled: 4, open: 0 }, {}] })
    expect((await post(`moves/moves/${body.moveId}/cancel`).expect(409)).body.code).toBe('MOVE_NOT_RUNNING')
  })

  test('refuses a policy that leads nowhere, and what was looked at over another live version', async () => {
    await aJourney('refused')
    const move = { stepId: 'ask', action: 'move' }
    const nowhere = await post('refused/publish', { revision: 2, policies: [{ ...move, to: 'ask' }] }).expect(422)
    expect(nowhere.body).toMatchObject({ code: 'POLICY_INVALID', detail: expect.stringContaining('"ask"') })
    await post('refused/publish', { revision: 2, policies: [move] }).expect(400)
    await post('refused/publish', { revision: 2, baseVersion: 1 }).expect(200)
    const late = await post('refused/publish', { revision: 2, baseVersion: 1 }).expect(409)
    expect(late.body.code).toBe('LIVE_VERSION_CHANGED')
  })

  test('asked again after a lost answer, it says the same and is done once', async () => {
    const id = await aJourney('twice')
    await standAt(id, 'ask', 1, 2)
    const body = { revision: 2, baseVersion: 1, policies: [{ stepId: 'ask', action: 'exit' }] }
    const publish = (more: object = {}) => post('twice/publish', { ...body, ...more }).set('Idempotency-Key', 'sheet-1')
    const first = await publish().expect(200)
    const again = await publish().expect(200)
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect((await publish({ note: 'Otherwise' }).expect(422)).body.code).toBe('IDEMPOTENCY_KEY_REUSED')
    // As if the process had died between the commit and the answer.
    await app.database.sql`delete from idempotency_keys where key = 'sheet-1'`
    expect((await publish().expect(200)).body).toEqual(first.body)
    const history = await app.request.get('/api/v1/journeys/twice/history').expect(200)
    expect(history.body).toMatchObject({ versions: [{ version: 2 }, { version: 1 }], moves: [{ version: 2 }] })
    const other = await post('twice/publish', body).set('Idempotency-Key', 'sheet-2').expect(409)
    expect(other.body.code).toBe('LIVE_VERSION_CHANGED')
  })

  test('a publish for later that is asked for again is set once', async () => {
    await aJourney('twice-later')
    const body = { revision: 2, baseVersion: 1, zone: 'UTC', publishAt: inAnHour() }
    const schedule = () => post('twice-later/publications', body).set('Idempotency-Key', 'sheet-3').expect(201)
    const [first, again] = [await schedule(), await schedule()]
    expect(again.body).toEqual(first.body)
    const history = await app.request.get('/api/v1/journeys/twice-later/history').expect(200)
    expect(history.body.publications).toHaveLength(1)
  })

  test.each([
    ['pause', 'paused'],
    ['archive', 'archived'],
  ])('after %s, it needs to be said that the journey resumes', async (action, status) => {
    await aJourney(status)
    await post(`${status}/status`, { action }).expect(200)
    const refused = await post(`${status}/publish`, { revision: 2 }).expect(409)
    expect(refused.body).toMatchObject({
      code: 'JOURNEY_STATE_CONFLICT',
      detail: expect.stringContaining(`"${status}" is ${status}`),
    })
    expect((await post(`${status}/publish-plan`).expect(200)).body).toMatchObject({ status, isNew: true })
    await post(`${status}/publish`, { revision: 2, resume: true }).expect(200)
    const { body } = await app.request.get(`/api/v1/journeys/${status}`).expect(200)
    expect(body).toMatchObject({ status: 'live', liveVersion: 2 })
  })

  test('with nothing new, leads of the live version stay: policies for them are refused, for older ones carried out', async () => {
    const id = await aJourney('same')
    await standAt(id, 'keep', 1, 1)
    await post('same/publish', { revision: 2 }).expect(200)
    await standAt(id, 'keep', 2, 2)
    expect((await post('same/publish-plan').expect(200)).body).toMatchObject({ isNew: false, diff: { same: true } })
    const publish = (version: number) =>
      post('same/publish', { revision: 2, policies: [{ stepId: 'keep', version, action: 'exit' }] })
    const refused = await publish(2).expect(422)
    expect(refused.body).toMatchObject({
      code: 'POLICY_INVALID',
      detail: expect.stringContaining('Nothing is new against version 2'),
    })
    expect((await publish(1).expect(200)).body).toMatchObject({ isNew: false, moveId: expect.any(String) })
  })

  test('a move that still runs leaves alone whom a newer version has kept on its step', async () => {
    const id = await aJourney('kept')
    await standAt(id, 'keep', 1, 2)
    const policies = [{ stepId: 'keep', version: 1, action: 'exit' }]
    const { body } = await post('kept/publish', { revision: 2, policies }).expect(200)
    await post('kept/publish', { revision: 2, version: 1 }).expect(200)
    const { db } = app.database
    // As a later publish's "go on here" would have written it: the same visit, by version 3.
    await db.execute(sql`
      update enrollments set version = 3
       where id = (select id from enrollments where journey_id = ${id} order by id limit 1)`)
    expect(await tellMovePage(db, body.moveId, 10)).toHaveLength(1)
    const history = await app.request.get('/api/v1/journeys/kept/history').expect(200)
    expect(history.body.moves[0].policies).toMatchObject([{ counted: 2, left: 1, open: 1 }])
  })

  test('brings an older version back as a new one; restoring makes it the draft', async () => {
    await aJourney('back')
    await post('back/publish', { revision: 2 }).expect(200)
    const { body } = await post('back/publish', { revision: 2, baseVersion: 2, version: 1 }).expect(200)
    expect(body).toMatchObject({ version: 3, isNew: true })
    await post('back/versions/1/restore', { baseRevision: 2 }).expect(200)
    const history = await app.request.get('/api/v1/journeys/back/history').expect(200)
    expect(history.body.versions.map((one: Record<string, unknown>) => [one['version'], one['from']])).toEqual([
      [3, 1],
      [2, null],
      [1, null],
    ])
    expect(history.body.restores).toMatchObject([{ version: 1 }])
    expect((await post('back/publish-plan').expect(200)).body.diff.same).toBe(true)
  })
})

describe('publishing at an instant', () => {
  const request = { revision: 2, baseVersion: 1, zone: 'Europe/Berlin', note: 'On Monday' }
  const deps = () => ({ db: app.database.db, registry, schedules: null })
  const listed = async (key: string) =>
    (await app.request.get(`/api/v1/journeys/${key}/history`).expect(200)).body.publications as Record<
      string,
      unknown
    >[]

  test('publishes what was looked at, whatever the draft has become', async () => {
    await aJourney('later')
    const { body } = await post('later/publications', { ...request, publishAt: inAnHour() }).expect(201)
    const draft = { baseRevision: 2, name: 'later', graph: firstGraph, layout: { positions: {}, notes: [] } }
    await app.request.put('/api/v1/journeys/later/draft').send(draft).expect(200)
    await publishScheduled(deps(), body.id)
    await publishScheduled(deps(), body.id)
    expect(await listed('later')).toMatchObject([{ status: 'published', version: 2, note: 'On Monday' }])
    const shown = await app.request.get('/api/v1/journeys/later?version=2').expect(200)
    expect(shown.body.graph.nodes.map((node: { id: string }) => node.id)).toContain('news')
    await app.request.get('/api/v1/journeys/later?version=3').expect(404)
  })

  test('is called off', async () => {
    await aJourney('off')
    const { body } = await post('off/publications', { ...request, publishAt: inAnHour() }).expect(201)
    await post(`off/publications/${body.id}/cancel`).expect(200)
    expect((await post(`off/publications/${body.id}/cancel`).expect(409)).body.code).toBe('PUBLICATION_NOT_SCHEDULED')
    await publishScheduled(deps(), body.id)
    expect(await listed('off')).toMatchObject([{ status: 'cancelled', version: null }])
  })

  test('does not overtake another publish: it fails, and says why', async () => {
    await aJourney('overtaken')
    const { body } = await post('overtaken/publications', { ...request, publishAt: inAnHour() }).expect(201)
    await post('overtaken/publish', { revision: 2 }).expect(200)
    await publishScheduled(deps(), body.id)
    expect(await listed('overtaken')).toMatchObject([
      {
        status: 'failed',
        problem: { code: 'LIVE_VERSION_CHANGED', message: expect.stringContaining('version 2 is live') },
      },
    ])
    const audit = await app.request.get('/api/v1/audit?action=journey.publish_failed').expect(200)
    expect(audit.body.items).toHaveLength(1)
  })

  test('does not revive a journey that was paused since: it fails, and says why', async () => {
    await aJourney('held')
    const { body } = await post('held/publications', { ...request, publishAt: inAnHour() }).expect(201)
    await post('held/status', { action: 'pause' }).expect(200)
    await publishScheduled(deps(), body.id)
    const problem = { code: 'JOURNEY_STATE_CONFLICT', message: expect.stringContaining('"held" is paused') }
    expect(await listed('held')).toMatchObject([{ status: 'failed', version: null, problem }])
    const audit = await app.request.get('/api/v1/audit?action=journey.publish_failed').expect(200)
    expect(audit.body.items[0]).toMatchObject({ after: { publicationId: body.id, code: 'JOURNEY_STATE_CONFLICT' } })
    const again = await post('held/publications', { ...request, publishAt: inAnHour() }).expect(409)
    expect(again.body.code).toBe('JOURNEY_STATE_CONFLICT')
    expect((await app.request.get('/api/v1/journeys/held').expect(200)).body).toMatchObject({
      status: 'paused',
      liveVersion: 1,
    })
  })

  test('is called off by archiving the journey', async () => {
    await aJourney('gone')
    const { body } = await post('gone/publications', { ...request, publishAt: inAnHour() }).expect(201)
    await post('gone/status', { action: 'archive' }).expect(200)
    await publishScheduled(deps(), body.id)
    expect(await listed('gone')).toMatchObject([{ status: 'cancelled', version: null }])
    expect((await app.request.get('/api/v1/journeys/gone').expect(200)).body.status).toBe('archived')
    const audit = await app.request.get('/api/v1/audit?action=journey.publish_cancelled').expect(200)
    expect(audit.body.items[0]).toMatchObject({ after: { publicationId: body.id } })
  })

  test('a lost timer is set again', async () => {
    await aJourney('lost')
    const { body } = await post('lost/publications', { ...request, publishAt: inAnHour() }).expect(201)
    await app.database.db.execute(
      sql`update publications set publish_at = now() - interval '1 minute' where id = ${body.id}`,
    )
    const started: string[] = []
    const schedules = { startPublication: (id: string) => Promise.resolve(void started.push(id)) } as never
    const poker = { poke: () => Promise.resolve({ failed: 0 }) }
    await reconcile({
      db: app.database.db,
      poker,
      schedules: Object.assign(schedules, { startMove: () => Promise.resolve() }),
    })
    expect(started).toEqual([body.id])
  })

  test('refuses a time that has passed, and a zone that there is not', async () => {
    await aJourney('times')
    const at = (publishAt: string, zone = 'UTC') => post('times/publications', { ...request, publishAt, zone })
    expect((await at('2020-01-01T00:00:00Z').expect(422)).body.code).toBe('PUBLISH_TIME_INVALID')
    expect((await at(inAnHour(), 'Mars/Olympus').expect(422)).body.code).toBe('PUBLISH_TIME_INVALID')
  })
})
