import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scheduleId } from '#activities/entry/schedules.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const text = readFileSync(new URL('../../examples/journeys/friday-sampler.json', import.meta.url), 'utf8')
const { file } = parseJourneyFile(JSON.parse(text))
if (file === null) throw new Error('the example cannot be read')
const { graph, layout, resources } = file

interface Draft {
  id: string
  key: string
  revision: number
  graph: typeof graph
  layout: typeof layout
}
const create = async (body: object): Promise<Draft> =>
  (await app.request.post('/api/v1/journeys').send(body).expect(201)).body
const draftOf = async (key: string): Promise<Draft> =>
  (await app.request.get(`/api/v1/journeys/${key}/draft`).expect(200)).body
const save = (key: string, baseRevision: number, more: object = {}) =>
  app.request.put(`/api/v1/journeys/${key}/draft`).send({ baseRevision, name: 'A name', graph, layout, ...more })

describe('drafts', () => {
  test('begin with an entry, get a key from their name, and take a graph whole', async () => {
    const first = await create({ name: 'Willkommen, Kundin!' })
    expect(first).toMatchObject({ key: 'willkommen-kundin', revision: 1, graph: { nodes: [{ type: 'entry' }] } })
    expect((await create({ name: 'Willkommen Kundin' })).key).toBe('willkommen-kundin-2')
    const refused = await app.request.post('/api/v1/journeys').send({ key: 'willkommen-kundin', name: 'x' }).expect(409)
    expect(refused.body).toMatchObject({ code: 'JOURNEY_STATE_CONFLICT' })

    const whole = await create({ key: 'whole', name: 'Whole', graph, layout })
    expect(whole.graph).toEqual(graph)
    expect((await draftOf('whole')).layout).toEqual(layout)
  })

  test('of two who save on the same revision one is told, and nothing of either is lost', async () => {
    await create({ key: 'two', name: 'Two' })
    const answers = await Promise.all(['ann', 'bob', 'cyd'].map((name) => save('two', 1, { name })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2)
    const won = answers.findIndex(({ status }) => status === 200)
    const draft = await draftOf('two')
    expect(draft).toMatchObject({ revision: 2, name: ['ann', 'bob', 'cyd'][won] })
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'DRAFT_CONFLICT' })
    await save('two', 2).expect(200)
  })

  test('a graph of a newer version is refused and the draft is as it was', async () => {
    await create({ key: 'newer', name: 'Newer' })
    const before = await draftOf('newer')
    const refused = await save('newer', 1, { graph: { ...graph, format: 2 } }).expect(400)
    expect(refused.body.issues[0].path).toEqual(['body', 'graph', 'format'])
    expect(await draftOf('newer')).toEqual(before)
  })

  test('every problem is told at its step, and blocks publishing; what was not looked at is not published', async () => {
    await create({ key: 'blocked', name: 'Blocked', graph, layout })
    const checked = await app.request.post('/api/v1/journeys/blocked/check').send({}).expect(200)
    expect(checked.body).toMatchObject({ publishable: false, existingMatches: null })
    expect(checked.body.issues).toEqual(
      expect.arrayContaining([expect.objectContaining({ nodeId: 'invite', severity: 'error' })]),
    )
    const refused = await app.request.post('/api/v1/journeys/blocked/publish').send({ revision: 1 }).expect(422)
    expect(refused.body.code).toBe('JOURNEY_INVALID')
    expect(refused.body.issues.map(({ path }: { path: string[] }) => path[0])).toContain('invite')
    const stale = await app.request.post('/api/v1/journeys/blocked/publish').send({ revision: 7 }).expect(409)
    expect(stale.body.code).toBe('DRAFT_CONFLICT')
  })
})

describe('publishing', () => {
  test('makes the draft live with its schedule; pausing stops both, a version comes back as draft', async () => {
    await app.database.db.transaction((tx) => saveResources(tx, resources))
    const { id } = await create({ key: 'friday', name: 'Friday', graph, layout })
    const published = await app.request
      .post('/api/v1/journeys/friday/publish')
      .send({ revision: 1, note: 'first' })
      .expect(200)
    expect(published.body).toMatchObject({ version: 1, isNew: true, scheduled: true })
    const schedule = app.temporal.client.schedule.getHandle(scheduleId(id, 'friday'))
    expect((await schedule.describe()).state.paused).toBe(false)

    const end = { id: 'end-2', type: 'exit', config: { reason: 'Another end.' } }
    const changed = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.type === 'exit' ? { ...end, id: node.id } : node)),
    }
    await save('friday', 1, { graph: changed }).expect(200)
    const second = await app.request.post('/api/v1/journeys/friday/publish').send({ revision: 2 }).expect(200)
    expect(second.body).toMatchObject({ version: 2, isNew: true })
    await app.request.post('/api/v1/journeys/friday/versions/1/restore').send({ baseRevision: 2 }).expect(200)
    expect(await draftOf('friday')).toMatchObject({ revision: 3, graph })
    await app.request.post('/api/v1/journeys/friday/versions/9/restore').send({ baseRevision: 3 }).expect(404)

    const status = (action: string) =>
      app.request.post('/api/v1/journeys/friday/status').send({ action, reason: 'test' })
    expect((await status('pause').expect(200)).body).toMatchObject({ status: 'paused', scheduled: true })
    expect((await schedule.describe()).state.paused).toBe(true)
    expect((await status('pause').expect(200)).body.status).toBe('paused')
    expect((await status('resume').expect(200)).body.status).toBe('live')
    expect((await status('archive').expect(200)).body.status).toBe('archived')
    expect((await status('resume').expect(409)).body.code).toBe('JOURNEY_STATE_CONFLICT')
    const audit = await app.database.sql`
      select action from audit_log where subject_id = ${id} order by id`
    expect(audit.map(({ action }) => action as string)).toEqual(
      ['create', 'publish', 'save_draft', 'publish', 'save_draft', 'restore', 'pause', 'resume', 'archive'].map((one) =>
        expect.stringContaining(one),
      ),
    )
  })

  test('while Temporal is away the decision stands, and the answer says that schedules follow', async () => {
    const temporal = createTemporalGateway({
      address: `127.0.0.1:${String(await findFreePort())}`,
      namespace: 'default',
    })
    const lonely = await createTestApp({ temporal })
    await lonely.database.db.transaction((tx) => saveResources(tx, resources))
    await lonely.request.post('/api/v1/journeys').send({ key: 'alone', name: 'Alone', graph, layout }).expect(201)
    const published = await lonely.request.post('/api/v1/journeys/alone/publish').send({ revision: 1 }).expect(200)
    expect(published.body).toMatchObject({ version: 1, scheduled: false })
    await lonely.close()
  })
})
