// Who did what to a journey, the leads behind a number, and a journey on a phone: in a real browser.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createJourney, restoreVersion, saveDraft } from '#activities/journeys/drafts.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { users } from '#db/schema/people.ts'
import { graphSchema, layoutSchema, type Graph } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { addLeads, placeLead } from '../support/seed-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let product: Awaited<ReturnType<typeof servePage>>
let folder: string
let browser: TestBrowser

const waits = (duration: string): Graph =>
  graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'pause', type: 'wait', name: 'Wait a while', config: { duration } },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'pause' },
      { from: 'pause', port: 'next', to: 'end' },
    ],
  })
const journey = 'watched'
const actor = 'user:ada'

async function publish(note: string): Promise<void> {
  const deps = { db: product.database.db, registry: createStepRegistry(), schedules: null }
  await publishJourney(deps, { journey, actor, note })
}

async function save(baseRevision: number, graph: Graph): Promise<void> {
  const draft = { name: 'Watched', description: '', graph, layout: layoutSchema.parse({}) }
  await saveDraft(product.database.db, { journey, baseRevision, draft, actor })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-activity-'))
  product = await servePage(folder)
  const { db } = product.database
  await db.insert(users).values({ key: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', role: 'marketing' })
  await createJourney(db, { key: journey, name: 'Watched', graph: waits('P10D') }, actor)
  await publish('The first one')
  await save(1, waits('P20D'))
  await publish('Longer waits')
  await restoreVersion(db, { journey, version: 1, baseRevision: 2, actor })
  const leadIds = await addLeads(db, ['Mara Voss', 'Ben Ode', 'Cy Lund'])
  const error = { code: 'STEP_FAILED', message: 'The CRM does not answer.', attempts: 5 }
  for (const leadId of leadIds) await placeLead(db, { leadId, journey, stepId: 'pause', status: 'parked', error })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await product?.close()
  await rm(folder, { recursive: true, force: true })
})

// A page that a failed test left open keeps its streams, and a browser has six connections to a server.
afterEach(async () => {
  for (const page of browser.context.pages()) await page.close()
})

test('the drawer tells who published, restored and edited, leads to the comparison, and follows what happens', async () => {
  const page = await browser.open(`${product.address}/journeys/${journey}?drawer=activity`)
  const activity = page.getByRole('region', { name: 'Activity', exact: true })
  const published = activity.getByRole('listitem').filter({ hasText: 'Ada Lovelace published version 2' })
  await published.getByText('“Longer waits”').waitFor()
  await activity.getByText('Ada Lovelace made version 1 the draft again').waitFor()
  await activity.getByText('changed “Wait a while”').waitFor()
  await activity.getByText('Ada Lovelace published version 1, the first').waitFor()
  expect(await seriousFindings(page)).toEqual([])

  // Closed and opened again by the keyboard, the keyboard is in it.
  await activity.focus()
  await page.keyboard.press('Control+j')
  await activity.waitFor({ state: 'detached' })
  await page.keyboard.press('Control+j')
  await page.locator('section[aria-label="Activity"]:focus').waitFor()

  await published.getByRole('link', { name: 'Compare with version 1' }).click()
  await page.getByRole('dialog', { name: 'Compare versions' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  // Somebody does something, and it is there.
  await product.request
    .post(`/api/v1/journeys/${journey}/status`)
    .send({ action: 'pause', reason: 'Over the holidays' })
  await activity.getByText('Owner paused the journey').waitFor()
  await activity.getByText('“Over the holidays”').waitFor()
})

test('the number of those who need a person leads to them; a name finds one, and the address keeps it', async () => {
  const page = await browser.open(`${product.address}/journeys`)
  await page.getByRole('link', { name: '3 need a person' }).first().click()
  const people = page.getByRole('region', { name: 'Need a person' })
  await people.getByText('Ben Ode').waitFor()
  await people.getByText('Mara Voss').waitFor()
  await people.getByRole('link', { name: 'At “Wait a while”' }).first().waitFor()
  await people.getByRole('textbox', { name: 'Find a lead in this list' }).fill('mara')
  await people.getByText('Ben Ode').waitFor({ state: 'detached' })
  await people.getByText('Mara Voss').waitFor()
  expect(new URL(page.url()).searchParams.get('who')).toBe('mara')
  expect(await seriousFindings(page)).toEqual([])
  await page.reload()
  await people.getByText('Mara Voss').waitFor()
  expect(await people.getByText('Ben Ode').count()).toBe(0)
})

test('on a phone the counter opens the problems, a problem its step, and the menu has the rest', async () => {
  const { nodes, edges } = waits('P10D')
  const lost = { id: 'lost', type: 'wait' as const, name: 'A lost wait', config: { duration: 'P1D' } }
  await createJourney(
    product.database.db,
    { key: 'broken', name: 'Broken', graph: graphSchema.parse({ format: 1, nodes: [...nodes, lost], edges }) },
    actor,
  )
  const page = await browser.open(`${product.address}/journeys/broken`, { width: 390, height: 844 })
  await page.getByRole('button', { name: /^Show problems/ }).click()
  await page
    .getByRole('button', { name: /A lost wait/ })
    .first()
    .waitFor()
  expect(new URL(page.url()).searchParams.get('drawer')).toBe('problems')
  expect(await seriousFindings(page)).toEqual([])
  await page
    .getByRole('button', { name: /A lost wait/ })
    .first()
    .click()
  await page.getByRole('treegrid').getByText('A lost wait').first().waitFor()
  await page.getByRole('button', { name: 'More about this journey' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate' }).waitFor()
  await page.getByRole('menuitem', { name: 'Activity' }).click()
  await page.getByText('Ada Lovelace created the journey').waitFor()
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(390)
})
