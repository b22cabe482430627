import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { sweepConsents } from '#activities/compliance/consent-sweep.ts'
import { liftByPerson, optOut, recordConsent, recordObjection } from '#activities/leads/consent.ts'
import { mayContact } from '#activities/leads/may-contact.ts'
import { importDncList } from '#activities/compliance/import-dnc.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { consents } from '#db/schema/deliveries.ts'
import { dncNumbers, dncRegistries } from '#db/schema/do-not-contact.ts'
import { events } from '#db/schema/events.ts'
import type { FieldValue } from '#engine/facts.ts'
import {
  aLibrary,
  aLiveJourney,
  aWaitingEnrollment,
  someLeads,
  takeInputs,
  useDatabase,
} from './entry/entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const actor = 'eva'
const dayMs = 86_400_000
const poker = { poke: () => Promise.resolve({ failed: 0 }) }
const deps = () => ({ db: db(), poker, library: () => Promise.resolve(library) })
let count = 0

async function aLead(fields: Record<string, FieldValue> = {}): Promise<string> {
  count += 1
  const [id = ''] = await someLeads(db(), [{ email: `lead${String(count)}@example.test`, fields }])
  return id
}

async function answer(leadId: string, channel: string, purpose = 'nurture', at?: number) {
  const found = await mayContact(db(), leadId, library, at)
  const one = found?.answers.find((each) => each.channel === channel && each.purpose === purpose)
  return one === undefined ? null : (one.decision.why?.reason ?? 'allowed')
}

const yes = {
  purposes: ['nurture'],
  channels: ['email'],
  state: 'granted',
  basis: 'consent',
  wording: 'Yes, write to me.',
  wordingVersion: '3',
  mechanism: 'checkbox',
  source: 'https://example.test/guide',
  actor,
} as const

test('a German lead is written to after it has said yes, and no longer after it has taken that back', async () => {
  const leadId = await aLead({ country: 'Germany' })
  expect(await answer(leadId, 'email')).toBe('no_consent')
  expect(await answer(leadId, 'email', 'transactional')).toBe('allowed')
  await recordConsent(deps(), { ...yes, leadId })
  expect(await answer(leadId, 'email')).toBe('allowed')
  expect(await answer(leadId, 'email', 'promotional')).toBe('no_consent')
  await recordConsent(deps(), { ...yes, leadId, state: 'denied', wording: 'No more.', mechanism: 'spoken' })
  expect(await answer(leadId, 'email')).toBe('no_consent')
  const rows = await db().select().from(consents).where(eq(consents.leadId, leadId)).orderBy(consents.id)
  expect(
    rows.map(({ state, basis, wordingVersion, mechanism, source }) => [
      state,
      basis,
      wordingVersion,
      mechanism,
      source,
    ]),
  ).toEqual([
    ['granted', 'consent', '3', 'checkbox', 'https://example.test/guide'],
    ['denied', 'consent', '3', 'spoken', 'https://example.test/guide'],
  ])
})

test('an implied consent lasts two years from a purchase and six months from an inquiry, to the minute', async () => {
  for (const [basis, months] of [
    ['implied_purchase', 24],
    ['implied_inquiry', 6],
  ] as const) {
    const leadId = await aLead({ country: 'Canada' })
    await recordConsent(deps(), { ...yes, leadId, basis })
    const [row] = await db().select().from(consents).where(eq(consents.leadId, leadId))
    const end = new Date(row?.at ?? 0)
    end.setUTCMonth(end.getUTCMonth() + months)
    const expiresAt = row?.expiresAt?.getTime() ?? 0
    expect(Math.abs(expiresAt - end.getTime())).toBeLessThan(3 * dayMs)
    expect(await answer(leadId, 'email', 'nurture', expiresAt - 60_000)).toBe('allowed')
    expect(await answer(leadId, 'email', 'nurture', expiresAt)).toBe('consent_expired')
  }
})

test('the end of a consent is told before and when it comes, once, and journeys enter by it', async () => {
  const journeyId = await aLiveJourney(db(), [{ kind: 'event', event: 'consent_expiring' }], { library })
  const now = Date.now()
  const soon = await aLead()
  const over = await aLead()
  const later = await aLead()
  const renewed = await aLead()
  await recordConsent(deps(), { ...yes, leadId: soon, expiresAt: now + 20 * dayMs })
  await recordConsent(deps(), { ...yes, leadId: over, expiresAt: now - 60_000 })
  await recordConsent(deps(), { ...yes, leadId: later, expiresAt: now + 40 * dayMs })
  await recordConsent(deps(), { ...yes, leadId: renewed, expiresAt: now + 5 * dayMs })
  await recordConsent(deps(), { ...yes, leadId: renewed })
  expect(await sweepConsents({ db: db(), poker }, library)).toEqual({ told: 2 })
  expect(await sweepConsents({ db: db(), poker }, library)).toEqual({ told: 0 })
  const told = await db()
    .select()
    .from(events)
    .where(sql`${events.type} like 'consent_%'`)
  expect(told.map(({ leadId, type }) => `${type} ${leadId}`).sort()).toEqual([
    `consent_expired ${over}`,
    `consent_expiring ${soon}`,
  ])
  const entries = (await takeInputs(db())).filter((input) => JSON.stringify(input).includes(journeyId))
  expect(entries).toHaveLength(1)
})

test('an objection ends marketing on every channel and leaves answers possible', async () => {
  const leadId = await aLead({
    country: 'US',
    region: 'NY',
    postal_code: '10001',
    address_line1: '1 Road',
    city: 'New York',
  })
  await recordObjection(deps(), { leadId, objects: true, reason: 'By letter', actor })
  for (const channel of ['email', 'postcard', 'phone']) expect(await answer(leadId, channel)).toBe('objected')
  expect(await answer(leadId, 'email', 'transactional')).toBe('allowed')
  await recordObjection(deps(), { leadId, objects: false, reason: 'Took it back', actor })
  expect(await answer(leadId, 'email')).toBe('allowed')
})

test.each(['objection', 'refusal'] as const)('an %s wakes who rests on a call', async (how) => {
  const leadId = await aLead()
  const journeyId = await aLiveJourney(db(), [], { library })
  await aWaitingEnrollment(db(), leadId, journeyId, ['suppression:phone'])
  await takeInputs(db())
  if (how === 'objection') await recordObjection(deps(), { leadId, objects: true, reason: 'Said so', actor })
  else await recordConsent(deps(), { ...yes, leadId, channels: ['phone'], state: 'denied' })
  expect(await takeInputs(db())).toHaveLength(1)
})

test('what is said aloud stops every channel, and joins the do-not-call list for good; a person may lift it', async () => {
  const leadId = await aLead({ phone: '+1 (202) 555-0123' })
  const result = await optOut(deps(), {
    leadId,
    channels: ['email', 'postcard', 'phone'],
    said: 'Leave me alone',
    actor,
  })
  expect(result).toMatchObject({ isKnown: true, cancelled: [], underWay: [] })
  expect(await answer(leadId, 'email', 'transactional')).toBe('suppressed')
  // The same number under another name is known, too.
  const other = await aLead({ phone: '202-555-0123', country: 'US' })
  expect(await answer(other, 'phone')).toBe('do_not_call')
  expect(await liftByPerson(deps(), { leadId, channels: ['email', 'phone'], reason: 'Asked', actor })).toEqual({
    isKnown: true,
    lifted: ['email', 'phone'],
  })
  expect(await answer(leadId, 'email', 'transactional')).toBe('allowed')
  expect(await answer(leadId, 'email')).toBe('no_consent')
  expect(await answer(other, 'phone')).not.toBe('do_not_call')
})

test('a registry blocks its numbers, and calls into its country when the copy is older than 31 days', async () => {
  const noonInNewYork = Date.parse('2026-11-24T17:00:00Z')
  const home = { country: 'US', region: 'NY', zone: 'America/New_York' }
  const listed = await aLead({ ...home, phone: '(212) 555-0134' })
  const free = await aLead({ ...home, phone: '212 555 0199' })
  const abroad = await aLead({ country: 'IN', phone: '+91 98765 43210', zone: 'Asia/Kolkata' })
  expect(await answer(free, 'phone', 'nurture', noonInNewYork)).toBe('allowed')
  const asOf = noonInNewYork - 31 * dayMs
  const lines = async function* () {
    yield '2125550134'
    yield 'not a number'
    yield '+1 212 555 0188'
  }
  const done = await importDncList(
    { db: db(), poker },
    { registry: 'us', asOf: new Date(asOf), lines: lines(), actor, mode: 'replace' },
  )
  expect(done).toMatchObject({ numbers: 2, unreadable: 1 })
  expect(await answer(listed, 'phone', 'nurture', noonInNewYork)).toBe('dnc_listed')
  expect(await answer(free, 'phone', 'nurture', noonInNewYork)).toBe('allowed')
  expect(await answer(free, 'phone', 'nurture', noonInNewYork + 1)).toBe('dnc_stale')
  expect(await answer(abroad, 'phone', 'nurture', Date.parse('2026-12-24T09:00:00Z'))).toBe('allowed')
  // An express consent to calls opens the registry, not the company's own list.
  await recordConsent(deps(), { ...yes, leadId: listed, channels: ['phone'] })
  expect(await answer(listed, 'phone', 'nurture', noonInNewYork)).toBe('allowed')
  // The next copy takes out who is no longer on it.
  const next = async function* () {
    yield '212-555-0188'
  }
  await importDncList(
    { db: db(), poker },
    { registry: 'us', asOf: new Date(noonInNewYork), lines: next(), actor, mode: 'replace' },
  )
  expect(await db().select().from(dncNumbers).where(eq(dncNumbers.registry, 'us'))).toHaveLength(1)
  const [copy] = await db().select().from(dncRegistries)
  expect(copy?.asOf.getTime()).toBe(noonInNewYork)
})

test('a lead that takes on an address that opted out is stopped there, too', async () => {
  const first = await aLead({ phone: '+44 20 7946 0958' })
  await db().transaction(async (tx) => {
    const { rememberAddresses } = await import('#db/repositories/suppression-memory.ts')
    await rememberAddresses(tx, [first])
  })
  const { rows } = await db().transaction((tx) =>
    upsertLeads(tx, [{ externalId: 'crm-1', fields: { first_name: 'Ada' } }], { library, actor, enroll: false }),
  )
  const leadId = rows[0]?.leadId ?? ''
  expect(await answer(leadId, 'phone')).not.toBe('suppressed')
  await db().transaction((tx) =>
    upsertLeads(tx, [{ externalId: 'crm-1', fields: { phone: '020 7946 0958', country: 'GB' } }], {
      library,
      actor,
      enroll: false,
    }),
  )
  expect(await answer(leadId, 'phone')).toBe('suppressed')
})
