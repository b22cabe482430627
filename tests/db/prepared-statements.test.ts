import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
let handle: DatabaseHandle
beforeAll(async () => {
  database = await createTestDatabase()
  handle = createDatabase(database.url, { max: 1, prepare: true })
})
afterAll(async () => {
  await handle.close()
  await database.drop()
})

const prepared = () => handle.sql<{ statement: string }[]>`select statement from pg_prepared_statements`

describe('a database that prepares', () => {
  test('prepares a repeated statement once, also inside a transaction and its savepoint', async () => {
    const ask = (value: number) => sql`select ${value}::int + 41 as answer`
    for (const value of [1, 2]) {
      expect([...(await handle.db.execute(ask(value)))]).toEqual([{ answer: 41 + value }])
      await handle.db.transaction(async (tx) => {
        expect([...(await tx.execute(ask(value)))]).toEqual([{ answer: 41 + value }])
        await tx.transaction(async (inner) => {
          expect([...(await inner.execute(ask(value)))]).toEqual([{ answer: 41 + value }])
        })
      })
    }
    expect((await prepared()).filter(({ statement }) => statement.includes('+ 41'))).toHaveLength(1)
  })

  test('rolls a failed transaction back and goes on', async () => {
    await handle.db.execute(sql`create table kept (n int primary key)`)
    const insert = (n: number) => sql`insert into kept values (${n})`
    await expect(
      handle.db.transaction(async (tx) => {
        await tx.execute(insert(1))
        await tx.execute(insert(1))
      }),
    ).rejects.toThrow('insert into kept')
    await handle.db.execute(insert(2))
    expect([...(await handle.db.execute(sql`select n from kept`))]).toEqual([{ n: 2 }])
  })

  test('stops preparing when the statements never repeat', async () => {
    for (let n = 0; n < 600; n += 1)
      await handle.db.execute(sql`select ${sql.raw(String(n))} as "n${sql.raw(String(n))}", ${n}::int`)
    expect((await prepared()).length).toBeLessThanOrEqual(505)
  })
})
