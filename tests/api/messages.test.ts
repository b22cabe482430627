import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveJourneyDraft } from '#db/repositories/journeys.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { leads } from '#db/schema/leads.ts'
import { settings } from '#db/schema/library.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { graphSchema, layoutSchema } from '#engine/graph/schema.ts'
import type { DnsResolver } from '#activities/company/dns-records.ts'
import type { RenderedMessage } from '#activities/providers/contract.ts'
import { addLeads } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const mjml =
  '<mj-section><mj-column><mj-text>Hi {{ lead.first_name }}, <a href="{{ asset.url }}">read</a></mj-text></mj-column></mj-section>'
const profile = {
  name: 'Tea & Co',
  postalAddress: '1 High Street\nLeeds LS1 1AA',
  from: { name: 'Tea & Co', email: 'hello@tea.example' },
}
/** Nobody answers but for the MX of one domain. */
const dns: DnsResolver = {
  resolveTxt: async () => [],
  resolveMx: async () => [{ exchange: 'mx.tea.example', priority: 10 }],
  resolve4: async () => [],
  resolve6: async () => [],
}

let app: TestApp
let ada: string
const sent: RenderedMessage[] = []
beforeAll(async () => {
  app = await createTestApp({
    dns,
    email: {
      name: 'recorded',
      batchSize: 1,
      concurrency: 1,
      async send(messages) {
        sent.push(...messages)
        return messages.map(({ deliveryId }) => ({ deliveryId, outcome: 'accepted' as const, providerId: 'ok' }))
      },
    },
  })
  const { db } = app.database
  ada = (await addLeads(db, ['Ada Lovelace']))[0] ?? ''
  await db.update(leads).set({ firstName: '{{ 7*7 }}<b>', language: 'de-AT' }).where(eq(leads.id, ada))
  const graph = graphSchema.parse({
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'm', kind: 'manual' }] } },
      {
        id: 'mail',
        type: 'send_email',
        config: {
          subject: 'Hello {{ lead.first_name }}',
          body: 'Dear {{ lead.first_name }},\n\nstop: {{ unsubscribe_url }}',
          variants: { de: { subject: 'Hallo {{ lead.first_name }}', body: 'Grüß Gott {{ lead.first_name }}' } },
        },
      },
      { id: 'bye', type: 'exit', config: {} },
    ],
    edges: [],
    settings: { because: 'You came to our tasting.' },
  })
  await db.transaction((tx) =>
    saveJourneyDraft(tx, { key: 'tea', name: 'Tea', description: '', graph, layout: layoutSchema.parse({}) }),
  )
})
afterAll(() => app.close())

const preview = (step: string, body: object = {}) =>
  app.request.post(`/api/v1/journeys/tea/steps/${step}/preview`).send({ leadId: ada, ...body })
const testSend = (body: object) =>
  app.request.post('/api/v1/journeys/tea/steps/mail/test-send').send({ leadId: ada, ...body })

describe('the company profile', () => {
  test('says what it lacks, is replaced whole and audited, and keeps what real mail needs', async () => {
    const before = await app.request.get('/api/v1/company/profile')
    expect(before.body.issues.map(({ code }: { code: string }) => code)).toEqual([
      'COMPANY_ADDRESS_MISSING',
      'COMPANY_FROM_MISSING',
    ])
    const after = await app.request.put('/api/v1/company/profile').send(profile)
    expect([after.status, after.body.issues, after.body.profile.language]).toEqual([200, [], 'en'])
    const bad = await app.request
      .put('/api/v1/company/profile')
      .send({ ...profile, from: { name: 'A\r\nBcc: x', email: 'a@b.example' } })
    expect(bad.status).toBe(400)
    await setLiveSending(app.database.db, { on: true, actor: 'test' })
    const less = await app.request.put('/api/v1/company/profile').send({ name: 'Tea & Co' })
    expect([less.status, less.body.code]).toEqual([409, 'COMPANY_INCOMPLETE'])
    await setLiveSending(app.database.db, { on: false, actor: 'test' })
    const rows = await app.database.db.select().from(auditLog).where(eq(auditLog.action, 'company.profile_changed'))
    expect(rows).toHaveLength(1)
    expect(rows[0]?.after).toMatchObject({ postalAddress: '1 High Street\nLeeds LS1 1AA' })
  })

  test('the sender’s domain is checked, with the records to paste', async () => {
    const { body } = await app.request.get('/api/v1/company/sender-domain')
    expect(body).toMatchObject({ domain: 'tea.example', status: 'error' })
    const spf = body.checks.find(({ check }: { check: string }) => check === 'spf')
    expect(spf.records).toEqual([{ host: 'tea.example', type: 'TXT', value: 'v=spf1 mx ~all' }])
    expect((await app.request.get('/api/v1/company/sender-domain?domain=nonsense')).status).toBe(400)
  })
})

describe('a preview', () => {
  test('is what the lead would read: its language, its data as data, the company’s layout; links lead nowhere', async () => {
    const { status, body } = await preview('mail')
    expect(status).toBe(200)
    expect(body.language).toBe('de')
    expect(body.message.subject).toBe('Hallo {{ 7*7 }}<b>')
    expect(body.message.html).toContain('Grüß Gott {{ 7*7 }}&lt;b&gt;')
    expect(body.message.html).toContain('1 High Street, Leeds LS1 1AA')
    expect(body.message.html).toContain('You came to our tasting.')
    expect(body.message.html).toContain('http://leads.example.test/u/preview')
    expect(body.message.text).toContain('Abmelden: http://leads.example.test/u/preview')
    expect(body.message.from).toEqual({ name: 'Tea & Co', email: 'hello@tea.example' })
    expect(body.message.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
    expect(body.size).toBe(Buffer.byteLength(body.message.html))
    expect((await preview('mail', { language: 'fr' })).body.message.subject).toBe('Hello {{ 7*7 }}<b>')
  })

  test('shows what is being written, MJML included, and its problems instead of a message that cannot be', async () => {
    const draft = { type: 'send_email', config: { subject: 'x', body: mjml } }
    const broken = await preview('new', { draft })
    expect(broken.body.message).toBeNull()
    expect(broken.body.issues[0]).toMatchObject({ code: 'MESSAGE_VARIABLE_UNKNOWN', path: ['body'] })
    const config = { subject: 'x', body: mjml.replace('asset.url', 'unsubscribe_url') }
    const { body } = await preview('new', { draft: { type: 'send_email', config } })
    expect(body.issues).toEqual([])
    expect(body.message.html).toContain('Hi {{ 7*7 }}&lt;b&gt;, <a href="http://leads.example.test/u/preview">')
    expect(body.message.text).toContain('Hi {{ 7*7 }}<b>, read (http://leads.example.test/u/preview)')
    const invalid = await preview('new', { draft: { type: 'send_email', config: { subject: '' } } })
    expect(invalid.body.message).toBeNull()
    expect(invalid.body.issues.map(({ code }: { code: string }) => code)).toContain('STEP_CONFIG_INVALID')
  })

  test('what is not there is said', async () => {
    const gone = '019a0000-0000-7000-8000-000000000000'
    expect((await preview('nowhere')).body.code).toBe('STEP_NOT_FOUND')
    expect((await preview('bye')).body.code).toBe('STEP_NOT_A_MESSAGE')
    expect((await preview('mail', { leadId: gone })).body.code).toBe('LEAD_NOT_FOUND')
    const nowhere = await app.request.post('/api/v1/journeys/none/steps/mail/preview').send({ leadId: ada })
    expect(nowhere.body.code).toBe('JOURNEY_NOT_FOUND')
  })
})

describe('a test send', () => {
  test('goes to the built-in mailbox or an allowed address, marked, and leaves the lead alone', async () => {
    const { db } = app.database
    expect((await testSend({ to: 'mailbox' })).status).toBe(200)
    const [copy] = await db.select().from(mailbox)
    expect(copy).toMatchObject({ subject: '[Test] Hallo {{ 7*7 }}<b>', isTest: true })
    expect((await testSend({ to: 'boss@elsewhere.example' })).body.code).toBe('TEST_ADDRESS_REFUSED')
    await db.insert(settings).values({ key: 'allow_list', value: ['tea.example'] })
    expect((await testSend({ to: 'ann@tea.example' })).body).toEqual({ to: 'ann@tea.example', providerId: 'ok' })
    expect(sent.map(({ to, subject, isTest }) => [to, subject, isTest])).toEqual([
      ['ann@tea.example', '[Test] Hallo {{ 7*7 }}<b>', true],
    ])
    expect(sent[0]?.headers['List-Unsubscribe']).toBeUndefined()
    expect(await db.select().from(deliveries)).toEqual([])
    expect(await db.select().from(events)).toEqual([])
    const rows = await db.select().from(auditLog).where(eq(auditLog.action, 'message.test_sent'))
    expect(rows.map(({ after }) => after)).toEqual([
      { step: 'mail', lead: ada, to: 'mailbox' },
      { step: 'mail', lead: ada, to: 'ann@tea.example' },
    ])
  })

  test('of a message with problems says them', async () => {
    const draft = { type: 'send_email', config: { subject: 'x', body: '{{ lead.nothing }}' } }
    const { status, body } = await testSend({ to: 'mailbox', draft })
    expect([status, body.code, body.issues[0].code]).toEqual([422, 'MESSAGE_INVALID', 'MESSAGE_VARIABLE_UNKNOWN'])
  })
})
