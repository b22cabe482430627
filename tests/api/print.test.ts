import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPrintBatchProvider } from '#activities/postcards/print-batch.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { keepCards } from '#db/repositories/print-batches.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { printCards, type PrintedCard } from '#db/schema/print.ts'
import { cardFor, withPostcards } from '../db/postcards/given.ts'
import { addSurvey } from '../db/postcards/library.ts'
import { enrolled, queued, type World } from '../db/deliveries/given.ts'
import { publishDefinition, until } from '../support/engine.ts'
import { createTestApp, testLinks, type TestApp } from './support/test-app.ts'

let app: TestApp
let world: World
beforeAll(async () => {
  app = await createTestApp()
  const { db } = app.database
  const journeyId = await publishDefinition(db, {
    steps: { mail: ['send_email', { subject: 'Hello', body: 'Hello' }] },
  })
  world = { db, journeyId, handle: app.database, url: '', close: () => Promise.resolve() }
  await db.transaction((tx) => setLiveSending(tx, { on: true, actor: 'test' }))
})
afterAll(() => app.close())

async function keep(name: string): Promise<string> {
  const address = { addressLine1: '1 Road', city: 'Berlin', postalCode: '10115', country: 'DE' }
  const lead = await enrolled(world, { lead: { firstName: name, ...address } })
  const deliveryId = await queued(world, lead, { channel: 'postcard' })
  const to = { name, company: '', line1: '1 Road', city: 'Berlin', region: '', postalCode: '10115', country: 'DE' }
  const card: PrintedCard = { headline: 'Hello', message: 'Text', to }
  await world.db.update(deliveries).set({ status: 'sending' }).where(eq(deliveries.id, deliveryId))
  await world.db.transaction((tx) => keepCards(tx, [{ deliveryId, leadId: lead.leadId, card }]))
  return deliveryId
}

test('a batch is looked at, a card taken out, the rest approved and downloaded', async () => {
  const good = await keep('Ada')
  const bad = await keep('Mallory')
  const { items } = (await app.request.get('/api/v1/print-batches').expect(200)).body
  expect(items).toMatchObject([{ status: 'open', cards: { waiting: 2 }, approvedBy: null }])
  const path = `/api/v1/print-batches/${String(items[0].id)}`
  const proof = await app.request.get(items[0].pdfPath).expect(200).expect('content-type', 'application/pdf')
  expect(proof.headers['content-disposition']).toMatch(/-proof\.pdf"$/)

  await app.request.post(`${path}/cards/${bad}/reject`).send({ resolution: 'fail', reason: 'Not a name' }).expect(200)
  await app.request.post(`${path}/cards/${bad}/reject`).send({ resolution: 'fail', reason: 'x' }).expect(409)
  await app.request.post(`${path}/approve`).send({}).expect(200, { printed: 1, removed: [] })
  const again = await app.request.post(`${path}/approve`).send({}).expect(409)
  expect(again.body.code).toBe('PRINT_NOT_POSSIBLE')

  const whole = (await app.request.get(path).expect(200)).body
  expect(whole).toMatchObject({ status: 'approved', cards: { printed: 1, rejected: 1 } })
  expect(whole.list).toMatchObject([
    { deliveryId: good, status: 'printed', name: 'Ada' },
    { deliveryId: bad, status: 'rejected', reason: 'Not a name' },
  ])
  const csv = await app.request.get(items[0].addressesPath).expect(200)
  expect(csv.text).toContain('"Ada"')
  expect(csv.text).not.toContain('Mallory')
})

test('what is not there is said', async () => {
  const nowhere = '/api/v1/print-batches/01997f0a-1234-7abc-8def-0123456789ab'
  await app.request.get(nowhere).expect(404)
  await app.request.post(`${nowhere}/approve`).send({}).expect(404)
  await app.request.get(`${nowhere}/cards.pdf`).expect(404)
  await app.request.get('/api/v1/print-batches/nothing/addresses.csv').expect(404)
})

test('the link on a survey’s card opens that survey, without a sign-in', async () => {
  await addSurvey(world, 'win-back')
  const { deliveryId } = await cardFor(world, { content: { surveyKey: 'win-back', body: 'Four questions.' } })
  const stored = async () =>
    (await world.db.select().from(printCards).where(eq(printCards.deliveryId, deliveryId)))[0]?.card ?? null
  await withPostcards(world, { providers: { postcard: createPrintBatchProvider(world.db) }, links: testLinks }, () =>
    until('the card is in the batch', async () => (await stored()) !== null),
  )
  const link = (await stored())?.link ?? ''
  expect(link).toMatch(new RegExp(`^${testLinks.baseUrl}/l/[2-9a-z]{10}$`))
  const visit = await app.request.get(new URL(link).pathname).expect(302)
  const page = await app.request.get(new URL(String(visit.headers['location'])).pathname).expect(200)
  expect(page.text).toContain('Why not?')
  await app.request.get('/l/2222222222').expect(404)
})
