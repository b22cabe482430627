// The leads behind a number, narrowed: by name or address, by how they stand now, of one step or of the whole journey.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JourneyPerson } from '#server/contract/journey-people.ts'
import { addLeads, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
const key = 'win-back-survey'

beforeAll(async () => {
  app = await createTestApp()
  const { db } = app.database
  await publishExample(db, key)
  const names = Array.from({ length: 9 }, (_, index) => `Mara Voss${String(index)}`)
  const leads = await addLeads(db, ['Ben Ode', ...names, 'Cy Mar_a'])
  for (const [index, leadId] of leads.entries()) {
    const stepId = index % 2 === 0 ? 'answer' : 'call'
    const status = index % 3 === 0 ? 'parked' : index % 3 === 1 ? 'active' : 'paused'
    await placeLead(db, { leadId, journey: key, stepId, status, agoMinutes: 5 + Math.floor(index / 4) })
  }
})
afterAll(() => app.close())

/** All pages of a few. */
async function everybody(query: object): Promise<JourneyPerson[]> {
  const rows: JourneyPerson[] = []
  let cursor: string | null = null
  do {
    const asked = { ...query, limit: 2, ...(cursor === null ? {} : { cursor }) }
    const { body } = await app.request.get(`/api/v1/journeys/${key}/people`).query(asked).expect(200)
    const page = body as { items: JourneyPerson[]; nextCursor: string | null }
    rows.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  return rows
}
const namesOf = (rows: JourneyPerson[]) => rows.map(({ lead }) => lead.name).sort()

test('a search finds the beginning of a name or an address, whatever stands in between, page by page', async () => {
  const here = { step: 'answer', what: 'here' }
  const found = namesOf(await everybody({ ...here, search: 'mara v' }))
  expect(found).toEqual(['Mara Voss1', 'Mara Voss3', 'Mara Voss5', 'Mara Voss7'])
  expect(namesOf(await everybody({ ...here, search: 'BEN.ode' }))).toEqual(['Ben Ode'])
  // What means something to a database means itself here.
  expect(namesOf(await everybody({ ...here, search: 'mar_' }))).toEqual(['Cy Mar_a'])
  expect(await everybody({ ...here, search: '%' })).toEqual([])
})

test('a state is the one they are in now; both narrow each other, and visits of a time are narrowed alike', async () => {
  const parked = await everybody({ step: 'answer', status: 'parked' })
  expect(parked.every(({ status }) => status === 'parked')).toBe(true)
  expect(namesOf(parked)).toEqual(['Ben Ode', 'Mara Voss5'])
  expect(namesOf(await everybody({ step: 'answer', status: 'parked', search: 'mara' }))).toEqual(['Mara Voss5'])
  const entered = await everybody({ step: 'answer', what: 'entered', status: 'parked', search: 'mara' })
  expect(namesOf(entered)).toEqual(['Mara Voss5'])
  expect(await everybody({ step: 'answer', what: 'left', search: 'mara' })).toEqual([])
})

test('without a step it is the whole journey, for what is counted now; for a time a step has to be named', async () => {
  const parked = await everybody({ what: 'parked' })
  expect(namesOf(parked)).toEqual(['Ben Ode', 'Mara Voss2', 'Mara Voss5', 'Mara Voss8'])
  expect(new Set(parked.map(({ step }) => step.id))).toEqual(new Set(['answer', 'call']))
  expect(await everybody({ what: 'here' })).toHaveLength(11)
  const { body } = await app.request.get(`/api/v1/journeys/${key}/people`).query({ what: 'entered' }).expect(400)
  expect(body).toMatchObject({
    code: 'REQUEST_INVALID',
    detail: 'Name the step whose "entered" is meant, with "step".',
  })
})
