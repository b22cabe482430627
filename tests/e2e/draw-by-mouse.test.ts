// The Friday sampler from an empty canvas, by mouse alone: drawn, published, and walked to its end by a real lead.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { mailbox } from '#db/schema/deliveries.ts'
import { enrollments, journeys, stepLog } from '#db/schema/journeys.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { until } from '../support/engine.ts'
import { addLeads } from '../support/seed-world.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { picture } from './support/picture.ts'
import { serveEngine, type ServedEngine } from './support/served-engine.ts'

let served: ServedEngine
let browser: TestBrowser
let folder: string
let ada: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-mouse-'))
  served = await serveEngine(folder)
  const { db } = served.database
  // Its segment, pool and assets; the journey that comes with them stays a draft nobody looks at.
  const example = new URL('../../examples/journeys/friday-sampler.json', import.meta.url)
  await importJourneyFile({ db }, JSON.parse(await readFile(example, 'utf8')), { actor: 'test' })
  const leads = await addLeads(db, ['Ada Lovelace'])
  ada = leads[0] ?? ''
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await rm(folder, { recursive: true, force: true })
})

const card = (tab: Page, step: string) => tab.locator(`[data-step="${step}"]`)

/** Chooses from the list that opens under a control. */
async function choose(tab: Page, control: string, option: string | RegExp): Promise<void> {
  await tab.getByRole('combobox', { name: control }).last().click()
  await tab.getByRole('option', { name: option }).first().click()
}

/** Clicks the "+" of a way out and takes a step of the list. */
async function addAfter(tab: Page, step: string, way: string, type: string): Promise<void> {
  await card(tab, step)
    .getByRole('button', { name: `Add a step after “${way}”` })
    .click()
  await tab.getByRole('dialog', { name: 'Add a step' }).getByRole('option', { name: type }).first().click()
}

async function drawn() {
  const [row] = await served.database.db.select().from(journeys).where(eq(journeys.key, 'friday-by-mouse'))
  if (row === undefined) throw new Error('The journey is not there.')
  return row
}

test('drawn by mouse, published, and a lead comes to its end with the mail it was promised', async () => {
  const { db } = served.database
  const tab = await browser.open(`${served.address}/journeys`)
  await tab.getByRole('button', { name: 'New journey' }).click()
  await tab.getByRole('menuitem', { name: 'Blank' }).click()
  await tab.getByLabel('Name').fill('Friday by mouse')
  await tab.getByRole('button', { name: 'Draw it' }).click()

  // When: every Friday at nine those of the segment, and anybody by hand.
  await tab.getByRole('button', { name: 'Every Friday at 9:00' }).click()
  await tab.getByRole('button', { name: 'Edit the rule: All leads who match' }).click()
  const sheet = tab.getByRole('dialog', { name: 'All leads who match' })
  await choose(tab, 'What it is about', /Segment/)
  await choose(tab, 'Which segment', /One download/)
  await sheet.getByText(/of \d+ leads match/).waitFor()
  await sheet.getByRole('button', { name: 'Save' }).click()
  await sheet.waitFor({ state: 'hidden' })
  await tab.getByRole('button', { name: 'Add way in' }).click()
  await tab.getByRole('menuitem', { name: /By hand/ }).click()

  // What: an invitation, dragged onto the canvas below the entry and connected by a line.
  const tile = tab.getByRole('navigation', { name: 'Steps to add' }).getByRole('button', { name: 'Invite' }).first()
  const from = await tile.boundingBox()
  const entry = await card(tab, 'entry').boundingBox()
  if (from === null || entry === null) throw new Error('Nothing is drawn.')
  await tab.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await tab.mouse.down()
  await tab.mouse.move(entry.x + entry.width / 2, entry.y + entry.height + 120, { steps: 10 })
  await tab.mouse.up()
  await card(tab, 'invite').waitFor()
  const [out, into] = [
    card(tab, 'entry').locator('[data-handleid="next"]'),
    card(tab, 'invite').locator('[data-handleid="in"]'),
  ]
  const [start, end] = [await out.boundingBox(), await into.boundingBox()]
  if (start === null || end === null) throw new Error('The steps have no ports.')
  await tab.mouse.move(start.x + start.width / 2, start.y + start.height / 2)
  await tab.mouse.down()
  await tab.mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 10 })
  await tab.mouse.up()
  await card(tab, 'invite').click()
  await choose(tab, 'Pool', /Sampler/i)
  await tab.getByLabel('At most').fill('8')
  await tab.getByLabel('At most').blur()

  // And then: every way ends in words of its own.
  for (const way of ['Sent', 'Nothing left']) await addAfter(tab, 'invite', way, 'Exit')
  // Ways that may end where they are have no "+": a line pulled into the empty canvas asks what comes there.
  for (const port of ['skipped', 'limit']) {
    const way = await card(tab, 'invite').locator(`[data-handleid="${port}"]`).boundingBox()
    if (way === null) throw new Error(`There is no way out "${port}".`)
    await tab.mouse.move(way.x + way.width / 2, way.y + way.height / 2)
    await tab.mouse.down()
    await tab.mouse.move(way.x + 260, way.y - 40, { steps: 10 })
    await tab.mouse.up()
    await tab.getByRole('dialog', { name: 'Add a step' }).getByRole('option', { name: 'Exit' }).first().click()
    await tab.getByRole('dialog', { name: 'Add a step' }).waitFor({ state: 'hidden' })
  }
  await card(tab, 'exit').dblclick()
  await card(tab, 'exit').getByRole('textbox', { name: 'Name of the step' }).fill('Invited')
  await tab.keyboard.press('Enter')

  await tab.getByText(/^Saved/).waitFor()
  await expect.poll(async () => (await drawn()).draftGraph.nodes.length).toBe(6)
  await expect.poll(async () => (await drawn()).draftGraph.nodes.find(({ id }) => id === 'exit')?.name).toBe('Invited')
  await same(await drawn())

  await tab.getByRole('button', { name: 'Publish', exact: true }).click()
  const publish = tab.getByRole('dialog')
  await publish
    .getByRole('button', { name: /^Publish/ })
    .last()
    .click()
  await expect.poll(async () => (await drawn()).liveVersion).toBe(1)

  const entered = await fetch(`${served.address}/api/v1/enrollments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ journey: 'friday-by-mouse', lead: { id: ada } }),
  })
  expect(entered.ok ? null : await entered.text()).toBeNull()
  await until('the lead is at the end', async () => {
    const [row] = await db.select().from(enrollments).where(eq(enrollments.leadId, ada))
    return row?.status === 'completed'
  })
  const walked = await db.select().from(stepLog).where(eq(stepLog.leadId, ada)).orderBy(stepLog.id)
  expect(walked.map(({ stepId }) => stepId)).toEqual(['entry', 'invite', 'exit'])
  await until('the mail is in the mailbox', async () => {
    const mails = await db.select().from(mailbox).where(eq(mailbox.leadId, ada))
    return mails.length === 1
  })
  // The canvas tells it, too.
  await tab.goto(`${served.address}/journeys/friday-by-mouse?view=live&lead=${ada}`)
  await tab.locator('[data-step="exit"][data-path]').waitFor()
  expect(browser.complaints).toEqual([])
  await picture(tab, 'drawn-by-mouse')
  await tab.close()
})

/** What was drawn is the shipped journey: the same steps with the same ways between them. */
async function same({
  draftGraph,
}: {
  draftGraph: {
    nodes: readonly { id: string; type: string }[]
    edges: readonly { from: string; port: string; to: string }[]
  }
}) {
  const example = new URL('../../examples/journeys/friday-sampler.json', import.meta.url)
  const { file } = parseJourneyFile(JSON.parse(await readFile(example, 'utf8')))
  const ways = ({ nodes, edges }: typeof draftGraph) => {
    const type = new Map(nodes.map((node) => [node.id, node.type]))
    return edges.map(({ from, port, to }) => `${type.get(from) ?? ''} ${port} ${type.get(to) ?? ''}`).toSorted()
  }
  expect(ways(draftGraph)).toEqual(ways(file?.graph ?? { nodes: [], edges: [] }))
}
