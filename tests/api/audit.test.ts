// Every write of the API leaves a line in the audit log that says who and what; and the log can be read.
import { and, asc, eq, gt, max } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditLog } from '#db/schema/tasks.ts'
import { routes } from '#server/contract/routes.ts'
import type { Route } from '#server/contract/route.ts'
import type { World } from './support/sample.ts'
import { addressOf, createWorld, sampleOf } from './support/samples.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let world: World
let key: string
beforeAll(async () => {
  app = await createTestApp()
  world = await createWorld(app)
  key = world.key
})
afterAll(() => app.close())

const names = Object.keys(routes) as (keyof typeof routes)[]
const writes = names.filter((name) => (routes[name] as Route).method !== 'GET')

/** Routes that nothing here can make succeed, and where they are tested instead. */
const elsewhere: Readonly<Record<string, string>> = {
  repeatWebhookCall: 'needs a call that was made: tests/api/webhooks.test.ts',
  decideFormSubmission: 'needs a submission that was held: tests/api/public/forms.test.ts',
  handleReplies: 'needs a reply: tests/api/inbound.test.ts',
  stopTestRun: 'needs a run: tests/workflow/lead-test-run.test.ts',
  createIncomingHook: 'tests/api/webhooks.test.ts',
  deleteIncomingHook: 'tests/api/webhooks.test.ts',
  approvePrintBatch: 'needs printed cards: tests/api/print.test.ts',
  rejectPrintCard: 'as approvePrintBatch',
  createJourney: 'tests/api/drafts.test.ts',
  saveDraft: 'tests/api/drafts.test.ts',
  checkJourney: 'tests/api/drafts.test.ts',
  publishJourney: 'tests/api/drafts.test.ts',
  changeJourneyStatus: 'tests/api/drafts.test.ts',
  restoreJourneyVersion: 'tests/api/drafts.test.ts',
}

describe('every write leaves a line in the audit log', () => {
  test.each(writes.filter((name) => (routes[name] as Route).unaudited === undefined && !(name in elsewhere)))(
    '%s',
    async (name) => {
      const route: Route = routes[name]
      const { params = {}, query = {}, body } = await sampleOf(name, world)
      const [before] = await app.database.db.select({ id: max(auditLog.id) }).from(auditLog)
      const method = route.method.toLowerCase() as 'post' | 'put' | 'patch' | 'delete'
      // Sign-out is about a session, all else about whoever has the key.
      const session = name === 'signOut' ? await signedIn() : null
      const asked = app.request[method](addressOf(route, params)).query(query)
      const response = await (
        session === null ? asked.set('Authorization', `Bearer ${key}`) : asked.set('Cookie', session)
      ).send(body as object | undefined)
      expect(response.status < 300 ? null : response.body).toBeNull()
      const lines = await app.database.db
        .select()
        .from(auditLog)
        .where(gt(auditLog.id, before?.id ?? 0))
      expect(lines.length).toBeGreaterThan(0)
      const own = ['signIn', 'signOut', 'acceptInvitation'].includes(name) ? 'user:ada' : `key:${key.slice(0, 12)}`
      expect(lines.map(({ actor }) => actor)).toContain(own)
      expect(lines.every(({ action, subjectId }) => action !== '' && subjectId !== '')).toBe(true)
    },
  )
})

async function signedIn(): Promise<string> {
  const { body } = await sampleOf('signIn', world)
  const { headers } = await app.request.post('/api/v1/session').send(body as object)
  return (headers['set-cookie'] as unknown as string[])[0]?.split(';')[0] ?? ''
}

test('of a lead and of its wishes, the log holds what was before beside what is after, and only what changed', async () => {
  const send = (path: string, body: object) => app.request.post(path).set('Authorization', `Bearer ${key}`).send(body)
  const lead = { email: 'before@example.com', firstName: 'Bea', addTags: ['old'] }
  const { body: made } = await send('/api/v1/leads', lead)
  const leadId = (made as { id: string }).id
  await send('/api/v1/leads', { email: lead.email, firstName: 'Bella', stage: 'engaged', addTags: ['new'] })
  const consent = { channels: ['email'], wording: 'Yes', wordingVersion: '1', mechanism: 'form', source: 'web' }
  for (const state of ['granted', 'denied'])
    await send(`/api/v1/leads/${leadId}/consents`, { ...consent, purposes: ['nurture'], state, basis: 'consent' })
  await send(`/api/v1/leads/${leadId}/opt-out`, { channels: ['email'], said: 'Stop.' })
  await send(`/api/v1/leads/${leadId}/opt-out`, { channels: ['email', 'phone'], said: 'Stop, I said.' })
  const lines = await app.database.db
    .select()
    .from(auditLog)
    .where(eq(auditLog.subjectId, leadId))
    .orderBy(asc(auditLog.id))
  expect(lines.map(({ action, before }) => ({ action, before }))).toMatchObject([
    { action: 'lead.create', before: null },
    { action: 'lead.update', before: { firstName: 'Bea', stage: 'new', tags: ['old'] } },
    { action: 'lead.consent', before: { consents: [{ purpose: 'nurture', channel: 'email', state: null }] } },
    { action: 'lead.consent', before: { consents: [{ purpose: 'nurture', channel: 'email', state: 'granted' }] } },
    { action: 'lead.opt_out', before: { suppressed: [] } },
    { action: 'lead.opt_out', before: { suppressed: ['email'] } },
  ])
  expect(Object.keys(lines[1]?.before ?? {}).sort()).toEqual(['firstName', 'stage', 'tags'])
  expect(lines[0]?.after).toMatchObject({ email: lead.email, firstName: 'Bea', tags: ['old'] })
  expect(lines[1]?.after).toMatchObject({ firstName: 'Bella', stage: 'engaged', tags: ['new', 'old'] })
  expect(lines[3]?.after).toMatchObject({ state: 'denied', purposes: ['nurture'], channels: ['email'] })

  const { body: other } = await send('/api/v1/leads', { email: 'other@example.com', city: 'Bath' })
  const loserId = (other as { id: string }).id
  await send(`/api/v1/leads/${leadId}/merge`, { loserId })
  const mergeLine = async () => (await app.database.db.select().from(auditLog).where(isMerge(leadId)))[0]
  expect(await mergeLine()).toMatchObject({
    before: { city: null, loser: { email: 'other@example.com', city: 'Bath' } },
    after: { city: 'Bath', loserId },
  })
  await send(`/api/v1/leads/${leadId}/erase`, { reason: 'Asked', confirm: `erase ${leadId.slice(0, 8)}` })
  expect(await mergeLine()).toMatchObject({ before: null, after: null })
})

const isMerge = (leadId: string) => and(eq(auditLog.subjectId, leadId), eq(auditLog.action, 'lead.merge'))

test('the log is found by who, what, which and when, and paged through once', async () => {
  const ask = async (query: object) => {
    const { status, body } = await app.request.get('/api/v1/audit').query(query).set('Authorization', `Bearer ${key}`)
    expect(status).toBe(200)
    return body as { items: { id: number; actor: string; action: string; at: string }[]; nextCursor: string | null }
  }
  const actor = `key:${key.slice(0, 12)}`
  const own = await ask({ actor, limit: 200 })
  expect(own.items.length).toBeGreaterThan(5)
  expect(new Set(own.items.map((item) => item.actor))).toEqual(new Set([actor]))
  const leadWrites = await ask({ action: 'lead.', limit: 200 })
  expect(leadWrites.items.every(({ action }) => action.startsWith('lead.'))).toBe(true)
  expect((await ask({ action: 'lead%' })).items).toEqual([])
  const of = await ask({ subjectKind: 'lead', subjectId: world.lead })
  expect(of.items.length).toBeGreaterThan(0)
  expect((await ask({ until: '2020-01-01T00:00:00Z' })).items).toEqual([])
  const seen: number[] = []
  let cursor: string | undefined
  do {
    const page = await ask({ limit: 7, cursor })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a))
  expect(seen).toHaveLength(await app.database.db.$count(auditLog))
})
