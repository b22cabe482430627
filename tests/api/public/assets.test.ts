// Assets and webinars over HTTP: a press counts, a look does not; files arrive whole and harmless.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachFile } from '#activities/assets/attach-file.ts'
import { storeFile } from '#activities/assets/file-store.ts'
import { linkTo, personalLink } from '#activities/links/personal-link.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { events, eventTotals } from '#db/schema/events.ts'
import { leadAssets, leads } from '#db/schema/leads.ts'
import { assetSchema } from '#engine/library.ts'
import { addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp
let folder: string
const pdf = Buffer.from('%PDF-1.7\n<script>alert(1)</script>\n%%EOF')
const startsAt = '2027-03-28T18:00:00+02:00'
const webinar = {
  key: 'live',
  title: 'Live, with "quotes"; and, commas',
  url: '',
  summary: 'An hour.',
  webinar: { startsAt, minutes: 60, zone: 'Europe/Berlin', joinUrl: 'https://meet.example.org/x?y=1' },
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-files-'))
  app = await createTestApp({ filesFolder: folder, now: () => Date.UTC(2027, 2, 1) })
  const { db } = app.database
  await db.transaction((tx) =>
    saveResources(tx, {
      assets: [
        { key: 'guide', title: 'A <guide>', url: 'https://cdn.example.org/guide?x=1', page: true, lineage: 'guides' },
        { key: 'paper', title: 'A paper', url: '', summary: 'Twelve pages.' },
        { key: 'old', title: 'Old', url: 'https://cdn.example.org/old', page: true, expiresOn: '2027-02-28' },
        webinar,
      ].map((asset) => assetSchema.parse(asset)),
    }),
  )
  await attachFile({ db, folder }, { key: 'paper', name: '../Été “paper”.pdf', content: Readable.from([pdf]) })
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

const pathTo = (purpose: 'asset' | 'webinar', deliveryId: string): string =>
  new URL(personalLink(testLinks, purpose, deliveryId)).pathname
const eventsOf = (leadId: string, type: string) =>
  app.database.db
    .select()
    .from(events)
    .where(and(eq(events.leadId, leadId), eq(events.type, type)))

test('a press on the button is a download, counted once a day, and leads to the asset; a look is nothing', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, { email: 'asset@example.com', content: { assetKey: 'guide' } })
  const path = pathTo('asset', deliveryId)
  const before = await fingerprint(db)
  const page = await app.request.get(path).expect(200)
  expect(await fingerprint(db)).toEqual(before)
  expect(page.text).toContain('A &lt;guide&gt;')
  expect(page.headers['content-security-policy']).toContain("form-action 'self' https://cdn.example.org;")
  for (let time = 0; time < 2; time += 1) {
    const answer = await app.request.post(path).type('form').send('')
    expect([answer.status, answer.headers['location']]).toEqual([303, 'https://cdn.example.org/guide?x=1'])
  }
  expect(await eventsOf(leadId, 'downloaded')).toMatchObject([
    { properties: { asset: 'guide', delivery_id: deliveryId } },
  ])
  const totals = await db.select().from(eventTotals).where(eq(eventTotals.leadId, leadId))
  expect(totals).toMatchObject([{ type: 'downloaded', count: 1 }])
  expect(await db.select().from(leadAssets).where(eq(leadAssets.leadId, leadId))).toMatchObject([{ lineage: 'guides' }])
})

test('a file is sent whole, as a download of its type; its address works for a day', async () => {
  const { leadId, deliveryId } = await addRecipient(app.database.db, {
    email: 'file@example.com',
    content: { assetKey: 'paper' },
  })
  const page = await app.request.get(pathTo('asset', deliveryId))
  expect(page.text).toContain('Été “paper”.pdf, 1 kB')
  const answer = await app.request.post(pathTo('asset', deliveryId)).type('form').send('').expect(303)
  const path = answer.headers['location'] ?? ''
  expect(path).toMatch(/^\/d\//)
  const file = await app.request.get(path).buffer(true).parse(binary)
  expect(file.status).toBe(200)
  expect(file.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  })
  expect(file.headers['content-disposition']).toContain('attachment; filename=')
  expect(file.body).toEqual(pdf)
  expect((await eventsOf(leadId, 'downloaded')).length).toBe(1)
  const late = linkTo(testLinks, 'file', {
    about: 'delivery',
    id: deliveryId,
    subject: 'paper',
    expiresAt: Date.UTC(2027, 1, 28),
  })
  const expired = await app.request.get(new URL(late).pathname)
  expect([expired.status, expired.text.includes('This link has expired')]).toEqual([410, true])
  // A token for the page is none for the file.
  await app.request.get(pathTo('asset', deliveryId).replace('/a/', '/d/')).expect(404)
})

test('assets that have expired or gone, and erased leads, get a friendly page', async () => {
  const { db } = app.database
  const old = await addRecipient(db, { email: 'old@example.com', content: { assetKey: 'old' } })
  await app.request.get(pathTo('asset', old.deliveryId)).expect(410)
  await app.request.post(pathTo('asset', old.deliveryId)).send('').expect(410)
  const none = await addRecipient(db, { email: 'none@example.com', content: { assetKey: 'constructor' } })
  await app.request.get(pathTo('asset', none.deliveryId)).expect(410)
  const erased = await addRecipient(db, { email: 'erased@example.com', content: { assetKey: 'guide' } })
  await db.update(leads).set({ erasedAt: new Date() }).where(eq(leads.id, erased.leadId))
  await app.request.post(pathTo('asset', erased.deliveryId)).send('').expect(410)
})

test('files of other kinds, and files that are not what they are called, are refused', async () => {
  const store = (name: string, content: string) => storeFile(folder, name, Readable.from([Buffer.from(content)]))
  await expect(store('page.html', '<html>')).rejects.toThrow('is of no kind that leads are given')
  await expect(store('run.exe', 'MZ')).rejects.toThrow('is of no kind')
  await expect(store('fake.pdf', '<html>')).rejects.toThrow('is not what its ending says')
  await expect(store('short.png', '')).rejects.toThrow('is not what its ending says')
})

test('a webinar: registering shows where, in the lead’s own time, and gives a calendar entry that can move', async () => {
  const { db } = app.database
  const { leadId, deliveryId } = await addRecipient(db, {
    email: 'webinar@example.com',
    fields: { zone: 'America/New_York' },
    content: { assetKey: 'live' },
  })
  const path = pathTo('webinar', deliveryId)
  const before = await app.request.get(path).expect(200)
  // Europe has changed its clocks on this day, America weeks ago.
  expect(before.text).toMatch(/Sunday,? 28 March 2027, 12:00 – 13:00/)
  expect(before.text).toContain('Time in America/New York; it begins at 16:00 UTC.')
  expect(before.text).not.toContain('meet.example.org')
  await app.request.get(`${path}/webinar.ics`).expect(403)
  for (let time = 0; time < 2; time += 1) await app.request.post(path).type('form').send('').expect(303)
  expect(await eventsOf(leadId, 'registered')).toMatchObject([{ properties: { asset: 'live', starts_at: startsAt } }])
  const page = await app.request.get(path)
  expect(page.text).toContain('You are registered.')
  expect(page.text).toContain('https://meet.example.org/x?y=1')

  const entry = await app.request.get(`${path}/webinar.ics`).expect(200)
  expect(entry.headers['content-type']).toContain('text/calendar')
  const first = unfold(entry.text)
  expect(first).toContain('METHOD:PUBLISH')
  expect(first).toContain('DTSTART:20270328T160000Z')
  expect(first).toContain('DTEND:20270328T170000Z')
  expect(first).toContain(String.raw`SUMMARY:Live\, with "quotes"\; and\, commas`)
  const moved = assetSchema.parse({
    ...webinar,
    webinar: { ...webinar.webinar, startsAt: '2027-03-29T18:00:00+02:00' },
  })
  await db.transaction((tx) => saveResources(tx, { assets: [moved] }))
  await db.execute(`update assets set updated_at = now() + interval '2 minutes' where key = 'live'`)
  const second = unfold((await app.request.get(`${path}/webinar.ics`)).text)
  expect(second).toContain('DTSTART:20270329T160000Z')
  const line = (text: string, name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]
  expect(line(second, 'UID')).toBe(line(first, 'UID'))
  expect(Number(line(second, 'SEQUENCE'))).toBeGreaterThan(Number(line(first, 'SEQUENCE')))
})

/** RFC 5545 §3.1: long lines are folded. */
function unfold(text: string): string {
  return text.replaceAll(/\r\n[ \t]/g, '').replaceAll('\r', '')
}

function binary(from: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const response = from as NodeJS.ReadableStream
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => done(null, Buffer.concat(chunks)))
}
