import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { pruneConsumedInputs } from '#db/repositories/reconcile.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { addLead } from '#tests/support/engine.ts'

let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url)
})
afterAll(async () => {
  await handle.close()
  await database.drop()
})

test('inputs consumed long ago go, a few at a time; fresh and unconsumed ones stay', async () => {
  const { db } = handle
  const leadId = await addLead(db)
  const long = new Date(Date.now() - 31 * 86_400_000)
  const rows = [long, long, long, new Date(), null].map((consumedAt) => ({
    leadId,
    kind: 'fact',
    payload: {},
    at: long,
    consumedAt,
  }))
  await db.insert(leadInputs).values(rows)
  expect(await pruneConsumedInputs(db, 2)).toBe(2)
  expect(await pruneConsumedInputs(db, 2)).toBe(1)
  expect(await pruneConsumedInputs(db, 2)).toBe(0)
  const left = await db.select().from(leadInputs).where(eq(leadInputs.leadId, leadId))
  expect(left.map((row) => row.consumedAt === null)).toEqual([false, true])
})
