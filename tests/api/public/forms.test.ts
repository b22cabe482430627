// Forms of the company's website over HTTP on a real database.
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recordEvents } from '#activities/events/record-events.ts'
import { decideSubmission } from '#activities/forms/held-submissions.ts'
import { knownDomains } from '#activities/forms/domain-lists.ts'
import { erasePerson } from '#activities/leads/erase-lead.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import { saveIngestSettings } from '#activities/ingest/settings.ts'
import { saveScreening } from '#db/repositories/screening-setting.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { consents, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { leadIdentities, leads, leadTags } from '#db/schema/leads.ts'
import { formSubmissions, requestCounts } from '#db/schema/responses.ts'
import { formSchema } from '#engine/library.ts'
import { addRecipient, fingerprint } from '../../support/public-visits.ts'
import { createTestApp, testLinks, type TestApp } from '../support/test-app.ts'

let app: TestApp
/** Ahead of the wall: nobody fills in a form within no time. */
let ahead = 0

const site = 'https://www.company.example'
const paper = {
  key: 'white_paper',
  title: 'Get the <white> paper',
  fields: [
    { id: 'email', text: 'Work email', type: 'email', field: 'email', required: true },
    { id: 'first_name', text: 'First name', type: 'text', field: 'first_name' },
    {
      id: 'industry',
      text: 'Industry?',
      type: 'single',
      field: 'industry',
      ask: 'next',
      options: [{ value: 'it', label: 'IT' }],
    },
    { id: 'size', text: 'How many people?', type: 'number', field: 'size', ask: 'next' },
    { id: 'budget', text: 'Budget?', type: 'yes_no', field: 'budget', ask: 'next' },
    { id: 'message', text: 'Anything else?', type: 'long_text' },
  ],
  consents: [
    { id: 'news', wording: 'Yes, Company may email me its <news>.', purpose: 'promotional', channel: 'email' },
  ],
  asset: 'guide',
  topics: ['pricing'],
  progressive: { atMost: 2 },
}

beforeAll(async () => {
  app = await createTestApp({ now: () => Date.now() + ahead })
  await app.database.db.transaction(async (tx) => {
    await saveResources(tx, {
      fields: [
        { key: 'industry', label: 'Industry', type: 'text' },
        { key: 'size', label: 'Size', type: 'number' },
        { key: 'budget', label: 'Budget', type: 'boolean' },
      ],
      forms: [
        paper,
        { ...paper, key: 'twice', doubleOptIn: true },
        { ...paper, key: 'away', redirectUrl: `${site}/thanks` },
        { ...paper, key: 'elsewhere', redirectUrl: 'https://evil.example/' },
        { ...paper, key: 'closed', archived: true },
      ].map((form) => formSchema.parse(form)),
    })
    await saveIngestSettings(tx, { origins: [site], traits: {} }, 'test')
    await saveScreening(
      tx,
      { competitorDomains: ['rival.example'], trustedDomains: [], spamWords: ['casino'], mostLinks: 2 },
      'test',
    )
  })
})
// One network sends all of these tests.
beforeEach(() => app.database.db.delete(requestCounts))
afterAll(() => app.close())

const hidden = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g'))].map(([, value = '']) => value)

/** Fetches the form, waits as a person does, and sends it. Each visitor has an address of its own. */
async function submit(
  path: string,
  fields: Record<string, string | string[]>,
  options: { quick?: boolean; headers?: Record<string, string> } = {},
) {
  const shown = await app.request.get(path)
  expect(shown.status).toBe(200)
  if (options.quick !== true) ahead += 5000
  const body = {
    t: hidden(shown.text, 't'),
    shown: hidden(shown.text, 'shown'),
    aid: hidden(shown.text, 'aid'),
    ...fields,
  }
  return app.request
    .post(path.replace(/\?.*/, ''))
    .set(options.headers ?? {})
    .type('form')
    .send(body)
}

const address = (): string => `${randomUUID()}@customer.example`
async function leadOf(email: string) {
  const [lead] = await app.database.db.select().from(leads).where(eq(leads.email, email))
  return lead
}
const eventsOf = (leadId: string) =>
  app.database.db.select().from(events).where(eq(events.leadId, leadId)).orderBy(events.id)
const heldFor = (email: string) =>
  app.database.db.select().from(formSubmissions).where(eq(formSubmissions.email, email))
const deps = async () => ({
  db: app.database.db,
  poker: app.temporal.poker,
  library: () => readLibrary(app.database.db),
  domains: knownDomains,
  confirmUrl: () => '',
})

test('a new lead: facts, tags, consent word by word, and one event with what was asked for', async () => {
  const email = address()
  const done = await submit('/f/white_paper', {
    'q.email': email,
    'q.first_name': "Robert'); DROP TABLE leads;--",
    'q.industry': 'it',
    'q.message': '{{ company.name }} <img src=x onerror=alert(1)> }body{display:none}',
    agree: 'news',
  })
  expect([done.status, done.headers['location']]).toEqual([303, '/f/white_paper/thanks'])
  expect((await app.request.get('/f/white_paper/thanks')).text).toContain('We have what you sent')
  const lead = await leadOf(email)
  expect(lead).toMatchObject({
    firstName: "Robert'); DROP TABLE leads;--",
    source: 'form white_paper',
    fields: { industry: 'it' },
  })
  const [event, ...others] = await eventsOf(lead?.id ?? '')
  expect(others).toEqual([])
  expect(event).toMatchObject({
    type: 'form_submitted',
    properties: {
      form: 'white_paper',
      asset: 'guide',
      topics: ['pricing'],
      email,
      message: expect.stringContaining('onerror') as string,
    },
  })
  const ledger = await app.database.db
    .select()
    .from(consents)
    .where(eq(consents.leadId, lead?.id ?? ''))
  expect(ledger).toMatchObject([
    {
      purpose: 'promotional',
      channel: 'email',
      state: 'granted',
      wording: 'Yes, Company may email me its <news>.',
      source: 'form:white_paper',
    },
  ])
  const tags = await app.database.db
    .select()
    .from(leadTags)
    .where(eq(leadTags.leadId, lead?.id ?? ''))
  expect(tags.map(({ tag }) => tag)).toEqual(['pricing'])
})

test('boxes are never ticked beforehand, and what is not ticked is not agreed to', async () => {
  const page = await app.request.get('/f/white_paper')
  expect(page.text).toContain('Yes, Company may email me its &lt;news&gt;.')
  expect(page.text).not.toMatch(/type="checkbox"[^>]*checked/)
  const email = address()
  await submit('/f/white_paper', { 'q.email': email })
  const lead = await leadOf(email)
  expect(
    await app.database.db
      .select()
      .from(consents)
      .where(eq(consents.leadId, lead?.id ?? '')),
  ).toEqual([])
})

test('looking changes nothing', async () => {
  const before = await fingerprint(app.database.db)
  for (const path of ['/f/white_paper', '/f/white_paper/embed?aid=browser-12345678', '/f/white_paper/thanks']) {
    expect((await app.request.get(path)).status).toBe(200)
  }
  expect(await fingerprint(app.database.db)).toEqual(before)
})

test('sent twice, it counts once', async () => {
  const email = address()
  const page = await app.request.get('/f/white_paper')
  ahead += 5000
  const body = { t: hidden(page.text, 't'), shown: hidden(page.text, 'shown'), 'q.email': email }
  const sent = await Promise.all([1, 2, 3].map(() => app.request.post('/f/white_paper').type('form').send(body)))
  expect(sent.map(({ status }) => status)).toEqual([303, 303, 303])
  expect(await eventsOf((await leadOf(email))?.id ?? '')).toHaveLength(1)
})

describe('progressive profiling', () => {
  const asks = (html: string) => hidden(html, 'shown')

  test('whoever comes by a personal link is asked the next unknown questions, and nothing that is known', async () => {
    const { leadId } = await addRecipient(app.database.db, { email: address(), fields: { industry: 'it' } })
    const path = new URL(linkTo(testLinks, 'form', { about: 'lead', id: leadId, subject: 'white_paper' })).pathname
    expect(asks((await app.request.get(path)).text)).toEqual(['size', 'budget', 'message'])
    await submit(path, { 'q.size': '40' })
    expect(asks((await app.request.get(path)).text)).toEqual(['budget', 'message'])
    const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
    expect(lead?.fields).toEqual({ industry: 'it', size: 40 })
    expect(await eventsOf(leadId)).toMatchObject([{ properties: { form: 'white_paper', size: 40 } }])
  })

  test('a stranger sees the same form whatever is known, and typing somebody’s address shows and changes nothing', async () => {
    const email = address()
    const { leadId } = await addRecipient(app.database.db, { email, fields: { industry: 'it', size: 12 } })
    const wrong = await submit('/f/white_paper', { 'q.email': email, 'q.size': 'many' })
    expect(wrong.status).toBe(422)
    expect(asks(wrong.text)).toEqual(['email', 'first_name', 'industry', 'size', 'message'])
    expect(wrong.text).not.toContain('Ada')
    await submit('/f/white_paper', { 'q.email': email, 'q.first_name': 'Mallory', 'q.size': '99', 'q.industry': 'it' })
    const [lead] = await app.database.db.select().from(leads).where(eq(leads.id, leadId))
    expect(lead).toMatchObject({ firstName: 'Ada', fields: { industry: 'it', size: 12 } })
    // What was typed is on record all the same.
    expect(await eventsOf(leadId)).toMatchObject([{ properties: { first_name: 'Mallory', size: 99 } }])
  })

  test('a browser is asked once what was typed into it, and learns nothing else', async () => {
    const browser = `browser-${randomUUID()}`
    const email = address()
    await addRecipient(app.database.db, { email, fields: { budget: true } })
    const path = `/f/white_paper/embed?aid=${browser}`
    await submit(path, { 'q.email': email, 'q.industry': 'it' })
    // The lead's budget is known to us, but this browser has not told it.
    expect(asks((await app.request.get(path)).text)).toEqual(['email', 'first_name', 'size', 'budget', 'message'])
  })
})

test('a browser’s nameless history becomes part of the lead, new or known', async () => {
  const visit = (anonymousId: string) =>
    recordEvents(
      { db: app.database.db, poker: app.temporal.poker, library: () => readLibrary(app.database.db) },
      {
        events: [{ lead: { anonymousId }, type: 'page_viewed', dedupeKey: randomUUID() }],
        actor: 'test',
        batchId: 'b',
      },
    )
  for (const isKnown of [false, true]) {
    const browser = `browser-${randomUUID()}`
    const email = address()
    if (isKnown) await addRecipient(app.database.db, { email })
    await visit(browser)
    await submit(`/f/white_paper/embed?aid=${browser}`, { 'q.email': email })
    const lead = await leadOf(email)
    const types = (await eventsOf(lead?.id ?? '')).map(({ type }) => type)
    expect(types.sort()).toEqual(['form_submitted', 'page_viewed'])
    // On a shared computer the next person is somebody else.
    const other = address()
    await submit(`/f/white_paper/embed?aid=${browser}`, { 'q.email': other })
    expect((await eventsOf((await leadOf(other))?.id ?? '')).map(({ type }) => type)).toEqual(['form_submitted'])
    const names = await app.database.db.select().from(leadIdentities).where(eq(leadIdentities.value, browser))
    expect(names.map(({ leadId }) => leadId)).toEqual([lead?.id])
  }
})

describe('screening', () => {
  test.each([
    ['rival.example', 'competitor'],
    ['mail.rival.example', 'competitor'],
    ['gmail.com', 'free_mail'],
    ['mailinator.com', 'disposable'],
    ['customer.example', undefined],
  ])('an address at %s is marked %s', async (domain, verdict) => {
    const email = `${randomUUID()}@${domain}`
    await submit('/f/white_paper', { 'q.email': email })
    const lead = await leadOf(email)
    expect(lead?.fields['screening']).toBe(verdict)
    const [event] = await eventsOf(lead?.id ?? '')
    expect(event?.properties['screening']).toBe(verdict)
  })

  test.each([
    ['a trap filled in', { website: 'https://spam.example' }, false],
    ['a form filled in within no time', {}, true],
    ['a spam word', { 'q.message': 'Best CASINO, today' }, false],
    ['many links', { 'q.message': 'http://a.example http://b.example http://c.example' }, false],
  ])('%s is held for a person, thanked for like any other, and never dropped', async (_, fields, quick) => {
    const email = address()
    const sent = await submit('/f/white_paper', { 'q.email': email, agree: 'news', ...fields }, { quick })
    expect([sent.status, sent.headers['location']]).toEqual([303, '/f/white_paper/thanks'])
    expect(await leadOf(email)).toBeUndefined()
    const [held] = await heldFor(email)
    expect(held).toMatchObject({ status: 'held', form: 'white_paper', input: { answers: { email } } })
    // Released, it is a submission like any other; twice, it is one.
    for (let time = 0; time < 2; time += 1) {
      const request = { id: held?.id ?? '', decision: 'release' as const, actor: 'tester' }
      expect(await decideSubmission(await deps(), request)).toMatchObject({ decided: true })
    }
    expect(await eventsOf((await leadOf(email))?.id ?? '')).toMatchObject([{ type: 'form_submitted' }])
    expect(await heldFor(email)).toMatchObject([{ status: 'released', decidedBy: 'tester' }])
  })

  test('what was discarded stays on record and cannot be released by the way', async () => {
    const email = address()
    await submit('/f/white_paper', { 'q.email': email, website: 'x' })
    const [held] = await heldFor(email)
    const decide = async (decision: 'release' | 'discard') =>
      decideSubmission(await deps(), { id: held?.id ?? '', decision, actor: 'tester' })
    expect(await decide('discard')).toMatchObject({ decided: true })
    expect(await decide('release')).toMatchObject({ decided: false, code: 'SUBMISSION_DECIDED' })
    expect(await leadOf(email)).toBeUndefined()
  })

  test('an erasure finds what was held under the person’s address', async () => {
    const email = address()
    await submit('/f/white_paper', { 'q.email': email.toUpperCase(), website: 'x' })
    expect(await heldFor(email)).toHaveLength(1)
    const { leadId } = await addRecipient(app.database.db, { email })
    await erasePerson(app.database.db, { leadId, actor: 'dpo', reason: 'Asked.' })
    expect(await heldFor(email)).toEqual([])
  })

  test('a word inside another word is no spam word', async () => {
    const email = address()
    await submit('/f/white_paper', { 'q.email': email, 'q.message': 'We are Casinoville Ltd.' })
    expect(await leadOf(email)).toBeDefined()
  })
})

test('a form that was not fetched here, or long ago, is shown again with what was typed', async () => {
  const forged = await app.request.post('/f/white_paper').type('form').send({ t: 'AAAA', 'q.email': 'x@y.example' })
  expect(forged.status).toBe(422)
  expect(forged.text).toContain('value="x@y.example"')
  const page = await app.request.get('/f/white_paper')
  ahead += 25 * 3_600_000
  const late = await app.request
    .post('/f/white_paper')
    .type('form')
    .send({ t: hidden(page.text, 't'), 'q.email': 'x@y.example' })
  expect(late.status).toBe(422)
  // Another form's token is of no use.
  const other = await app.request.get('/f/away')
  expect(
    (
      await app.request
        .post('/f/white_paper')
        .type('form')
        .send({ t: hidden(other.text, 't') })
    ).status,
  ).toBe(422)
})

test('double opt-in: consent counts once it was confirmed by POST, and the link changes nothing', async () => {
  const email = address()
  await submit('/f/twice', { 'q.email': email, agree: 'news' })
  const lead = await leadOf(email)
  const ledger = () =>
    app.database.db
      .select()
      .from(consents)
      .where(eq(consents.leadId, lead?.id ?? ''))
  const [event] = await eventsOf(lead?.id ?? '')
  const path = new URL(event?.properties['confirm_url'] as string).pathname
  const before = await fingerprint(app.database.db)
  expect((await app.request.get(path)).text).toContain('Yes, Company may email me its &lt;news&gt;.')
  expect(await fingerprint(app.database.db)).toEqual(before)
  expect(await ledger()).toEqual([])
  for (let time = 0; time < 2; time += 1) expect((await app.request.post(path)).status).toBe(200)
  expect(await ledger()).toMatchObject([{ state: 'granted', wording: 'Yes, Company may email me its <news>.' }])
})

const refusals = ['denied', 'objected', 'suppressed'] as const
test.each(refusals)(
  'a stranger who types the address of a lead that %s grants nothing; its own link does',
  async (no) => {
    const { db } = app.database
    const email = address()
    const { leadId } = await addRecipient(db, { email })
    const said = { leadId, channel: 'email' as const, source: 'phone', at: new Date() }
    const denied = { ...said, purpose: 'promotional' as const, state: 'denied' as const, wording: 'No.', actor: 'test' }
    if (no === 'denied') await db.insert(consents).values(denied)
    else if (no === 'suppressed') await db.insert(suppressions).values({ ...said, reason: 'asked' })
    else await db.update(leads).set({ objected: true }).where(eq(leads.id, leadId))
    const granted = async () =>
      (await db.select().from(consents).where(eq(consents.leadId, leadId))).filter(({ state }) => state === 'granted')
    await submit('/f/white_paper', { 'q.email': email, agree: 'news' })
    expect(await granted()).toEqual([])
    expect(await eventsOf(leadId)).toMatchObject([{ properties: { consents_not_taken: ['promotional:email'] } }])
    const own = new URL(linkTo(testLinks, 'form', { about: 'lead', id: leadId, subject: 'white_paper' })).pathname
    await submit(own, { agree: 'news' })
    expect(await granted()).toMatchObject([{ purpose: 'promotional', channel: 'email', source: 'form:white_paper' }])
  },
)

test('only the company’s own pages may read an embedded form, or frame it; only its own pages are led to', async () => {
  const own = await app.request.get('/f/white_paper/embed').set('Origin', site)
  expect(own.headers['access-control-allow-origin']).toBe(site)
  expect(own.text).toMatch(/^<div class="trellis-form"/)
  const foreign = await app.request.get('/f/white_paper/embed').set('Origin', 'https://evil.example')
  expect(foreign.headers).not.toHaveProperty('access-control-allow-origin')
  expect((await app.request.get('/f/white_paper')).headers['content-security-policy']).toContain(
    `frame-ancestors ${site}`,
  )
  const away = await submit('/f/away', { 'q.email': address() })
  expect(away.headers['location']).toBe(`${site}/thanks`)
  const elsewhere = await submit('/f/elsewhere', { 'q.email': address() })
  expect(elsewhere.headers['location']).toBe('/f/elsewhere/thanks')
})

test('archived and unknown forms are friendly pages', async () => {
  expect((await app.request.get('/f/closed')).status).toBe(410)
  expect((await app.request.get('/f/no_such_form')).status).toBe(404)
  expect((await app.request.get('/f/constructor')).status).toBe(404)
})

test('one network may send so many and no more, without its address being kept', async () => {
  const { db } = app.database
  const statuses: number[] = []
  for (let time = 0; time < 22; time += 1) {
    statuses.push((await app.request.post('/f/twice').type('form').send({ t: 'x' })).status)
  }
  expect(statuses.slice(0, 20).every((status) => status === 422)).toBe(true)
  expect(statuses.slice(20)).toEqual([429, 429])
  const buckets = await db.execute<{ bucket: string }>('select bucket from request_counts')
  expect(JSON.stringify([...buckets])).not.toMatch(/127\.0\.0\.1|::1/)
})
