// The inbox in a real browser: keys, claiming by two, taking an outcome back, a phone, and what a screen reader needs.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask } from '#activities/tasks/work-on-task.ts'
import { saveCues } from '#db/repositories/cues.ts'
import { leadNotes, leads, leadTags } from '#db/schema/leads.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import { addPerson, addQueue } from '../support/people.ts'
import { addLeads, addMessage, addTask, logStep, placeLead, publishExample } from '../support/seed-world.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
const ids: string[] = []
const names = ['Grace Hopper', 'Katherine Johnson', 'Emmy Noether', 'Hedy Lamarr', 'Chien-Shiung Wu']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-inbox-'))
  page = await servePage(folder)
  await seed()
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

async function openAs(person: string, path = '/tasks', size?: { width: number; height: number }): Promise<Page> {
  const tab = await browser.open(page.address, size)
  await tab.evaluate(`localStorage.setItem('trellis:person', ${JSON.stringify(JSON.stringify(person))})`)
  await tab.goto(`${page.address}${path}`)
  await tab.getByRole('button', { name: /^Mine/ }).waitFor()
  return tab
}

async function taskRow(index: number) {
  const [row] = await page.database.db
    .select()
    .from(tasks)
    .where(eq(tasks.id, ids[index] ?? ''))
  return row
}

test('the most urgent first; by keys to the task, what happens next on each outcome, and back within five seconds', async () => {
  const tab = await openAs('ann')
  await tab.getByRole('heading', { name: /Overdue/ }).waitFor()
  expect(await tab.getByRole('region', { name: 'Overdue' }).getByRole('listitem').count()).toBe(1)
  await tab.keyboard.press('j')
  const pane = tab.getByRole('article', { name: 'Last call to Grace Hopper' })
  await pane.waitFor()
  await pane
    .getByText('continues at “Wants a demo”')
    .or(pane.getByText(/continues at/).first())
    .first()
    .waitFor()
  await tab.keyboard.press('e')
  await tab.keyboard.press('Enter')
  await tab.getByText('Last call to Grace Hopper: recorded.').waitFor()
  await tab.getByRole('article', { name: 'Last call to Katherine Johnson' }).waitFor()
  await tab.getByRole('button', { name: 'Undo' }).click()
  await pane.waitFor()
  expect(await taskRow(0)).toMatchObject({ status: 'open', outcome: null })
  await tab.close()
})

test('what a colleague takes is locked here within a second or two, and says who has it', async () => {
  const tab = await openAs('ann', `/tasks?view=team&task=${ids[2] ?? ''}`)
  await tab.getByText('Nobody has this yet').waitFor()
  const claimed = await claimTask({ db: page.database.db }, ids[2] ?? '', { person: 'ben', actor: 'user:ben' })
  expect(claimed).toEqual({ done: true })
  await tab.getByText(/Ben Stone works on this since/).waitFor()
  expect(await tab.getByRole('button', { name: /Wants a demo/ }).isDisabled()).toBe(true)
  await tab.close()
})

test('on a phone one thing at a time: list, task, back; a note is kept', async () => {
  const tab = await openAs('ann', '/tasks', { width: 360, height: 740 })
  await tab.getByRole('button', { name: /Katherine Johnson/ }).click()
  await tab.getByRole('button', { name: 'Back to the list' }).waitFor()
  expect(await tab.getByRole('region', { name: 'Due soon' }).isVisible()).toBe(false)
  await tab.getByLabel('Note on the lead').fill('Prefers mornings')
  await tab.getByRole('button', { name: 'Add', exact: true }).click()
  await tab.getByText('Prefers mornings', { exact: true }).waitFor()
  await tab.getByRole('button', { name: 'Back to the list' }).click()
  await tab.getByRole('button', { name: /Katherine Johnson/ }).waitFor()
  const width = await tab.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)
  expect(width).toBeLessThanOrEqual(360)
  await tab.close()
})

test('axe finds nothing wrong, light and dark, and the pages complain of nothing', async () => {
  const pictures = process.env['TRELLIS_SCREENSHOTS'] ?? ''
  const found: string[] = []
  for (const scheme of ['light', 'dark'] as const) {
    const other = await openBrowser(scheme)
    const tab = await other.open(page.address)
    await tab.evaluate(`localStorage.setItem('trellis:person', '"ann"')`)
    for (const [name, path] of [
      ['list', '/tasks'],
      ['task', `/tasks?task=${ids[0] ?? ''}`],
      ['locked', `/tasks?view=team&task=${ids[2] ?? ''}`],
      ['empty', '/tasks?view=snoozed'],
    ] as const) {
      await tab.setViewportSize({ width: 1440, height: 900 })
      await tab.goto(`${page.address}${path}`)
      await tab.getByRole('button', { name: /^Mine/ }).waitFor()
      await tab.waitForTimeout(600)
      await tab.evaluate(axe.source)
      const { violations } = (await tab.evaluate('axe.run()')) as axe.AxeResults
      found.push(...violations.map(({ id, nodes }) => `${scheme} ${name}: ${id} ${nodes[0]?.html ?? ''}`))
      if (pictures === '') continue
      await mkdir(pictures, { recursive: true })
      for (const [width, height] of [
        [1440, 900],
        [390, 844],
      ] as const) {
        await tab.setViewportSize({ width, height })
        await tab.waitForTimeout(300)
        await tab.screenshot({ path: join(pictures, `inbox-${name}-${String(width)}-${scheme}.png`) })
      }
    }
    await other.close()
    found.push(...other.complaints)
  }
  found.push(...browser.complaints)
  expect(found).toEqual([])
})

async function seed(): Promise<void> {
  const { db } = page.database
  await publishExample(db, 'last-chance-call')
  for (const [key, name] of [
    ['ann', 'Ann Field'],
    ['ben', 'Ben Stone'],
    ['max', 'Max Hill'],
  ] as const)
    await addPerson(db, key, { name, capacity: 20, manager: key === 'max' ? null : 'max' })
  await addQueue(db, 'sales', ['ann', 'ben'], { name: 'Sales', rule: 'take' })
  await db.transaction((tx) =>
    saveCues(tx, [{ key: 'spring', label: 'Call me in spring', date: 'required', field: null }], 'test'),
  )
  const leadIds = await addLeads(db, names)
  for (const [index, leadId] of leadIds.entries()) {
    const enrollmentId = await placeLead(db, { leadId, journey: 'last-chance-call', stepId: 'call', agoMinutes: 300 })
    const step = { leadId, enrollmentId, journey: 'last-chance-call' }
    await logStep(db, {
      ...step,
      stepId: 'entry',
      agoMinutes: 302,
      reason: 'Started the journey: invited 8 times, downloaded once.',
    })
    await addMessage(db, { ...step, stepId: 'goodbye', subject: 'Shall we stay in touch?' })
    const minutes = [-95, 40, 300, 1200, 3000][index] ?? 60
    ids.push(
      await addTask(db, {
        ...step,
        stepId: 'call',
        title: `Last call to ${names[index] ?? ''}`,
        dueInMinutes: minutes,
      }),
    )
    const assignee = index < 2 ? 'ann' : null
    await db
      .update(tasks)
      .set({ assignee, createdFor: new Date(Date.now() - 18_000_000) })
      .where(eq(tasks.id, ids[index] ?? ''))
    await db.insert(taskLog).values({ taskId: ids[index] ?? '', action: 'created', actor: 'journey:last-chance-call' })
    // Somewhere where it is a time to call by day and by night: the tasks that may be claimed are no calls.
    await db
      .update(leads)
      .set({
        phone: '+44 20 7946 0018',
        company: 'Harbour Analytics',
        title: 'Head of Operations',
        city: 'Leeds',
        country: 'GB',
        zone: 'Europe/London',
        score: 82,
      })
      .where(eq(leads.id, leadId))
    await db.insert(leadTags).values({ leadId, tag: 'expo-2026' })
  }
  await db
    .update(tasks)
    .set({ kind: 'task' })
    .where(eq(tasks.id, ids[2] ?? ''))
  await db
    .insert(leadNotes)
    .values({ leadId: leadIds[0] ?? '', body: 'Budget is decided in March.', actor: 'user:ben' })
}
