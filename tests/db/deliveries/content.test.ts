/** From a published journey to the mail: compiled MJML is kept and used, the owner is the sender, languages are chosen. */
import { setTimeout as pause } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { runMailroom } from '#activities/mailroom/run-mailroom.ts'
import { hashOfSource } from '#activities/messages/mjml-store.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { mailbox } from '#db/schema/deliveries.ts'
import { journeyVersions } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { messageBodies } from '#db/schema/messages.ts'
import { users } from '#db/schema/people.ts'
import { companyProfileSchema, emptyCompanyProfile } from '#engine/company.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { enrolled, openWorld, queued, type World } from './given.ts'

const mjml = (word: string): string =>
  `<mj-section><mj-column><mj-text>${word} {{ lead.first_name }}</mj-text></mj-column></mj-section>`
const config = { subject: 'Hello', body: mjml('Hello'), variants: { de: { subject: 'Hallo', body: mjml('Hallo') } } }
const registry = createStepRegistry()

let world: World
beforeAll(async () => {
  world = await openWorld({ settings: { sender: 'owner' } })
})
afterAll(() => world.close())

const publish = () => publishJourney({ db: world.db, registry, schedules: null }, { journey: 'letters', actor: 'test' })

async function draft(mail: object): Promise<void> {
  const graph = {
    format: 1,
    nodes: [
      { id: 'entry', type: 'entry', config: { triggers: [{ id: 'm', kind: 'manual' }] } },
      { id: 'mail', type: 'send_email', config: mail },
      { id: 'end', type: 'exit', config: {} },
    ],
    edges: [
      { from: 'entry', port: 'next', to: 'mail' },
      { from: 'mail', port: 'next', to: 'end' },
    ],
  }
  const file = { format: 1, key: 'letters', name: 'Letters', graph }
  expect((await importJourneyFile({ db: world.db }, file, { actor: 'test' })).imported).toBe(true)
}

test('publishing keeps what MJML became, once per text; the definition holds what the author wrote', async () => {
  await draft(config)
  const first = await publish()
  expect(first).toMatchObject({ published: true, isNew: true, issues: [] })
  expect(await publish()).toMatchObject({ published: true, isNew: false })
  const bodies = await world.db.select().from(messageBodies)
  expect(bodies.map(({ hash }) => hash).sort()).toEqual([mjml('Hello'), mjml('Hallo')].map(hashOfSource).sort())
  const [version] = await world.db
    .select()
    .from(journeyVersions)
    .where(eq(journeyVersions.hash, first.published ? first.hash : ''))
  expect(version?.definition.steps['mail']?.config['body']).toBe(config.body)
})

test('a broken text is not published, with its line', async () => {
  await draft({ ...config, variants: { de: { subject: 'x', body: `${mjml('a')}\n<mj-foo/>` } } })
  expect(await publish()).toMatchObject({
    published: false,
    issues: [
      {
        code: 'MESSAGE_MJML_INVALID',
        nodeId: 'mail',
        path: ['variants', 'de', 'body'],
        message: expect.stringMatching(/^Line 2: /) as string,
      },
    ],
  })
})

test('while mail really leaves, marketing without a postal address is refused; before, it is warned of', async () => {
  await draft(config)
  await saveCompanyProfile(world.db, { profile: emptyCompanyProfile(), actor: 'test' })
  expect(await publish()).toMatchObject({
    published: true,
    issues: [
      { code: 'COMPANY_ADDRESS_MISSING', severity: 'warning' },
      { code: 'COMPANY_FROM_MISSING', severity: 'warning' },
    ],
  })
  await setLiveSending(world.db, { on: true, actor: 'test' })
  expect(await publish()).toMatchObject({
    published: false,
    issues: [{ code: 'COMPANY_ADDRESS_MISSING', severity: 'error' }, {}],
  })
  await setLiveSending(world.db, { on: false, actor: 'test' })
  const profile = companyProfileSchema.parse({
    name: 'Tea',
    postalAddress: '1 High Street',
    from: { email: 'hello@tea.example' },
  })
  await saveCompanyProfile(world.db, { profile, actor: 'test' })
})

test('the mailroom sends it from the lead’s owner, in the lead’s language, with a text that was never published, too', async () => {
  const { db } = world
  await db.insert(users).values({ key: 'ann', name: 'Ann Lee', email: 'ann@tea.example', role: 'sales' })
  await db.insert(users).values({ key: 'gone', name: 'Gone', email: 'gone@tea.example', role: 'sales', active: false })
  const given = [
    { owner: 'ann', language: 'de-AT', content: config },
    { owner: 'gone', language: 'fr', content: config },
    { owner: null, language: null, content: { subject: 'New', body: mjml('Never published') } },
  ]
  for (const { owner, language, content } of given) {
    const lead = await enrolled(world)
    await db.update(leads).set({ ownerId: owner, language }).where(eq(leads.id, lead.leadId))
    await queued(world, lead, { content })
  }
  const stop = new AbortController()
  const links = { baseUrl: 'https://leads.example', secret: 'x'.repeat(32) }
  const poker = { poke: () => Promise.resolve({ failed: 0 }) }
  const running = runMailroom(
    { db, poker, links, highWater: null, idleMs: 20 },
    { channel: 'email', claimedBy: 'test', signal: stop.signal },
  )
  for (let tries = 0; tries < 500 && (await db.select().from(mailbox)).length < 3; tries += 1) await pause(20)
  stop.abort()
  await running
  const copies = await db.select().from(mailbox).orderBy(mailbox.id)
  const shown = copies.map(({ subject, headers }) =>
    [subject, headers['From'], headers['Content-Language']].join(' | '),
  )
  expect(shown.sort()).toEqual([
    'Hallo | Ann Lee <ann@tea.example> | de',
    'Hello | Tea <hello@tea.example> | en',
    'New | Tea <hello@tea.example> | en',
  ])
  expect(copies.every(({ html }) => html.includes('1 High Street') && !html.includes('mj-'.concat('section')))).toBe(
    true,
  )
  expect(copies.find(({ subject }) => subject === 'New')?.plain).toContain('Never published Ada')
  expect(await db.select().from(messageBodies)).toHaveLength(3)
})
