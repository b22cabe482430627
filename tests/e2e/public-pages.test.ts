// A survey by keyboard, a form on a phone, and the company's website with trellis.js, in a real browser.
import { mkdir } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { personalLink } from '#activities/links/personal-link.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { addRecipient } from '../support/public-visits.ts'
import { until } from '../support/engine.ts'
import { openBrowser, type TestBrowser } from './support/browser.ts'
import { openPublicSite, seriousFindings, type PublicSite } from './support/public-site.ts'

const phone = { width: 390, height: 844 }

/** Set to a folder to look at what the pages look like. */
const pictures = process.env['TRELLIS_PICTURES']

let site: PublicSite
let browser: TestBrowser
beforeAll(async () => {
  site = await openPublicSite(['instant-thank-you', 'win-back-survey'], ({ address, writeKey }, path) => {
    const form = path === '/guide' ? ' data-form="white_paper"' : ''
    return `<!doctype html><html lang="en"><title>Company${path}</title><h1>${path}</h1>
      <script>window.trellis = function () { (trellis.q = trellis.q || []).push(arguments) }</script>
      <main><script async src="${address}/trellis.js" data-key="${writeKey}"${form}></script></main></html>`
  })
  browser = await openBrowser()
  if (pictures !== undefined) await mkdir(pictures, { recursive: true })
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

async function picture(page: Awaited<ReturnType<TestBrowser['open']>>, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true })
}

test('the win-back mail leads to a survey that is answered by keyboard alone; "delayed" rests until its date', async () => {
  const { db } = site.engine
  const { leadId } = await addRecipient(db, { email: 'keyboard@customer.example' })
  const library = await readLibrary(db)
  await db.transaction((tx) =>
    ingestEvents(
      tx,
      [1, 2].map(() => ({ lead: { id: leadId }, type: 'downloaded' })),
      { library },
    ),
  )
  const [journey] = await db.execute<{ id: string }>(sql`select id from journeys where key = 'win-back-survey'`)
  const request = { journeyId: journey?.id ?? '', lead: { id: leadId }, entryKey: 'e2e', actor: 'test' }
  expect(await requestEnrollment(site.engine, request)).toMatchObject({ done: true })
  // Queued is enough for its link: whether it leaves now is for the journey's send window to say.
  let deliveryId = ''
  await until('the mail is written', async () => {
    const [mail] = await db.execute<{ id: string }>(
      sql`select id from deliveries where lead_id = ${leadId} and step_id = 'survey'`,
    )
    deliveryId = mail?.id ?? ''
    return deliveryId !== ''
  })
  const page = await browser.open(personalLink(site.links, 'survey', deliveryId), phone)
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'survey-1-phone')

  // Sent without an answer: the problem is said, and a link leads to its question.
  await page.getByRole('button', { name: 'Continue' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'survey-1-problem-phone')

  await page.getByRole('radio', { name: 'It is delayed, not cancelled' }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.getByLabel('Until about when is it delayed?').fill('2031-09-01')
  await page.getByRole('radio', { name: 'Keep sending information' }).focus()
  await page.keyboard.press('Space')
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'survey-2-phone')
  await page.keyboard.press('Enter')
  await page.getByText('You answered on').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'survey-done-phone')
  // The wait for the answer ends at once; the journey rests until the date that was given (PLAYBOOK A4).
  await until('the lead has moved on', async () => {
    const [row] = await db.execute<{ step: string; until: string }>(sql`
      select e.step_id as step, l.fields ->> 'delayed_until' as until
        from enrollments e join leads l on l.id = e.lead_id where l.id = ${leadId}`)
    return row?.step === 'until-date' && row.until === '2031-09-01'
  })
  await page.close()
})

test('a form works on a phone without scripts, nothing wider than the screen, and is accessible', async () => {
  const context = await browser.context.browser()?.newContext({ javaScriptEnabled: false, viewport: phone })
  const page = await (context ?? browser.context).newPage()
  await page.setViewportSize(phone)
  await page.goto(`${site.address}/f/site_visit`)
  await page.getByRole('textbox', { name: 'Email' }).fill('not an address')
  await page.getByRole('button', { name: 'Ask for a visit' }).click()
  expect(await page.getByRole('alert').textContent()).toContain('Please write an email address')
  await picture(page, 'form-problem-phone')
  await page.getByRole('textbox', { name: 'Email' }).fill('visitor@customer.example')
  await page.getByLabel('Which day would suit you?').fill('2027-03-01')
  await page.waitForTimeout(2100)
  await page.getByRole('button', { name: 'Ask for a visit' }).click()
  await page.getByText('We have your request').waitFor()
  await context?.close()

  const scripted = await browser.open(`${site.address}/f/white_paper`, phone)
  expect(await seriousFindings(scripted)).toEqual([])
  const width = await scripted.evaluate<number>('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(phone.width)
  await picture(scripted, 'form-phone')
  await scripted.setViewportSize({ width: 1440, height: 900 })
  await picture(scripted, 'form-desktop')
  await scripted.close()
})

test('on the website: nothing before consent; then a page view, a form, a lead with its history, and the mail', async () => {
  const page = await browser.open(`${site.website}/pricing?utm_source=letter`)
  const sent: string[] = []
  page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`))
  await page.goto(`${site.website}/guide?utm_source=letter`)
  await page.getByRole('textbox', { name: 'Email' }).waitFor()
  const kept = () => page.evaluate(() => Object.fromEntries(Object.entries(localStorage)) as Record<string, string>)
  // The form is part of what the page shows; nothing says who looks at it.
  expect(sent.filter((line) => !line.startsWith('GET'))).toEqual([])
  expect(await kept()).toEqual({})

  await page.evaluate(() => (globalThis as unknown as { trellis(...call: unknown[]): void }).trellis('consent', true))
  await until('the page view is recorded', async () => {
    const [row] = await site.engine.db.execute<{ count: number }>(
      sql`select count(*)::int as count from events where type = 'page_viewed' and properties ->> 'path' = '/guide'`,
    )
    return row?.count === 1
  })
  const { trellis_id: browserId } = await kept()
  expect(browserId).toMatch(/^[0-9a-f-]{36}$/)

  await page.setViewportSize(phone)
  await page.getByRole('textbox', { name: 'Email' }).fill('reader@customer.example')
  await page.getByLabel('First name').fill('Rita <b>')
  await page.getByLabel('Company').fill('Customer & Co')
  await page.getByRole('checkbox').check()
  expect(await seriousFindings(page)).toEqual([])
  await picture(page, 'website-form-phone')
  await page.waitForTimeout(2100)
  await page.getByRole('button', { name: 'Send me the guide' }).click()
  await page.getByText('It is on its way').waitFor()

  const { db } = site.engine
  const [lead] = await db.execute<{ id: string; company: string }>(
    sql`select id, company from leads where email = 'reader@customer.example'`,
  )
  expect(lead?.company).toBe('Customer & Co')
  const history = await db.execute<{ type: string }>(
    sql`select type from events where lead_id = ${lead?.id ?? ''} and type in ('page_viewed', 'form_submitted') order by id`,
  )
  expect(history.map(({ type }) => type)).toEqual(['page_viewed', 'form_submitted'])
  await until('the thank-you is in the mailbox', async () => {
    const mails = await db.execute<{ subject: string }>(
      sql`select subject from mailbox where lead_id = ${lead?.id ?? ''}`,
    )
    return mails[0]?.subject === "Here it is: The buyer's guide"
  })

  // The next visit asks the next questions, and none of what was told.
  await page.goto(`${site.website}/guide`)
  await page.getByLabel('What is your role?').waitFor()
  expect(await page.getByLabel('First name').count()).toBe(0)
  expect(await page.getByLabel('Company', { exact: true }).count()).toBe(0)

  await page.evaluate(() => (globalThis as unknown as { trellis(...call: unknown[]): void }).trellis('consent', false))
  expect(await kept()).toEqual({})
  await page.close()
})

test('who asks not to be tracked is not, whatever the page says', async () => {
  const page = await browser.context.newPage()
  await page.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }))
  const posts: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(request.url())
  })
  await page.goto(`${site.website}/pricing`)
  await page.waitForFunction(() => !('q' in (globalThis as unknown as { trellis: object }).trellis))
  await page.evaluate(() => {
    const embedding = globalThis as unknown as { trellis(...call: unknown[]): void }
    embedding.trellis('consent', true)
    embedding.trellis('track', 'tried')
  })
  await page.goto(`${site.website}/other`)
  expect(posts).toEqual([])
  expect(await page.evaluate(() => Object.fromEntries(Object.entries(localStorage)) as Record<string, string>)).toEqual(
    {},
  )
  await page.close()
})

test('a page of somebody else’s website is shown no form', async () => {
  const page = await browser.open('data:text/html,<h1>Elsewhere</h1>')
  const answer = await page.evaluate(
    (address) =>
      fetch(`${address}/f/white_paper/embed`).then(
        () => 'read',
        () => 'refused',
      ),
    site.address,
  )
  expect(answer).toBe('refused')
  await page.close()
})

test('the pages complained about nothing', () => {
  expect(browser.complaints.filter((text) => !/CORS policy|ERR_FAILED|422|favicon/.test(text))).toEqual([])
})
