// Forms made from schemas, in a real browser and by keyboard; and an activity that an engineer is writing meanwhile.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { openLiveActivities, type LiveActivities } from '#activities/live-activities.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { surveySchema } from '#engine/library.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
let customFolder: string
let custom: LiveActivities

const steps = ['entry', 'send_email', 'wait', 'split', 'branch_on_answer', 'escalate_to_call', 'set_field', 'webhook']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-forms-'))
  // Inside the repository, so that an activity may import `#activities/…` as real ones do.
  const dist = join(import.meta.dirname, '../../dist')
  await mkdir(dist, { recursive: true })
  customFolder = await mkdtemp(join(dist, 'custom-'))
  custom = await openLiveActivities({ folder: customFolder, follow: true, everyMs: 100 })
  page = await servePage(folder, { registry: custom.registry, customActivities: custom })
  const { db } = page.database
  await db.transaction((tx) =>
    saveResources(tx, {
      surveys: [
        surveySchema.parse({
          key: 'mood',
          title: 'How are you?',
          questions: [
            {
              id: 'mood',
              text: 'Your mood',
              type: 'single',
              options: [
                { value: 'good', label: 'Good' },
                { value: 'bad', label: 'Bad' },
              ],
            },
          ],
        }),
      ],
    }),
  )
  const graph = graphSchema.parse({
    format: 1,
    nodes: steps.map((type) => ({ id: type, type, config: type === 'branch_on_answer' ? branchStarter : {} })),
    edges: steps.slice(1).map((to, index) => ({ from: steps[index], port: 'next', to })),
  })
  await createJourney(db, { key: 'forms', name: 'Forms', graph }, 'test')
  browser = await openBrowser()
})

const branchStarter = { cases: [{ id: 'first', name: 'First answer', values: [] }] }

afterAll(async () => {
  await browser?.close()
  custom?.stop()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
  await rm(customFolder, { recursive: true, force: true })
})

/** By Tab alone, from where the keyboard is, to the control of a setting. */
async function tabTo(tab: Page, path: string, nth = 0): Promise<void> {
  for (let presses = 0; presses < 160; presses += 1) {
    // As text: the page's DOM is no type of these tests.
    const at = await tab.evaluate<boolean>(`(() => {
      const place = document.querySelector('[data-form] [data-path="${path}"]')
      const active = document.activeElement
      if (place === null || active === null || !place.contains(active)) return false
      const own = [...place.querySelectorAll('input:not([type=hidden]), textarea, button, [tabindex="0"]')]
      return own.indexOf(active) >= ${String(nth)}
    })()`)
    if (at) return
    await tab.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach "${path}".`)
}

async function openStep(tab: Page, id: string): Promise<void> {
  // As a link to the step does, without reading the page again.
  await tab.evaluate(`history.pushState(null, '', '?step=${id}'); dispatchEvent(new Event('trellis:navigated'))`)
  await tab.locator(`[data-form="${id}"]`).waitFor()
  // From the name of the step, where F2 brings one, Tab goes into its form.
  await tab.getByRole('textbox', { name: 'Name of the step' }).focus()
}

/** The settings of a step as the server has them, once they are what they should be. */
async function expectSaved(tab: Page, id: string, config: Record<string, unknown>): Promise<void> {
  await expect
    .poll(async () => {
      const draft = (await tab.evaluate(`fetch('/api/v1/journeys/forms/draft').then((answer) => answer.json())`)) as {
        graph: { nodes: { id: string; config: Record<string, unknown> }[] }
      }
      return draft.graph.nodes.find((node) => node.id === id)?.config
    })
    .toEqual(config)
}

test('a step of every category is set up by keyboard, and the server takes it', async () => {
  const tab = await browser.open(`${page.address}/journeys/forms?step=entry`)
  const { keyboard } = tab
  const type = async (path: string, text: string, nth = 0) => {
    await tabTo(tab, path, nth)
    await keyboard.press('Control+A')
    await keyboard.type(text)
  }

  await openStep(tab, 'entry')
  await tabTo(tab, 'triggers')
  await keyboard.press('Enter')
  await tab.locator('[data-path="triggers.0.event"] input').waitFor()
  await type('triggers.0.event', 'downloaded')
  await keyboard.press('Tab')
  await expectSaved(tab, 'entry', { triggers: [{ id: 'event_1', kind: 'event', event: 'downloaded' }] })

  await openStep(tab, 'send_email')
  await type('subject', 'Hello {{ fir')
  await tab.getByRole('option', { name: /First name/ }).waitFor()
  await keyboard.press('Enter')
  // The word to change is selected: what stands in for a name that is not known.
  await keyboard.type('friend')
  await type('body', 'Good to have you.')
  await keyboard.press('Tab')
  await expectSaved(tab, 'send_email', {
    subject: 'Hello {{ lead.first_name | default: "friend" }}',
    body: 'Good to have you.',
  })

  await openStep(tab, 'wait')
  await type('duration', '3')
  await tabTo(tab, 'businessDays')
  await keyboard.press('Space')
  await expectSaved(tab, 'wait', { duration: 'P3D', businessDays: true })

  await openStep(tab, 'split')
  await type('ways.0.percent', '70')
  await tab.getByText('120 % in all; it must be 100').waitFor()
  await type('ways.1.percent', '30')
  await keyboard.press('Tab')
  await tab.getByText('100 % in all', { exact: true }).waitFor()
  await expectSaved(tab, 'split', {
    ways: [
      { id: 'a', name: 'A', percent: 70 },
      { id: 'b', name: 'B', percent: 30 },
    ],
  })

  await openStep(tab, 'branch_on_answer')
  for (const path of ['survey', 'question', 'cases.0.values']) {
    await tabTo(tab, path)
    // What there is to choose from may still be on its way: a list without anything does not open.
    const first = tab.getByRole('option').first()
    for (let tries = 0; tries < 10; tries += 1) {
      await keyboard.press('ArrowDown')
      const opened = first.waitFor({ timeout: 3000 })
      if (await opened.then(() => true).catch(() => false)) break
    }
    await first.waitFor()
    await keyboard.press('Enter')
  }
  await expectSaved(tab, 'branch_on_answer', {
    survey: 'mood',
    question: 'mood',
    cases: [{ id: 'first', name: 'First answer', values: ['good'] }],
  })

  await openStep(tab, 'escalate_to_call')
  await type('reason', 'Asked for a price')
  await type('sla', '4')
  await keyboard.press('Tab')
  await expectSaved(tab, 'escalate_to_call', { reason: 'Asked for a price', sla: 'P4D' })

  await openStep(tab, 'set_field')
  await type('field', 'Job ti')
  await tab.getByRole('option', { name: /Job title/ }).waitFor()
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await tab.locator('[data-path="value"] [data-widget="text"]').waitFor()
  await type('value', 'Gardener')
  await keyboard.press('Tab')
  await expectSaved(tab, 'set_field', { field: 'title', value: 'Gardener' })

  await openStep(tab, 'webhook')
  await type('url', 'https://example.org/hook')
  await keyboard.press('Tab')
  await expectSaved(tab, 'webhook', { url: 'https://example.org/hook' })

  const check = (await tab.evaluate(
    `fetch('/api/v1/journeys/forms/check', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
      .then((answer) => answer.json())`,
  )) as { issues: { code: string; message: string }[] }
  expect(check.issues.filter(({ code }) => code === 'STEP_CONFIG_INVALID' || code === 'TASK_WITHOUT_SLA')).toEqual([])

  // All that was typed into one field is one edit: undone at once.
  await tab.evaluate('document.activeElement.blur()')
  await keyboard.press('Control+Z')
  await expectSaved(tab, 'webhook', {})
  expect(await seriousFindings(tab, 'aside')).toEqual([])
  expect(browser.complaints).toEqual([])
  await tab.close()
})

test('a problem leads to its field, also to one that is folded', async () => {
  const tab = await browser.open(`${page.address}/journeys/forms?step=send_email`)
  await tab.locator('[data-form="send_email"]').waitFor()
  await tab.getByRole('button', { name: 'More settings' }).click()
  const giveUp = tab.locator('[data-path="staleAfter"] input').first()
  await giveUp.fill('2')
  await giveUp.blur()
  await tab.locator('[data-path="body"] textarea').fill('')
  await tab.locator('[data-path="body"] textarea').blur()
  const summary = tab.locator('[data-form] [role=status]')
  await summary.getByText('Text: a text is needed').click()
  await tab.locator('[data-path="body"] textarea:focus').waitFor()
  await tab.close()
})

const activity = (title: string, more = '') => `import { z } from 'zod'
import { defineActivity } from '#activities/define-activity.ts'
export const companySize = defineActivity({
  type: 'company_size',
  title: '${title}',
  description: 'Asks the CRM how large the company is.',
  icon: 'building-factory',
  config: z.strictObject({
    large: z.int().min(1).meta({ title: 'Large from', description: 'People.', ui: { unit: 'people' } }),
    into: z.string().meta({ title: 'Write to', description: 'A field.', picks: 'field', ui: { writable: true } }),
  }),
  summary: 'Large from {large}',
  perform: async () => {},
})
${more}`

test('an activity that is written meanwhile appears with its icon and form; a broken file says so and takes nothing away', async () => {
  const tab = await browser.open(`${page.address}/journeys/forms?step=wait`)
  await tab.locator('[data-form="wait"]').waitFor()
  const file = join(customFolder, 'company-size.ts')

  await writeFile(file, activity('Company size'))
  const tile = tab.getByRole('button', { name: /Company size/ }).first()
  await tile.waitFor()
  await tab.locator('svg[data-icon="building-factory"]').first().waitFor()
  await tile.click()
  await tab.locator('[data-form^="company_size"]').waitFor()
  await tab.getByText('“Large from” is needed.').waitFor()
  await tabTo(tab, 'large')
  await tab.keyboard.type('250')
  await tabTo(tab, 'into')
  await tab.keyboard.type('Company')
  await tab.getByRole('option', { name: /Company/ }).waitFor()
  await tab.keyboard.press('ArrowDown')
  await tab.keyboard.press('Enter')
  await expectSaved(tab, 'company_size', { large: 250, into: 'company' })

  await writeFile(file, activity('Never seen', 'const broken = = 1\n'))
  const notice = tab.getByText(/company-size\.ts cannot be used as it is now/)
  await notice.waitFor()
  expect(await tab.getByRole('button', { name: /Company size/ }).count()).toBeGreaterThan(0)

  await writeFile(file, activity('Size of the company'))
  await tab
    .getByRole('button', { name: /Size of the company/ })
    .first()
    .waitFor()
  await expect.poll(() => notice.count()).toBe(0)

  await rm(file)
  await tab.getByText('This step is not installed here').waitFor()
  await expectSaved(tab, 'company_size', { large: 250, into: 'company' })
  expect(browser.complaints).toEqual([])
  await tab.close()
})
