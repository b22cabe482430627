// The list of journeys in a real browser: templates are looked at before they are used, journeys go out as files and come
// back the same, and what can be done with one row or with several.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { publishExample } from '../support/seed-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-board-'))
  page = await servePage(folder)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

// A page that a failed test left open keeps its streams, and a browser has six connections to a server.
afterEach(async () => {
  for (const tab of browser.context.pages()) await tab.close()
})

const open = (path: string) => browser.open(`${page.address}${path}`)
const button = (tab: Page, name: string | RegExp) => tab.getByRole('button', { name, exact: typeof name === 'string' })

/** Keys of the journeys there are. */
async function keys(): Promise<string[]> {
  const { items } = (await page.request.get('/api/v1/journey-board').expect(200)).body as { items: { key: string }[] }
  return items.map(({ key }) => key).toSorted()
}

async function fromMenu(tab: Page, menu: string, item: string): Promise<void> {
  await button(tab, menu).click()
  await tab.getByRole('menuitem', { name: item, exact: true }).click()
}

/** Exports by a menu; where the file is, and what it is called. */
async function exported(tab: Page, menu: string, item: string): Promise<{ path: string; name: string }> {
  const coming = tab.waitForEvent('download')
  await fromMenu(tab, menu, item)
  const download = await coming
  const name = download.suggestedFilename()
  const path = join(folder, `${String(Math.random()).slice(2)}-${name}`)
  await download.saveAs(path)
  return { path, name }
}

test('a template is looked at in its place, and only "Use this template" makes a journey of it', async () => {
  const tab = await open('/journeys')
  await button(tab, /^Friday sampler/).click()
  await tab.getByRole('group', { name: 'Drawing of Friday sampler; it can be scrolled' }).waitFor()
  expect(new URL(tab.url()).searchParams.get('template')).toBe('friday-sampler')
  await tab
    .getByRole('listitem')
    .filter({ hasText: 'Invite to the next of sampler, at most 8 in all' })
    .first()
    .waitFor()
  await tab.getByText('All of it comes with the template.').waitFor()
  expect(await seriousFindings(tab)).toEqual([])
  expect(await keys()).toEqual([])

  // By keyboard: back to the card one came from, and in again.
  await button(tab, 'Back to all templates').press('Enter')
  await tab.locator('[data-template="friday-sampler"]:focus').press('Enter')
  await tab.getByRole('heading', { name: 'Friday sampler' }).waitFor()
  await button(tab, 'Use this template').press('Enter')
  await tab.waitForURL('**/journeys/friday-sampler')
  await tab.getByText('Invite to sample one more thing').first().waitFor()
  expect(await keys()).toEqual(['friday-sampler'])
})

test('the preview over the list is accessible and fits, light and dark, wide and narrow', async () => {
  const tab = await open('/journeys?template=win-back-survey')
  await tab.getByRole('dialog').getByRole('heading', { name: 'Win-back survey' }).waitFor()
  await tab.getByRole('group', { name: /^Drawing of Win-back survey/ }).waitFor()
  for (const [colorScheme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await tab.setViewportSize({ width, height: 844 })
    await tab.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
    expect(await seriousFindings(tab)).toEqual([])
    const shown = await tab.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)
    expect(shown).toBeLessThanOrEqual(width)
  }
  await tab.keyboard.press('Escape')
  await tab.getByRole('dialog').waitFor({ state: 'detached' })
  expect(new URL(tab.url()).search).toBe('')
})

test('a journey is kept as a template, begun from, and taken out of the gallery after a question', async () => {
  const tab = await open('/journeys/friday-sampler')
  await fromMenu(tab, 'More about publishing', 'Save as template…')
  // The journey beside it has a name, too.
  const dialog = tab.getByRole('dialog', { name: 'Save as template' })
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Our Friday')
  await dialog.getByRole('button', { name: 'Save as template' }).click()
  // Words at the edge of the screen go by themselves; what stays is looked for.
  await dialog.waitFor({ state: 'detached' })

  await tab.goto(`${page.address}/journeys?new=templates`)
  await tab
    .getByRole('region', { name: 'Your templates' })
    .getByRole('button', { name: /^Our Friday/ })
    .click()
  await tab.getByText('✓ Sampler').waitFor()
  await button(tab, 'Use this template').click()
  await tab.waitForURL('**/journeys/friday-sampler-2')
  await tab.goBack()
  await button(tab, 'Remove…').click()
  await button(tab, 'Remove the template').click()
  await button(tab, /^Friday sampler/).waitFor()
  expect(await tab.getByRole('region', { name: 'Your templates' }).count()).toBe(0)
  expect(await keys()).toEqual(['friday-sampler', 'friday-sampler-2'])
})

test('a file that is none is refused in words; one that is comes back byte for byte as it went', async () => {
  const tab = await open('/journeys')
  const { path, name } = await exported(tab, 'More about Friday sampler', 'Export as a file (JSON)')
  expect(name).toBe('friday-sampler.json')
  const before = await readFile(path, 'utf8')
  const kept = await keys()

  await fromMenu(tab, 'New journey', 'Import a file')
  const dialog = tab.getByRole('dialog')
  // As text: the page's DOM is no type of these tests.
  const dropped = await tab.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File(['{ "format": 1, '], 'torn.json', { type: 'application/json' }))
    return data
  })()`)
  await dialog.getByText('Drop a file here, or choose one').dispatchEvent('drop', { dataTransfer: dropped })
  await dialog.getByText('“torn.json” is not a journey file: it is not JSON.').waitFor()
  const choose = (text: string) =>
    dialog.locator('input[type="file"]').setInputFiles({
      name: 'chosen.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    })
  await choose(JSON.stringify({ ...(JSON.parse(before) as object), format: 99, key: 'from-the-future' }))
  await dialog.getByText('chosen.json').waitFor()
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.getByText(/has format "99"/).waitFor()
  expect(await keys()).toEqual(kept)

  // The same dialog takes the right one, and asks before it replaces a draft.
  await choose(before)
  await dialog.getByRole('alert').waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.getByRole('radio', { name: /^Replace the draft/ }).check()
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await tab.waitForURL('**/journeys/friday-sampler')
  await tab.getByText('Invite to sample one more thing').first().waitFor()
  const again = await exported(tab, 'More about this journey', 'Export as a file (JSON)')
  expect(await readFile(again.path, 'utf8')).toBe(before)
  expect(await keys()).toEqual(kept)
})

test('a journey goes out as a picture, and as a page that opens from the disk and runs nothing but its own script', async () => {
  const name = '</script><img src=x onerror=alert(1)>'
  await createJourney(page.database.db, { key: 'hostile', name }, 'test')
  const tab = await open('/journeys?q=script')
  const svg = await readFile((await exported(tab, `More about ${name}`, 'Export as a picture (SVG)')).path, 'utf8')
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width=/)
  const file = await exported(tab, `More about ${name}`, 'Export as a page to look at (HTML)')
  expect(file.name).toBe('hostile.html')

  const before = browser.complaints.length
  const viewer = await browser.open('about:blank')
  const asked: string[] = []
  let alerts = 0
  viewer.on('request', (request) => asked.push(new URL(request.url()).protocol))
  viewer.on('dialog', (dialog) => {
    alerts += 1
    void dialog.dismiss()
  })
  await viewer.goto(pathToFileURL(file.path).href)
  await viewer.getByRole('heading', { name }).waitFor()
  await viewer.getByRole('listitem').filter({ hasText: 'Entry' }).waitFor()
  const zoom = viewer.locator('#zoom')
  await zoom.getByText('100 %').waitFor()
  await button(viewer, 'Zoom in').click()
  await zoom.getByText('125 %').waitFor()
  await viewer.getByRole('group').press('0')
  await zoom.getByText('100 %').waitFor()
  expect(await viewer.locator('img').count()).toBe(0)
  expect({ asked: [...new Set(asked)], alerts }).toEqual({ asked: ['file:'], alerts: 0 })
  expect(browser.complaints.slice(before)).toEqual([])
})

test('a file that would change what a live journey uses is brought in without that', async () => {
  await publishExample(page.database.db, 'last-chance-call')
  const example = new URL('../../examples/journeys/last-chance-call.json', import.meta.url)
  const file = JSON.parse(await readFile(example, 'utf8')) as { resources: { segments: object[] } }
  const before = (await page.request.get('/api/v1/library').expect(200)).body as { library: unknown }
  const segments = file.resources.segments.map((segment) => ({ ...segment, rule: { kind: 'always' } }))
  const tab = await open('/journeys?new=import')
  const dialog = tab.getByRole('dialog')
  await dialog.locator('input[type="file"]').setInputFiles({
    name: 'other.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ ...file, key: 'other', name: 'Other', resources: { segments } })),
  })
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.getByText(/than the one that "last-chance-call" uses now/).waitFor()
  await dialog.getByRole('button', { name: 'Import it, and keep what is here' }).click()
  await tab.waitForURL('**/journeys/other')
  expect((await page.request.get('/api/v1/library').expect(200)).body).toMatchObject({ library: before.library })
})

test('rows are duplicated, paused, resumed, tagged and archived, one by one and several at once', async () => {
  const tab = await open('/journeys')
  const row = (key: string) => tab.locator(`[data-journey="${key}"]`)
  await fromMenu(tab, 'More about Last-chance call', 'Duplicate')
  await tab.waitForURL('**/journeys/copy-of-last-chance-call')
  await tab.goBack()
  await fromMenu(tab, 'More about Last-chance call', 'Pause')
  await row('last-chance-call').getByText('Paused').filter({ visible: true }).waitFor()
  await fromMenu(tab, 'More about Last-chance call', 'Resume')
  await row('last-chance-call').getByText('Live v1').filter({ visible: true }).waitFor()

  await fromMenu(tab, 'More about Last-chance call', 'Tags…')
  await tab.getByRole('combobox', { name: 'Tags of Last-chance call' }).fill('quarter')
  await tab.keyboard.press('Enter')
  await button(tab, 'Save').click()
  await row('last-chance-call').getByText('quarter', { exact: true }).waitFor()

  for (const name of ['Choose Last-chance call', 'Choose Copy of Last-chance call']) {
    await tab.getByRole('checkbox', { name, exact: true }).check()
  }
  const toolbar = tab.getByRole('toolbar', { name: 'With what is chosen' })
  await toolbar.getByRole('button', { name: 'Tag' }).click()
  await tab.getByRole('combobox', { name: 'Tags that all of them have' }).fill('spring')
  await tab.keyboard.press('Enter')
  await button(tab, 'Save').click()
  await row('copy-of-last-chance-call').getByText('spring', { exact: true }).waitFor()
  // What only one of them had it keeps.
  await row('last-chance-call').getByText('quarter', { exact: true }).waitFor()

  for (const name of ['Choose Last-chance call', 'Choose Copy of Last-chance call']) {
    await tab.getByRole('checkbox', { name, exact: true }).check()
  }
  await toolbar.getByRole('button', { name: 'Archive' }).click()
  await tab.getByRole('dialog', { name: 'Archive 2 journeys?' }).getByRole('button', { name: 'Archive' }).click()
  await row('last-chance-call').waitFor({ state: 'detached' })
  await row('copy-of-last-chance-call').waitFor({ state: 'detached' })
  await fromMenu(tab, 'More about Friday sampler', 'Archive…')
  await tab.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
  await row('friday-sampler').waitFor({ state: 'detached' })
  await tab.goto(`${page.address}/journeys?status=archived`)
  await tab.getByText(/^3 of \d journeys$/).waitFor()
})
