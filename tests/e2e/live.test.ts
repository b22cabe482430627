// Watching a journey: counts that follow a lead by themselves, the leads behind a number, a lead's path, a test run.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveDraft } from '#activities/journeys/drafts.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { addLeads, logStep, placeLead } from '../support/seed-world.ts'
import { until } from '../support/engine.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { seriousFindings } from './support/accessibility.ts'
import { picture } from './support/picture.ts'
import { serveEngine, type ServedEngine } from './support/served-engine.ts'

const key = 'watched'
/** Three waits in a row; the last ends the way. */
const file = {
  format: 1,
  key,
  name: 'Watched',
  description: '',
  graph: {
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', name: 'By hand', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'first', type: 'wait', name: 'First wait', config: { duration: 'P2D' } },
      { id: 'second', type: 'wait', name: 'Second wait', config: { duration: 'P3D' } },
      { id: 'third', type: 'wait', name: 'Third wait', config: { duration: 'P1D' } },
      { id: 'end', type: 'exit', name: 'The end', config: { reason: 'Waited enough' } },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'first' },
      { from: 'first', port: 'next', to: 'second' },
      { from: 'second', port: 'next', to: 'third' },
      { from: 'third', port: 'next', to: 'end' },
    ],
    settings: { reenrollment: { policy: 'always' }, spreadMinutes: 0 },
  },
  layout: { positions: {}, notes: [] },
}

let served: ServedEngine
let browser: TestBrowser
let folder: string
let ada: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-live-'))
  served = await serveEngine(folder)
  const { db } = served.database
  const imported = await importJourneyFile({ db }, file, { actor: 'test' })
  if (!imported.imported) throw new Error(JSON.stringify(imported.issues))
  const published = await publishJourney(
    { db, registry: createStepRegistry(), schedules: null },
    { journey: key, actor: 'test' },
  )
  if (!published.published) throw new Error(JSON.stringify(published.issues))
  ;[ada = ''] = await addLeads(db, ['Ada Lovelace', 'Grace Hopper'])
  browser = await openBrowser()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await rm(folder, { recursive: true, force: true })
})

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(`${served.address}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.ok ? null : await response.text()).toBeNull()
}

const footer = (tab: Page, step: string) => tab.locator(`[data-step="${step}"]`).getByTestId('footer')
/** How often parts of the canvas were drawn, see builder/src/editor/canvas/render-count.ts. */
async function renders(tab: Page): Promise<{ footer: number; card: number; edge: number }> {
  const counts: Partial<Record<string, number>> = await tab.evaluate('globalThis.__trellisRenders')
  return { footer: counts['footer'] ?? 0, card: counts['card'] ?? 0, edge: counts['edge'] ?? 0 }
}

test('counts follow a lead, and a tick that touches two steps draws two footers and nothing else', async () => {
  await browser.context.addInitScript('globalThis.__trellisRenders = {}')
  const tab = await browser.open(`${served.address}/journeys/${key}?view=live`)
  await expect.poll(() => footer(tab, 'first').textContent()).toContain('0 here')
  await post('enrollments', { journey: key, lead: { id: ada } })
  await expect.poll(() => footer(tab, 'first').textContent()).toContain('1 here')
  const [enrollment] = await served.database.db.select().from(enrollments).where(eq(enrollments.leadId, ada))

  const before = await renders(tab)
  await post(`enrollments/${enrollment?.id ?? ''}/controls`, { action: 'move', stepId: 'second', reason: 'To see it' })
  await expect.poll(() => footer(tab, 'second').textContent()).toContain('1 here')
  expect(await footer(tab, 'first').textContent()).toContain('0 here')
  const after = await renders(tab)
  expect({
    footers: after.footer - before.footer,
    cards: after.card - before.card,
    edges: after.edge - before.edge,
  }).toEqual({ footers: 2, cards: 0, edges: 0 })
  await tab.close()
}, 60_000)

test('from a number to the leads behind it, to what is done about one, to its path', async () => {
  const tab = await browser.open(`${served.address}/journeys/${key}?view=live`)
  await tab.locator('[data-step="second"]').click()
  const side = tab.getByRole('complementary', { name: 'This step' })
  await side.getByRole('button', { name: 'Here now: 1' }).waitFor()
  await side.getByRole('link', { name: 'Ada Lovelace', exact: true }).waitFor()
  expect(new URL(tab.url()).searchParams.get('step')).toBe('second')

  await side.getByRole('button', { name: 'What to do about Ada Lovelace' }).click()
  await tab.getByRole('menuitem', { name: 'Move to another step' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'To which step' }).click()
  await tab.getByRole('option', { name: 'Third wait' }).click()
  await dialog.getByLabel('Why').fill('Asked on the phone')
  await dialog.getByRole('button', { name: 'Move to another step' }).click()
  await dialog.getByText('Asked for.').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await side.getByText('Nobody is here now').waitFor()
  const lines = await served.database.db.select().from(auditLog).where(eq(auditLog.action, 'enrollment.move'))
  expect(lines.map(({ after }) => (after as { reason: string }).reason)).toContain('Asked on the phone')

  await side.getByRole('button', { name: /^Left: / }).click()
  await side.getByRole('link', { name: 'Show path: Ada Lovelace' }).click()
  const path = tab.getByRole('complementary', { name: 'Path of the lead' })
  await path.getByText('on version 1').waitFor()
  await path.getByText('Moved to "Third wait": Asked on the phone').waitFor()
  expect(await path.getByRole('listitem').count()).toBe(4)
  await tab.locator('[data-step="third"][data-path="current"]').waitFor()
  expect(await tab.locator('[data-step="end"][data-path]').count()).toBe(0)
  expect(new URL(tab.url()).searchParams.get('lead')).toBe(ada)
  expect(await seriousFindings(tab)).toEqual([])
  await tab.close()
}, 60_000)

test('all on a step are moved only after their number was agreed to', async () => {
  const tab = await browser.open(`${served.address}/journeys/${key}?view=live&step=third`)
  const side = tab.getByRole('complementary', { name: 'This step' })
  await side.getByRole('button', { name: 'All of them…' }).click()
  await tab.getByRole('menuitem', { name: 'Pause' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('Why').fill('Over the holidays')
  await dialog.getByRole('button', { name: 'How many is that?' }).click()
  await dialog.getByText('This reaches 1 lead.').waitFor()
  await dialog.getByRole('button', { name: 'Pause: 1 lead' }).click()
  await dialog.getByText('Asked for 1 lead;').waitFor()
  await until(
    'the lead is paused',
    async () => {
      const [row] = await served.database.db.select().from(enrollments).where(eq(enrollments.leadId, ada))
      return row?.state.status === 'paused'
    },
    20,
  )
  await tab.close()
}, 60_000)

test('a copy of a lead walks at a day per second and is followed to its end', async () => {
  const tab = await browser.open(`${served.address}/journeys/${key}?view=live`)
  await tab.getByRole('button', { name: 'Test run' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Lead' }).fill('grace')
  await tab.getByRole('option', { name: /Grace Hopper/ }).click()
  await dialog.getByRole('combobox', { name: 'Speed' }).click()
  await tab.getByRole('option', { name: 'A day per second' }).click()
  await dialog.getByRole('button', { name: 'Start the test run' }).click()
  const path = tab.getByRole('complementary', { name: 'Path of the lead' })
  await path.getByRole('link', { name: 'Grace Hopper' }).waitFor()
  // It is seen on its way, not only at the end.
  await tab.locator('[data-path="current"]').first().waitFor()
  await tab.getByText('The way is at its end').waitFor()
  await path.getByText('Ended at “The end”').waitFor()
  expect(await tab.locator('[data-step][data-path]').count()).toBe(5)
  const bar = tab.getByRole('region', { name: 'Test run' })
  await bar.getByRole('button', { name: 'Stop' }).click()
  await bar.getByText('Stopped').waitFor()
  await tab.close()
}, 120_000)

test('a band of the flow filters the drawing and the people', async () => {
  const tab = await browser.open(`${served.address}/journeys/${key}?view=live&tab=flow`)
  await tab.getByText('Table', { exact: true }).click()
  const row = tab.getByRole('row', { name: /^First wait Second wait/ })
  // Moved there by a person, so by no way of the drawing; from the entry it went by one.
  expect(await row.count()).toBe(0)
  await tab
    .getByRole('row', { name: /^By hand First wait/ })
    .getByRole('button', { name: '1' })
    .click()
  await tab.getByText('Only the leads of the chosen band, wherever they went').waitFor()
  await tab.locator('[data-step="third"][data-path]').waitFor()
  expect(await tab.locator('[data-step="end"][data-path]').count()).toBe(0)
  await tab
    .getByRole('complementary', { name: 'This step' })
    .getByRole('link', { name: 'Ada Lovelace', exact: true })
    .waitFor()
  expect(new URL(tab.url()).searchParams.get('only')).toBe('1')
  await tab.close()
}, 60_000)

test('the numbers of the list lead to what they count, by keyboard, too', async () => {
  const unfinished = { ...file, key: 'unfinished', name: 'Unfinished', graph: { ...file.graph, edges: [] } }
  const { imported } = await importJourneyFile({ db: served.database.db }, unfinished, { actor: 'test' })
  expect(imported).toBe(true)
  const tab = await browser.open(`${served.address}/journeys`)
  await tab.locator(`[data-journey="${key}"]`).getByRole('link', { name: '1 lead entered in 30 days' }).focus()
  await tab.keyboard.press('Enter')
  await tab
    .getByRole('complementary', { name: 'This step' })
    .getByRole('link', { name: 'Ada Lovelace', exact: true })
    .waitFor()
  const { searchParams } = new URL(tab.url())
  expect([searchParams.get('step'), searchParams.get('what')]).toEqual(['entry', 'entered'])

  await tab.goBack()
  await tab
    .locator('[data-journey="unfinished"]')
    .getByRole('link', { name: /problem/ })
    .click()
  await tab.getByRole('tab', { name: 'Problems', selected: true }).waitFor()
  await tab.getByRole('button', { name: 'Close the drawer' }).waitFor()
  expect(new URL(tab.url()).search).toBe('')

  // What is open can be had as a file, as it is now.
  const download = tab.waitForEvent('download')
  await tab.getByRole('button', { name: 'More about this journey' }).click()
  await tab.getByRole('menuitem', { name: 'Export as text (Mermaid)' }).click()
  expect((await download).suggestedFilename()).toBe('unfinished.mmd')
  await tab.close()
}, 60_000)

test('the time before and another version stand beside the numbers, drawn and in a table', async () => {
  const { db } = served.database
  const publish = async () => {
    const deps = { db, registry: createStepRegistry(), schedules: null }
    const published = await publishJourney(deps, { journey: 'compared', actor: 'test' })
    if (!published.published) throw new Error(JSON.stringify(published.issues))
    return published
  }
  /** A lead who left these steps so many days ago, on the version that is live by then. */
  const walked = async (name: string, daysAgo: number, steps: readonly string[]) => {
    const [leadId = ''] = await addLeads(db, [name])
    const agoMinutes = daysAgo * 24 * 60
    const at = { leadId, journey: 'compared' }
    const enrollmentId = await placeLead(db, { ...at, stepId: 'end', status: 'completed', agoMinutes })
    for (const stepId of steps)
      await logStep(db, { ...at, enrollmentId, stepId, agoMinutes, reason: 'The time is up.' })
  }
  const { nodes, edges, ...settings } = file.graph
  const short = {
    ...settings,
    nodes: nodes.filter(({ id }) => id !== 'second' && id !== 'third'),
    edges: [...edges.slice(0, 1), { from: 'first', port: 'next', to: 'end' }],
  }
  const { imported } = await importJourneyFile(
    { db },
    { ...file, key: 'compared', name: 'Compared', graph: short },
    { actor: 'test' },
  )
  expect(imported).toBe(true)
  const { journeyId } = await publish()
  // Four in the thirty days before these thirty; two of the first version since, three of the second.
  for (const name of ['A One', 'B Two', 'C Three', 'D Four']) await walked(name, 40, ['first'])
  for (const name of ['E Five', 'F Six']) await walked(name, 5, ['first'])
  const draft = {
    name: 'Compared',
    description: '',
    graph: graphSchema.parse(file.graph),
    layout: layoutSchema.parse({}),
  }
  await saveDraft(db, { journey: journeyId, baseRevision: 1, draft, actor: 'test' })
  await publish()
  for (const name of ['G Seven', 'H Eight']) await walked(name, 2, ['first', 'second'])
  await walked('I Nine', 2, ['first'])

  const tab = await browser.open(`${served.address}/journeys/compared?view=live&compare=before`)
  await expect.poll(() => footer(tab, 'first').textContent()).toContain('5 passed (+1)')
  expect(await footer(tab, 'second').textContent()).toContain('2 passed (+2)')
  const table = tab.getByRole('table').filter({ hasText: 'Change' })
  const row = (step: string) => table.getByRole('row', { name: new RegExp(`^${step} `) })
  expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Step', 'This time', 'Before', 'Change'])
  expect(await row('First wait').getByRole('cell').allTextContents()).toEqual(['First wait', '5', '4', '+1'])
  expect(await seriousFindings(tab)).toEqual([])

  // Chosen by hand, it is in the address, with the version it is compared to.
  await tab.getByRole('combobox', { name: 'Compare with' }).click()
  await tab.getByRole('option', { name: 'Beside v1' }).click()
  await table.getByRole('columnheader', { name: 'v1' }).waitFor()
  const { searchParams } = new URL(tab.url())
  expect([searchParams.get('compare'), searchParams.get('v')]).toEqual(['v1', '2'])
  const drawn = (step: string) => tab.locator(`[data-step="${step}"]`)
  await expect.poll(() => drawn('first').nth(0).textContent()).toContain('3 passed (+1)')
  await expect.poll(() => drawn('first').nth(1).textContent()).toContain('2 passed')
  expect([await drawn('first').count(), await drawn('second').count()]).toEqual([2, 1])
  expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Step', 'v2', 'v1', 'Change'])
  expect(await row('First wait').getByRole('cell').allTextContents()).toEqual(['First wait', '3', '2', '+1'])
  expect(await seriousFindings(tab)).toEqual([])

  await picture(tab, 'live-beside')

  // What is reached by its address alone is the same, from the other side.
  await tab.goto(`${served.address}/journeys/compared?view=live&v=1&compare=v2`)
  await expect.poll(() => drawn('first').nth(0).textContent()).toContain('2 passed (−1)')
  await tab.getByText('1 step that was there then is not drawn here.').waitFor()
  await tab.close()
})

test('every view of it, light and dark, wide and narrow', async () => {
  // Pictures for people: TRELLIS_SCREENSHOTS=folder
  const pictures = process.env['TRELLIS_SCREENSHOTS'] ?? ''
  if (pictures !== '') await mkdir(pictures, { recursive: true })
  const views = [
    ['counts', 'view=live'],
    ['step', 'view=live&step=third&overlay=time'],
    ['flow', 'view=live&tab=flow'],
    ['goals', 'view=live&tab=goals'],
    ['path', `view=live&lead=${ada}`],
  ] as const
  const findings: string[] = []
  for (const scheme of ['light', 'dark'] as const) {
    // The dark colours are the same in every view; two of them are asked for those.
    for (const [name, query] of views.slice(scheme === 'dark' && pictures === '' ? 3 : 0)) {
      const tab = await browser.open(`${served.address}/journeys/${key}?${query}`)
      await tab.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await tab.getByRole('toolbar', { name: 'What Live shows' }).waitFor()
      await tab.getByRole('status').filter({ hasText: 'Live' }).first().waitFor()
      for (const finding of await seriousFindings(tab)) findings.push(`${name} ${scheme}: ${finding}`)
      for (const width of [1440, 390]) {
        await tab.setViewportSize({ width, height: 900 })
        const overflow = await tab.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        if (overflow > 0) findings.push(`${name} ${String(width)}: ${String(overflow)} px too wide`)
        if (pictures !== '') {
          await tab.reload()
          await tab.waitForTimeout(2500)
          await tab.screenshot({ path: join(pictures, `live-${name}-${scheme}-${String(width)}.png`) })
        }
      }
      await tab.close()
    }
  }
  expect(findings).toEqual([])
  expect(browser.complaints).toEqual([])
}, 120_000)
