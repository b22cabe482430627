import { asc } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { countMail, stopFailingJourneys } from '#db/repositories/journey-breaker.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { publishDefinition } from '../support/engine.ts'
import { createTestApp, testLinks, type TestApp } from './support/test-app.ts'

const path = '/api/v1/company/sending'
let app: TestApp
let poor: TestApp
beforeAll(async () => {
  const links = { ...testLinks, baseUrl: 'https://leads.example.test' }
  app = await createTestApp({ realChannels: ['email'], hasSender: true, links })
  poor = await createTestApp()
})
afterAll(async () => {
  await app.close()
  await poor.close()
})

const post = (to: string, body: object) => app.request.post(`${path}/${to}`).send(body)

describe('sending', () => {
  test('cannot be turned on without a provider, and says what to do', async () => {
    const { status, body } = await poor.request.post(`${path}/live`).send({ on: true })
    expect([status, body.code]).toEqual([409, 'SENDING_IMPOSSIBLE'])
    expect(body.detail).toMatch(/SMTP_URL/)
    expect((await poor.request.get(path)).body).toMatchObject({ liveSending: false, providers: [], hasSender: false })
  })

  test('cannot be turned on without a postal address for marketing mail to name', async () => {
    const { status, body } = await post('live', { on: true })
    expect([status, body.code]).toEqual([409, 'SENDING_IMPOSSIBLE'])
    expect(body.detail).toMatch(/postal address/)
    const profile = companyProfileSchema.parse({ postalAddress: '1 High Street, Leeds' })
    await saveCompanyProfile(app.database.db, { profile, actor: 'test' })
  })

  test('is turned on and off, held and released; each is audited', async () => {
    expect((await post('live', { on: true })).body).toMatchObject({
      liveSending: true,
      providers: [{ channel: 'email', down: null }],
    })
    expect((await post('live', { on: false })).body.liveSending).toBe(false)
    expect((await post('hold', { on: true, reason: 'looking' })).body).toMatchObject({
      hold: true,
      holdReason: 'looking',
    })
    expect((await post('hold', { on: false, reason: 'seen' })).body.hold).toBe(false)
    const rows = await app.database.db.select().from(auditLog).orderBy(asc(auditLog.id))
    expect(rows.map((row) => row.action)).toEqual([
      'company.profile_changed',
      'company.live_sending_on',
      'company.live_sending_off',
      'company.hold',
      'company.release',
    ])
  })

  test('the allow-list takes addresses and domains, in any case, and nothing else', async () => {
    expect((await post('allow-list', { add: ['Anna@Example.org', 'company.example'] })).body.allowList).toEqual([
      'anna@example.org',
      'company.example',
    ])
    expect((await post('allow-list', { remove: ['ANNA@example.org'] })).body.allowList).toEqual(['company.example'])
    const { status, body } = await post('allow-list', { add: ['not an address'] })
    expect([status, body.code]).toEqual([422, 'ALLOW_LIST_ENTRY_INVALID'])
    expect((await app.request.get(path)).body.allowList).toEqual(['company.example'])
  })

  test('a journey that the circuit breaker stopped tells why, and a person lets it go', async () => {
    const { db } = app.database
    const journeyId = await publishDefinition(db, {
      key: 'spring',
      steps: { mail: ['send_email', { subject: 'A', body: 'B' }] },
    })
    await countMail(db, [{ journeyId, accepted: 200, hardBounces: 10 }])
    await db.transaction((tx) => stopFailingJourneys(tx, [journeyId]))
    expect((await app.request.get(path)).body.stops).toMatchObject([
      {
        kind: 'journey',
        journey: 'spring',
        actor: 'system',
        reason: '10 of 200 mails of the last 24 hours bounced (5 %; the limit is 5 %).',
        counts: { accepted: 200, hardBounces: 10 },
      },
    ])
    const released = await post('stops', { kind: 'journey', subject: 'spring', stopped: false, reason: 'list cleaned' })
    expect(released.body.stops).toEqual([])
    const unknown = await post('stops', { kind: 'journey', subject: 'winter', stopped: true, reason: 'x' })
    expect(unknown.body.code).toBe('JOURNEY_NOT_FOUND')
    const pigeon = await post('stops', { kind: 'channel', subject: 'pigeon', stopped: true, reason: 'x' })
    expect(pigeon.body.code).toBe('CHANNEL_UNKNOWN')
  })
})
