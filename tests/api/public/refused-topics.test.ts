// "Nothing more about X": from the page a lead opens to the mail that does not go and the asset that is not chosen.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { personalLink } from '#activities/links/personal-link.ts'
import { readLibrary, raiseLibraryRevision } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { mailbox } from '#db/schema/deliveries.ts'
import { leads } from '#db/schema/leads.ts'
import { assetSchema } from '#engine/library.ts'
import { sendAsset } from '#engine/steps/send-asset.ts'
import { enrolled, fateOf, openWorld, queued, setPolicy, withMailroom, type World } from '../../db/deliveries/given.ts'
import { until } from '../../support/engine.ts'
import { addDelivery } from '../../support/public-visits.ts'
import { aLead, commandOf, portOf, visit } from '../../support/step-visit.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp
let world: World
const asset = (key: string) => assetSchema.parse({ key, title: key, url: `https://example.org/${key}`, topics: [key] })

beforeAll(async () => {
  app = await createTestApp()
  world = await openWorld({ databaseUrl: app.databaseUrl })
  const topics = ['milk', 'cheese'].map((key) => ({ key, label: key }))
  await setPolicy(world, { leadsAre: 'businesses', preferences: { topics } })
  await world.db.transaction(async (tx) => {
    await saveResources(tx, {
      assets: [asset('cheese'), asset('milk')],
      pools: [{ key: 'pool', name: 'Pool', assets: ['cheese', 'milk'] }],
    })
    await raiseLibraryRevision(tx)
  })
})
afterAll(async () => {
  await world?.close()
  await app?.close()
})

async function fieldsOf(leadId: string) {
  const [lead] = await world.db.select().from(leads).where(eq(leads.id, leadId))
  return lead?.fields ?? {}
}

/** The asset a pool gives the lead now; null when it is dry. */
async function nextOf(leadId: string): Promise<string | null> {
  const facts = aLead({ fields: await fieldsOf(leadId) })
  const config = { pool: 'pool', topicField: 'topics' }
  const outcome = visit(sendAsset, config, { library: await readLibrary(world.db), facts }).run()
  return portOf(outcome) === 'dry' ? null : (commandOf(outcome, 'deliver').content.assetKey ?? null)
}

test('nothing more about cheese: the queued mail is not sent, the pool gives milk, until cheese is ticked again', async () => {
  const lead = await enrolled(world)
  const about = (key: string, visitNumber: number, more: object = {}) =>
    queued(world, lead, { visit: visitNumber, content: { subject: key, body: 'Hello', assetKey: key }, ...more })
  const cheese = await about('cheese', 1)
  const milk = await about('milk', 2)
  const asked = await about('cheese', 3, { purpose: 'transactional' })
  expect(await nextOf(lead.leadId)).toBe('cheese')

  const earlier = await addDelivery(world.db, { leadId: lead.leadId, content: { assetKey: 'cheese' } })
  const pathTo = (purpose: 'unsubscribe' | 'preferences') => new URL(personalLink(testLinks, purpose, earlier)).pathname
  const page = await app.request.get(pathTo('unsubscribe')).expect(200)
  expect(page.text).toContain('Nothing more about cheese')
  await app.request.post(pathTo('unsubscribe')).type('form').send('instead=topic:cheese').expect(200)
  expect(await fieldsOf(lead.leadId)).toMatchObject({ topics: ['milk'], refused_topics: ['cheese'] })

  await withMailroom(world, {}, () =>
    until('the mailroom has looked at all three', async () => {
      const fates = await Promise.all([cheese, milk, asked].map((id) => fateOf(world, id)))
      return fates.every(([status]) => status !== 'queued' && status !== 'sending')
    }),
  )
  expect(await fateOf(world, cheese)).toEqual(['skipped', 'topic_refused'])
  const sent = await world.db.select({ id: mailbox.deliveryId }).from(mailbox).where(eq(mailbox.leadId, lead.leadId))
  expect(sent.map(({ id }) => id).sort()).toEqual([milk, asked].sort())
  expect(await nextOf(lead.leadId)).toBe('milk')

  const save = (ticks: string) =>
    app.request.post(pathTo('preferences')).type('form').send(`${ticks}&act=save`).expect(303)
  // The last topic is given up: nothing of the pool suits any more.
  await save('cadence=all')
  expect(await fieldsOf(lead.leadId)).toEqual({ cadence: 'all', refused_topics: ['cheese', 'milk'] })
  expect(await nextOf(lead.leadId)).toBeNull()
  expect((await app.request.get(pathTo('preferences'))).text).toContain('You asked for nothing more about this.')
  await save('topic=cheese')
  expect(await fieldsOf(lead.leadId)).toMatchObject({ topics: ['cheese'], refused_topics: ['milk'] })
  expect(await nextOf(lead.leadId)).toBe('cheese')
  const again = await about('cheese', 4)
  await withMailroom(world, {}, () =>
    until('the mailroom has sent it', async () => (await fateOf(world, again))[0] === 'accepted'),
  )
})

test('boxes that were never ticked refuse nothing', async () => {
  const { leadId } = await enrolled(world)
  const id = await addDelivery(world.db, { leadId })
  const path = new URL(personalLink(testLinks, 'preferences', id)).pathname
  await app.request.post(path).type('form').send('cadence=monthly&act=save').expect(303)
  expect(await fieldsOf(leadId)).toEqual({ cadence: 'monthly' })
  expect(await nextOf(leadId)).toBe('cheese')
})
