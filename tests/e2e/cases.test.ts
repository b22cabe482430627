// The cases of a branch in a real browser: each is counted among the leads that come to it and warns by them; their order
// is changed with the mouse.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { leads, leadTags } from '#db/schema/leads.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { assetSchema } from '#engine/library.ts'
import { addLeads } from '../support/seed-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

const atLeast = (value: number): Rule => ({ kind: 'compare', field: 'score', op: 'gte', value })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-cases-'))
  page = await servePage(folder)
  const { db } = page.database
  // Scores 0, 5 … 95; the upper ten are wanted, by tag.
  const ids = await addLeads(
    db,
    Array.from({ length: 20 }, (_, index) => `Lead${String(index)} Tester`),
  )
  for (const [index, id] of ids.entries()) {
    await db
      .update(leads)
      .set({ score: index * 5 })
      .where(eq(leads.id, id))
    if (index >= 10) await db.insert(leadTags).values({ leadId: id, tag: 'wanted' })
  }
  const asset = assetSchema.parse({ key: 'guide-7', title: 'Winter guide', url: 'https://example.com/guide' })
  await db.transaction((tx) => saveResources(tx, { assets: [asset] }))
  const cases = [
    { id: 'hot', name: 'Hot', when: atLeast(80) },
    { id: 'warm', name: 'Warm', when: { kind: 'all', rules: [atLeast(60), { kind: 'has_tag', tag: 'wanted' }] } },
    { id: 'chief', name: 'Chiefs', when: { kind: 'compare', field: 'title', op: 'is', value: 'CEO' } },
    { id: 'rest', name: 'The rest', when: { kind: 'not', rule: atLeast(60) } },
  ]
  const segment = { kind: 'has_tag', tag: 'wanted' }
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'in', kind: 'segment_entered', segment }] } },
      { id: 'sort', type: 'branch', name: 'Sort', config: { cases } },
      { id: 'guide', type: 'send_asset', name: 'Something to read', config: { asset: 'guide-7' } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'sort' },
      { from: 'sort', port: 'case:hot', to: 'guide' },
    ],
  })
  await createJourney(db, { key: 'sorting', name: 'Sorting', graph }, 'test')
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

async function openCase(tab: Page, number: number) {
  await tab.getByRole('button', { name: `Edit the rule of case ${String(number)}`, exact: true }).click()
  const sheet = tab.getByRole('dialog')
  await sheet.getByTestId('matching').waitFor()
  return sheet
}

test('each case says who comes to it, who matches, and what is odd about it', async () => {
  const tab = await browser.open(`${page.address}/journeys/sorting?step=sort`)

  // Ten are wanted (scores 50 … 95); four of them are hot, so six come to the second case, and four of those are warm.
  const warm = await openCase(tab, 2)
  await warm.getByText('of 6 leads that come here match').waitFor()
  expect(await warm.getByTestId('matching').textContent()).toContain('4')
  await warm.getByText('4 more match, but go by a case above.').waitFor()
  await warm.getByText('Here come leads of whom this is true, and no case above: has the tag "wanted".').waitFor()
  await warm.getByText('4 leads match case 1 above, too, and will go that way.').waitFor()
  // At its own row: all who come are wanted.
  await warm
    .getByRole('group', { name: 'Condition 2' })
    .getByText('Every lead that comes here meets this condition now.')
    .waitFor()
  expect(await seriousFindings(tab, '[role=dialog]')).toEqual([])
  await tab.keyboard.press('Escape')

  const chief = await openCase(tab, 3)
  await chief.getByText('No lead that comes here matches now.').waitFor()
  await chief.getByText('“Job title” is known for 0 % of leads that come here.').waitFor()
  await tab.keyboard.press('Escape')

  const rest = await openCase(tab, 4)
  await rest.getByText('of 2 leads that come here match').waitFor()
  await rest.getByText('Every lead that comes here matches now.').waitFor()
  await tab.keyboard.press('Escape')

  const first = await openCase(tab, 1)
  await first.getByText('of 10 leads that come here match').waitFor()
  expect(await first.getByText('too, and will go that way', { exact: false }).count()).toBe(0)
  await tab.keyboard.press('Escape')
  expect(browser.complaints).toEqual([])
  await tab.close()
})

test('a case is dragged above another by its grip: one edit, saved, ids and connections as they were', async () => {
  const tab = await browser.open(`${page.address}/journeys/sorting?step=sort`)
  const names = () =>
    tab.locator('[data-case] input').evaluateAll((inputs: { value: string }[]) => inputs.map(({ value }) => value))
  await tab.locator('[data-case="chief"]').waitFor()
  expect(await names()).toEqual(['Hot', 'Warm', 'Chiefs', 'The rest'])
  await tab.locator('[data-case="chief"] [draggable="true"]').dragTo(tab.locator('[data-case="hot"]'))
  await expect.poll(names).toEqual(['Chiefs', 'Hot', 'Warm', 'The rest'])
  await expect
    .poll(() =>
      tab.evaluate(
        `fetch('/api/v1/journeys/sorting/draft').then((answer) => answer.json())
            .then(({ graph }) => graph.nodes.find(({ id }) => id === 'sort').config.cases.map(({ id }) => id).join())`,
      ),
    )
    .toBe('chief,hot,warm,rest')
  await tab.evaluate('document.activeElement.blur()')
  await tab.keyboard.press('Control+Z')
  await expect.poll(names).toEqual(['Hot', 'Warm', 'Chiefs', 'The rest'])
  expect(browser.complaints).toEqual([])
  await tab.close()
})

test('a search finds what is behind keys, counts it, dims the rest, and is in the address', async () => {
  const tab = await browser.open(`${page.address}/journeys/sorting`)
  await tab.getByText('Something to read').first().waitFor()
  await tab.keyboard.press('Control+f')
  const bar = tab.getByRole('search', { name: 'Find in this journey' })
  await tab.keyboard.type('winter')
  await bar.getByText('1 found').waitFor()
  await tab.keyboard.press('Enter')
  await bar.getByText('1 of 1').waitFor()
  await expect.poll(() => new URL(tab.url()).searchParams.toString()).toBe('find=winter&step=guide')

  await tab.goto(`${page.address}/journeys/sorting?find=job+title`)
  await bar.getByText('1 found').waitFor()
  const dimmed = tab.locator('[data-searched="true"] [data-step]:not([data-found])')
  await expect.poll(() => dimmed.count()).toBe(2)
  await bar.getByRole('textbox').fill('nothing like it')
  await bar.getByText('Nothing found').waitFor()
  await bar.getByRole('textbox').press('Escape')
  await expect.poll(() => new URL(tab.url()).search).toBe('')
  await expect.poll(() => dimmed.count()).toBe(0)
  expect(browser.complaints).toEqual([])
  await tab.close()
})
