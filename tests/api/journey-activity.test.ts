// What people did to a journey: grouped, named, paged; and what of it whoever may not read leads is told.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '#activities/access/api-keys.ts'
import type { Activity, listJourneyActivity } from '#server/contract/journey-activity.ts'
import type { ResultOf } from '#server/contract/route.ts'
import { firstGraph, secondGraph } from '#tests/support/publish-world.ts'
import { addLeads, placeLead } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const post = (path: string, body: object = {}) => app.request.post(`/api/v1/${path}`).send(body)

async function makeJourney(key: string): Promise<string> {
  const { body } = await post('journeys', { key, name: key, graph: firstGraph }).expect(201)
  return (body as { id: string }).id
}

function save(key: string, baseRevision: number, graph: object, positions: object = {}) {
  const body = { baseRevision, name: key, graph, layout: { positions, notes: [] } }
  return app.request.put(`/api/v1/journeys/${key}/draft`).send(body).expect(200)
}

type Page = ResultOf<typeof listJourneyActivity>

async function read(key: string, query: object = {}, as?: string): Promise<Page> {
  const asked = app.request.get(`/api/v1/journeys/${key}/activity`).query(query)
  const { body } = await (as === undefined ? asked : asked.set('Authorization', `Bearer ${as}`)).expect(200)
  return body as Page
}

const kinds = ({ items }: Page) => items.map(({ kind }) => kind)
const only = <Kind extends Activity['kind']>({ items }: Page, kind: Kind) =>
  items.filter((item): item is Extract<Activity, { kind: Kind }> => item.kind === kind)

/** Moves the log's lines of a journey back in time. */
const age = (journeyId: string, minutes: number) =>
  app.database.db.execute(
    sql`update audit_log set at = at - ${`${String(minutes)} minutes`}::interval where subject_id = ${journeyId}`,
  )

async function keyWith(scopes: string[]): Promise<string> {
  const wanted = { name: 'Reader', kind: 'secret' as const, scopes, expiresAt: null, actor: 'test' }
  return (await app.database.db.transaction((tx) => createApiKey(tx, wanted))).key
}

describe('drafts', () => {
  test('saved in one sitting are one entry, with what is different now; a pause or a publish begins another', async () => {
    const id = await makeJourney('sitting')
    const more = { id: 'more', type: 'wait', name: 'One more', config: { duration: 'P1D' } }
    const withMore = { ...firstGraph, nodes: [...firstGraph.nodes, more] }
    await save('sitting', 1, withMore)
    await age(id, 120)
    await save('sitting', 2, withMore, { more: { x: 8, y: 8 } })
    await save('sitting', 3, firstGraph)
    await save('sitting', 4, secondGraph)
    await save('sitting', 5, { ...secondGraph, nodes: [...secondGraph.nodes, more] })
    await save('sitting', 6, secondGraph)
    const page = await read('sitting')
    expect(kinds(page)).toEqual(['edited', 'edited', 'created'])
    const [later, earlier] = only(page, 'edited')
    expect(later).toMatchObject({ saves: 5, layout: true, journey: false, by: { actor: 'owner', name: 'Owner' } })
    const ids = (steps: { id: string }[] = []) => steps.map((step) => step.id).sort()
    // Put in and taken out again in this sitting, `more` is what was taken out: it was there before.
    expect([ids(later?.added), ids(later?.removed), ids(later?.changed)]).toEqual([
      ['news', 'rest'],
      ['ask', 'more'],
      ['pause', 'town'],
    ])
    expect(later?.removed).toContainEqual({ id: 'more', name: 'One more' })
    expect(earlier).toMatchObject({ saves: 1, added: [{ id: 'more', name: 'One more' }], removed: [], changed: [] })
    await post('journeys/sitting/publish', { revision: 7, note: 'Off it goes' }).expect(200)
    await save('sitting', 7, firstGraph)
    expect(kinds(await read('sitting'))).toEqual(['edited', 'published', 'edited', 'edited', 'created'])
  })
})

describe('versions', () => {
  test('published, restored, brought back, scheduled, called off, paused and resumed, in that order and with the notes', async () => {
    await makeJourney('versions')
    await post('journeys/versions/publish', { revision: 1, note: 'The first' }).expect(200)
    await save('versions', 1, secondGraph)
    await post('journeys/versions/publish', { revision: 2 }).expect(200)
    await post('journeys/versions/versions/1/restore', { baseRevision: 2 }).expect(200)
    await post('journeys/versions/publish', { revision: 3, version: 1, note: 'Back' }).expect(200)
    const publishAt = new Date(Date.now() + 3_600_000).toISOString()
    const wanted = { publishAt, zone: 'Europe/Berlin', revision: 3, baseVersion: 3, note: 'Later' }
    const { body } = await post('journeys/versions/publications', wanted).expect(201)
    await post(`journeys/versions/publications/${(body as { id: string }).id}/cancel`).expect(200)
    await post('journeys/versions/status', { action: 'pause', reason: 'A mistake' }).expect(200)
    await post('journeys/versions/status', { action: 'resume' }).expect(200)
    const { items } = await read('versions')
    expect(items).toMatchObject([
      { kind: 'resumed', reason: '' },
      { kind: 'paused', reason: 'A mistake' },
      { kind: 'called_off', publishAt, zone: 'Europe/Berlin' },
      { kind: 'scheduled', publishAt, note: 'Later' },
      { kind: 'published', version: 3, before: 2, from: 1, note: 'Back' },
      // Its save is not told a second time.
      { kind: 'restored', version: 1 },
      { kind: 'published', version: 2, before: 1, from: null, note: '' },
      { kind: 'edited', saves: 1 },
      { kind: 'published', version: 1, before: null, note: 'The first' },
      { kind: 'created' },
    ])
  })
})

describe('leads', () => {
  test('what was done about one is told by name, about many as a number, each with the reason and the steps', async () => {
    await makeJourney('leads')
    await post('journeys/leads/publish', { revision: 1 }).expect(200)
    const { db } = app.database
    const leadIds = await addLeads(db, ['Mara Voss', 'Ben Ode', 'Cy Lund'])
    const ids = await Promise.all(leadIds.map((leadId) => placeLead(db, { leadId, journey: 'leads', stepId: 'ask' })))
    const many = { action: 'move', step: 'ask', to: 'keep', reason: 'The wait was too long' }
    await post('journeys/leads/controls', { ...many, confirm: 3 }).expect(200)
    await post(`enrollments/${ids[0] ?? ''}/controls`, { action: 'exit', reason: 'Mara asked for it' }).expect(202)
    const reader = await keyWith(['journeys:read', 'leads:read'])
    const { items } = await read('leads', { limit: 2 }, reader)
    const name = (id: string) => firstGraph.nodes.find((node) => node.id === id)?.name ?? expect.any(String)
    expect(items).toMatchObject([
      {
        kind: 'controlled',
        action: 'exit',
        leads: 1,
        lead: { id: leadIds[0], name: 'Mara Voss' },
        enrollmentId: ids[0],
        step: { id: 'ask', name: name('ask') },
        reason: 'Mara asked for it',
      },
      {
        kind: 'controlled',
        action: 'move',
        leads: 3,
        lead: null,
        step: { id: 'ask' },
        to: { id: 'keep', name: name('keep') },
        reason: 'The wait was too long',
      },
    ])
    // Who may read journeys but no leads is not told who, nor why: that is about a person.
    const blind = await read('leads', { limit: 2 }, await keyWith(['journeys:read']))
    expect(blind.items).toMatchObject([
      { action: 'exit', lead: null, reason: '' },
      { action: 'move', leads: 3, reason: '' },
    ])
    expect(JSON.stringify(blind)).not.toContain('Mara')
    const refused = app.request.get('/api/v1/journeys/leads/activity')
    await refused.set('Authorization', `Bearer ${await keyWith(['leads:read'])}`).expect(403)
  })

  test('of an erased lead neither name nor reason is left', async () => {
    const { db } = app.database
    const [leadId = ''] = await addLeads(db, ['Ilse Erased'])
    const enrollment = await placeLead(db, { leadId, journey: 'leads', stepId: 'ask' })
    await post(`enrollments/${enrollment}/controls`, { action: 'pause', reason: 'Ilse is on leave' }).expect(202)
    expect(JSON.stringify(await read('leads', { limit: 1 }))).toContain('Ilse is on leave')
    await post(`leads/${leadId}/erase`, { reason: 'Asked for', confirm: `erase ${leadId.slice(0, 8)}` }).expect(200)
    const { items } = await read('leads')
    expect(JSON.stringify(items)).not.toContain('Ilse')
    expect(items.some((item) => item.kind === 'controlled' && item.action === 'pause')).toBe(true)
  })
})

test('pages hold together: each entry once, none split by what was saved between two people', async () => {
  const id = await makeJourney('pages')
  for (let revision = 1; revision <= 6; revision += 1) {
    await save('pages', revision, revision % 2 === 0 ? firstGraph : secondGraph)
    await age(id, 45)
  }
  const whole = await read('pages')
  expect(whole.items).toHaveLength(7)
  expect(whole.nextCursor).toBeNull()
  const seen: Activity[] = []
  let cursor: string | null = null
  do {
    const page: Page = await read('pages', { limit: 3, ...(cursor === null ? {} : { cursor }) })
    expect(page.items.length).toBeLessThanOrEqual(3)
    seen.push(...page.items)
    ;({ nextCursor: cursor } = page)
  } while (cursor !== null)
  expect(seen).toEqual(whole.items)
  await app.request.get('/api/v1/journeys/pages/activity').query({ cursor: 'x' }).expect(400)
  await app.request.get('/api/v1/journeys/unknown/activity').expect(404)
})
