import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addLeads } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let [leadId, otherId, erasedId] = ['', '', '']

beforeAll(async () => {
  app = await createTestApp()
  ;[leadId = '', otherId = '', erasedId = ''] = await addLeads(app.database.db, [
    'Ada Lovelace',
    'Ada King',
    'Grace Hopper',
  ])
})

afterAll(async () => {
  await app.close()
})

interface Answer {
  channel: string
  purpose: string
  allowed: boolean
  notBefore: string | null
  why: { reason: string; words: string; citation: string | null; remedy: string } | null
}

async function ask(id: string, channel: string, purpose: string, at?: string): Promise<Answer | undefined> {
  const query = at === undefined ? {} : { at }
  const { body } = await app.request.get(`/api/v1/leads/${id}/may-contact`).query(query).expect(200)
  return (body as { answers: Answer[] }).answers.find((one) => one.channel === channel && one.purpose === purpose)
}

describe('consents over the API', () => {
  test('a consent opens a channel, a refusal closes it, and the ledger tells both with their words', async () => {
    await app.database.db.execute(sql`update leads set country = 'Germany' where id = ${leadId}`)
    expect(await ask(leadId, 'email', 'nurture')).toMatchObject({
      allowed: false,
      notBefore: null,
      why: { reason: 'no_consent', rule: 'de.uwg.email', citation: 'UWG § 7(2) Nr. 2, § 7(3)' },
    })
    const given = { purposes: ['nurture'], channels: ['email'], state: 'granted', wording: 'Yes, write to me.' }
    await app.request.post(`/api/v1/leads/${leadId}/consents`).send(given).expect(200)
    expect(await ask(leadId, 'email', 'nurture')).toMatchObject({ allowed: true, why: null })
    const refused = { ...given, state: 'denied', wording: 'No more.', mechanism: 'spoken' }
    await app.request.post(`/api/v1/leads/${leadId}/consents`).send(refused).expect(200)
    expect(await ask(leadId, 'email', 'nurture')).toMatchObject({
      allowed: false,
      why: { words: 'The lead said no to nurture by email.' },
    })
    const { body } = await app.request.get(`/api/v1/leads/${leadId}/consents`).expect(200)
    expect((body as { consents: unknown[] }).consents).toMatchObject([
      { state: 'denied', wording: 'No more.', mechanism: 'spoken', isCurrent: true },
      { state: 'granted', wording: 'Yes, write to me.', basis: 'consent', isCurrent: false },
    ])
  })

  test('a consent without its wording is refused: the wording is the proof', async () => {
    const given = { purposes: ['nurture'], channels: ['email'], state: 'granted', wording: '  ' }
    const { body } = await app.request.post(`/api/v1/leads/${leadId}/consents`).send(given).expect(400)
    expect(body).toMatchObject({ code: 'REQUEST_INVALID' })
  })
})

test('a call is refused with the law, the instant it may be made and where the lead was taken to be', async () => {
  await app.database.db.execute(
    sql`update leads set country = 'US', region = 'TX', zone = 'America/Chicago' where id = ${otherId}`,
  )
  const sunday = '2026-11-22T17:59:00.000Z'
  expect(await ask(otherId, 'phone', 'nurture', sunday)).toMatchObject({
    allowed: false,
    notBefore: '2026-11-22T18:00:00.000Z',
    why: { reason: 'outside_window', rule: 'us.tx.hours', citation: 'Tex. Bus. & Com. Code § 301.051' },
  })
  expect(await ask(otherId, 'phone', 'nurture', '2026-11-22T18:00:00.000Z')).toMatchObject({ allowed: true })
})

test('what was said on the telephone stops everything; a person lifts it with a reason, and both are audited', async () => {
  const said = 'Take me off your lists.'
  await app.request.post(`/api/v1/leads/${otherId}/opt-out`).send({ said }).expect(200)
  for (const channel of ['email', 'postcard', 'phone'])
    expect(await ask(otherId, channel, 'nurture')).toMatchObject({ allowed: false })
  await app.request
    .post(`/api/v1/leads/${otherId}/suppressions/lift`)
    .send({ channels: ['email'] })
    .expect(400)
  const lift = { channels: ['email', 'postcard', 'phone'], reason: 'Wants our mails again.' }
  const { body } = await app.request.post(`/api/v1/leads/${otherId}/suppressions/lift`).send(lift).expect(200)
  expect(body).toEqual({ lifted: ['email', 'postcard', 'phone'] })
  expect(await ask(otherId, 'email', 'transactional')).toMatchObject({ allowed: true })
  const audit = await app.database.db.execute<{ action: string; after: { reason?: string; said?: string } | null }>(
    sql`select action, after from audit_log where subject_id = ${otherId} order by id`,
  )
  expect(audit.map(({ action }) => action)).toEqual([
    'lead.opt_out',
    'suppression.lift',
    'suppression.lift',
    'suppression.lift',
  ])
  expect(audit[0]?.after?.said).toBe(said)
  expect(audit[1]?.after?.reason).toBe(lift.reason)
})

test('an objection is recorded and taken back', async () => {
  await app.request.post(`/api/v1/leads/${otherId}/objection`).send({ objects: true, reason: 'Letter' }).expect(200)
  expect(await ask(otherId, 'phone', 'nurture')).toMatchObject({ allowed: false, why: { reason: 'objected' } })
  await app.request.post(`/api/v1/leads/${otherId}/objection`).send({ objects: false, reason: 'Call' }).expect(200)
  const { body } = await app.request.get(`/api/v1/leads/${otherId}/consents`).expect(200)
  expect(body).toMatchObject({ objected: false })
})

test('an export is one JSON document with every table', async () => {
  const { body, headers } = await app.request.get(`/api/v1/leads/${leadId}/export`).expect(200)
  expect(headers['content-type']).toContain('application/json')
  const { tables } = body as { tables: Record<string, Record<string, unknown>[]> }
  expect(tables['leads']?.[0]).toMatchObject({ id: leadId, first_name: 'Ada', last_name: 'Lovelace' })
  expect(tables['consents']).toHaveLength(2)
  expect(tables['audit_log']?.some((row) => row['action'] === 'lead.export')).toBe(true)
  await app.request.get('/api/v1/leads/019a0000-0000-7000-8000-000000000000/export').expect(404)
})

test('an erasure is shown first, needs its confirmation, and leaves nothing to record on', async () => {
  const { body } = await app.request.get(`/api/v1/leads/${erasedId}/erase`).expect(200)
  const { confirm, rows } = body as { confirm: string; rows: Record<string, number> }
  expect(rows).toMatchObject({ leads: 1, lead_identities: 1 })
  const wrong = { reason: 'By letter', confirm: 'yes' }
  const refused = await app.request.post(`/api/v1/leads/${erasedId}/erase`).send(wrong).expect(422)
  expect(refused.body).toMatchObject({ code: 'CONFIRMATION_WRONG' })
  await app.request
    .post(`/api/v1/leads/${erasedId}/erase`)
    .send({ ...wrong, confirm })
    .expect(200)
  const gone = { purposes: ['nurture'], channels: ['email'], state: 'granted', wording: 'Yes.' }
  const after = await app.request.post(`/api/v1/leads/${erasedId}/consents`).send(gone).expect(409)
  expect(after.body).toMatchObject({ code: 'LEAD_GONE' })
  expect(await ask(erasedId, 'email', 'transactional')).toMatchObject({ why: { reason: 'lead_erased' } })
  // The same address, brought in by anybody, is recognised.
  const back = { email: 'grace.hopper.2@example.com', firstName: 'Grace' }
  const created = await app.request.post('/api/v1/leads').send(back).expect(201)
  const { id } = created.body as { id: string }
  expect(await ask(id, 'email', 'transactional')).toMatchObject({ allowed: false, why: { reason: 'suppressed' } })
})

test('two leads become one, and not twice', async () => {
  await app.request.post(`/api/v1/leads/${leadId}/merge`).send({ loserId: otherId }).expect(200)
  const again = await app.request.post(`/api/v1/leads/${leadId}/merge`).send({ loserId: otherId }).expect(409)
  expect(again.body).toMatchObject({ code: 'MERGE_NOT_POSSIBLE' })
})
