// The canvas in a real browser: how often cards are drawn (exactly), and drawing a journey by mouse.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { drawnJourney } from '../support/drawn-journeys.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-canvas-'))
  page = await servePage(folder)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

interface Draft {
  graph: {
    nodes: { id: string; type: string; disabled?: boolean; name?: string; config: { duration?: string } }[]
    edges: { from: string; port: string; to: string }[]
  }
  layout: {
    positions: Record<string, { x: number; y: number; pinned?: boolean }>
    notes: { text: string; tint: number }[]
  }
}

/** Opens a journey; cards are counted from the first one on. */
async function openJourney(key: string): Promise<Page> {
  const tab = await browser.open(`${page.address}/`)
  await tab.addInitScript('globalThis.__trellisRenders = {}')
  await tab.goto(`${page.address}/journeys/${key}`)
  await tab.locator('.react-flow__node').first().waitFor()
  return tab
}

/** Cards that are drawn while something is done, as `s1 s2`, each as often as it was drawn. */
async function cardsDrawn(tab: Page, act: () => Promise<void>): Promise<string[]> {
  // What a worker found wrong with the journey has been marked by then.
  await tab.waitForTimeout(500)
  await tab.evaluate('globalThis.__trellisRenders = {}')
  await act()
  await tab.waitForTimeout(500)
  const counts = (await tab.evaluate('globalThis.__trellisRenders')) as Record<string, number>
  return Object.entries(counts).flatMap(([key, count]) =>
    key.startsWith('card ') ? Array.from({ length: count }, () => key.slice(5)) : [],
  )
}

/** What the server has, once it has what was drawn. */
async function saved(tab: Page, key: string, isThere: (draft: Draft) => boolean): Promise<Draft> {
  let draft: Draft | null = null
  await expect
    .poll(async () => {
      draft = (await tab.evaluate(`fetch('/api/v1/journeys/${key}/draft').then((answer) => answer.json())`)) as Draft
      return isThere(draft)
    })
    .toBe(true)
  return draft as unknown as Draft
}

async function centreOf(tab: Page, selector: string): Promise<{ x: number; y: number }> {
  const box = await tab.locator(selector).first().boundingBox()
  if (box === null) throw new Error(`"${selector}" is not on the page.`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

const arrows = (draft: Draft): string[] => draft.graph.edges.map(({ from, port, to }) => `${from} ${port} ${to}`).sort()

test('a thousand steps open at once; dragging one, selecting one and typing draw exactly the cards they touch', async () => {
  const { db } = page.database
  const row = await createJourney(db, { key: 'thousand', name: 'A thousand', ...drawnJourney(1000) }, 'test')
  expect(row.draftGraph.nodes).toHaveLength(1000)
  const tab = await openJourney('thousand')
  expect(await tab.locator('.react-flow__node').count()).toBeLessThan(80)

  await tab.locator('[data-step="s1"]').click()
  const other = await centreOf(tab, '[data-step="s2"]')
  const selecting = await cardsDrawn(tab, async () => {
    await tab.mouse.click(other.x, other.y)
    await tab.locator('[data-step="s2"][data-selected="true"]').waitFor()
  })
  expect(selecting.toSorted()).toEqual(['s1', 's2'])

  const dragging = await cardsDrawn(tab, async () => {
    await tab.mouse.move(other.x, other.y)
    await tab.mouse.down()
    for (let frame = 1; frame <= 40; frame += 1) await tab.mouse.move(other.x + frame * 2, other.y + frame)
    await tab.mouse.up()
    await saved(tab, 'thousand', ({ layout }) => layout.positions['s2']?.pinned === true)
  })
  expect(dragging.length).toBeLessThanOrEqual(45)
  expect(new Set(dragging).size).toBeLessThanOrEqual(1)

  const naming = await cardsDrawn(tab, async () => {
    await tab.keyboard.press('F2')
    await tab.locator('[data-step="s2"] input').fill('Renamed')
    await tab.keyboard.press('Enter')
    await saved(tab, 'thousand', ({ graph }) => graph.nodes.some(({ name }) => name === 'Renamed'))
  })
  expect(naming).toEqual(['s2'])

  // What is typed in the inspector is one edit, written after a pause or when the field is left, and one drawing of its card.
  const field = tab.locator('[data-path="duration"] input').first()
  const isSaved = (days: string) =>
    saved(tab, 'thousand', ({ graph }) => graph.nodes.some(({ config }) => config.duration === `P${days}D`))
  const typing = await cardsDrawn(tab, async () => {
    await field.fill('11')
    await isSaved('11')
    await field.blur()
    await field.fill('12')
    await field.blur()
    await isSaved('12')
  })
  expect(typing).toEqual(['s2', 's2'])

  // From afar: blocks, with their lines, also for who opens it there.
  await tab.keyboard.press('Shift+1')
  await tab.locator('[data-step="s900"][data-level="block"]').waitFor({ state: 'attached' })
  const lines = await tab.locator('.react-flow__edge-path').count()
  await tab.reload()
  await tab.locator('[data-step="s900"][data-level="block"]').waitFor({ state: 'attached' })
  expect(lines).toBe(row.draftGraph.edges.length)
  await expect.poll(() => tab.locator('.react-flow__edge-path').count()).toBe(lines)
  await tab.close()
})

test('a journey from nothing by mouse: the first question, "+", the palette onto a connection, a connection let go on nothing', async () => {
  await createJourney(page.database.db, { key: 'drawn', name: 'Drawn by mouse' }, 'test')
  const tab = await browser.open(`${page.address}/journeys/drawn`)
  await tab.getByRole('heading', { name: 'When does someone start?' }).waitFor()
  await tab.getByRole('button', { name: 'When somebody adds them' }).click()
  await tab.locator('[data-step="entry"][data-selected="true"]').waitFor()

  // The "+" at the open end, searched by a word that is not the step's name.
  await tab.getByRole('button', { name: /Add a step after/ }).click()
  await tab.getByRole('combobox', { name: 'Search steps' }).fill('pause')
  await tab.keyboard.press('Enter')
  await tab.locator('[data-step="wait"]').waitFor()

  // By a click in the palette: it comes after what is selected.
  await tab.getByRole('navigation', { name: 'Steps to add' }).getByRole('button', { name: 'Exit' }).click()
  await tab.locator('[data-step="exit"]').waitFor()
  await saved(tab, 'drawn', (draft) => arrows(draft).join() === 'entry next wait,wait next exit')

  // Out of the palette onto the connection between them.
  const tile = await centreOf(tab, '[data-palette] [data-type="add_tag"]')
  const [wait, exit] = [await centreOf(tab, '[data-step="wait"]'), await centreOf(tab, '[data-step="exit"]')]
  await tab.mouse.move(tile.x, tile.y)
  await tab.mouse.down()
  await tab.mouse.move(tile.x + 40, tile.y, { steps: 3 })
  await tab.mouse.move(wait.x, (wait.y + exit.y) / 2 + 6, { steps: 5 })
  await tab.mouse.up()
  await saved(tab, 'drawn', (draft) => arrows(draft).join() === 'add_tag next exit,entry next wait,wait next add_tag')

  // A connection let go on the empty canvas asks what comes there.
  await tab
    .getByRole('navigation', { name: 'Steps to add' })
    .getByRole('button', { name: 'Split', exact: true })
    .click()
  await tab.locator('[data-step="split"]').waitFor()
  const port = await centreOf(tab, '[data-step="split"] [data-handleid="way:b"]')
  await tab.mouse.move(port.x, port.y)
  await tab.mouse.down()
  await tab.mouse.move(port.x + 150, port.y + 60, { steps: 5 })
  await tab.mouse.up()
  await tab.getByRole('combobox', { name: 'Search steps' }).fill('goal')
  await tab.keyboard.press('Enter')
  const drawn = await saved(tab, 'drawn', (draft) => arrows(draft).includes('split way:b goal'))
  expect(arrows(drawn)).toContain('split way:a exit')

  // Deleting a branch asks which way to keep; a digit answers; undo brings it back.
  await tab.locator('[data-step="split"]').click()
  await tab.keyboard.press('Delete')
  await tab.getByRole('button', { name: /B → / }).waitFor()
  await tab.keyboard.press('2')
  await saved(tab, 'drawn', (draft) => arrows(draft).includes('add_tag next goal') && draft.graph.nodes.length === 5)
  await tab.keyboard.press('Control+z')
  await saved(tab, 'drawn', (draft) => arrows(draft).includes('split way:b goal'))

  // A step that stands alone goes into the connection it is dropped on.
  await tab.locator('.react-flow__pane').dblclick({ position: { x: 80, y: 120 } })
  await tab.getByRole('combobox', { name: 'Search steps' }).fill('score')
  await tab.keyboard.press('Enter')
  await tab.locator('[data-step="score"]').waitFor()
  const alone = await centreOf(tab, '[data-step="score"]')
  const [entry, next] = [await centreOf(tab, '[data-step="entry"]'), await centreOf(tab, '[data-step="wait"]')]
  await tab.mouse.move(alone.x, alone.y)
  await tab.mouse.down()
  await tab.mouse.move(alone.x + 20, alone.y + 20, { steps: 3 })
  await tab.mouse.move(entry.x, (entry.y + next.y) / 2 + 4, { steps: 6 })
  await tab.mouse.up()
  await saved(
    tab,
    'drawn',
    (draft) => arrows(draft).includes('entry next score') && arrows(draft).includes('score next wait'),
  )
  await tab.close()
})

test('by keyboard: one tab stop, walking, adding at a connection, moving along, switching off, notes; and all of it tidied', async () => {
  const document = drawnJourney(14, 0)
  const row = await createJourney(page.database.db, { key: 'keys', name: 'By keys', ...document }, 'test')
  expect(row.draftGraph.nodes).toHaveLength(14)
  const tab = await openJourney('keys')
  const said = tab.locator('#announcements')
  await tab.locator('[data-canvas-focus]').focus()
  await tab.keyboard.press('Home')
  await tab.keyboard.press('ArrowDown')
  await tab.locator('[data-step="s1"][data-selected="true"]').waitFor()
  await expect.poll(() => said.textContent()).toContain('Wait')
  // The connection below, and a step into it.
  await tab.keyboard.press('Control+ArrowDown')
  await expect.poll(() => said.textContent()).toContain('Enter adds a step here')
  await tab.keyboard.press('Enter')
  await tab.getByRole('combobox', { name: 'Search steps' }).fill('add tag')
  await tab.keyboard.press('Enter')
  await saved(
    tab,
    'keys',
    (draft) => arrows(draft).includes('s1 next add_tag') && arrows(draft).includes('add_tag next s2'),
  )
  await expect.poll(() => said.textContent()).toContain('added after Wait')
  // One place later, switched off, and a note beside it.
  await tab.keyboard.press('Alt+ArrowDown')
  await saved(tab, 'keys', (draft) => arrows(draft).includes('s2 next add_tag') && arrows(draft).includes('s1 next s2'))
  await tab.keyboard.press('d')
  await saved(tab, 'keys', ({ graph }) => graph.nodes.some(({ id, disabled }) => id === 'add_tag' && disabled === true))
  await tab.keyboard.press('Delete')
  await saved(tab, 'keys', (draft) => arrows(draft).includes('s2 next s3'))
  await tab.locator('[data-step="s2"][data-selected="true"]').waitFor()
  await tab.keyboard.press('Shift+S')
  await tab.getByRole('textbox', { name: 'Text of the note' }).fill('Ask **Ann** first')
  // Kept while it is still written, for a page that goes away now.
  await saved(tab, 'keys', ({ layout }) => layout.notes.some(({ text }) => text === 'Ask **Ann** first'))
  await tab.keyboard.press('Escape')
  await expect.poll(() => tab.locator('[data-note] b').textContent()).toBe('Ann')

  await tab.getByRole('button', { name: 'Tidy up' }).click()
  await expect.poll(() => said.textContent()).toMatch(/Tidied up|in its place/)
  const tidied = await saved(tab, 'keys', ({ layout }) => Object.keys(layout.positions).length === 14)
  for (const { from, to } of tidied.graph.edges) {
    expect(tidied.layout.positions[to]?.y).toBeGreaterThan(tidied.layout.positions[from]?.y ?? Infinity)
  }
  expect(browser.complaints).toEqual([])
  await tab.close()
})
