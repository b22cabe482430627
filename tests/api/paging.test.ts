import { afterAll, beforeAll, expect, test } from 'vitest'
import { addLeads, addMessage, addTask, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

interface Page {
  items: { id: string }[]
  nextCursor: string | null
}

let app: TestApp
let first: string[]

beforeAll(async () => {
  app = await createTestApp()
  await publishExample(app.database.db, 'win-back-survey')
  // Made in one statement, so most share their instant: only the id keeps them apart.
  first = await addLeads(app.database.db, people(23))
})
afterAll(() => app.close())

test('a list shows everything that was there once, while rows are added at its head', async () => {
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page = await read('/api/v1/leads', 7, cursor)
    expect(page.items.length).toBeLessThanOrEqual(7)
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
    await addLeads(app.database.db, people(3, `Late${String(seen.length)}`))
  } while (cursor !== null)
  expect(new Set(seen).size).toBe(seen.length)
  expect([...seen].sort()).toEqual([...first].sort())
})

test('deliveries, enrollments and tasks page the same way, and the last page says so', async () => {
  const { db } = app.database
  const ids = { deliveries: [] as string[], enrollments: [] as string[], tasks: [] as string[] }
  for (const [index, leadId] of first.slice(0, 9).entries()) {
    const place = { leadId, journey: 'win-back-survey', stepId: 'answer' }
    const enrollmentId = await placeLead(db, { ...place, agoMinutes: 5 + Math.floor(index / 3) })
    ids.enrollments.push(enrollmentId)
    ids.deliveries.push(await addMessage(db, { ...place, enrollmentId, subject: 'Hello' }))
    ids.tasks.push(await addTask(db, { ...place, enrollmentId, title: 'Call', dueInMinutes: Math.floor(index / 3) }))
  }
  const paths = {
    deliveries: '/api/v1/deliveries',
    enrollments: '/api/v1/enrollments?status=active',
    tasks: '/api/v1/tasks',
  }
  for (const kind of ['deliveries', 'enrollments', 'tasks'] as const) {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await read(paths[kind], 4, cursor)
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect({ [kind]: [...seen].sort() }).toEqual({ [kind]: [...ids[kind]].sort() })
  }
  // 9 rows by 3: the third page is full and still the last.
  const full = await read(paths.tasks, 9, null)
  expect(full.nextCursor).toBeNull()
})

test.for(['', 'x', '%00', 'bm9uc2Vuc2U', Buffer.from('2026-13-45T00:00:00.000Z x').toString('base64url')])(
  'a cursor that is none of ours, "%s", is refused',
  async (cursor) => {
    const { body } = await app.request.get(`/api/v1/leads?cursor=${cursor}`)
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', issues: [{ path: ['query', 'cursor'] }] })
  },
)

test.for(['0', '201', '-1', '1.5', 'many', ''])('a limit of "%s" is refused', async (limit) => {
  const { body } = await app.request.get(`/api/v1/leads?limit=${limit}`)
  expect(body).toMatchObject({ code: 'REQUEST_INVALID', issues: [{ path: ['query', 'limit'] }] })
})

async function read(path: string, limit: number, cursor: string | null): Promise<Page> {
  const { body } = await app.request.get(path).query({ limit, ...(cursor === null ? {} : { cursor }) })
  return body as Page
}

function people(count: number, name = 'Person'): string[] {
  return Array.from({ length: count }, (_, index) => `${name} No${String(index)}`)
}
