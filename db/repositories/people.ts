/** People and queues: few rows, read whole; written by few. */
import { asc, eq, inArray, sql, type InferSelectModel } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable, Transaction } from '../client.ts'
import { queues, users } from '../schema/people.ts'
import { auditLog } from '../schema/tasks.ts'
import { raiseLibraryRevision } from './library.ts'

export type PersonRow = InferSelectModel<typeof users>
export type QueueRow = InferSelectModel<typeof queues>

/** What may be said about a person; turns and dates are kept by the database. */
export type PersonValues = Omit<
  PersonRow,
  'key' | 'lastTurn' | 'lastTestTurn' | 'webhookSecret' | 'createdAt' | 'updatedAt'
>
export type QueueValues = Omit<QueueRow, 'key' | 'createdAt' | 'updatedAt'>

/** Everybody, those who left too, by name. */
export async function listPeople(db: Queryable): Promise<PersonRow[]> {
  return db.select().from(users).orderBy(asc(users.name), asc(users.key))
}

export async function findPeople(db: Queryable, keys: readonly string[]): Promise<Map<string, PersonRow>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .select()
    .from(users)
    .where(inArray(users.key, [...new Set(keys)]))
  return new Map(rows.map((row) => [row.key, row]))
}

/** Open tasks of real leads by person, for the list of people. */
export async function countOpenByPerson(db: Queryable): Promise<Map<string, number>> {
  const rows = await db.execute<{ assignee: string; count: number }>(sql`
    select assignee, count(*)::int as count from tasks
     where status = 'open' and assignee is not null and not is_test group by assignee`)
  return new Map(rows.map((row) => [row.assignee, row.count]))
}

/** Writes a person, new or known; audited. Returns whether it is new. Call in a transaction. */
export async function savePerson(
  tx: Transaction,
  key: string,
  values: PersonValues,
  actor: string,
): Promise<'created' | 'updated'> {
  const [before] = await tx.select().from(users).where(eq(users.key, key)).for('no key update')
  await tx
    .insert(users)
    .values({ key, ...values })
    .onConflictDoUpdate({ target: users.key, set: { ...values, updatedAt: sql`now()` } })
  await raiseLibraryRevision(tx)
  await audit(tx, actor, 'person', key, before === undefined ? null : describePerson(before), values)
  return before === undefined ? 'created' : 'updated'
}

/** A new secret for a person's notification webhook. */
export async function setWebhookSecret(tx: Transaction, key: string, secret: string, actor: string): Promise<void> {
  await tx
    .update(users)
    .set({ webhookSecret: secret, updatedAt: sql`now()` })
    .where(eq(users.key, key))
  await audit(tx, actor, 'person', key, null, { webhookSecret: 'changed' })
}

export async function listQueues(db: Queryable): Promise<QueueRow[]> {
  return db.select().from(queues).orderBy(asc(queues.name), asc(queues.key))
}

export async function findQueue(db: Queryable, key: string): Promise<QueueRow | null> {
  const [row] = await db.select().from(queues).where(eq(queues.key, key))
  return row ?? null
}

/** Writes a queue, new or known; audited. Call in a transaction. */
export async function saveQueue(
  tx: Transaction,
  key: string,
  values: QueueValues,
  actor: string,
): Promise<'created' | 'updated'> {
  const [before] = await tx.select().from(queues).where(eq(queues.key, key)).for('no key update')
  await tx
    .insert(queues)
    .values({ key, ...values })
    .onConflictDoUpdate({ target: queues.key, set: { ...values, updatedAt: sql`now()` } })
  await raiseLibraryRevision(tx)
  await audit(tx, actor, 'queue', key, before ?? null, values)
  return before === undefined ? 'created' : 'updated'
}

/** Removes a queue that holds no open task. Returns how many it still holds; 0 = removed. */
export async function removeQueue(tx: Transaction, key: string, actor: string): Promise<number> {
  const [before] = await tx.select().from(queues).where(eq(queues.key, key)).for('update')
  if (before === undefined) return 0
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from tasks where status = 'open' and queue = ${key}`)
  const open = row?.count ?? 0
  if (open > 0) return open
  await tx.delete(queues).where(eq(queues.key, key))
  await raiseLibraryRevision(tx)
  await audit(tx, actor, 'queue', key, before, null)
  return 0
}

function describePerson({ webhookSecret: _secret, lastTurn: _turn, lastTestTurn: _test, ...person }: PersonRow) {
  return person
}

async function audit(
  tx: Transaction,
  actor: string,
  kind: 'person' | 'queue',
  key: string,
  before: object | null,
  after: object | null,
): Promise<void> {
  const toJson = (value: object | null): Json => JSON.parse(JSON.stringify(value)) as Json
  await tx.insert(auditLog).values({
    actor,
    action: `${kind}.${before === null ? 'create' : after === null ? 'remove' : 'change'}`,
    subjectKind: kind,
    subjectId: key,
    before: toJson(before),
    after: toJson(after),
  })
}
