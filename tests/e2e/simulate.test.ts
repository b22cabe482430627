// Rehearsing a journey: time dragged, an event put on the slider, the path changes; a test case that stops a publish.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { addLeads } from '../support/seed-world.ts'
import { until } from '../support/engine.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { picture } from './support/picture.ts'
import { servePage } from './support/served-page.ts'

const key = 'last-chance-call'
let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
let tab: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-simulate-'))
  page = await servePage(folder)
  const file = new URL(`../../examples/journeys/${key}.json`, import.meta.url)
  await importJourneyFile(page.database, JSON.parse(await readFile(file, 'utf8')), { actor: 'test' })
  await addLeads(page.database.db, ['Ada Lovelace', 'Grace Hopper', 'Emmy Noether'])
  browser = await openBrowser()
  tab = await browser.open(
    `${page.address}/journeys/${key}?view=simulate&start=2026-03-02T09:00:00.000Z&by=hand&assume=nothing`,
  )
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

const log = () => tab.getByRole('complementary', { name: 'Log of the rehearsal' })
const slider = () => tab.getByRole('slider', { name: 'Time of the rehearsal' })
const parameter = (name: string) => new URL(tab.url()).searchParams.get(name)

async function happens(what: string, when: string): Promise<void> {
  await tab.getByRole('button', { name: 'Something happens' }).click()
  const form = tab.getByRole('dialog')
  await form.getByPlaceholder('Choose…').click()
  await tab.getByRole('option', { name: what }).click()
  await form.getByLabel('When').fill(when)
  await form.getByRole('button', { name: 'Put it on the slider' }).click()
}

test('the lead waits for its call; an outcome put on the slider takes it on, and time can be dragged back', async () => {
  await log().getByText('Waits for the call.').waitFor()
  await tab
    .getByText(/waits at Last-chance call|waits at|at .* until/)
    .first()
    .waitFor()
  expect(await log().getByText('Back in a conversation with a person').count()).toBe(0)

  await happens('Wants a demo', '2026-03-05T11:00')
  await log().getByText('was done: Wants a demo').waitFor()
  await log().getByText('Day 4, Thu 11:00').first().waitFor()
  await log().getByText('Back in a conversation with a person').first().waitFor()
  await until('the address tells of it', async () => Promise.resolve(parameter('acts')?.includes('demo') === true))

  // Dragged to its beginning, the head shows the lead at the call again.
  await slider().focus()
  await tab.keyboard.press('Home')
  expect(await slider().getAttribute('aria-valuetext')).toBe('Day 1, Mon 09:00')
  await tab.keyboard.press('ArrowRight')
  expect(await slider().getAttribute('aria-valuetext')).toBe('Day 2, Tue 09:00')
  const box = await slider().boundingBox()
  if (box === null) throw new Error('There is no slider.')
  await tab.mouse.move(box.x + 10, box.y + box.height - 12)
  await tab.mouse.down()
  await tab.mouse.move(box.x + box.width - 4, box.y + box.height - 12, { steps: 5 })
  await tab.mouse.up()
  await tab.getByText('has left the journey').waitFor()

  // A link to this moment shows this moment.
  const isThere = () => Date.parse(parameter('t') ?? '') > Date.parse('2026-03-08T00:00:00Z')
  await until('the moment is in the address', async () => Promise.resolve(isThere()))
  const address = tab.url()
  await tab.goto(address)
  await log().getByText('was done: Wants a demo').waitFor()
  await tab.getByText('has left the journey').waitFor()
})

test('the reason unfolds into the facts; leads are found by name; findings of axe: none', async () => {
  await tab
    .getByRole('textbox', { name: 'Lead', exact: true })
    .or(tab.getByRole('combobox', { name: 'Lead', exact: true }))
    .first()
    .click()
  await tab.keyboard.type('Grace')
  await tab.getByRole('option', { name: /Grace Hopper/ }).click()
  await until('the lead is in the address', async () => Promise.resolve(parameter('lead') !== null))
  await log().getByText('Entered the journey.').waitFor()
  for (const part of ['section[aria-label="Rehearsal"]', 'aside[aria-label="Log of the rehearsal"]'])
    expect(await seriousFindings(tab, part)).toEqual([])
  await picture(tab, 'simulate')
})

test('a thousand leads: where they go, and who comes nowhere', async () => {
  await tab.getByRole('tab', { name: 'Coverage' }).click()
  await tab.getByRole('button', { name: 'Play 1,000 leads' }).click()
  await tab
    .getByText(/leads played|No lead matches/)
    .first()
    .waitFor()
  await tab.getByRole('button', { name: 'Play them again' }).waitFor()
})

test('a rehearsal kept under a name is green; when the journey does something else, publishing stops', async () => {
  const start = `${page.address}/journeys/${key}?view=simulate&start=2026-03-02T09:00:00.000Z&by=hand&assume=nothing`
  await tab.goto(start)
  await log().getByText('Waits for the call.').waitFor()
  await happens('Wants a demo', '2026-03-05T11:00')
  await log().getByText('was done: Wants a demo').waitFor()
  await tab.getByRole('tab', { name: 'Test cases' }).click()
  await tab.getByLabel('Keep this rehearsal as').fill('Wants a demo')
  await tab.getByRole('button', { name: 'Keep', exact: true }).click()
  await tab.getByTestId('test-case').getByLabel('As expected').waitFor()

  const base = `${page.address}/api/v1/journeys/${key}`
  const draft = (await (await fetch(`${base}/draft`)).json()) as {
    revision: number
    name: string
    description: string
    layout: object
    graph: { edges: { port: string; to: string }[] }
  }
  const swapped: Record<string, string> = { 'outcome:demo': 'back-later', 'outcome:later': 'ready' }
  for (const edge of draft.graph.edges) edge.to = swapped[edge.port] ?? edge.to
  const { revision: baseRevision, name, description, layout, graph } = draft
  const headers = { 'content-type': 'application/json' }
  const saved = await fetch(`${base}/draft`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ baseRevision, name, description, layout, graph }),
  })
  expect(saved.status).toBe(200)
  await tab.goto(start)
  await tab.getByRole('tab', { name: 'Test cases' }).click()
  await tab.getByTestId('test-case').getByLabel('Comes out otherwise').waitFor()
  await tab.getByText(/At the end: expected completed at/).waitFor()
  await picture(tab, 'simulate-red-case')
  const published = await fetch(`${base}/publish`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ revision: baseRevision + 1 }),
  })
  expect([published.status, ((await published.json()) as { code: string }).code]).toEqual([422, 'TEST_CASES_FAILED'])
  expect(browser.complaints).toEqual([])
})
