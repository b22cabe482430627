import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#db/ids.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let later = 0
beforeAll(async () => {
  app = await createTestApp({ now: () => Date.now() + later })
})
afterAll(() => app.close())

const folder = new URL('../../examples/journeys/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const fileOf = (name: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const importing = (body: object) => app.request.post('/api/v1/journeys/import').send(body)
const exported = async (key: string): Promise<string> =>
  (await app.request.get(`/api/v1/journeys/${key}/file`).expect(200)).text
const board = async () => (await app.request.get('/api/v1/journey-board').expect(200)).body.items

describe('a journey file', () => {
  test.each(names)('%s goes in and out and in again byte for byte', async (name) => {
    const { key } = (await importing({ file: fileOf(name) }).expect(201)).body
    const first = await exported(key)
    const again = await importing({ file: JSON.parse(first), onExisting: 'replace' }).expect(201)
    expect(again.body).toMatchObject({ key, isNew: false })
    expect(await exported(key)).toBe(first)
    const copy = await importing({ file: JSON.parse(first), onExisting: 'copy' }).expect(201)
    expect(copy.body).toMatchObject({ key: `${key}-2`, isNew: true })
    expect((await exported(`${key}-2`)).replace(`"key":"${key}-2"`, `"key":"${key}"`)).toBe(first)
  })

  test('whose journey exists is taken only when that is wished', async () => {
    const file = fileOf('instant-thank-you.json')
    await importing({ file, onExisting: 'replace' }).expect(201)
    const before = await exported('instant-thank-you')
    const refused = await importing({ file: { ...file, description: 'Another' } }).expect(409)
    expect(refused.body).toMatchObject({ code: 'JOURNEY_STATE_CONFLICT' })
    expect(await exported('instant-thank-you')).toBe(before)
    const named = await importing({ file, key: 'thanks', name: 'Thanks' }).expect(201)
    expect(named.body.key).toBe('thanks')
    expect(JSON.parse(await exported('thanks'))).toMatchObject({ key: 'thanks', name: 'Thanks' })
  })

  test('of a newer version, or of something else, is refused with reasons and changes nothing', async () => {
    const before = await board()
    const newer = await importing({ file: { ...fileOf('friday-sampler.json'), format: 2 }, key: 'newer' }).expect(422)
    expect(newer.body).toMatchObject({ code: 'JOURNEY_INVALID', issues: [{ code: 'GRAPH_FORMAT_UNKNOWN' }] })
    expect(newer.body.issues[0].message).toContain('"2"')
    const broken = { ...fileOf('friday-sampler.json'), graph: { format: 1, nodes: [{ id: 'a b' }], edges: 'x' } }
    const many = await importing({ file: broken, key: 'broken' }).expect(422)
    expect(many.body.issues.length).toBeGreaterThan(1)
    expect((await board()).length).toBe(before.length)
  })
})

test('templates are the shipped journeys, each with a picture of its own', async () => {
  const { items } = (await app.request.get('/api/v1/journey-templates').expect(200)).body
  expect(items.map(({ key }: { key: string }) => `${key}.json`)).toEqual(names.toSorted())
  for (const { picture, steps } of items) expect(picture.match(/<rect/g)).toHaveLength(steps)
})

describe('a template that people keep', () => {
  const templates = () => app.request.get('/api/v1/journey-templates').expect(200)
  const saving = (body: object) => app.request.post('/api/v1/journey-templates').send(body)

  test('is a copy of the draft, under a name of its own, before the shipped ones', async () => {
    await importing({ file: fileOf('friday-sampler.json'), key: 'kept', onExisting: 'replace' }).expect(201)
    const { body: saved } = await saving({ journey: 'kept', name: ' Ours ', description: 'How we do it' }).expect(201)
    expect(saved).toMatchObject({ name: 'Ours', description: 'How we do it', saved: { by: expect.any(String) } })
    const { graph, layout, resources } = JSON.parse(await exported('kept'))
    expect(saved.file).toMatchObject({ name: 'Ours', graph, layout, resources })
    // What becomes of the journey later is not the template's affair.
    await importing({ file: fileOf('instant-thank-you.json'), key: 'kept', onExisting: 'replace' }).expect(201)
    const { items } = (await templates()).body
    expect(items[0]).toEqual(saved)
    expect(items.slice(1).map(({ saved: own }: { saved: unknown }) => own)).toEqual(names.map(() => null))
    const begun = (await importing({ file: saved.file, onExisting: 'copy', keepResources: true }).expect(201)).body
    expect(JSON.parse(await exported(begun.key))).toMatchObject({ name: 'Ours', graph, layout })
  })

  test('is replaced only when that is wished, and removed with a line in the audit', async () => {
    const refused = await saving({ journey: 'kept', name: 'Ours' }).expect(409)
    expect(refused.body).toMatchObject({ code: 'TEMPLATE_REFUSED' })
    expect(refused.body.detail).toContain('"Ours"')
    const [before] = (await templates()).body.items
    const { body: after } = await saving({ journey: 'kept', name: 'Ours', replaces: true }).expect(201)
    expect(after.id).toBe(before.id)
    expect(after.steps).not.toBe(before.steps)
    await saving({ journey: 'nobody', name: 'Nothing' }).expect(404)
    await app.request.delete(`/api/v1/journey-templates/${after.id}`).expect(200)
    const gone = await app.request.delete(`/api/v1/journey-templates/${after.id}`).expect(404)
    expect(gone.body).toMatchObject({ code: 'TEMPLATE_NOT_FOUND' })
    expect((await templates()).body.items).toHaveLength(names.length)
    for (const [action, count] of Object.entries({ 'journey.save_template': 2, 'journey.remove_template': 1 })) {
      expect((await app.request.get(`/api/v1/audit?action=${action}`).expect(200)).body.items).toHaveLength(count)
    }
  })

  test('brings what is missing, and leaves what is there as people have made it', async () => {
    const file = fileOf('friday-sampler.json') as { resources: { assets: { key: string; title: string }[] } }
    await importing({ file, key: 'mine', onExisting: 'replace', replaceResources: true }).expect(201)
    const [asset] = file.resources.assets
    const titled = (title: string) => ({
      ...file,
      resources: {
        ...file.resources,
        assets: [
          { ...asset, title },
          { ...asset, key: 'brand-new', title: 'New' },
        ],
      },
    })
    await importing({ file: titled('Mine'), key: 'mine', onExisting: 'replace' }).expect(201)
    await importing({ file: titled('Theirs'), key: 'theirs', keepResources: true }).expect(201)
    const { library } = (await app.request.get('/api/v1/library').expect(200)).body
    expect(library.assets[asset?.key ?? ''].title).toBe('Mine')
    expect(library.assets['brand-new'].title).toBe('New')
  })
})

describe('the list of journeys', () => {
  test('shows entries by day, goals against the days before, and problems', async () => {
    const { id: journeyId } = (
      await app.request.post('/api/v1/journeys').send({ key: 'trend', name: 'Trend' }).expect(201)
    ).body
    const day = 86_400_000
    const library = await readLibrary(app.database.db)
    const enter = async (age: number, more: Partial<typeof enrollments.$inferInsert> = {}) => {
      const lead = { email: `${newId()}@example.test` }
      const [row] = await app.database.db.transaction(
        async (tx) => (await upsertLeads(tx, [lead], { library, actor: 'test' })).rows,
      )
      const leadId = row?.leadId ?? ''
      const enteredAt = new Date(Date.now() - age * day)
      await app.database.db.insert(enrollments).values({
        id: newId(),
        leadId,
        journeyId,
        version: 1,
        status: 'completed',
        stepId: 'entry',
        since: enteredAt,
        state: {} as never,
        triggerId: 'manual',
        entryKey: newId(),
        enteredAt,
        ...more,
      })
    }
    for (const age of [0.5, 0.6, 3.2, 29.9]) await enter(age)
    await enter(1.5, { goalMet: true })
    await enter(2.5, { isTest: true })
    for (const age of [30.1, 59]) await enter(age)
    await enter(31, { goalMet: true })
    await enter(61)
    // In it now: one real lead, and two test leads beside it.
    await enter(40, { status: 'active' })
    await enter(0.1, { status: 'active', isTest: true })
    await enter(0.1, { status: 'parked', isTest: true })
    // Trends are kept for a minute.
    later = 61_000
    const items = await board()
    const trend = items.find(({ key }: { key: string }) => key === 'trend')
    expect(trend.entered).toHaveLength(30)
    expect(trend.entered.slice(-4)).toEqual([1, 0, 1, 2])
    expect(trend.entered[0]).toBe(1)
    expect(trend).toMatchObject({
      goalRate: 0.2,
      goalRateBefore: 1 / 4,
      hasGoal: false,
      hasDraftChanges: true,
      entryStep: 'entry',
    })
    expect(trend).toMatchObject({ here: 1, parked: 0, tests: 2 })
    const { body: list } = await app.request.get('/api/v1/journeys').expect(200)
    const { totals } = list.items.find(({ key }: { key: string }) => key === 'trend')
    expect(totals).toMatchObject({ active: 1, parked: 0 })
    expect((await app.request.get('/api/v1/status').expect(200)).body.leads.shown).toBe('real')
    // An entry that leads nowhere is a problem, and the same one that publishing names.
    const check = (await app.request.post('/api/v1/journeys/trend/check').send({}).expect(200)).body
    const errors = check.issues.filter(({ severity }: { severity: string }) => severity === 'error')
    expect(errors.length).toBeGreaterThan(0)
    expect(trend.problems.errors).toBe(errors.length)
  })

  test('knows tags, which are kept once and audited', async () => {
    const tags = (list: string[]) => app.request.put('/api/v1/journeys/trend/tags').send({ tags: list })
    expect((await tags(['spring', ' spring ', 'b2b']).expect(200)).body).toEqual({ tags: ['spring', 'b2b'] })
    const entry = (await board()).find(({ key }: { key: string }) => key === 'trend')
    expect(entry.tags).toEqual(['spring', 'b2b'])
    await app.request.put('/api/v1/journeys/nobody/tags').send({ tags: [] }).expect(404)
    const audit = (await app.request.get('/api/v1/audit?action=journey.tag').expect(200)).body.items
    expect(audit).toHaveLength(1)
    expect(audit[0].after).toEqual({ tags: ['spring', 'b2b'] })
  })
})
