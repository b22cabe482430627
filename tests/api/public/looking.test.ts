// Scanners open every link of a mail, by GET and HEAD. Nothing about anybody changes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkTo, personalLink } from '#activities/links/personal-link.ts'
import { linkPurposes, type LinkPurpose } from '#activities/links/token.ts'
import { newId } from '#db/ids.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { ensureShortLinks } from '#db/repositories/short-links.ts'
import { assetSchema } from '#engine/library.ts'
import { addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

test('every address of a mail, opened by a scanner and by a browser, leaves every table as it was', async () => {
  const { db } = app.database
  await db.transaction((tx) =>
    saveResources(tx, {
      assets: [
        assetSchema.parse({
          key: 'live',
          title: 'Live',
          url: 'https://example.com/recording',
          webinar: { startsAt: '2030-01-01T12:00:00Z', joinUrl: 'https://meet.example.com/' },
        }),
      ],
    }),
  )
  const recipient = await addRecipient(db, { email: 'scan@example.com', content: { assetKey: 'live' } })
  const { deliveryId } = recipient
  const codes = await ensureShortLinks(db, [{ ...recipient, purpose: 'preferences' }])
  const purposes = Object.keys(linkPurposes) as LinkPurpose[]
  const paths = [
    ...purposes
      .filter((purpose) => purpose !== 'confirm')
      .map((purpose) => new URL(personalLink(testLinks, purpose, deliveryId)).pathname),
    new URL(linkTo(testLinks, 'confirm', { about: 'lead', id: recipient.leadId, subject: newId() })).pathname,
    ...purposes.map((purpose) => `/${linkPurposes[purpose]}/forged`),
    `${new URL(personalLink(testLinks, 'webinar', deliveryId)).pathname}/webinar.ics`,
    new URL(linkTo(testLinks, 'click', { about: 'delivery', id: deliveryId, subject: 'https://example.com/' }))
      .pathname,
    ...codes.map((code) => `/l/${code}`),
    '/l/unknown',
    '/u',
    '/p/',
    '/robots.txt',
    '/public-icon.svg',
  ]
  const before = await fingerprint(db)
  for (const path of paths) {
    for (const agent of ['MailSecurityScanner/1.0 (bot)', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0']) {
      const answers = [
        await app.request.get(path).set('User-Agent', agent),
        await app.request.head(path).set('User-Agent', agent),
      ]
      for (const { status } of answers) expect([path, status < 500]).toEqual([path, true])
    }
  }
  // A click is kept, to be judged; it is not about the lead until it is a person's.
  const { link_clicks: _clicks, ...after } = await fingerprint(db)
  const { link_clicks: _none, ...unchanged } = before
  expect(after).toEqual(unchanged)
  const answer = await app.request.put('/u/x')
  expect([answer.status, answer.type]).toEqual([404, 'text/html'])
})
