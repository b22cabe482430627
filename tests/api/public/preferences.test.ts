// The preference centre over HTTP: what a lead chooses is what journeys, the gate and the ledger know.
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import { personalLink } from '#activities/links/personal-link.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { raiseLibraryRevision, readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { consents, deliveries, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { leads } from '#db/schema/leads.ts'
import { settings } from '#db/schema/library.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { assetSchema, contactPolicySchema } from '#engine/library.ts'
import { addDelivery, addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
  await app.database.db.transaction(async (tx) => {
    await saveCompanyProfile(tx, { profile: companyProfileSchema.parse({ name: 'Northwind' }), actor: 'test' })
    const value = contactPolicySchema.parse({
      preferences: {
        topics: [
          { key: 'milk', label: 'Milk' },
          { key: 'cheese', label: 'Cheese & co' },
        ],
      },
    })
    await tx.insert(settings).values({ key: 'contact_policy', value: value as never })
    await saveResources(tx, {
      assets: [assetSchema.parse({ key: 'guide', title: 'Guide', url: 'https://example.org/g', topics: ['cheese'] })],
    })
    await raiseLibraryRevision(tx)
  })
})
afterAll(() => app.close())

const pathTo = (purpose: 'preferences' | 'unsubscribe', deliveryId: string): string =>
  new URL(personalLink(testLinks, purpose, deliveryId)).pathname

async function leadOf(leadId: string) {
  const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
  return lead
}

const ledgerOf = (leadId: string) =>
  app.database.db.select().from(consents).where(eq(consents.leadId, leadId)).orderBy(consents.id)
const stoppedOf = (leadId: string) => app.database.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))

test('topics, cadence and a pause become fields that journeys can branch on; saving twice changes nothing', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'choose@example.com' })
  const path = pathTo('preferences', deliveryId)
  const form = 'topic=cheese&topic=unknown&cadence=monthly&pause=3&shown=email&channel=email&act=save'
  const answer = await app.request.post(path).type('form').send(form)
  expect([answer.status, answer.headers['location']]).toEqual([303, `${path}?saved`])
  const fields = (await leadOf(leadId))?.fields
  expect(fields).toMatchObject({ topics: ['cheese'], cadence: 'monthly' })
  expect(fields?.['paused_until']).toMatch(/^\d{4}-\d\d-\d\d$/)
  const { fields: known } = await readLibrary(db)
  expect(known['topics']).toMatchObject({ type: 'set', options: ['milk', 'cheese'] })
  expect(known['paused_until']).toMatchObject({ type: 'date' })

  const before = await fingerprint(db)
  await app.request.post(path).type('form').send(form).expect(303)
  const page = await app.request.get(`${path}?saved`).expect(200)
  expect(await fingerprint(db)).toEqual(before)
  expect(page.text).toContain('Saved.')
  expect(page.text).toContain('Cheese &amp; co')
  expect(page.text).toMatch(/value="cheese" checked/)
  expect(page.text).toMatch(/value="monthly" checked/)
  // An email tick that was there before is no new consent.
  expect(await ledgerOf(leadId)).toEqual([])
})

test('a day in the past, or none, is told at the field and saves nothing', async () => {
  const { db } = app.database
  const { deliveryId } = await addRecipient(db, { email: 'past@example.com' })
  const path = pathTo('preferences', deliveryId)
  const before = await fingerprint(db)
  for (const until of ['2020-01-01', '', '2027-02-30', '9999-01-01', "'; drop table leads; --"]) {
    const answer = await app.request.post(path).type('form').send({ act: 'save', pause: 'date', until })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('id="until-error"')
    expect(answer.text).not.toContain("'; drop")
  }
  expect(await fingerprint(db)).toEqual(before)
})

test('a channel is stopped and started again by its tick, each with the words that were shown', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'stop@example.com' })
  const queuedId = await addDelivery(db, { leadId, status: 'queued' })
  const path = pathTo('preferences', deliveryId)
  const save = (channel: string) =>
    app.request.post(path).type('form').send(`shown=email${channel}&act=save`).expect(303)
  await save('')
  expect(await stoppedOf(leadId)).toMatchObject([
    { channel: 'email', reason: 'unsubscribed', source: 'preference_centre' },
  ])
  const [queued] = await db.select().from(deliveries).where(eq(deliveries.id, queuedId))
  expect(queued?.status).toBe('cancelled')
  await save('&channel=email')
  expect(await stoppedOf(leadId)).toEqual([])
  const ledger = await ledgerOf(leadId)
  expect(ledger.map(({ purpose, state }) => `${purpose} ${state}`)).toEqual([
    'nurture denied',
    'promotional denied',
    'nurture granted',
    'promotional granted',
  ])
  const words = 'Northwind may send me information, invitations and offers by email.'
  expect(new Set(ledger.map(({ wording, source }) => `${source}: ${wording}`))).toEqual(
    new Set([`preference_centre: ${words}`]),
  )
  expect((await app.request.get(path)).text).toContain(words)
  const audits = await db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.subjectId, leadId), eq(auditLog.action, 'suppression.lift')))
  expect(audits).toMatchObject([
    { actor: 'preference_centre', before: { channel: 'email', source: 'preference_centre' } },
  ])
})

test('where consent is asked for, no box is ticked beforehand, and one left unticked says nothing', async () => {
  const { db } = app.database
  const fields = { country: 'DE', phone: '+49 30 1234567' }
  const { leadId, deliveryId } = await addRecipient(db, { email: 'consent@example.com', fields })
  const path = pathTo('preferences', deliveryId)
  const page = await app.request.get(path)
  expect(page.text).toMatch(/name="channel" value="email">/)
  await app.request.post(path).type('form').send('shown=email&shown=phone&cadence=weekly&act=save').expect(303)
  expect(await stoppedOf(leadId)).toEqual([])
  expect(await ledgerOf(leadId)).toEqual([])
  await app.request.post(path).type('form').send('shown=email&shown=phone&channel=email&act=save').expect(303)
  expect(await ledgerOf(leadId)).toMatchObject([
    { purpose: 'nurture', channel: 'email', state: 'granted', basis: 'consent', mechanism: 'checkbox' },
    { purpose: 'promotional', channel: 'email', state: 'granted' },
  ])
  expect((await app.request.get(path)).text).toMatch(/name="channel" value="email" checked>/)
  await app.request.post(path).type('form').send('shown=email&shown=phone&channel=email&act=save').expect(303)
  expect((await ledgerOf(leadId)).length).toBe(2)
})

test('what a bounce stopped, no tick starts again', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'bounced@example.com' })
  await db
    .insert(suppressions)
    .values({ leadId, channel: 'email', reason: 'hard_bounce', source: 'test', at: new Date() })
  const path = pathTo('preferences', deliveryId)
  expect((await app.request.get(path)).text).toContain('Email to you is stopped.')
  await app.request.post(path).type('form').send('shown=email&channel=email&act=save').expect(303)
  expect(await stoppedOf(leadId)).toMatchObject([{ reason: 'hard_bounce' }])
  expect(await ledgerOf(leadId)).toEqual([])
})

test('stop everything suppresses every channel; an objection is kept as well, and can be taken back', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'object@example.com' })
  const path = pathTo('preferences', deliveryId)
  await app.request.post(path).type('form').send('act=stop_all').expect(303)
  expect((await stoppedOf(leadId)).map(({ channel }) => channel).sort()).toEqual(['email', 'phone', 'postcard'])
  expect((await ledgerOf(leadId)).length).toBe(6)
  await app.request.post(path).type('form').send('act=object').expect(303)
  expect((await leadOf(leadId))?.objected).toBe(true)
  expect((await app.request.get(path)).text).toContain('You object to the use of your data')
  await app.request.post(path).type('form').send('act=take_back_objection').expect(303)
  expect((await leadOf(leadId))?.objected).toBe(false)
  // Taking the objection back starts nothing again by itself.
  expect((await stoppedOf(leadId)).length).toBe(3)
  const left = await db
    .select()
    .from(events)
    .where(and(eq(events.leadId, leadId), eq(events.type, 'unsubscribed')))
  expect(left.length).toBe(1)
})

test('the unsubscribe page offers less instead: a cadence, or without this topic', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'less@example.com', content: { assetKey: 'guide' } })
  const path = pathTo('unsubscribe', deliveryId)
  const page = await app.request.get(path)
  expect(page.text).toContain('At most once a week')
  expect(page.text).toContain('Nothing more about Cheese &amp; co')
  await app.request.post(path).type('form').send('instead=cadence:weekly').expect(200)
  await app.request.post(path).type('form').send('instead=topic:cheese').expect(200)
  expect((await leadOf(leadId))?.fields).toMatchObject({ cadence: 'weekly', topics: ['milk'] })
  expect(await stoppedOf(leadId)).toEqual([])
})

test('two leads that are one keep the longer pause', async () => {
  const { db } = app.database
  const [winner, loser] = [
    await addRecipient(db, { email: 'pause-1@example.com', fields: { paused_until: '2029-01-01' } }),
    await addRecipient(db, { email: 'pause-2@example.com', fields: { paused_until: '2030-01-01' } }),
  ]
  const { poker } = app.temporal
  await mergeLeads({ db, poker }, { winnerId: winner.leadId, loserId: loser.leadId, actor: 'test' })
  expect((await leadOf(winner.leadId))?.fields).toMatchObject({ paused_until: '2030-01-01' })
})

test('an erased lead finds nothing here', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'gone@example.com' })
  await db.update(leads).set({ erasedAt: new Date(), email: null }).where(eq(leads.id, leadId))
  await app.request.get(pathTo('preferences', deliveryId)).expect(410)
  await app.request.post(pathTo('preferences', deliveryId)).type('form').send('act=stop_all').expect(410)
})
