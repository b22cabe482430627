// Editing in a real browser: nothing is lost by a reload, by somebody else or by a server that dies; copies, commands.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { openKillableProduct, type KillableProduct } from './support/killable-product.ts'
import { picture } from './support/picture.ts'

let product: KillableProduct
let ann: TestBrowser
let ben: TestBrowser

beforeAll(async () => {
  ;[product, ann, ben] = await Promise.all([openKillableProduct(), openBrowser(), openBrowser('dark')])
})
afterAll(async () => {
  await Promise.all([ann?.close(), ben?.close()])
  await product?.close()
})

/** What takes a moment on a slow machine. */
const eventually = <Value>(read: () => Value) => expect.poll(read)

interface Draft {
  name: string
  revision: number
  graph: { nodes: { id: string; name?: string; disabled?: boolean }[]; edges: object[] }
}

async function draftOf(key: string): Promise<Draft> {
  return (await (await fetch(`${product.address}/api/v1/journeys/${key}/draft`)).json()) as Draft
}

/** A journey of four steps. */
async function addJourney(key: string, name: string): Promise<void> {
  const graph = {
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'pause', type: 'wait', name: 'Three quiet days', config: { duration: 'P3D' } },
      { id: 'mark', type: 'add_tag', name: 'Mark as seen', config: { tag: 'seen-the-offer' } },
      { id: 'end', type: 'exit', config: { reason: 'End' } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'pause' },
      { from: 'pause', port: 'next', to: 'mark' },
      { from: 'mark', port: 'next', to: 'end' },
    ],
  }
  const response = await fetch(`${product.address}/api/v1/journeys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key, name, graph }),
  })
  expect(response.status).toBe(201)
}

async function open(browser: TestBrowser, key: string): Promise<Page> {
  const tab = await browser.open(`${product.address}/journeys/${key}`)
  await tab.locator('[data-step="pause"]').waitFor()
  return tab
}

const step = (tab: Page, id: string) => tab.locator(`[data-step="${id}"]`)
const isOff = (tab: Page, id: string) => step(tab, id).getByLabel('Switched off').isVisible()
const button = (tab: Page, name: string | RegExp) => tab.getByRole('button', { name })

async function switchOff(tab: Page, id: string): Promise<void> {
  await step(tab, id).click()
  await tab.keyboard.press('d')
  await eventually(() => isOff(tab, id)).toBe(true)
}

test('a reload in the middle of an edit keeps it, and undo goes on where it was', async () => {
  await addJourney('reload', 'Reload')
  const tab = await open(ann, 'reload')
  await switchOff(tab, 'mark')
  await tab.waitForTimeout(100)
  // Too early for it to have been saved.
  expect((await draftOf('reload')).revision).toBe(1)
  await tab.reload()
  await tab.getByText('Nothing was lost').waitFor()
  await eventually(() => isOff(tab, 'mark')).toBe(true)
  await picture(tab, 'editing-restored')
  await eventually(async () => (await draftOf('reload')).graph.nodes[2]?.disabled).toBe(true)
  // Saved now; another reload has nothing to tell, and still knows what was done.
  await tab.getByText(/^Saved \d/).waitFor()
  await tab.reload()
  await eventually(() => isOff(tab, 'mark')).toBe(true)
  await button(tab, /^Undo: /).click()
  await eventually(() => isOff(tab, 'mark')).toBe(false)
  await eventually(async () => (await draftOf('reload')).graph.nodes[2]?.disabled ?? false).toBe(false)
  await tab.close()
})

test('two editors see each other; when both save, both drafts are kept and one is chosen', async () => {
  await addJourney('both', 'Both')
  const [one, two] = [await open(ann, 'both'), await open(ben, 'both')]
  await step(two, 'pause').click()
  await one
    .getByRole('list', { name: 'Also here' })
    .getByRole('button', { name: /at “Three quiet days”/ })
    .waitFor()
  await two.getByRole('list', { name: 'Also here' }).getByRole('button').waitFor()
  // Who has changed nothing sees what the other has saved.
  await switchOff(one, 'mark')
  await eventually(() => isOff(two, 'mark')).toBe(true)
  await picture(two, 'editing-taken-over-dark')

  // Both change something at once: the second save is held up until the first has arrived.
  let letGo = () => undefined as void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await two.route('**/draft', async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  await switchOff(two, 'pause')
  await two.getByText('Saving…').waitFor()
  const before = (await draftOf('both')).revision
  await step(one, 'end').click()
  await one.keyboard.press('Delete')
  await eventually(async () => (await draftOf('both')).revision).toBe(before + 1)
  letGo()
  await two.getByText(/saved this journey at .* while you had changes of your own/).waitFor()
  await picture(two, 'editing-conflict-dark')
  await button(two, 'See both').click()
  const table = two.getByRole('dialog').getByRole('table')
  await table
    .getByRole('row', { name: /^Exit|^End/ })
    .first()
    .waitFor()
  await table.getByRole('row', { name: /Three quiet days/ }).waitFor()
  await picture(two, 'editing-compare-dark')
  await two.getByRole('dialog').getByRole('button', { name: 'Keep mine' }).click()
  const ids = async () => (await draftOf('both')).graph.nodes.map(({ id }) => id)
  await eventually(ids).toContain('end')
  // Theirs is one undo away.
  await button(two, /^Undo: keep mine/).click()
  await eventually(ids).not.toContain('end')
  await Promise.all([one.close(), two.close()])
})

test('a server that dies while somebody edits loses nothing: the page says so, and saves when it is back', async () => {
  await addJourney('dead', 'Dead')
  const tab = await open(ann, 'dead')
  const complaints = ann.complaints.length
  product.kill()
  await switchOff(tab, 'mark')
  await tab.getByText('Not saved: Trellis does not answer. Your changes are kept in this browser.').waitFor()
  await picture(tab, 'editing-unreachable')
  await switchOff(tab, 'pause')
  await product.start()
  await button(tab, 'Try now').click()
  await tab.getByText(/^Saved \d/).waitFor()
  expect((await draftOf('dead')).graph.nodes.filter(({ disabled }) => disabled).map(({ id }) => id)).toEqual([
    'pause',
    'mark',
  ])
  // Requests that nobody answered are all there was to complain about.
  const since = ann.complaints.splice(complaints)
  expect(since.filter((line) => !/ERR_|Failed to load resource/.test(line))).toEqual([])
  await tab.close()
})

test('steps are copied from one journey into another; what is no step of ours is refused in words', async () => {
  await addJourney('from', 'From')
  await addJourney('into', 'Into')
  const from = await open(ann, 'from')
  await step(from, 'pause').click()
  await step(from, 'mark').click({ modifiers: ['Shift'] })
  await from.keyboard.press('Control+c')
  const into = await open(ann, 'into')
  await into.bringToFront()
  await step(into, 'end').click()
  await into.keyboard.press('Control+v')
  await eventually(async () => (await draftOf('into')).graph.nodes.map(({ name, id }) => name ?? id)).toEqual([
    'entry',
    'Three quiet days',
    'Mark as seen',
    'end',
    'Three quiet days',
    'Mark as seen',
  ])
  const { nodes, edges } = (await draftOf('into')).graph
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(6)
  expect(edges).toContainEqual({ from: 'pause-2', port: 'next', to: 'mark-2' })
  await button(into, 'Undo: paste 2 steps').waitFor()

  // A text field keeps its own clipboard; text that is no step does nothing but say so.
  await into.keyboard.press('Control+f')
  const field = into.getByRole('search').getByRole('textbox')
  await field.fill('offer')
  await into.getByText('2 found').waitFor()
  await field.press('Enter')
  await into.getByText('1 of 2').waitFor()
  await picture(into, 'editing-search')
  await field.press('Control+a')
  await field.press('Control+c')
  await field.press('Escape')
  await into.keyboard.press('Control+v')
  await into.getByText('no steps of Trellis').waitFor()
  expect((await draftOf('into')).graph.nodes).toHaveLength(6)
  await Promise.all([from.close(), into.close()])
})

test('Ctrl+K finds journeys, steps and commands; ? shows every key; the menu is made of the same', async () => {
  await addJourney('keys', 'Keys of the house')
  const tab = await open(ben, 'keys')
  await step(tab, 'mark').click({ button: 'right' })
  await tab.getByRole('menuitem', { name: /^Duplicate/ }).waitFor()
  await picture(tab, 'editing-menu-dark')
  await tab.getByRole('menuitem', { name: /^Switch off or on/ }).click()
  await eventually(() => isOff(tab, 'mark')).toBe(true)
  await tab.keyboard.press('?')
  await tab.getByRole('dialog', { name: 'Keyboard' }).getByText('Undo', { exact: true }).waitFor()
  await picture(tab, 'editing-keys-dark')
  await tab.keyboard.press('Escape')
  await tab.getByRole('dialog').waitFor({ state: 'detached' })
  await tab.keyboard.press('Control+k')
  const field = tab.getByRole('combobox', { name: /^Find a screen/ })
  await field.fill('three quiet')
  await tab.getByText('Three quiet days').last().waitFor()
  await field.fill('undo')
  await tab.getByRole('option', { name: /^Undo: /, selected: true }).waitFor()
  await picture(tab, 'editing-palette-dark')
  await field.press('Enter')
  await eventually(() => isOff(tab, 'mark')).toBe(false)
  await tab.keyboard.press('Control+k')
  await field.fill('reload')
  await tab.getByText('Reload', { exact: true }).waitFor()
  await field.press('Enter')
  await eventually(() => new URL(tab.url()).pathname).toBe('/journeys/reload')
  await tab.close()
})
