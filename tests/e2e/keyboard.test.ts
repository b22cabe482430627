// T2 drawn from an empty canvas by the keyboard alone, published, and a lead that arrives at its last step.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { addLeads } from '../support/seed-world.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { expectFridaySampler, expectLeadArrives, installSamplerLibrary } from './support/builder.ts'
import { command, focusedName, heard, keyTo } from './support/keyboard.ts'
import { serveEngine, type ServedEngine } from './support/served-engine.ts'

let served: ServedEngine
let browser: TestBrowser
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-keyboard-'))
  served = await serveEngine(folder)
  await installSamplerLibrary(served)
  await createJourney(served.database.db, { key: 'drawn', name: 'Drawn by keys' }, 'test')
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The keyboard on the row of a step in the outline. */
async function toRow(tab: Page, row: RegExp): Promise<void> {
  await command(tab, 'Show the outline')
  await tab.locator('[role="treegrid"]:focus').waitFor()
  await tab.keyboard.press('Home')
  const active = tab.locator('[role="treegrid"] [data-active="true"]')
  for (let count = 0; count < 20; count += 1) {
    if (row.test((await active.getAttribute('aria-label')) ?? '')) return
    await tab.keyboard.press('ArrowDown')
  }
  throw new Error(`No row is called ${String(row)}.`)
}

/** From the row into its settings, to the control of that name. */
async function toSetting(tab: Page, name: RegExp): Promise<void> {
  await tab.keyboard.press('Enter')
  await tab.locator('aside [data-form] :focus').waitFor()
  if (!name.test(await focusedName(tab))) await keyTo(tab, name)
}

/** Chooses in a list that is searched by typing. */
async function choose(tab: Page, words: string): Promise<void> {
  await tab.keyboard.press('Control+a')
  await tab.keyboard.type(words)
  await tab.getByRole('option', { name: words }).first().waitFor()
  await tab.keyboard.press('ArrowDown')
  await tab.keyboard.press('Enter')
}

/** Adds a step at the row and names it. */
async function add(tab: Page, type: string, name: string): Promise<void> {
  await tab.keyboard.press('Insert')
  await tab.getByRole('dialog', { name: 'Add a step' }).waitFor()
  await tab.keyboard.type(type)
  await tab.keyboard.press('Enter')
  await heard(tab, /added/)
  await tab.keyboard.press('F2')
  await tab.locator('[role="treegrid"] input:focus').waitFor()
  await tab.keyboard.type(name)
  await tab.keyboard.press('Enter')
  await heard(tab, new RegExp(`called ${name}`))
}

test('T2 is drawn, published, and a lead arrives, without a mouse', async () => {
  const tab = await browser.open(`${served.address}/journeys/drawn`)
  await tab.getByText('When does someone start?').first().waitFor()

  // The entry: every Friday at nine, for the leads of a segment.
  await keyTo(tab, /Every Friday at 9:00/, 'Tab', 120)
  await tab.keyboard.press('Enter')
  await toRow(tab, /^Entry/)
  await tab.keyboard.press('F2')
  await tab.keyboard.type('Every Friday at nine')
  await tab.keyboard.press('Enter')
  await toSetting(tab, /Edit the rule/)
  await tab.keyboard.press('Enter')
  const sheet = tab.getByRole('dialog')
  await sheet.getByLabel('What it is about').waitFor()
  await keyTo(tab, /What it is about/)
  await choose(tab, 'Segment')
  await keyTo(tab, /Which segment/)
  await choose(tab, 'One download, fewer than 8 invitations')
  await keyTo(tab, /^Save$/)
  await tab.keyboard.press('Enter')
  await sheet.waitFor({ state: 'detached' })

  // The invitation, and where each of its ways ends.
  await toRow(tab, /^Every Friday at nine/)
  await add(tab, 'invite', 'Invite to sample one more thing')
  await toSetting(tab, /Pool/)
  await choose(tab, 'Sampler')
  await toRow(tab, /^Invite/)
  await toSetting(tab, /(?:limit|most|times)/i)
  await tab.keyboard.type('8')
  await toRow(tab, /^Sent/)
  await add(tab, 'exit', 'Invited')
  for (const [row, name] of [
    [/^Nothing left/, 'Has had everything'],
    [/^Limit reached/, 'Eight invitations'],
    // At the step itself: the way that need not lead anywhere, and leads nowhere yet.
    [/^Invite/, 'Could not be invited'],
  ] as const) {
    await toRow(tab, row)
    await add(tab, 'exit', name)
  }

  // Leads may come again each week: an option of the journey itself.
  await toRow(tab, /^Every Friday/)
  await tab.keyboard.press('Escape')
  await tab.keyboard.press('F6')
  await tab.locator('aside [data-form] :focus').waitFor()
  if (!/May a lead come again/.test(await focusedName(tab))) await keyTo(tab, /May a lead come again/)
  await tab.keyboard.press('Enter')
  await tab.getByRole('option', { name: 'Always, from the beginning' }).waitFor()
  const marked = tab.locator('[role="option"][data-combobox-selected]:visible').filter({ hasText: /^Always/ })
  for (let count = 0; count < 6 && (await marked.count()) === 0; count += 1) await tab.keyboard.press('ArrowDown')
  await tab.keyboard.press('Enter')
  await tab.getByRole('option', { name: 'Always, from the beginning' }).waitFor({ state: 'hidden' })

  await tab.getByRole('button', { name: /^No problems|^Show problems: \d+ warnings?$/ }).waitFor()
  await command(tab, 'Publish…')
  const publish = tab.getByRole('dialog', { name: /Publish/ })
  await publish.waitFor()
  await keyTo(tab, /^Publish/)
  await tab.keyboard.press('Enter')
  await tab.getByText('Version 1 is live').first().waitFor()

  await expectFridaySampler(served, 'drawn')
  const [leadId = ''] = await addLeads(served.database.db, ['Ada Lovelace'])
  await expectLeadArrives(served, { journey: 'drawn', leadId, at: 'Invited' })
  expect(browser.complaints).toEqual([])
})
