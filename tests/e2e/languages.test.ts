// The page in the developers' language, in which every text is in brackets: what is not cannot be translated, unless it is
// data. And a real translation, written to a file, is read.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { publishExample } from '../support/seed-world.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-languages-'))
  page = await servePage(folder)
  const { db } = page.database
  await publishExample(db, 'friday-sampler')
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'wait', type: 'wait', config: { duration: 'P3D' } },
      { id: 'hook', type: 'webhook', config: { url: 'https://123.example/' } },
      { id: 'split', type: 'split', config: {} },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'wait' },
      { from: 'wait', port: 'next', to: 'hook' },
    ],
  })
  await createJourney(db, { key: 'quiet', name: '1', graph }, 'test')
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Texts, shown or read aloud, with words outside of brackets. */
async function plainWords(tab: Page): Promise<string[]> {
  // As text: the page's DOM is no type of these tests.
  return tab.evaluate(`(() => {
    const found = new Set()
    const judge = (text, where) => {
      let rest = text
      for (let before = ''; before !== rest;) { before = rest; rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '') }
      if (/[A-Za-z]{2,}/.test(rest)) found.add(where + text.trim().slice(0, 120))
    }
    // Lists that are not open are data of the library (zones, people); what programs keep is in code and time.
    const isData = (element) => element === null || element.closest('script, style, noscript, kbd, code, time, textarea, [role=listbox], [data-hidden]') !== null
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) if (!isData(texts.currentNode.parentElement)) judge(texts.currentNode.textContent, '')
    for (const name of ['aria-label', 'aria-description', 'aria-roledescription', 'placeholder', 'title', 'alt']) {
      for (const element of document.querySelectorAll('[' + name + ']')) if (!isData(element)) judge(element.getAttribute(name), name + ' ')
    }
    return [...found]
  })()`)
}

/** Names that are the same in every language, the browser's own names of days, and what people have named. */
const same =
  /^(aria-label |title |aria-roledescription )?(Trellis|React Flow( attribution)?|UTC|owner|test|node|edge|(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?|autosize measurement|entry|wait|hook|split|end)$/i

/** Messages of problems are whole sentences of the engine, with names in them: docs/builder.md says what they would need. */
const problem = / leads nowhere by | leads from the entry to /

async function expectNoPlainWords(tab: Page, data: readonly string[] = []): Promise<void> {
  const found = await plainWords(tab)
  const isKnown = (text: string) => same.test(text) || problem.test(text) || data.some((one) => text.includes(one))
  expect
    .soft(
      found.filter((text) => !isKnown(text)),
      tab.url(),
    )
    .toEqual([])
}

test('the list of journeys and the editor say nothing that could not be translated', async () => {
  const tab = await browser.open(`${page.address}/journeys?lang=pseudo`)
  await tab.getByText('Friday sampler').first().waitFor()
  expect(await tab.locator('html').getAttribute('lang')).toBe('en-XA')
  const data = ['Friday sampler', 'Every Friday, leads with']
  await expectNoPlainWords(tab, data)

  // The language is remembered: no address after the first has it.
  for (const step of ['', 'entry', 'hook', 'split']) {
    await tab.goto(`${page.address}/journeys/quiet${step === '' ? '' : `?step=${step}`}`)
    await tab.locator('[data-step="hook"]').waitFor()
    await tab
      .locator(step === '' ? 'aside' : `[data-form="${step}"]`)
      .first()
      .waitFor()
    await expectNoPlainWords(tab, data)
    if (step !== 'hook') continue
    await tab.getByRole('tab').nth(1).click()
    await tab.locator('[role=tabpanel]:visible input').first().waitFor()
    await expectNoPlainWords(tab, data)
  }
  expect(browser.complaints).toEqual([])
  await tab.close()
})

test('a browser whose language nobody has translated gets English', async () => {
  const tab = await browser.open(`${page.address}/journeys?lang=tlh`)
  await tab.getByRole('heading', { name: 'Journeys' }).waitFor()
  expect(await tab.locator('html').getAttribute('lang')).toBe('en')
  await tab.close()
})
