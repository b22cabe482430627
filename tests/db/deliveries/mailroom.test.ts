import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHighWaterFile, detectRestore } from '#activities/mailroom/high-water-file.ts'
import { runMailroom, type MailroomDependencies } from '#activities/mailroom/run-mailroom.ts'
import type { Provider, SendResult } from '#activities/providers/contract.ts'
import { createMailboxProvider } from '#activities/providers/mailbox.ts'
import { holdPreview, readSwitches, setHold, setLiveSending } from '#db/repositories/company-switches.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { settings } from '#db/schema/library.ts'
import { until } from '../../support/engine.ts'
import { claim, enrolled, fateOf, openWorld, queued, rowOf, setPolicy, totalsOf, type World } from './given.ts'

let world: World
let poked: string[]
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  poked = []
})
afterEach(() => world.close())

/** Runs a mailroom until `done`, then stops it and waits for its end. */
async function withMailroom(
  options: Partial<MailroomDependencies>,
  done: (stop: AbortController) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const poker = {
    poke: (leadIds: readonly string[]) => {
      poked.push(...leadIds)
      return Promise.resolve({ failed: 0 })
    },
  }
  const running = runMailroom(
    {
      db: world.db,
      poker,
      links: { baseUrl: 'http://localhost:3000', secret: 'x'.repeat(32) },
      highWater: null,
      idleMs: 20,
      ...options,
    },
    { channel: 'email', claimedBy: `run-${Math.random()}`, signal: stop.signal },
  )
  const finished = done(stop)
  await Promise.race([finished, running])
  await finished
  stop.abort()
  await running
}

const statuses = async (): Promise<Record<string, number>> => {
  const rows = await world.db
    .select({ status: deliveries.status, n: sql<number>`count(*)::int` })
    .from(deliveries)
    .groupBy(deliveries.status)
  return Object.fromEntries(rows.map((row) => [row.status, row.n]))
}

async function queueMany(leads: number, each = 1) {
  const made: { leadId: string; id: string }[] = []
  for (let index = 0; index < leads; index += 1) {
    const lead = await enrolled(world)
    for (let visit = 1; visit <= each; visit += 1) {
      made.push({ leadId: lead.leadId, id: await queued(world, lead, { visit, counts: true }) })
    }
  }
  return made
}

/** A provider that takes its time, one message per call, and notes when each call began. */
function slowProvider(ms: number, lanes: number, onStart: (leadId: string, deliveryId: string) => void): Provider {
  return {
    name: 'slow',
    batchSize: 1,
    concurrency: lanes,
    async send(messages) {
      for (const message of messages) onStart(message.leadId, message.deliveryId)
      await pause(ms)
      return messages.map(({ deliveryId }) => ({ deliveryId, outcome: 'accepted', providerId: null }))
    },
  }
}

describe('the mailroom', () => {
  test('hands every message over once and records it', async () => {
    const made = await queueMany(30, 3)
    await withMailroom({ batchSize: 25 }, () =>
      until('all are accepted', async () => (await statuses())['accepted'] === 90),
    )
    const copies = await world.db.select().from(mailbox)
    expect(copies.map((row) => row.deliveryId).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    expect(copies[0]?.html).toContain('<p>Hello Ada</p>')
    expect(copies[0]?.headers['Message-ID']).toBe(`<${String(copies[0]?.deliveryId)}@company.example>`)
  })

  test('pokes only leads that rest on a message', async () => {
    const resting = await enrolled(world, { dependsOn: ['sent:mail:1'] })
    const passing = await enrolled(world)
    await queued(world, resting)
    await queued(world, passing)
    await withMailroom({}, () => until('both are accepted', async () => (await statuses())['accepted'] === 2))
    expect(poked).toEqual([resting.leadId])
  })

  test('a message that cannot be rendered fails alone, with its reason', async () => {
    const lead = await enrolled(world)
    const bad = await queued(world, lead, {
      content: { subject: '', body: 'Hello {{ lead.frist_name }}' },
      counts: true,
    })
    const good = await queued(world, lead, { visit: 2 })
    await withMailroom({}, () =>
      until(
        'both are settled',
        async () => (await statuses())['accepted'] === 1 && (await rowOf(world, bad)).status === 'failed',
      ),
    )
    expect((await rowOf(world, good)).status).toBe('accepted')
    expect((await rowOf(world, bad)).reason).toMatch(/^TEMPLATE_VARIABLE_UNKNOWN: .*frist_name/)
    expect(await totalsOf(world, lead.leadId)).toBeNull()
  })

  test('keeps what a provider says of each message apart, and calls what it says nothing of unknown', async () => {
    const made = await queueMany(4)
    const answers: Provider = {
      name: 'moody',
      batchSize: 10,
      concurrency: 1,
      send: (messages) => {
        const result = (index: number, outcome: SendResult['outcome']): SendResult => ({
          deliveryId: messages[index]?.deliveryId ?? '',
          ...(outcome === 'accepted' ? { outcome, providerId: 'p' } : { outcome, reason: `${outcome} reason` }),
        })
        return Promise.resolve([result(0, 'accepted'), result(1, 'temporary'), result(2, 'permanent')])
      },
    }
    await withMailroom({ mailbox: answers, batchSize: 4 }, () =>
      until('the fourth has been given up', async () => (await statuses())['failed'] === 1),
    )
    const fates = new Map<string, number>()
    for (const { id } of made) {
      const [status, reason] = await fateOf(world, id)
      fates.set(`${status}: ${reason}`, 1)
    }
    expect(fates.has('accepted: null')).toBe(true)
    expect(fates.has('queued: temporary reason')).toBe(true)
    expect(fates.has('failed: permanent reason')).toBe(true)
  })

  test('stops cleanly in the middle of a batch: calls under way are recorded, the rest goes back, none is unknown', async () => {
    await queueMany(20)
    let started = 0
    const first = await (async () => {
      await withMailroom({ mailbox: slowProvider(20, 2, () => (started += 1)) }, async (stop) => {
        await until('some have been started', () => Promise.resolve(started >= 5))
        stop.abort()
      })
      return statuses()
    })()
    expect(first['accepted']).toBe(started)
    expect(first['queued']).toBe(20 - started)
    await withMailroom({}, () => until('all are accepted', async () => (await statuses())['accepted'] === 20))
    expect(await world.db.select().from(mailbox)).toHaveLength(20 - started)
  })

  test('real providers get real leads, once live sending is on; test leads reach the mailbox only', async () => {
    const real: string[] = []
    const providers = { email: slowProvider(1, 1, (leadId) => real.push(leadId)) }
    const clock = { realStart: Date.now() - 5000, virtualStart: Date.UTC(2030, 0, 1), speed: 60 }
    const [before] = await queueMany(1)
    await withMailroom({ providers }, () => until('it is accepted', async () => (await statuses())['accepted'] === 1))
    expect(real).toEqual([])
    await setLiveSending(world.db, { on: true, actor: 'owner' })
    const [after] = await queueMany(1)
    await queued(world, await enrolled(world, { lead: { clock } }), { queuedAt: clock.virtualStart })
    await withMailroom({ providers }, () => until('all are accepted', async () => (await statuses())['accepted'] === 3))
    expect(real).toEqual([after?.leadId])
    const copies = await world.db.select().from(mailbox)
    expect(copies.map((row) => [row.isTest, row.leadId === before?.leadId])).toEqual([
      [false, true],
      [true, false],
    ])
  })

  test('what a hold would let out is counted by journey and channel', async () => {
    await setHold(world.db, { on: true, reason: 'after a restore', actor: 'owner' })
    const lead = await enrolled(world)
    await queued(world, lead)
    await queued(world, lead, {
      visit: 2,
      decision: { verdict: 'deferred', notBefore: Date.now() + 60_000, reason: 'cap_reached' },
    })
    await queued(world, lead, { visit: 3, channel: 'postcard' })
    const { messages } = await holdPreview(world.db)
    expect(messages.map(({ channel, due, later }) => [channel, due, later])).toEqual([
      ['email', 1, 1],
      ['postcard', 1, 0],
    ])
    expect(await readSwitches(world.db)).toMatchObject({
      liveSending: false,
      hold: true,
      holdReason: 'after a restore',
    })
  })
})

describe('unsubscribing while the mailroom is sending', () => {
  test('no call starts after the unsubscribe has been answered, in fifty of them between claims and slow calls', async () => {
    const made = await queueMany(120)
    const startedAt = new Map<string, number>()
    const answeredAt = new Map<string, number>()
    const underWay = new Set<string>()
    const unsubscribing: Promise<void>[] = []
    const order = made.map(({ leadId }) => leadId)
    let next = 0

    const unsubscribe = async (leadId: string): Promise<void> => {
      const result = await world.db.transaction((tx) =>
        suppressLead(tx, { leadId, channels: ['email'], reason: 'unsubscribed', source: 'page', at: Date.now() }),
      )
      answeredAt.set(leadId, performance.now())
      for (const id of result.underWay) underWay.add(id)
    }
    // Each call that begins sets off unsubscribes: of leads at the head of the queue, in the batch and further back.
    const provider = slowProvider(15, 4, (leadId) => {
      startedAt.set(leadId, performance.now())
      for (const ahead of [1, 9]) {
        const target = order[(order.indexOf(leadId) + ahead * 3 + (next % 5)) % order.length]
        next += 1
        if (target === undefined || answeredAt.has(target) || unsubscribing.length >= 50) continue
        answeredAt.set(target, Infinity)
        unsubscribing.push(unsubscribe(target))
      }
    })
    await withMailroom({ mailbox: provider, batchSize: 30 }, async () => {
      await until('all messages are settled', async () => {
        const now = await statuses()
        return (now['queued'] ?? 0) === 0 && (now['sending'] ?? 0) === 0
      })
      await Promise.all(unsubscribing)
    })

    expect(unsubscribing).toHaveLength(50)
    let stopped = 0
    for (const { leadId, id } of made) {
      const answered = answeredAt.get(leadId)
      const started = startedAt.get(leadId)
      const { status } = await rowOf(world, id)
      expect(status === 'accepted').toBe(started !== undefined)
      if (answered === undefined) continue
      if (started === undefined) stopped += 1
      expect(started ?? -Infinity).toBeLessThan(answered)
      // Taken back with the message that never went.
      expect((await totalsOf(world, leadId))?.count ?? 0).toBe(started === undefined ? 0 : 1)
    }
    expect(stopped).toBeGreaterThan(10)
    expect(underWay.size).toBeGreaterThan(0)
  })
})

describe('a database restored from a backup', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'trellis-high-water-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  const highWater = async () => {
    const [row] = await world.db.select().from(settings).where(eq(settings.key, 'high_water'))
    return row?.value as { databaseId: string; mark: number }
  }

  test('is held until a person releases it, and then stays released', async () => {
    const file = createHighWaterFile(home)
    expect(await detectRestore(world.db, file)).toBeNull()
    const backup = await highWater()
    await queueMany(2)
    await withMailroom({ highWater: file, batchSize: 1 }, () =>
      until('both are accepted', async () => (await statuses())['accepted'] === 2),
    )
    expect(await file.read()).toEqual(await highWater())
    expect(await detectRestore(world.db, file)).toBeNull()

    await world.db.update(settings).set({ value: backup }).where(eq(settings.key, 'high_water'))
    expect(await detectRestore(world.db, file)).toEqual({ behindBy: 2 })
    expect((await readSwitches(world.db)).holdReason).toMatch(/2 batches .* restored/)
    expect(await detectRestore(world.db, file)).toBeNull()
    expect((await readSwitches(world.db)).hold).toBe(true)
    await setHold(world.db, { on: false, reason: '', actor: 'owner' })
    expect(await detectRestore(world.db, file)).toBeNull()
    expect((await readSwitches(world.db)).hold).toBe(false)
  })

  test('a mark is on file before the first call of its batch begins', async () => {
    const file = createHighWaterFile(home)
    await queueMany(3)
    const marks: (number | undefined)[] = []
    const mailboxProvider = createMailboxProvider(world.db)
    const provider: Provider = {
      ...mailboxProvider,
      async send(messages) {
        marks.push((await file.read())?.mark)
        return mailboxProvider.send(messages)
      },
    }
    await withMailroom({ highWater: file, mailbox: provider, batchSize: 1 }, () =>
      until('all are accepted', async () => (await statuses())['accepted'] === 3),
    )
    expect(marks).toEqual([1, 2, 3])
  })

  test('another database is not taken for a restored one', async () => {
    const file = createHighWaterFile(home)
    await file.save({ databaseId: 'elsewhere', mark: 900 })
    expect(await detectRestore(world.db, file)).toBeNull()
    expect(await file.read()).toEqual(await highWater())
    expect((await claim(world)).claimed).toEqual([])
  })
})
