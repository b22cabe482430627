// What leads open from their messages (unsubscribe, preferences, assets, webinars, errors) in a real browser without
// scripts: accessible, phone to desktop, light and dark.
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { personalLink } from '#activities/links/personal-link.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { raiseLibraryRevision } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { suppressions } from '#db/schema/deliveries.ts'
import { leads } from '#db/schema/leads.ts'
import { settings } from '#db/schema/library.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { assetSchema, contactPolicySchema } from '#engine/library.ts'
import { createTestApp, testLinks, type TestApp } from '../api/support/test-app.ts'
import { addRecipient, type Recipient } from '../support/public-visits.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { seriousFindings } from './support/accessibility.ts'

const sizes = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
] as const
/** Where to put pictures of the pages, to be looked at; none are made when unset. */
const pictures = process.env['TRELLIS_PICTURES']

let app: TestApp
let address: string
let close: () => Promise<void>
let person: Recipient
let guest: Recipient

beforeAll(async () => {
  app = await createTestApp()
  const server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await app.close()
  }
  await seed()
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
})
afterAll(() => close())

async function seed(): Promise<void> {
  const { db } = app.database
  await db.transaction(async (tx) => {
    const profile = companyProfileSchema.parse({
      name: 'Northwind Dairy',
      postalAddress: '1 Milk Lane\nLeeds LS1 1AA\nUnited Kingdom',
      accentColour: '#f2a900',
      website: 'https://northwind.example',
      privacyUrl: 'https://northwind.example/privacy',
    })
    await saveCompanyProfile(tx, { profile, actor: 'test' })
    const topics = [
      { key: 'cheese', label: 'Cheese', description: 'Ripening, storage and what goes with what.' },
      { key: 'milk', label: 'Milk and cream' },
    ]
    const policy = contactPolicySchema.parse({ preferences: { topics } })
    await tx.insert(settings).values({ key: 'contact_policy', value: policy as never })
    await saveResources(tx, {
      assets: [
        {
          key: 'guide',
          title: 'Twelve cheeses and how to keep them',
          url: 'https://cdn.example.org/guide',
          page: true,
          topics: ['cheese'],
          summary: 'What each one needs, in a table for the kitchen wall. Six minutes to read.',
        },
        {
          key: 'live',
          title: 'Ripening, live from the cellar',
          url: '',
          webinar: {
            startsAt: '2030-03-01T18:00:00+01:00',
            zone: 'Europe/Berlin',
            joinUrl: 'https://meet.example.org/cellar',
          },
        },
      ].map((asset) => assetSchema.parse(asset)),
    })
    await raiseLibraryRevision(tx)
  })
  const fields = {
    company: 'Ferry Lane School',
    phone: '+44 20 7946 0000',
    address_line1: '2 Ferry Lane',
    source: 'Fair',
  }
  person = await addRecipient(db, { email: 'ada@example.com', fields, content: { assetKey: 'guide' } })
  guest = await addRecipient(db, { email: 'guest@example.com', content: { assetKey: 'live' } })
}

const pathTo = (purpose: Parameters<typeof personalLink>[1], { deliveryId }: Recipient): string =>
  new URL(personalLink(testLinks, purpose, deliveryId)).pathname

/** Whether the page is wider than its window, which on a phone means dragging it to and fro. */
const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth') as Promise<boolean>

test.each(['light', 'dark'] as const)(
  'every page has no serious finding and fits a phone, %s',
  async (scheme) => {
    const browser = await openBrowser(scheme)
    const pages = {
      unsubscribe: pathTo('unsubscribe', person),
      preferences: pathTo('preferences', person),
      asset: pathTo('asset', person),
      webinar: pathTo('webinar', guest),
      forged: '/u/nothing',
      gone: new URL(personalLink(testLinks, 'asset', crypto.randomUUID())).pathname,
    }
    try {
      for (const [name, path] of Object.entries(pages)) {
        const page = await browser.open(`${address}${path}`)
        for (const size of sizes) {
          await page.setViewportSize(size)
          const where = `${name} ${String(size.width)}`
          expect([where, await seriousFindings(page)]).toEqual([where, []])
          expect([where, await isTooWide(page)]).toEqual([where, false])
          if (pictures !== undefined) {
            await page.screenshot({
              path: join(pictures, `${name}-${scheme}-${String(size.width)}.png`),
              fullPage: true,
            })
          }
        }
        await page.close()
      }
      // The browser had nothing to complain about but the pages that are not there.
      expect(browser.complaints.filter((line) => !/status of (404|410)/.test(line))).toEqual([])
    } finally {
      await browser.close()
    }
  },
  60_000,
)

test('by keyboard alone: choose, save, then stop everything; a webinar is registered for', async () => {
  const browser: TestBrowser = await openBrowser()
  const { db } = app.database
  try {
    const page = await browser.open(`${address}${pathTo('preferences', person)}`, sizes[0])
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.getByRole('checkbox', { name: 'Cheese Ripening' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('radio', { name: 'At most once a month' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('radio', { name: 'Until the day below' }).focus()
    await page.keyboard.press('Space')
    await page.getByLabel('We may write again on').fill('2029-06-01')
    await page.getByRole('button', { name: 'Save' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Saved.').waitFor()
    const read = async () => (await db.select().from(leads).where(eq(leads.id, person.leadId)))[0]
    expect((await read())?.fields).toMatchObject({ topics: ['cheese'], cadence: 'monthly', paused_until: '2029-06-01' })
    expect(await page.getByText('Until 1 June 2029').count()).toBe(1)
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'saved.png'), fullPage: true })

    await page.getByRole('button', { name: 'Stop everything' }).press('Enter')
    await page.getByRole('status').waitFor()
    expect((await db.select().from(suppressions).where(eq(suppressions.leadId, person.leadId))).length).toBe(3)

    await page.goto(`${address}${pathTo('webinar', guest)}`)
    await page.getByRole('button', { name: 'Register' }).press('Enter')
    await page.getByText('You are registered.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'registered.png'), fullPage: true })
    expect(browser.complaints).toEqual([])
  } finally {
    await browser.close()
  }
})
