import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditLog } from '#db/schema/tasks.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const path = '/api/v1/company/contact-policy'

test('the contact policy is read and replaced, audited, with every default filled in', async () => {
  const before = await app.request.get(path).expect(200)
  expect(before.body.preferences.cadences.map(({ key }: { key: string }) => key)).toEqual(['all', 'weekly', 'monthly'])
  const policy = { caps: [], preferences: { topics: [{ key: 'tea', label: 'Tea' }] }, tracking: { links: false } }
  const answer = await app.request.put(path).send(policy).expect(200)
  expect(answer.body).toMatchObject({
    caps: [],
    preferences: { topics: [{ key: 'tea', label: 'Tea', description: '' }] },
    tracking: { links: false, ignoreFirstSeconds: 5 },
  })
  expect((await app.request.get(path)).body).toEqual(answer.body)
  const audits = await app.database.db.select().from(auditLog).where(eq(auditLog.subjectId, 'contact_policy'))
  expect(audits).toMatchObject([{ action: 'company.contact_policy_changed', after: { tracking: { links: false } } }])
})

test.each([
  [
    'a topic twice',
    {
      preferences: {
        topics: [
          { key: 'a', label: 'A' },
          { key: 'a', label: 'B' },
        ],
      },
    },
  ],
  [
    'a cadence without room',
    { preferences: { cadences: [{ key: 'a', label: 'A', atMost: { max: 0, within: 'P1D' } }] } },
  ],
  ['a network that is none', { tracking: { scannerNetworks: ['10.0.0.0'] } }],
  ['a misspelt name', { trackng: {} }],
])('%s is refused with its place', async (_what, policy) => {
  const answer = await app.request.put(path).send(policy)
  expect([answer.status, answer.body.code]).toEqual([400, 'REQUEST_INVALID'])
  expect(answer.body.issues[0].path[0]).toBe('body')
})
