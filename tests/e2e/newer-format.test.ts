// An upgrade seen from a browser: what newer code has written is refused and left alone, and a page whose scripts are
// gone from the server says what it can no longer check.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

const graph = graphSchema.parse({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'by-hand', kind: 'manual' }] } },
    { id: 'pause', type: 'wait', config: { duration: 'P1D' } },
    { id: 'done', type: 'exit', config: {} },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'pause' },
    { from: 'pause', port: 'next', to: 'done' },
  ],
})
const newerGraph = { ...graph, format: 2, lanes: [{ id: 'a', steps: ['pause'] }] }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-newer-'))
  page = await servePage(folder)
  await createJourney(page.database.db, { key: 'later', name: 'Later', graph }, 'test')
  browser = await openBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

test('a file whose graph is of a newer version is refused in a sentence, and nothing comes in', async () => {
  const tab = await browser.open(`${page.address}/journeys`)
  await tab.getByText('Later').first().waitFor()
  await tab.getByRole('button', { name: 'New journey' }).click()
  await tab.getByRole('menuitem', { name: 'Import a file' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Import a journey file' })
  const file = { format: 1, key: 'newer', name: 'Newer', graph: newerGraph }
  await dialog
    .locator('input[type=file]')
    .setInputFiles({ name: 'newer.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(file)) })
  await dialog.getByText('newer.json').waitFor()
  await dialog.getByRole('button', { name: 'Import' }).click()
  const reasons = dialog.getByRole('alert').getByRole('listitem')
  await reasons.first().waitFor()
  expect(await reasons.allTextContents()).toEqual([
    'This graph has format "2"; this version of Trellis reads format "1". Open it with the version that wrote it.',
  ])
  expect(await seriousFindings(tab, '[role=dialog]')).toEqual([])
  expect(new URL(tab.url()).pathname).toBe('/journeys')
  // The browser tells of the refused request by itself.
  expect(browser.complaints.splice(0).filter((words) => !words.includes('422'))).toEqual([])
  await tab.close()
})

test('a draft of a newer version is neither shown nor saved over', async () => {
  const tab = await browser.open('about:blank')
  const writes: string[] = []
  tab.on('request', (request) => {
    if (request.method() !== 'GET') writes.push(`${request.method()} ${new URL(request.url()).pathname}`)
  })
  await tab.route('**/api/v1/journeys/later/draft', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), graph: newerGraph } })
  })
  await tab.goto(`${page.address}/journeys/later`)
  await tab.getByText('“Later” was made with a newer version of Trellis').waitFor()
  await tab.getByText('This page reads journeys of format 1; this one has format 2.', { exact: false }).waitFor()
  expect(await tab.locator('[data-step]').count()).toBe(0)
  expect(await seriousFindings(tab)).toEqual([])
  // As it says, one reloads; meanwhile the page has been brought up to date.
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Reload the page' }).click()
  await tab.locator('[data-step]').first().waitFor()
  expect(writes.filter((write) => write.startsWith('PUT') || write.includes('/draft'))).toEqual([])
  const kept = await tab.evaluate(`fetch('/api/v1/journeys/later/draft').then((answer) => answer.json())`)
  expect(kept).toMatchObject({ graph, revision: 1 })
  expect(browser.complaints).toEqual([])
  await tab.close()
})

test('a check whose script is gone is said in bar and drawer, never "No problems"; trying again brings it back', async () => {
  const tab = await browser.open('about:blank')
  const isCheck = (request: { resourceType(): string; url(): string }) => /\/worker-[^/]*\.js$/.test(request.url())
  await tab.context().route(/\/worker-[^/]*\.js$/, (route) => route.abort())
  await tab.goto(`${page.address}/journeys/later`)
  const counter = tab.getByRole('button', { name: 'Show problems: Could not be checked' })
  await counter.click()
  const failure = tab.getByRole('alert').filter({ hasText: 'The journey could not be checked' })
  await failure.getByText('The check could not be loaded.', { exact: false }).waitFor()
  await failure.getByText('The server, asked instead, found nothing.', { exact: false }).waitFor()
  expect(await tab.getByText('No problems').count()).toBe(0)
  expect(await seriousFindings(tab)).toEqual([])
  await tab.context().unrouteAll()
  const loaded = tab.waitForRequest(isCheck)
  await failure.getByRole('button', { name: 'Try again' }).click()
  await loaded
  await tab.getByText('As it stands, this journey can be published.').waitFor()
  expect(await failure.count()).toBe(0)
  expect(browser.complaints.splice(0).filter((words) => !words.includes('ERR_FAILED'))).toEqual([])
  await tab.close()
})
