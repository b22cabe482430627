// One-click unsubscribe (RFC 8058) and the frame of public pages, over HTTP on a real database.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { personalLink } from '#activities/links/personal-link.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { consents, deliveries, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { leads } from '#db/schema/leads.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { addDelivery, addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
  const profile = companyProfileSchema.parse({
    name: 'Northwind <Dairy>',
    postalAddress: '1 Milk Lane\nLondon',
    accentColour: '#ffcc00',
  })
  await app.database.db.transaction((tx) => saveCompanyProfile(tx, { profile, actor: 'test' }))
})
afterAll(() => app.close())

const pathOf = (purpose: 'unsubscribe' | 'preferences' | 'survey', deliveryId: string): string =>
  new URL(personalLink(testLinks, purpose, deliveryId)).pathname

const stopped = (leadId: string) => app.database.db.select().from(suppressions).where(eq(suppressions.leadId, leadId))

test('a mail provider unsubscribes with one POST: 200, no redirect, no cookie, once and for all', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'one@example.com' })
  const queuedId = await addDelivery(db, { leadId, status: 'queued' })
  const path = pathOf('unsubscribe', deliveryId)
  for (let time = 0; time < 2; time += 1) {
    const response = await app.request
      .post(path)
      .set('Host', 'leads.example.test')
      .set('Origin', 'https://mail.example.net')
      .set('Sec-Fetch-Site', 'cross-site')
      .type('form')
      .send('List-Unsubscribe=One-Click')
    expect(response.status).toBe(200)
    expect(response.headers).not.toHaveProperty('set-cookie')
    expect(response.headers).not.toHaveProperty('location')
  }
  expect(await stopped(leadId)).toMatchObject([{ channel: 'email', reason: 'unsubscribed', source: 'one_click' }])
  const [queued] = await db.select().from(deliveries).where(eq(deliveries.id, queuedId))
  expect(queued).toMatchObject({ status: 'cancelled', reason: 'suppressed' })
  const ledger = await db.select().from(consents).where(eq(consents.leadId, leadId))
  expect(ledger.map(({ purpose, channel, state, source }) => ({ purpose, channel, state, source }))).toEqual([
    { purpose: 'nurture', channel: 'email', state: 'denied', source: 'one_click' },
    { purpose: 'promotional', channel: 'email', state: 'denied', source: 'one_click' },
  ])
  const happened = await db.select().from(events).where(eq(events.leadId, leadId))
  expect(happened.map(({ type }) => type)).toEqual(['unsubscribed'])
})

test('multipart, an empty body and a broken one unsubscribe as well', async () => {
  const { db } = app.database
  const boundary = 'abc'
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`
  const bodies = [
    { type: `multipart/form-data; boundary=${boundary}`, body: multipart, source: 'one_click' },
    { type: 'multipart/form-data; boundary=other', body: multipart, source: 'unsubscribe_page' },
    { type: 'application/x-www-form-urlencoded', body: '%%%=&&', source: 'unsubscribe_page' },
    { type: 'text/plain', body: 'hello', source: 'unsubscribe_page' },
  ]
  for (const [index, { type, body, source }] of bodies.entries()) {
    const { leadId, deliveryId } = await addRecipient(db, { email: `body${String(index)}@example.com` })
    const response = await app.request.post(pathOf('unsubscribe', deliveryId)).set('Content-Type', type).send(body)
    expect(response.status).toBe(200)
    expect(await stopped(leadId)).toMatchObject([{ channel: 'email', source }])
  }
})

test('looking changes nothing; the button on the page does', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'look@example.com' })
  const path = pathOf('unsubscribe', deliveryId)
  const before = await fingerprint(db)
  const page = await app.request.get(path).set('User-Agent', 'BarracudaScanner')
  await app.request.head(path)
  expect(await fingerprint(db)).toEqual(before)
  expect(page.status).toBe(200)
  expect(page.text).toContain('l•••@example.com')
  expect(page.text).not.toContain('look@')
  expect(page.text).toContain('Stop all email from Northwind &lt;Dairy&gt; to this address.')
  expect(page.text).not.toContain('<Dairy>')

  await app.request.post(path).type('form').send('confirm=yes').expect(200)
  const ledger = await db.select().from(consents).where(eq(consents.leadId, leadId))
  expect(ledger[0]).toMatchObject({
    wording: 'Stop all email from Northwind <Dairy> to this address.',
    source: 'unsubscribe_page',
  })
})

test('a lead that was merged is unsubscribed as who it became; an erased one gets a kind answer', async () => {
  const { db } = app.database
  const loser = await addRecipient(db, { email: 'loser@example.com' })
  const survivor = await addRecipient(db, { email: 'survivor@example.com' })
  await mergeLeads(
    { db, poker: app.temporal.poker },
    { winnerId: survivor.leadId, loserId: loser.leadId, actor: 'test' },
  )
  await app.request.post(pathOf('unsubscribe', loser.deliveryId)).send('').expect(200)
  expect(await stopped(survivor.leadId)).toMatchObject([{ channel: 'email' }])

  const erased = await addRecipient(db, { email: 'erased@example.com' })
  await db.update(leads).set({ erasedAt: new Date(), email: null }).where(eq(leads.id, erased.leadId))
  const answer = await app.request
    .post(pathOf('unsubscribe', erased.deliveryId))
    .type('form')
    .send('List-Unsubscribe=One-Click')
  expect(answer.status).toBe(200)
  expect(await stopped(erased.leadId)).toEqual([])
})

test('forged links, links of another kind and links to nothing get a friendly page', async () => {
  const { db } = app.database
  const { deliveryId } = await addRecipient(db, { email: 'forged@example.com' })
  const token = pathOf('survey', deliveryId).slice(3)
  for (const [path, status, words] of [
    [`/u/${token}`, 404, 'This link does not work'],
    ['/u/x', 404, 'This link does not work'],
    [`/u/${'A'.repeat(5000)}`, 404, 'This link does not work'],
    ['/u/%E0%A4%A', 404, 'This link does not work'],
    [pathOf('unsubscribe', crypto.randomUUID()), 410, 'This is no longer here'],
  ] as const) {
    for (const method of ['get', 'post'] as const) {
      const response = await app.request[method](path)
      expect([path.slice(0, 20), response.status]).toEqual([path.slice(0, 20), status])
      expect(response.type).toBe('text/html')
      expect(response.text).toContain(words)
    }
  }
})

test('a page may load nothing, run nothing, be framed by nobody and is kept by nobody', async () => {
  const { deliveryId } = await addRecipient(app.database.db, { email: 'headers@example.com' })
  const { headers, text } = await app.request.get(pathOf('unsubscribe', deliveryId))
  const policy = headers['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(policy).not.toContain('script-src')
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    'x-content-type-options': 'nosniff',
  })
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  expect(text).toContain(`<style nonce="${(nonce ?? '').replaceAll('+', '&#43;')}"`.replaceAll('&#43;', '+'))
  expect(text).toContain('<html lang="en">')
  const robots = await app.request.get('/robots.txt')
  expect(robots.text).toContain('Disallow: /')
})

test('under the public host only public pages answer; the API does not', async () => {
  const { deliveryId } = await addRecipient(app.database.db, { email: 'host@example.com' })
  const host = { Host: 'leads.example.test' }
  await app.request.get(pathOf('unsubscribe', deliveryId)).set(host).expect(200)
  await app.request.get('/api/v1/leads').set(host).expect(403)
})
