// Working together in real browsers: two people at one step, and more tabs than a browser has connections.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptInvitation, invitePerson } from '#activities/access/sign-in.ts'
import { createJourney } from '#activities/journeys/drafts.ts'
import { users } from '#db/schema/people.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let product: Awaited<ReturnType<typeof servePage>>
let folder: string
let ada: TestBrowser
let ben: TestBrowser

const graph = graphSchema.parse({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
    { id: 'mark', type: 'add_tag', name: 'Mark as seen', config: { tag: 'seen' } },
    { id: 'end', type: 'exit', config: { reason: 'End' } },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'mark' },
    { from: 'mark', port: 'next', to: 'end' },
  ],
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-together-'))
  product = await servePage(folder)
  const { db } = product.database
  const keys = ['one', 'two', 'three', 'four', 'five', 'six']
  for (const key of keys) await createJourney(db, { key, name: key, graph }, 'test')
  ;[ada, ben] = await Promise.all([signedIn('ada', 'Ada Lovelace'), signedIn('ben', 'Ben Byrne')])
})

afterAll(async () => {
  await Promise.all([ada?.close(), ben?.close()])
  await product?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A browser of somebody's own, in which they have signed in. */
async function signedIn(key: string, name: string): Promise<TestBrowser> {
  const { db } = product.database
  await db.insert(users).values({ key, name, email: `${key}@example.com`, role: 'marketing' })
  const { token } = await invitePerson(db, { userKey: key, actor: 'test', now: Date.now() })
  const session = await acceptInvitation(db, { token, password: 'a long pass phrase', now: Date.now() })
  const browser = await openBrowser()
  await browser.context.addCookies([
    { name: 'trellis_session', value: session?.token ?? '', url: product.address, httpOnly: true, sameSite: 'Lax' },
  ])
  return browser
}

const at = (browser: TestBrowser, journey: string): Promise<Page> =>
  browser.open(`${product.address}/journeys/${journey}`)
const step = (tab: Page, id: string) => tab.locator(`[data-step="${id}"]`)
const inspector = (tab: Page) => tab.getByRole('complementary', { name: 'Inspector' })

test('whoever comes second to a step reads it, may edit it anyway, and gets it when the first goes on', async () => {
  const [hers, his] = [await at(ada, 'one'), await at(ben, 'one')]
  await step(hers, 'mark').click()
  // Its name; what is set below it follows the same switch.
  const field = (tab: Page) => inspector(tab).getByRole('textbox').first()
  await field(hers).waitFor()
  await step(his, 'mark').getByTitle('Ada Lovelace').waitFor()
  await step(his, 'mark').click()
  const notice = inspector(his).getByText('Ada Lovelace is editing this step.')
  await notice.waitFor()
  await expect.poll(() => field(his).isEditable()).toBe(false)
  // She was there first: she is told, and goes on.
  await inspector(hers).getByText('Ben Byrne: also at this step.').waitFor()
  expect(await field(hers).isEditable()).toBe(true)

  await inspector(his).getByRole('button', { name: 'Edit anyway' }).click()
  await expect.poll(() => field(his).isEditable()).toBe(true)
  await step(his, 'end').click()
  await step(his, 'mark').click()
  await notice.waitFor()
  await step(hers, 'end').click()
  await notice.waitFor({ state: 'hidden' })
  await expect.poll(() => field(his).isEditable()).toBe(true)
  await Promise.all([hers.close(), his.close()])
})

test('six tabs of one browser, each with another journey, all load, save and hear of others', async () => {
  const keys = ['one', 'two', 'three', 'four', 'five', 'six']
  const tabs: Page[] = []
  for (const key of keys) {
    const tab = await at(ada, key)
    await step(tab, 'mark').waitFor()
    tabs.push(tab)
  }
  for (const tab of tabs) {
    await step(tab, 'mark').click()
    await tab.keyboard.press('d')
    await tab.getByText(/^Saved \d/).waitFor()
  }
  const draftOf = (key: string) =>
    product.database.sql`select draft_graph from journeys where key = ${key}`.then((rows) => JSON.stringify(rows))
  for (const key of keys) expect(await draftOf(key)).toContain('"disabled":true')
  // Each hears of what happens elsewhere, also those that wait for their turn to listen.
  const others = await Promise.all(keys.map((key) => at(ben, key)))
  for (const tab of tabs)
    await tab
      .getByRole('list', { name: 'Also here' })
      .getByRole('button', { name: /^Ben Byrne/ })
      .waitFor()
  await Promise.all([...tabs, ...others].map((tab) => tab.close()))
  expect([...ada.complaints, ...ben.complaints]).toEqual([])
})
