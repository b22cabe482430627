import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** Postgres behind a relay whose connections can be broken at any moment, as a restart or a failover does. */
let database: TestDatabase
let handle: DatabaseHandle
let relay: Server
let relayedUrl: string
const sockets = new Set<Socket>()

beforeEach(async () => {
  database = await createTestDatabase()
  const url = new URL(database.url)
  const port = Number(url.port)
  relay = createServer((near) => {
    const far = connect(port, url.hostname)
    sockets.add(near)
    near.on('close', () => {
      sockets.delete(near)
      far.destroy()
    })
    far.on('close', () => near.destroy())
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  const relayed = new URL(database.url)
  relayed.hostname = '127.0.0.1'
  relayed.port = String((relay.address() as AddressInfo).port)
  relayedUrl = relayed.href
  handle = createDatabase(relayedUrl, { max: 20 })
})
afterEach(async () => {
  await handle?.close()
  for (const socket of sockets) socket.destroy()
  relay?.close()
  await database?.drop()
})

/** A transaction as the turn writes them: several statements at once, then one more. */
async function work(index: number): Promise<void> {
  await handle.db.transaction(async (tx) => {
    await Promise.all([
      tx.execute(sql`set local lock_timeout = '2s'`),
      tx.execute(sql`select ${index}::int as x, pg_sleep(0.002)`),
      tx.execute(sql`select ${'text'}::text as y`),
    ])
    await tx.execute(sql`select count(*) from pg_class where relname <> ${'a'}`)
  })
}

test('a pool whose connections broke in the middle of transactions is whole again within seconds, and ends no process', async () => {
  const over = new AbortController()
  let done = 0
  const codes = new Set<string>()
  const lane = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        await work(done)
        done += 1
      } catch (error) {
        const { code } = ((error as Error).cause ?? error) as { code?: string }
        codes.add(code ?? String(error))
        await pause(20)
      }
    }
  }
  const lanes = Promise.all(Array.from({ length: 40 }, lane))
  // An end and a reset in turn: each leaves the driver another way.
  for (let round = 0; round < 10; round += 1) {
    await pause(400)
    for (const socket of sockets) {
      if (round % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  over.abort()
  // Not one transaction is left waiting for an answer that cannot come. (The driver would give up after 30 s.)
  expect(await Promise.race([lanes.then(() => 'settled'), pause(25_000, 'still waiting')])).toBe('settled')
  expect(done).toBeGreaterThan(0)
  // What breaks says so with a code by which it is known to pass (activities/turn/failures.ts).
  expect([...codes].filter((code) => !/^(ECONNRESET|EPIPE|CONNECTION_(CLOSED|ENDED|DESTROYED))$/.test(code))).toEqual(
    [],
  )
  // Every connection of the pool works.
  const again = Promise.all(Array.from({ length: 200 }, (_, index) => work(index))).then(() => 'whole')
  expect(await Promise.race([again, pause(25_000, 'still broken')])).toBe('whole')
})

/** A pool of one connection, so that the next transaction gets the connection that the broken one had. */
async function afterBreak(first: 'commits' | 'fails', second: 'commits' | 'fails'): Promise<number[]> {
  const relayed = createDatabase(relayedUrl, { max: 1 })
  try {
    const add = (db: Pick<typeof relayed.db, 'execute'>, x: number) => db.execute(sql`insert into kept values (${x})`)
    await relayed.db.execute(sql`create table kept (x int)`)
    const [begun, broken] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const late = Promise.withResolvers<undefined>()
    const one = relayed.db.transaction(async (tx) => {
      try {
        await add(tx, 1)
        begun.resolve(undefined)
        await broken.promise
        if (first === 'fails') throw new Error('It has changed its mind.')
        await add(tx, 2)
      } finally {
        setTimeout(() => late.resolve(undefined), 100)
      }
    })
    await begun.promise
    for (const socket of sockets) socket.destroy()
    await expect(one).rejects.toMatchObject({ code: expect.stringMatching(/^CONNECTION_CLOSED|ECONNRESET$/) })
    await relayed.db
      .transaction(async (tx) => {
        await add(tx, 3)
        broken.resolve(undefined)
        await late.promise
        if (second === 'fails') throw new Error('It takes everything back.')
      })
      .catch(() => undefined)
    const rows = await relayed.db.execute<{ x: number }>(sql`select x from kept order by x`)
    return rows.map(({ x }) => x)
  } finally {
    await relayed.close()
  }
}

test('a transaction whose connection broke does nothing more, least of all in the one that has its connection now', async () => {
  // Its late COMMIT would keep what the second takes back; its late ROLLBACK would take back what the second keeps.
  expect(await afterBreak('commits', 'fails')).toEqual([])
  await handle.db.execute(sql`drop table kept`)
  expect(await afterBreak('fails', 'commits')).toEqual([3])
})

test.each(['an end', 'a reset'])(
  'after %s in the middle of a transaction each question gets its own answer',
  async (kind) => {
    const relayed = createDatabase(relayedUrl, { max: 1 })
    try {
      const ask = async (x: number) => (await relayed.db.execute<{ x: number }>(sql`select ${x}::int as x`))[0]?.x
      expect(await ask(0)).toBe(0)
      for (let round = 1; round <= 3; round += 1) {
        const begun = Promise.withResolvers<undefined>()
        const broken = relayed.db.transaction(async (tx) => {
          await tx.execute(sql`select 1`)
          begun.resolve(undefined)
          await tx.execute(sql`select pg_sleep(60)`)
        })
        await begun.promise
        for (const socket of sockets) {
          if (kind === 'a reset') socket.resetAndDestroy()
          else socket.destroy()
        }
        await expect(broken).rejects.toMatchObject({ code: expect.stringMatching(/^CONNECTION_CLOSED|ECONNRESET$/) })
        expect([await ask(1), await ask(2), await ask(3)]).toEqual([1, 2, 3])
        expect(await Promise.all([4, 5, 6].map((x) => ask(x)))).toEqual([4, 5, 6])
      }
    } finally {
      await relayed.close()
    }
  },
)
