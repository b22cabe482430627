// The rule editor in a real browser: a rule written by keys alone, its count, saved and used; axe, light and dark.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveResources } from '#db/repositories/library-writes.ts'
import { leads, leadTags } from '#db/schema/leads.ts'
import { segments } from '#db/schema/library.ts'
import { addLeads } from '../support/seed-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-rules-'))
  page = await servePage(folder)
  const { db } = page.database
  const ids = await addLeads(
    db,
    Array.from({ length: 20 }, (_, index) => `Lead${String(index)} Tester`),
  )
  for (const [index, id] of ids.entries()) {
    await db
      .update(leads)
      .set({ score: index * 10 })
      .where(eq(leads.id, id))
    if (index % 2 === 0) await db.insert(leadTags).values({ leadId: id, tag: 'hvac' })
  }
  await db.transaction((tx) =>
    saveResources(tx, {
      segments: [{ key: 'top', name: 'Top leads', rule: { kind: 'compare', field: 'score', op: 'gte', value: 150 } }],
    }),
  )
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The name of what has the focus. */
const focused = (tab: Page) =>
  tab.evaluate(
    'document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.labels?.[0]?.textContent ?? ""',
  )

async function goByTab(tab: Page, name: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    if ((await focused(tab)) === name) return
    await tab.keyboard.press(key)
  }
  throw new Error(`The keyboard never came to "${name}".`)
}

/** Types into the list that has the focus, and takes the first it finds. */
async function choose(tab: Page, text: string, found: string): Promise<void> {
  await tab.keyboard.type(text)
  await tab.getByRole('option', { name: found, exact: true }).waitFor()
  await tab.keyboard.press('Enter')
}

test('score of at least 50, with a tag, outside a segment: by keys alone, counted, saved', async () => {
  const tab = await browser.open(`${page.address}/segments/new`)
  await tab.getByRole('group', { name: 'Condition 1' }).waitFor()
  await goByTab(tab, 'What it is about')

  await choose(tab, 'score', 'Score')
  await goByTab(tab, 'Operator')
  await goByTab(tab, 'Value')
  await tab.keyboard.type('50')
  await tab.keyboard.press('Enter')

  expect(await focused(tab)).toBe('What it is about')
  await choose(tab, 'tag', 'Tag')
  await goByTab(tab, 'Operator')
  await goByTab(tab, 'Tag')
  await tab.keyboard.type('hvac')
  await tab.keyboard.press('Escape')
  await tab.keyboard.press('Enter')

  await choose(tab, 'segment', 'Segment')
  await goByTab(tab, 'Operator')
  await choose(tab, 'lead is not', 'lead is not in')
  await goByTab(tab, 'Which segment')
  await choose(tab, 'top', 'Top leads')

  // Leads 6, 8, 10, 12 and 14: even ones from 50 up, below 150.
  await tab.getByText('Score is at least 50 and has the tag "hvac" and not (is in the segment "top").').waitFor()
  await expect.poll(() => tab.getByTestId('matching').textContent()).toContain('5')

  // An empty one more, nested, moved, and taken away again: the rule stays what it was.
  await tab.keyboard.press('Enter')
  await tab.keyboard.press('Alt+ArrowRight')
  await tab.keyboard.press('Alt+ArrowUp')
  await tab.keyboard.press('Backspace')
  expect(await tab.locator('[data-rule-id]').count()).toBe(3)

  await goByTab(tab, 'Name', 'Shift+Tab')
  await tab.keyboard.type('Ripe, not top')
  await goByTab(tab, 'What it is about')
  for (let presses = 0; presses < 40; presses += 1) {
    await tab.keyboard.press('Tab')
    if ((await tab.evaluate('document.activeElement?.textContent')) === 'Create the segment') break
  }
  await tab.keyboard.press('Enter')
  await tab.getByRole('link', { name: 'Ripe, not top' }).waitFor()
  const [saved] = await page.database.db.select().from(segments).where(eq(segments.key, 'ripe-not-top'))
  expect(saved?.rule).toEqual({
    kind: 'all',
    rules: [
      { kind: 'compare', field: 'score', op: 'gte', value: 50 },
      { kind: 'has_tag', tag: 'hvac' },
      { kind: 'not', rule: { kind: 'in_segment', segment: 'top' } },
    ],
  })
  await tab.close()
})

test('JSON that is no rule changes nothing; a segment that is used says where and stays', async () => {
  const tab = await browser.open(`${page.address}/segments/ripe-not-top`)
  await tab.getByRole('group', { name: 'Condition 3' }).waitFor()
  await tab.getByText('JSON', { exact: true }).click()
  const json = tab.getByLabel('The rule as JSON')
  await json.fill('{ "kind": "all", "rules": [')
  await tab.getByText('This is no rule yet', { exact: false }).waitFor()
  await tab.getByText('Rows', { exact: true }).click()
  await tab.getByRole('group', { name: 'Condition 3' }).waitFor()
  await tab.getByRole('button', { name: 'Forget it' }).click()

  await tab.goto(`${page.address}/segments/top`)
  await tab.getByRole('button', { name: 'Delete …' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByRole('link', { name: 'Ripe, not top' }).waitFor()
  expect(await dialog.getByRole('button', { name: 'Delete', exact: true }).count()).toBe(0)
  await tab.close()
})

test('axe finds nothing serious, light and dark; a phone needs no scrolling sideways', async () => {
  const pictures = process.env['TRELLIS_SCREENSHOTS'] ?? ''
  if (pictures !== '') await mkdir(pictures, { recursive: true })
  const found: string[] = []
  for (const scheme of ['light', 'dark'] as const) {
    const other = await openBrowser(scheme)
    const tab = await other.open(`${page.address}/segments`)
    const screens = {
      '/segments': tab.getByRole('link', { name: 'Ripe, not top' }),
      '/segments/ripe-not-top': tab.getByTestId('matching'),
      '/segments/new': tab.getByText('Nothing is asked yet.'),
    }
    for (const [path, shown] of Object.entries(screens)) {
      await tab.goto(`${page.address}${path}`)
      await shown.waitFor()
      found.push(...(await seriousFindings(tab)).map((finding) => `${scheme} ${path}: ${finding}`))
      if (pictures !== '') {
        await tab.screenshot({ path: join(pictures, `${scheme}${path.replaceAll('/', '-')}.png`) })
      }
    }
    await tab.setViewportSize({ width: 360, height: 740 })
    await tab.goto(`${page.address}/segments/ripe-not-top`)
    await tab.getByRole('group', { name: 'Condition 3' }).waitFor()
    const width = await tab.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)
    expect(width).toBeLessThanOrEqual(360)
    if (pictures !== '') await tab.screenshot({ path: join(pictures, `${scheme}-phone.png`) })
    expect(other.complaints).toEqual([])
    await other.close()
  }
  expect(found).toEqual([])
  expect(browser.complaints).toEqual([])
})
