// Publishing in a real browser on a real engine: leads that wait are moved, two who publish at once, a publish for later.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { saveDraft } from '#activities/journeys/drafts.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { layoutSchema } from '#engine/graph/schema.ts'
import { until } from '../support/engine.ts'
import { firstGraph, registry, secondGraph, standings, twoHundredWaiting } from '../support/publish-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { picture } from './support/picture.ts'
import { serveEngine, type ServedEngine } from './support/served-engine.ts'

let served: ServedEngine
let browser: TestBrowser
let folder: string
let journeyId: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-publish-'))
  served = await serveEngine(folder)
  journeyId = (await twoHundredWaiting(served.engine, { bern: 3, bonn: 2, graz: 1 })).journeyId
  await draft(1, secondGraph)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await rm(folder, { recursive: true, force: true })
})

// A page that a failed test left open keeps its streams, and a browser has six connections to a server.
afterEach(async () => {
  for (const page of browser.context.pages()) await page.close()
})

async function draft(baseRevision: number, graph: Graph): Promise<void> {
  const content = { name: 'In flight', description: '', graph, layout: layoutSchema.parse({}) }
  await saveDraft(served.engine.db, { journey: journeyId, baseRevision, draft: content, actor: 'ann' })
}

const open = (query: string, size?: { width: number; height: number }): Promise<Page> =>
  browser.open(`${served.address}/journeys/in-flight?${query}`, size)

/** What axe finds in the sheet; what lies under it has tests of its own. */
async function findingsInSheet(page: Page): Promise<string[]> {
  await seriousFindings(page)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(where: string): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run('[role="dialog"]')
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
  })
}

test('what changes is read and walked by keys; leads go where the sheet says, and it says what became of them', async () => {
  const page = await open('view=publish')
  const sheet = page.getByRole('dialog')
  await sheet.getByText('It takes the place of version 1').waitFor()
  const changes = sheet.getByRole('listbox', { name: 'Changes' })
  await changes.getByRole('option', { name: /^Removed Look at it/ }).waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const fields = sheet.getByRole('region', { name: 'What changes in “Wait twenty days”' })
  await fields.getByRole('row', { name: /10 days/ }).waitFor()
  expect(await fields.locator('del').allTextContents()).toContain('ten ')
  expect(await findingsInSheet(page)).toEqual([])
  await picture(page, 'publish-sheet')

  await choose(page, 'Look at it', 'Move to another step…')
  // The step that took its place is offered first.
  expect(await sheet.getByLabel('The step they move to').first().inputValue()).toBe('Send the news')
  await choose(page, 'Wait ten days', 'Leave the journey')
  await sheet.getByText('Of 6 leads, 1 finish on their version, 3 go on in version 2, 2 leave.').waitFor()
  await sheet.getByLabel('What changed, for the history').fill('Nobody looks at it by hand any more')
  await sheet.getByRole('button', { name: 'Publish, move 3 leads and let 2 leads leave' }).click()
  await sheet.getByText('Version 2 is live').waitFor()
  await sheet.getByText('3 leads moved to version 2, 2 leads left the journey.').waitFor()
  expect(await standings(served.engine.db)).toEqual(['1 keep active 1', '1 pause exited 2', '2 rest active 3'])

  await sheet.getByRole('button', { name: 'Back to the journey' }).click()
  await page.getByRole('button', { name: /^Live · v2/ }).click()
  const history = page.getByRole('dialog', { name: 'Version history' })
  await history.getByText('Nobody looks at it by hand any more').waitFor()
  await history.getByText('3 leads moved to version 2, 2 leads left the journey.').waitFor()
  await history.getByText('1 lead on it now').waitFor()
  expect(await findingsInSheet(page)).toEqual([])
  await picture(page, 'publish-history')
  await page.close()
})

test('of two who publish at once one is told, looks again, and brings the older version back', async () => {
  const page = await open('view=publish&rollback=1')
  const sheet = page.getByRole('dialog')
  await sheet.getByText('Bring version 1 of “In flight” back').waitFor()
  const button = sheet.getByRole('button', { name: 'Publish', exact: true })
  await button.waitFor()
  await sheet.getByRole('option').first().waitFor()
  // Meanwhile somebody else publishes a third version.
  const third = {
    ...secondGraph,
    nodes: secondGraph.nodes.map((node) => (node.id === 'keep' ? { ...node, config: { duration: 'P31D' } } : node)),
  }
  await draft(2, third)
  await publishJourney({ db: served.engine.db, registry, schedules: null }, { journey: journeyId, actor: 'ben' })
  await button.click()
  await sheet.getByRole('alert').getByText('Somebody else was faster').waitFor()
  await sheet.getByRole('button', { name: 'Look at the changes again' }).click()
  await sheet.getByText('Version 3 (live)').first().waitFor()
  await sheet.getByRole('button', { name: 'Publish', exact: true }).click()
  await sheet.getByText('Version 4 is live').waitFor()
  await until('version 4 is the first graph again', async () => {
    const rows = await served.engine.db.execute<{ same: boolean }>(sql`
      select v4.hash = v1.hash as same from journey_versions v1 join journey_versions v4 using (journey_id)
       where v1.version = 1 and v4.version = 4`)
    return rows[0]?.same === true
  })
  await page.close()
})

test('a publish for later is shown, survives a reload, and is called off', async () => {
  await draft(3, firstGraph)
  const page = await open('view=publish&when=later')
  const sheet = page.getByRole('dialog')
  // The draft is what is live by now: there is nothing to publish until it differs.
  await sheet.getByText('This is live already.').waitFor()
  await draft(4, secondGraph)
  await page.reload()
  await sheet.getByRole('button', { name: 'Schedule' }).click()
  await sheet.waitFor({ state: 'hidden' })
  const pill = page.getByRole('button', { name: /Goes live/ })
  await pill.waitFor()
  await page.reload()
  await pill.click()
  const history = page.getByRole('dialog', { name: 'Version history' })
  await history.getByText(/^Goes live on .* 9:00/).waitFor()
  await history.getByRole('button', { name: 'Call it off' }).click()
  await history.getByText(/was called off$/).waitFor()
  expect(await pill.count()).toBe(0)
  await page.close()
  expect(browser.complaints.filter((complaint) => !complaint.includes('409'))).toEqual([])
})

test('a problem is solved in the sheet; a paused journey asks first; an answer that is lost is asked for again', async () => {
  const { db } = served.engine
  const [present = { revision: 0, live: 0 }] = await db.execute<{ revision: number; live: number }>(
    sql`select draft_revision as revision, live_version as live from journeys where id = ${journeyId}`,
  )
  // The last wait leads nowhere.
  await draft(present.revision, { ...secondGraph, edges: secondGraph.edges.filter(({ from }) => from !== 'rest') })
  const paused = await fetch(`${served.address}/api/v1/journeys/in-flight/status`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'pause' }),
  })
  expect(paused.ok ? '' : await paused.text()).toBe('')
  const page = await open('sheet=publish')
  const sheet = page.getByRole('dialog')
  const note = sheet.getByLabel('What changed, for the history')
  await note.fill('Kept while a problem is solved')
  const button = sheet.getByRole('button', { name: 'Publish', exact: true })
  const problems = sheet.getByRole('region', { name: 'Problems' })
  await problems.getByText('"Rest" leads nowhere by').waitFor()
  expect(await button.isDisabled()).toBe(true)
  await problems.getByRole('button', { name: 'Lead to the exit “Exit”' }).click()
  // It is saved and looked at again; what was written stays.
  await problems.getByText('"Rest" leads nowhere by').waitFor({ state: 'hidden' })
  await problems.getByText('Nobody is named as the sender of mails').waitFor()
  expect(await note.inputValue()).toBe('Kept while a problem is solved')

  const resume = sheet.getByLabel('This journey is paused. Publishing resumes it; what it held goes out now.')
  await sheet.getByText('There are none yet.').waitFor()
  expect(await button.isDisabled()).toBe(true)
  await resume.check()
  expect(await findingsInSheet(page)).toEqual([])
  await picture(page, 'publish-paused')

  const keys: (string | undefined)[] = []
  await page.route('**/api/v1/journeys/*/publish', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    // It is done, and its answer is lost on the way.
    await route.fetch()
    return route.abort()
  })
  await button.click()
  await sheet.getByText(`Version ${String(present.live + 1)} is live`).waitFor()
  expect(keys).toEqual([expect.stringMatching(/./), keys[0]])
  const [after] = await db.execute(sql`
    select status, live_version as live, (select count(*)::int from journey_versions where journey_id = ${journeyId}) as all
      from journeys where id = ${journeyId}`)
  expect(after).toEqual({ status: 'live', live: present.live + 1, all: present.live + 1 })
  await page.close()
})

test('a phone shows all of it, and so does the dark', async () => {
  const small = await open('view=publish&rollback=1', { width: 390, height: 844 })
  await small.getByRole('dialog').getByRole('option').first().waitFor()
  expect(await small.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await picture(small, 'publish-390')
  await small.close()
  const dark = await openBrowser('dark')
  try {
    const page = await dark.open(`${served.address}/journeys/in-flight?compare=1..2`)
    await page.getByRole('dialog').getByRole('option').first().waitFor()
    expect(await findingsInSheet(page)).toEqual([])
    await picture(page, 'compare-dark')
  } finally {
    await dark.close()
  }
})

async function choose(page: Page, step: string, wanted: string): Promise<void> {
  await page
    .getByLabel(new RegExp(`^What happens to leads on “${step}”`))
    .first()
    .click()
  await page.getByRole('option', { name: wanted }).click()
}
