import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { enrolled, openWorld, queued, setPolicy, type World } from '../db/deliveries/given.ts'
import { until } from '../support/engine.ts'
import type { MailroomProcessOptions } from '../support/mailroom-process.ts'
import { createTestNamespace, temporalAddress } from '../support/temporal.ts'

const script = fileURLToPath(new URL('../support/mailroom-process.ts', import.meta.url))

let world: World
let databaseUrl: string
let namespace: string
let connection: Connection
const started: ChildProcess[] = []
beforeEach(async () => {
  world = await openWorld()
  databaseUrl = world.url
  await setPolicy(world, {})
  namespace = await createTestNamespace()
  connection = await Connection.connect({ address: temporalAddress() })
})
afterEach(async () => {
  for (const child of started.splice(0)) await kill(child)
  await connection.close()
  await world.close()
})

/** A mailroom worker as a process of its own; resolves when its mailrooms are open. */
async function startMailroom(answerAfterMs: number): Promise<ChildProcess> {
  const options: MailroomProcessOptions = {
    databaseUrl,
    temporalAddress: temporalAddress(),
    namespace,
    queuePrefix: '',
    answerAfterMs,
  }
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(child)
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const countOf = async (status: 'sending' | 'accepted'): Promise<number> => {
  const [row] = await world.db
    .select({ n: sql<number>`count(*)::int` })
    .from(deliveries)
    .where(eq(deliveries.status, status))
  return row?.n ?? 0
}

describe('the mailroom on a real server', () => {
  test('a worker killed in the middle of a batch loses nothing, and only what it was sending is sent a second time', async () => {
    const all: string[] = []
    for (let lead = 0; lead < 60; lead += 1) all.push(await queued(world, await enrolled(world)))

    const first = await startMailroom(150)
    await until('it is in the middle of its first batch', async () => (await countOf('accepted')) >= 6)
    await kill(first)
    const left = await world.db.select().from(deliveries).where(eq(deliveries.status, 'sending'))
    const handedOver = new Set((await world.db.select().from(mailbox)).map((row) => row.deliveryId))
    const inDoubt = left.filter((row) => handedOver.has(row.id)).map((row) => row.id)
    expect(inDoubt.length).toBeGreaterThan(0)
    expect(left.length).toBeGreaterThan(inDoubt.length)

    await startMailroom(0)
    await until('all are accepted', async () => (await countOf('accepted')) === all.length)
    const copies = await world.db.select().from(mailbox)
    const perDelivery = Map.groupBy(copies, (row) => row.deliveryId)
    expect([...perDelivery.keys()].toSorted()).toEqual(all.toSorted())
    const twice = [...perDelivery].filter(([, rows]) => rows.length > 1)
    expect(twice.map(([id]) => id).toSorted()).toEqual(inDoubt.toSorted())
    for (const [, rows] of twice) {
      expect(rows).toHaveLength(2)
      expect(rows[0]?.headers['Message-ID']).toBe(rows[1]?.headers['Message-ID'])
    }
    const attempts = new Map((await world.db.select().from(deliveries)).map((row) => [row.id, row.attempts]))
    const interrupted = new Set(left.map((row) => row.id))
    for (const id of all) expect(attempts.get(id)).toBe(interrupted.has(id) ? 2 : 1)
  })

  test('opening the mailrooms again changes nothing, and the history holds no personal data', async () => {
    const client = new Client({ connection, namespace })
    const lead = await enrolled(world, { lead: { email: 'very.private@example.org', firstName: 'Wilhelmina' } })
    await queued(world, lead)
    await startMailroom(0)
    await until('it is accepted', async () => (await countOf('accepted')) === 1)
    const handle = client.workflow.getHandle('mailroom:email')
    const before = await handle.describe()
    await ensureMailrooms(client)
    expect((await handle.describe()).runId).toBe(before.runId)
    const texts = textsIn(await handle.fetchHistory())
    expect(texts).toContain('"channel":"email"')
    for (const secret of ['very.private', 'Wilhelmina', lead.leadId]) expect(texts).not.toContain(secret)
  })
})

/** Every text and every payload of a history, decoded. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString()}\n`
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(textsIn).join('')
}
