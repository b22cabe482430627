import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { enrolled, openWorld, queued, setPolicy, statusesOf, type World } from '#tests/db/deliveries/given.ts'
import { startOwnPostgres } from '#tests/support/embedded-servers.ts'
import { until } from '#tests/support/engine.ts'
import type { MailroomProcessOptions } from '#tests/support/mailroom-process.ts'
import { startSmtpSink, type SmtpSink } from '#tests/support/smtp-sink.ts'
import { createTestNamespace, temporalAddress } from '#tests/support/temporal.ts'

const script = fileURLToPath(new URL('../support/mailroom-process.ts', import.meta.url))

let sink: SmtpSink
let started: ChildProcess[]
let ends: (() => Promise<unknown>)[]
beforeEach(async () => {
  started = []
  ends = []
  sink = await startSmtpSink()
})
afterEach(async () => {
  for (const child of started) await kill(child)
  for (const end of ends) await end()
  await sink.close()
})

async function open(databaseUrl?: string): Promise<World> {
  const world = await openWorld(databaseUrl === undefined ? {} : { databaseUrl })
  ends.unshift(() => world.close())
  await setPolicy(world, {})
  await setLiveSending(world.db, { on: true, actor: 'owner' })
  return world
}

/** A mailroom worker as a process of its own; resolves when its mailrooms are open. */
async function startMailroom(world: World, namespace: string, answerAfterMs: number): Promise<ChildProcess> {
  const options: MailroomProcessOptions = {
    databaseUrl: world.url,
    temporalAddress: temporalAddress(),
    namespace,
    queuePrefix: '',
    answerAfterMs,
    smtpUrl: sink.url,
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

async function queueMails(world: World, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) =>
      queued(world, await enrolled(world, { lead: { email: `n${String(n)}@example.org` } })),
    ),
  )
}

const accepted = (world: World, count: number) => () => statusesOf(world).then((by) => (by['accepted'] ?? 0) >= count)

test('a worker killed between the server’s yes and its record: only those mails go twice, under the same Message-ID, and are listed', async () => {
  const world = await open()
  const namespace = await createTestNamespace()
  const all = await queueMails(world, 40)
  const first = await startMailroom(world, namespace, 200)
  await until('some are recorded, others just taken', async () => {
    const recorded = (await statusesOf(world))['accepted'] ?? 0
    return recorded >= 3 && sink.taken().length > recorded
  })
  await kill(first)
  const takenByThen = new Set(sink.taken().map((mail) => mail.messageId))
  const left = await world.db.select().from(deliveries).where(eq(deliveries.status, 'sending'))
  const inWindow = [...takenByThen].filter((messageId) => left.some((row) => messageId.includes(row.id)))
  expect(inWindow.length).toBeGreaterThan(0)

  await startMailroom(world, namespace, 0)
  await until('all are accepted', accepted(world, all.length))
  const copies = Map.groupBy(sink.taken(), (mail) => mail.messageId)
  expect(copies.size).toBe(all.length)
  const twice = [...copies].flatMap(([messageId, mails]) => (mails.length > 1 ? [messageId] : []))
  expect(twice.toSorted()).toEqual(inWindow.toSorted())
  const listed = await world.db.select().from(deliveries).where(eq(deliveries.inDoubt, true))
  expect(listed.map((row) => row.id).toSorted()).toEqual(left.map((row) => row.id).toSorted())
})

test('Postgres restarted in the middle of a batch: every mail is accepted, none is lost, and what may have gone twice is listed', async () => {
  const postgres = await startOwnPostgres()
  ends.push(() => postgres.end())
  const world = await open(postgres.url)
  const namespace = await createTestNamespace()
  const all = await queueMails(world, 60)
  await startMailroom(world, namespace, 40)
  await until('it is in the middle', accepted(world, 10))
  await postgres.stop()
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await postgres.start()
  await until('all are accepted', async () => {
    try {
      return await accepted(world, all.length)()
    } catch {
      // Our own connections were cut, too.
      return false
    }
  })
  const copies = Map.groupBy(sink.taken(), (mail) => mail.messageId)
  expect(copies.size).toBe(all.length)
  const listed = new Set(
    (await world.db.select().from(deliveries).where(eq(deliveries.inDoubt, true))).map((row) => row.id),
  )
  for (const [messageId, mails] of copies)
    if (mails.length > 1) expect([...listed].some((id) => messageId.includes(id))).toBe(true)
})
