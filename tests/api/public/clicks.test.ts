// Tracked links over HTTP: people are noted, scanners are not, and nobody is led astray.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { erasePerson } from '#activities/leads/erase-lead.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import { judgeClicks } from '#activities/links/judge-clicks.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { ensureShortLinks } from '#db/repositories/short-links.ts'
import { events } from '#db/schema/events.ts'
import { leads } from '#db/schema/leads.ts'
import { linkClicks, shortLinks } from '#db/schema/links.ts'
import { addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'
let app: TestApp

beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

function pathTo(deliveryId: string, url: string): string {
  return new URL(linkTo(testLinks, 'click', { about: 'delivery', id: deliveryId, subject: url })).pathname
}

/** Judges as if the clicks were old enough. */
async function judge(): Promise<{ human: number; suspected: number }> {
  const { db } = app.database
  return judgeClicks({ db, poker: app.temporal.poker, library: () => readLibrary(db) }, Date.now() + 60_000)
}

const clicksOf = (leadId: string) =>
  app.database.db.select().from(linkClicks).where(eq(linkClicks.leadId, leadId)).orderBy(linkClicks.id)
const eventsOf = (leadId: string) => app.database.db.select().from(events).where(eq(events.leadId, leadId))

test('a person is redirected and noted once, however often they come', async () => {
  const { leadId, deliveryId } = await addRecipient(app.database.db, { email: 'click@example.com' })
  const url = 'https://example.com/guide?a=1&b=ü#part'
  for (let time = 0; time < 2; time += 1) {
    const answer = await app.request.get(pathTo(deliveryId, url)).set('User-Agent', browser)
    expect([answer.status, decodeURI(answer.headers['location'] ?? '')]).toEqual([302, url])
    expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
    expect(answer.headers).not.toHaveProperty('set-cookie')
  }
  expect(await eventsOf(leadId)).toEqual([])
  await judge()
  expect((await clicksOf(leadId)).map(({ verdict }) => verdict)).toEqual(['human', 'human'])
  expect(await eventsOf(leadId)).toMatchObject([
    { type: 'link_clicked', properties: { url, delivery_id: deliveryId, channel: 'email' } },
  ])
  expect((await judge()).human).toBe(0)
})

test('a scanner’s visits change nothing about the lead; a person’s later click counts', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'scan@example.com' })
  const [before] = await db.select().from(leads).where(eq(leads.id, leadId))
  const links = ['a', 'b', 'c'].map((name) => pathTo(deliveryId, `https://${name}.example.com/`))
  const rows = await fingerprint(db)
  for (const link of links) await app.request.get(link).set('User-Agent', 'Mozilla/5.0 (compatible; SafeLinksBot/1.0)')
  await app.request.head(links[0] ?? '').set('User-Agent', browser)
  for (const link of links) await app.request.get(link).set('User-Agent', browser).set('Sec-Purpose', 'prefetch')
  // In a browser's guise, but all at once.
  for (const link of links) await app.request.get(link).set('User-Agent', browser)
  await judge()
  expect((await clicksOf(leadId)).map(({ reason }) => reason)).toEqual([
    'bot_user_agent',
    'bot_user_agent',
    'bot_user_agent',
    'head_request',
    'prefetch',
    'prefetch',
    'prefetch',
    'burst',
    'burst',
    'burst',
  ])
  const { link_clicks: _clicks, ...after } = await fingerprint(db)
  const { link_clicks: _before, ...unchanged } = rows
  expect(after).toEqual(unchanged)
  expect((await db.select().from(leads).where(eq(leads.id, leadId)))[0]).toEqual(before)

  await db
    .update(linkClicks)
    .set({ at: new Date(Date.now() - 3_600_000) })
    .where(eq(linkClicks.leadId, leadId))
  await app.request.get(links[1] ?? '').set('User-Agent', browser)
  expect(await judge()).toEqual({ human: 1, suspected: 0 })
  expect(await eventsOf(leadId)).toMatchObject([
    { type: 'link_clicked', properties: { url: 'https://b.example.com/' } },
  ])
})

test('no link leads where we did not send it: foreign, changed and repurposed tokens get a page', async () => {
  const { deliveryId } = await addRecipient(app.database.db, { email: 'open@example.com' })
  const path = pathTo(deliveryId, 'https://example.com/')
  const evil = Buffer.from(path.slice(3), 'base64url').toString('latin1').replace('example.com', 'examp1e.com')
  const foreign = linkTo({ ...testLinks, secret: 'y'.repeat(32) }, 'click', {
    about: 'delivery',
    id: deliveryId,
    subject: 'https://evil.test/',
  })
  for (const forged of [
    `/c/${Buffer.from(evil, 'latin1').toString('base64url')}`,
    new URL(foreign).pathname,
    '/c/https:%2F%2Fevil.test',
  ]) {
    const answer = await app.request.get(forged).set('User-Agent', browser)
    expect(answer.status).toBe(404)
    expect(answer.headers).not.toHaveProperty('location')
    expect(answer.text).toContain('This link does not work')
  }
})

test('merging brings clicks and short links along; erasing takes them away, and the links still lead on', async () => {
  const { db } = app.database
  const loser = await addRecipient(db, { email: 'click-loser@example.com' })
  const winner = await addRecipient(db, { email: 'click-winner@example.com' })
  const path = pathTo(loser.deliveryId, 'https://example.com/?mail=click-loser')
  await app.request.get(path).set('User-Agent', browser).expect(302)
  const [code] = await ensureShortLinks(db, [{ ...loser, purpose: 'survey' }])
  expect(await ensureShortLinks(db, [{ ...loser, purpose: 'survey' }])).toEqual([code])
  const short = await app.request.get(`/l/${(code ?? '').toUpperCase()}`)
  expect([short.status, short.headers['location']?.startsWith(`${testLinks.baseUrl}/s/`)]).toEqual([302, true])
  await app.request.get('/l/2222222222').expect(404)

  await mergeLeads({ db, poker: app.temporal.poker }, { winnerId: winner.leadId, loserId: loser.leadId, actor: 'test' })
  await judge()
  expect(await eventsOf(winner.leadId)).toMatchObject([{ type: 'link_clicked' }])
  expect(await clicksOf(winner.leadId)).toMatchObject([{ verdict: 'human' }])
  await erasePerson(db, { leadId: winner.leadId, actor: 'test', reason: 'asked' })
  expect(await clicksOf(winner.leadId)).toEqual([])
  expect(await db.select().from(shortLinks)).toEqual([])
  await app.request.get(path).set('User-Agent', browser).expect(302)
  expect(await clicksOf(winner.leadId)).toEqual([])
})
