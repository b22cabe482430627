// What a hand does on the canvas besides adding and dragging: an end of a line led elsewhere, a frame drawn around steps,
// a copy pulled off with Alt, a note made bigger, a step dropped on a card, and a jump followed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

const key = 'gestures'
let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
let tab: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-gestures-'))
  page = await servePage(folder)
  browser = await openBrowser()
  await createJourney(page.database.db, { key, name: 'Gestures', ...journey() }, 'test')
  tab = await browser.open(`${page.address}/journeys/${key}`)
  await card('entry').waitFor()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

function journey(): JourneyDocument {
  const wait = (id: string) => ({ id, type: 'wait', config: { duration: 'P1D' } })
  return {
    graph: graphSchema.parse({
      format: 1,
      nodes: [
        { id: 'entry', type: 'entry', config: { triggers: [{ id: 'start', kind: 'manual' }] } },
        wait('first'),
        wait('second'),
        { id: 'again', type: 'go_to', config: { target: 'first', maxVisits: 3 } },
        { id: 'end', type: 'exit', config: {} },
      ],
      edges: [
        { from: 'entry', port: 'next', to: 'first' },
        { from: 'first', port: 'next', to: 'second' },
        { from: 'second', port: 'next', to: 'again' },
      ],
    }),
    layout: layoutSchema.parse({
      positions: {
        entry: { x: 0, y: 0, pinned: true },
        first: { x: 0, y: 136, pinned: true },
        second: { x: 0, y: 272, pinned: true },
        again: { x: 0, y: 408, pinned: true },
        end: { x: 320, y: 272, pinned: true },
      },
      notes: [{ id: 'note', text: 'For us', x: 320, y: 0, width: 200, height: 96, tint: 0 }],
    }),
  }
}

const card = (step: string) => tab.locator(`[data-step="${step}"]`)
const selected = () => tab.locator('[data-selected="true"]:is([data-step], [data-note])').count()

async function middleOf(selector: string): Promise<{ x: number; y: number }> {
  const box = await tab.locator(selector).first().boundingBox()
  if (box === null) throw new Error(`"${selector}" is not on the page.`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await tab.mouse.move(from.x, from.y)
  await tab.mouse.down()
  await tab.mouse.move(to.x, to.y, { steps: 12 })
  await tab.mouse.up()
}

async function draft(): Promise<JourneyDocument> {
  return (await tab.evaluate(
    `fetch('/api/v1/journeys/${key}/draft').then((answer) => answer.json())`,
  )) as JourneyDocument
}

const ways = async () => (await draft()).graph.edges.map(({ from, port, to }) => `${from} ${port} ${to}`).sort()

test('a jump is followed by its chip', async () => {
  await card('again').getByRole('button', { name: /Go to/ }).click()
  await expect.poll(() => card('first').getAttribute('data-selected')).toBe('true')
})

test('the end of a selected line is led to another step', async () => {
  const line = await middleOf('.react-flow__edge[data-id="second:next"] .react-flow__edge-path')
  await tab.mouse.click(line.x, line.y - 6)
  const end = '.react-flow__edge[data-id="second:next"] .react-flow__edgeupdater-target'
  await tab.locator(end).waitFor({ state: 'attached' })
  const to = await middleOf('[data-step="end"]')
  await drag(await middleOf(end), { x: to.x, y: to.y - 24 })
  await expect.poll(ways).toContain('second next end')
  expect(await ways()).not.toContain('second next again')
})

test('a frame drawn on the empty canvas selects what lies in it', async () => {
  const [from, to] = [await card('first').boundingBox(), await card('second').boundingBox()]
  if (from === null || to === null) throw new Error('Nothing is drawn.')
  await drag({ x: from.x - 30, y: from.y - 20 }, { x: to.x + to.width + 30, y: to.y + to.height + 12 })
  await expect.poll(selected).toBe(2)
  const beside = await card('end').boundingBox()
  if (beside === null) throw new Error('Nothing is drawn.')
  await tab.mouse.click(beside.x + 40, beside.y + beside.height + 60)
  await expect.poll(selected).toBe(0)
})

test('Alt and a drag leave the step and put down a copy', async () => {
  const before = await card('second').boundingBox()
  const from = await middleOf('[data-step="second"]')
  await tab.keyboard.down('Alt')
  await drag(from, { x: from.x - 320, y: from.y })
  await tab.keyboard.up('Alt')
  await expect.poll(async () => (await draft()).graph.nodes.length).toBe(6)
  const after = await card('second').boundingBox()
  expect([after?.x, after?.y]).toEqual([before?.x, before?.y])
})

test('a note is seen, and is made bigger at its corner', async () => {
  const clip = await tab.locator('[data-note="note"]').boundingBox()
  if (clip === null) throw new Error('There is no note.')
  const seen = await tab.screenshot({ clip })
  const show = (value: 'hidden' | 'visible') =>
    tab.evaluate(`document.querySelector('[data-note="note"]').style.visibility = '${value}'`)
  await show('hidden')
  expect((await tab.screenshot({ clip })).equals(seen)).toBe(false)
  await show('visible')
  const note = await middleOf('[data-note="note"]')
  await tab.mouse.click(note.x, note.y + 20)
  const corner = await middleOf('.react-flow__resize-control.handle.bottom.right')
  await drag(corner, { x: corner.x + 80, y: corner.y + 40 })
  await expect.poll(async () => (await draft()).layout.notes[0]?.width ?? 0).toBeGreaterThan(240)
  expect((await draft()).layout.notes[0]?.height).toBeGreaterThan(110)
})

test('a step dropped on a card comes after it; on one that ends the way, beside it', async () => {
  const tile = '[data-palette] [data-type="wait"], nav[aria-label="Steps to add"] button:has-text("Wait")'
  await drag(await middleOf(tile), await middleOf('[data-step="first"]'))
  await expect.poll(async () => (await draft()).graph.nodes.length).toBe(7)
  const known = new Set(['entry', 'first', 'second', 'again', 'end'])
  const { graph } = await draft()
  const added = graph.edges.find(({ from, to }) => from === 'first' && !known.has(to))?.to
  expect(graph.edges).toContainEqual({ from: added, port: 'next', to: 'second' })

  await drag(await middleOf(tile), await middleOf('[data-step="end"]'))
  await expect.poll(async () => (await draft()).graph.nodes.length).toBe(8)
  const boxes = await tab
    .locator('[data-step]')
    .evaluateAll((cards: { getBoundingClientRect(): Record<'left' | 'top' | 'right' | 'bottom', number> }[]) =>
      cards.map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect()
        return { left, top, right, bottom }
      }),
    )
  const overlapping = boxes.filter((one, index) =>
    boxes.some(
      (other, at) =>
        at > index &&
        one.left < other.right &&
        other.left < one.right &&
        one.top < other.bottom &&
        other.top < one.bottom,
    ),
  )
  expect(overlapping).toEqual([])
})
