// What lies over the editor for a moment (palette, sheets of keys, menus, questions, notices): axe finds nothing serious in
// it, light or dark, and nothing sticks out. With TRELLIS_SCREENSHOTS=folder there are pictures for people.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptInvitation, invitePerson } from '#activities/access/sign-in.ts'
import { createJourney, saveDraft } from '#activities/journeys/drafts.ts'
import { users } from '#db/schema/people.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { picture } from './support/picture.ts'
import { servePage } from './support/served-page.ts'

const key = 'overlaid'
let product: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
let journeyId = ''
let tab: Page

const warm = { kind: 'compare', field: 'score', op: 'gte', value: 50 }
const graph = graphSchema.parse({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
    { id: 'pause', type: 'wait', name: 'Three quiet days', config: { duration: 'P3D' } },
    { id: 'sort', type: 'branch', name: 'Warm yet?', config: { cases: [{ id: 'a', name: 'Warm', when: warm }] } },
    { id: 'mark', type: 'add_tag', name: 'Mark as seen', config: { tag: 'seen-the-offer' } },
    { id: 'end', type: 'exit', config: { reason: 'End' } },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'pause' },
    { from: 'pause', port: 'next', to: 'sort' },
    { from: 'sort', port: 'case:a', to: 'mark' },
    { from: 'sort', port: 'else', to: 'end' },
    { from: 'mark', port: 'next', to: 'end' },
  ],
})
const notes = [{ id: 'note', text: 'Ask **Ann** first', x: 420, y: 0, width: 200, height: 96, tint: 0 }]
const content = { name: 'Overlaid', description: '', graph, layout: layoutSchema.parse({ notes }) }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-overlays-'))
  product = await servePage(folder)
  const { db } = product.database
  journeyId = (await createJourney(db, { ...content, key }, 'test')).id
  browser = await openBrowser()
  const ada = await sessionOf('ada', 'Ada Lovelace')
  await browser.context.addCookies([
    { name: 'trellis_session', value: ada, url: product.address, httpOnly: true, sameSite: 'Lax' },
  ])
  tab = await browser.open(`${product.address}/journeys/${key}`)
  await card('pause').waitFor()
})

afterAll(async () => {
  await browser?.close()
  await product?.close()
  await rm(folder, { recursive: true, force: true })
})

async function sessionOf(userKey: string, name: string): Promise<string> {
  const { db } = product.database
  await db.insert(users).values({ key: userKey, name, email: `${userKey}@example.com`, role: 'marketing' })
  const { token } = await invitePerson(db, { userKey, actor: 'test', now: Date.now() })
  const session = await acceptInvitation(db, { token, password: 'a long pass phrase', now: Date.now() })
  return session?.token ?? ''
}

const card = (step: string) => tab.locator(`[data-step="${step}"]`)
const dialog = (name: string | RegExp) => tab.getByRole('dialog', { name })
const menuItem = (name: string | RegExp) => tab.getByRole('menuitem', { name })

/** What is wrong with what is open now; `part` narrows it to the overlay where the rest has been judged. */
async function judge(name: string, shown: Locator, part = 'html'): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await shown.waitFor()
    // Colours that are still on their way are none that anybody reads.
    await tab.waitForFunction('document.getAnimations().every(({ playState }) => playState !== "running")')
    const look = `${name} ${colorScheme}`
    found.push(...(await seriousFindings(tab, part)).map((finding) => `${look}: ${finding}`))
    await picture(tab, `overlay-${look}`)
  }
  const box = await shown.boundingBox()
  const size = tab.viewportSize()
  if (box === null || size === null) found.push(`${name}: not on the page`)
  else if (box.x < 0 || box.y < 0 || box.x + box.width > size.width || box.y + box.height > size.height)
    found.push(`${name}: sticks out`)
  return found
}

test('palette and keys: empty, with what was found, and with nothing found', async () => {
  const found: string[] = []
  await card('pause').click()
  await tab.keyboard.press('Control+k')
  const field = tab.getByRole('combobox', { name: /^Find a screen/ })
  await tab.getByRole('option', { name: 'Overlaid' }).waitFor()
  found.push(...(await judge('palette', field)))
  await field.fill('quiet')
  const option = dialog('Find anything').getByRole('option', { name: /^Three quiet days/ })
  await option.waitFor()
  // What Enter would choose is said, too.
  await expect.poll(() => option.getAttribute('aria-selected')).toBe('true')
  expect(await field.getAttribute('aria-activedescendant')).toBe(await option.getAttribute('id'))
  found.push(...(await judge('palette found', field, '[role="dialog"]')))
  await field.fill('there is no such thing')
  await tab.getByText('Nothing is called that.').waitFor()
  found.push(...(await judge('palette nothing', field, '[role="dialog"]')))
  await tab.keyboard.press('Escape')
  await field.waitFor({ state: 'hidden' })

  await card('pause').click()
  await tab.keyboard.press('?')
  found.push(...(await judge('keys', dialog('Keyboard'))))
  await tab.keyboard.press('Escape')
  await dialog('Keyboard').waitFor({ state: 'hidden' })
  expect(found).toEqual([])
})

test('the menus of a step, of a connection, of a note and of the empty canvas', async () => {
  const found: string[] = []
  const places: [string, () => Promise<void>, RegExp][] = [
    ['step', () => card('pause').click({ button: 'right' }), /^Duplicate/],
    [
      'edge',
      async () => {
        await tab.keyboard.press('Escape')
        const line = await tab.locator('.react-flow__edge[data-id="entry:next"] path').first().boundingBox()
        if (line === null) throw new Error('There is no line.')
        await tab.mouse.click(line.x + line.width / 2, line.y + line.height / 2 - 8, { button: 'right' })
      },
      /./,
    ],
    ['note', () => tab.locator('[data-note="note"]').click({ button: 'right', position: { x: 20, y: 60 } }), /./],
    ['pane', () => tab.locator('.react-flow__pane').click({ button: 'right', position: { x: 40, y: 500 } }), /^Find/],
  ]
  for (const [name, open, item] of places) {
    await open()
    await menuItem(item).first().waitFor()
    // By keyboard one is on its first item at once.
    await tab.locator('[role="menuitem"]:focus').waitFor()
    found.push(...(await judge(`menu of ${name}`, tab.getByRole('menu'), name === 'step' ? 'html' : '[role="menu"]')))
    await tab.keyboard.press('Escape')
    await tab.getByRole('menu').waitFor({ state: 'hidden' })
  }
  expect(found).toEqual([])
})

test('the list of steps to add, the search in the journey, the bar of several steps, the question of a branch', async () => {
  const found: string[] = []
  await card('mark').click()
  await tab.keyboard.press('n')
  found.push(...(await judge('add a step', dialog('Add a step'))))
  await tab.getByRole('combobox', { name: 'Search steps' }).fill('xyz')
  await tab.getByText('No step is called “xyz”.').waitFor()
  found.push(...(await judge('add a step nothing', dialog('Add a step'), '[role="dialog"]')))
  await tab.keyboard.press('Escape')

  await tab.keyboard.press('Control+f')
  const search = tab.getByRole('search', { name: 'Find in this journey' })
  await search.getByRole('textbox').fill('offer')
  await search.getByText('1 found').waitFor()
  // Also the steps that do not fit, which are dimmed.
  found.push(...(await judge('search', search)))
  await tab.keyboard.press('Escape')
  await search.waitFor({ state: 'hidden' })

  await card('pause').click()
  await card('mark').click({ modifiers: ['Shift'] })
  found.push(...(await judge('several steps', tab.getByRole('toolbar', { name: 'Selected steps' }))))

  await card('sort').click()
  await tab.keyboard.press('Delete')
  const question = dialog('Delete “Warm yet?”: which way do leads keep?')
  found.push(...(await judge('which way to keep', question)))
  await tab.keyboard.press('Escape')
  await question.waitFor({ state: 'hidden' })
  await card('sort').waitFor()
  expect(found).toEqual([])
})

test('a step that somebody else is at, and a draft that somebody else has saved', async () => {
  const found: string[] = []
  await tab.keyboard.press('Escape')
  const ben = await sessionOf('ben', 'Ben Byrne')
  const here = await fetch(`${product.address}/api/v1/journeys/${key}/presence`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: `trellis_session=${ben}` },
    body: JSON.stringify({ tab: 'bens', step: 'mark', mode: 'edit' }),
  })
  expect(here.status).toBe(200)
  await card('mark').getByTitle('Ben Byrne').waitFor()
  await card('mark').click()
  const notice = tab.getByRole('complementary', { name: 'Inspector' }).getByText('Ben Byrne is editing this step.')
  found.push(...(await judge('lock', notice)))

  // Both save at once: hers arrives when his is there.
  let letGo = () => undefined as void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await tab.route('**/draft', async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  const before = await product.database.sql<{ revision: number }[]>`
    select draft_revision as revision from journeys where id = ${journeyId}`
  await card('pause').click()
  await tab.keyboard.press('d')
  await tab.getByText('Saving…').waitFor()
  const baseRevision = before[0]?.revision ?? 0
  const theirs = { ...content, description: 'Changed by Ben' }
  await saveDraft(product.database.db, { journey: journeyId, baseRevision, draft: theirs, actor: 'user:ben' })
  letGo()
  const banner = tab.getByRole('alert').filter({ hasText: 'while you had changes of your own' })
  found.push(...(await judge('conflict', banner)))
  await banner.getByRole('button', { name: 'See both' }).click()
  found.push(...(await judge('both drafts', dialog('Your draft and the other one'))))
  await dialog('Your draft and the other one').getByRole('button', { name: 'Keep mine' }).click()
  await banner.waitFor({ state: 'hidden' })
  expect(found).toEqual([])
  expect(browser.complaints.filter((line) => !line.includes('409'))).toEqual([])
})
