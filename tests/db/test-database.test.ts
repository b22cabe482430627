import postgres from 'postgres'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'

test('each test database is its own', async () => {
  const [first, second] = [await createTestDatabase(), await createTestDatabase()]
  const [one, two] = [postgres(first.url, { max: 1 }), postgres(second.url, { max: 1 })]
  await one`create table marks (id int)`
  const found = await two`select 1 from pg_tables where tablename = 'marks'`
  expect(found).toHaveLength(0)
  await Promise.all([one.end(), two.end()])
  await Promise.all([first.drop(), second.drop()])
})

test('lower() agrees with JavaScript beyond ASCII, on every machine', async () => {
  const database = await createTestDatabase()
  const sql = postgres(database.url, { max: 1 })
  const words = ['ÀÉÎÕÜ', 'STRASSE', 'ΟΔΥΣΣΕΥΣ', 'İstanbul', 'Æ🙂Ж']
  const rows = await sql<{ lower: string }[]>`select lower(word) as lower from unnest(${words}::text[]) as w(word)`
  expect(rows.map((row) => row.lower)).toEqual(words.map((word) => word.toLowerCase()))
  await sql.end()
  await database.drop()
})
