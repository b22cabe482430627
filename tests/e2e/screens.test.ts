// Every screen in every state it can be in (there, empty, the server away, not allowed), light and dark, wide and narrow:
// axe finds nothing serious, nothing sticks out, and with TRELLIS_SCREENSHOTS=folder there are pictures for people.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJourney } from '#activities/journeys/drafts.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import { addLeads, addMessage, addTask, placeLead, publishExample } from '../support/seed-world.ts'
import { seriousFindings } from './support/accessibility.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { servePage } from './support/served-page.ts'

const pictures = process.env['TRELLIS_SCREENSHOTS'] ?? ''

let page: Awaited<ReturnType<typeof servePage>>
let browser: TestBrowser
let folder: string
let lead = ''
let mailId = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-screens-'))
  page = await servePage(folder)
  browser = await openBrowser()
  if (pictures !== '') await mkdir(pictures, { recursive: true })
})

afterAll(async () => {
  await browser?.close()
  await page?.close()
  await rm(folder, { recursive: true, force: true })
})

/** What is wrong with a screen in one of its looks: by axe, and by what sticks out. */
async function judge(tab: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await tab.setViewportSize({ width, height })
      await tab.waitForTimeout(350)
      const look = `${name} ${colorScheme} ${String(width)}`
      found.push(...(await seriousFindings(tab)).map((finding) => `${look}: ${finding}`))
      const shown = await tab.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)
      if (shown > width) found.push(`${look}: ${String(shown)} wide`)
      if (pictures !== '') await tab.screenshot({ path: join(pictures, `${look.replaceAll(' ', '-')}.png`) })
    }
  }
  return found
}

interface Screen {
  name: string
  path: string
  /** What shows that it is there. */
  shows: string | RegExp
  /** What is done before it is judged. */
  first?: (tab: Page) => Promise<void>
}

async function visit(screens: readonly Screen[], prepare?: (tab: Page) => Promise<unknown>): Promise<string[]> {
  const found: string[] = []
  for (const { name, path, shows, first } of screens) {
    const tab = await browser.open('about:blank')
    await prepare?.(tab)
    await tab.goto(`${page.address}${path}`)
    await tab.getByText(shows).first().waitFor()
    await first?.(tab)
    found.push(...(await judge(tab, name)))
    await tab.close()
  }
  return found
}

/** The drawer of the editor, open on one of its tabs. */
const drawer = (tab: 'problems' | 'outline') => async (page: Page) => {
  await page.addInitScript(
    `localStorage.setItem('trellis.drawer', 'true'); localStorage.setItem('trellis.drawer.tab', ${JSON.stringify(JSON.stringify(tab))})`,
  )
}

test('empty, when nothing is set up', async () => {
  const found = await visit([
    { name: 'overview-empty', path: '/', shows: /journey/i },
    { name: 'journeys-empty', path: '/journeys', shows: /journey/i },
    { name: 'leads-empty', path: '/leads', shows: /lead/i },
    { name: 'segments-empty', path: '/segments', shows: 'No segments yet' },
    { name: 'segment-absent', path: '/segments/nowhere', shows: /there is no segment/i },
    { name: 'messages-empty', path: '/messages', shows: /message/i },
    { name: 'tasks-empty', path: '/tasks', shows: 'Tasks' },
    { name: 'absent', path: '/nowhere', shows: 'There is nothing at this address' },
    { name: 'journey-absent', path: '/journeys/nowhere', shows: /there is no journey/i },
  ])
  expect(found).toEqual([])
})

test('at work', async () => {
  await seed()
  const found = await visit([
    { name: 'overview', path: '/', shows: 'Last-chance call' },
    { name: 'journeys', path: '/journeys', shows: 'Last-chance call' },
    { name: 'leads', path: '/leads', shows: 'Ada Lovelace' },
    { name: 'lead', path: `/leads/${lead}`, shows: 'Ada Lovelace' },
    { name: 'messages', path: '/messages', shows: 'Something short to try' },
    { name: 'mail', path: `/messages?mail=${mailId}`, shows: 'Something short to try' },
    { name: 'tasks', path: '/tasks', shows: 'Tasks' },
  ])
  expect(found).toEqual([])
})

test('the editor in every mode', async () => {
  const journey = '/journeys/last-chance-call'
  const plain = await visit([
    { name: 'editor-build', path: journey, shows: 'Last-chance call' },
    { name: 'editor-step', path: `${journey}?step=call`, shows: 'On failure' },
    { name: 'editor-simulate', path: `${journey}?view=simulate`, shows: 'Coverage' },
    { name: 'editor-live', path: `${journey}?view=live`, shows: 'Drop-off' },
    { name: 'editor-publish', path: `${journey}?sheet=publish`, shows: 'Leads in flight' },
    { name: 'editor-history', path: `${journey}?sheet=history`, shows: 'Version 1' },
  ])
  const isThere = (selector: string) => async (tab: Page) => {
    if ((tab.viewportSize()?.width ?? 0) > 767) await tab.locator(selector).first().waitFor()
  }
  const withProblems = await visit(
    [{ name: 'editor-problems', path: '/journeys/broken', shows: 'Problems', first: isThere('[data-visit]') }],
    drawer('problems'),
  )
  const withOutline = await visit(
    [{ name: 'editor-outline', path: '/journeys/broken', shows: 'Outline', first: isThere('[role="treegrid"]') }],
    drawer('outline'),
  )
  expect([...plain, ...withProblems, ...withOutline]).toEqual([])
})

test('segments, the rule sheet, and the dialogs of the list of journeys', async () => {
  const dialog = (item: string) => async (tab: Page) => {
    await tab.getByRole('button', { name: 'New journey' }).click()
    await tab.getByRole('menuitem', { name: item }).click()
    await tab.getByRole('dialog').waitFor()
  }
  const found = await visit([
    { name: 'segments', path: '/segments', shows: 'Warm leads' },
    { name: 'segment', path: '/segments/warm', shows: 'Score is at least 50', first: counted },
    { name: 'segment-new', path: '/segments/new', shows: 'Nothing is asked yet.' },
    {
      name: 'rule-sheet',
      path: '/journeys/broken?step=sort',
      shows: 'Everyone else',
      first: async (tab) => {
        await tab.getByRole('button', { name: 'Edit the rule of case 2' }).click()
        await counted(tab)
      },
    },
    { name: 'journeys-new', path: '/journeys', shows: 'Last-chance call', first: dialog('Blank') },
    { name: 'journeys-templates', path: '/journeys', shows: 'Last-chance call', first: dialog('From a template') },
    { name: 'journeys-import', path: '/journeys', shows: 'Last-chance call', first: dialog('Import a file') },
  ])
  expect(found).toEqual([])
})

const counted = (tab: Page) => tab.getByTestId('matching').waitFor()

const sections = [
  '',
  'journeys',
  'leads',
  'segments',
  'segments/warm',
  'messages',
  'tasks',
  'journeys/last-chance-call',
]
const nameOf = (section: string) => (section === '' ? 'overview' : section.replaceAll('/', '-'))

test('while the server does not answer', async () => {
  const away = await visit(
    sections.map((section) => ({
      name: `${nameOf(section)}-away`,
      path: `/${section}`,
      shows: /Try again|does not answer/,
    })),
    (tab) => tab.route(/\/api\/v1\/(?!session)/, (route) => route.abort()),
  )
  expect(away).toEqual([])
})

const as = (answer: object) => (tab: Page) =>
  tab.route('**/api/v1/session', (route) => route.fulfill({ json: { userKey: null, ...answer } }))

test('for who may not look', async () => {
  const refused = await visit(
    sections.map((section) => ({
      name: `${nameOf(section)}-refused`,
      path: `/${section}`,
      shows: 'This is not yours to see',
    })),
    as({ kind: 'user', name: 'Guest', scopes: [] }),
  )
  const door = await visit(
    [{ name: 'sign-in', path: '/', shows: /sign in/i }],
    as({ kind: 'nobody', name: '', scopes: [] }),
  )
  expect([...refused, ...door]).toEqual([])
})

test('for who may only look, and while it is read', async () => {
  const reader = await visit(
    [{ name: 'editor-reader', path: '/journeys/last-chance-call', shows: 'Last-chance call' }],
    as({ kind: 'user', name: 'Reader', scopes: ['journeys:read', 'leads:read', 'status:read'] }),
  )
  const segments = await visit(
    [
      { name: 'segments-reader', path: '/segments', shows: 'Warm leads' },
      { name: 'segment-reader', path: '/segments/warm', shows: 'Score is at least 50' },
    ],
    as({ kind: 'user', name: 'Reader', scopes: ['journeys:read', 'leads:read', 'segments:read'] }),
  )
  const loading = await visit(
    ['segments', 'segments/warm'].map((section) => ({
      name: `${nameOf(section)}-loading`,
      path: `/${section}`,
      shows: 'Segments',
      first: (tab) => tab.getByRole('status', { name: 'Loading' }).waitFor(),
    })),
    (tab) => tab.route('**/api/v1/segments**', () => undefined),
  )
  expect([...reader, ...segments, ...loading]).toEqual([])
})

async function seed(): Promise<void> {
  const { db } = page.database
  for (const key of ['friday-sampler', 'last-chance-call', 'win-back-survey']) await publishExample(db, key)
  const warm: Rule = { kind: 'compare', field: 'score', op: 'gte', value: 50 }
  await db.transaction((tx) => saveResources(tx, { segments: [{ key: 'warm', name: 'Warm leads', rule: warm }] }))
  const cases = [
    { id: 'a', name: 'Warm', when: { kind: 'in_segment', segment: 'warm' } },
    { id: 'b', name: 'Tagged', when: { kind: 'any', rules: [warm, { kind: 'has_tag', tag: 'hvac' }] } },
  ]
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      { id: 'mail', type: 'send_email', name: 'Welcome mail', config: { subject: 'Hello {{ lead.nme }}', body: 'x' } },
      { id: 'wait', type: 'wait_for_event', config: { event: 'downloaded' } },
      { id: 'split', type: 'split', config: { ways: ['a', 'b'].map((id) => ({ id, percent: 40 })) } },
      { id: 'sort', type: 'branch', name: 'Sort', config: { cases } },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'wait' },
      { from: 'wait', port: 'happened', to: 'split' },
      { from: 'split', port: 'way:a', to: 'end' },
      { from: 'split', port: 'way:b', to: 'end' },
    ],
  })
  await createJourney(db, { key: 'broken', name: 'Broken', graph }, 'test')
  const ids = await addLeads(db, ['Ada Lovelace', 'Grace Hopper', 'Alan Turing'])
  lead = ids[0] ?? ''
  const ada = await placeLead(db, { leadId: lead, journey: 'win-back-survey', stepId: 'answer', agoMinutes: 600 })
  const call = { journey: 'last-chance-call', stepId: 'call' }
  const enrollmentId = await placeLead(db, { leadId: ids[1] ?? '', ...call, why: 'Waits for the call.' })
  await addTask(db, { ...call, leadId: ids[1] ?? '', enrollmentId, title: 'Last call to Grace Hopper' })
  mailId = await addMessage(db, {
    leadId: lead,
    enrollmentId: ada,
    journey: 'win-back-survey',
    stepId: 'survey',
    subject: 'Something short to try',
    html: '<p>Hello Ada</p>',
  })
}
