import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { setHold, setLiveSending } from '#db/repositories/company-switches.ts'
import { startHandOver } from '#db/repositories/delivery-handover.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { consents, deliveries } from '#db/schema/deliveries.ts'
import { enrollments, journeys } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { until } from '../../support/engine.ts'
import { claim, enrolled, fateOf, openWorld, queued, rowOf, setPolicy, totalsOf, type World } from './given.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
})
afterEach(() => world.close())

const day = 86_400_000
const ids = (claimed: { delivery: { id: string } }[]): string[] => claimed.map(({ delivery }) => delivery.id)

describe('claiming', () => {
  test('takes what is due of its channel, the most important and longest due first, up to the limit', async () => {
    const now = Date.now()
    const lead = await enrolled(world)
    const make = (visit: number, priority: number, agoMs: number, channel: 'email' | 'postcard' = 'email') =>
      queued(world, lead, { visit, priority, channel, queuedAt: now - agoMs })
    const late = await make(1, 3, 5000)
    const later = await make(2, 3, 1000)
    const urgent = await make(3, 1, 500)
    const unimportant = await make(4, 5, 9000)
    await make(5, 1, 500, 'postcard')
    await make(6, 1, -60_000)
    const first = await claim(world, { limit: 3, claimedBy: 'run-1' })
    expect(ids(first.claimed)).toEqual([urgent, late, later])
    expect(ids((await claim(world, { claimedBy: 'run-2' })).claimed)).toEqual([unimportant])
    const row = await rowOf(world, urgent)
    expect([row.status, row.claimedBy, row.attempts]).toEqual(['sending', 'run-1', 1])
    expect((await claim(world)).looked).toBe(0)
  })

  test('never gives one message to two claimers', async () => {
    const made: string[] = []
    for (let lead = 0; lead < 12; lead += 1) {
      const one = await enrolled(world)
      for (let visit = 1; visit <= 5; visit += 1) made.push(await queued(world, one, { visit }))
    }
    const taken: string[] = []
    const claimer = async (name: number): Promise<void> => {
      for (;;) {
        const { claimed, looked } = await claim(world, { claimedBy: `run-${name}`, limit: 7 })
        if (looked === 0) return
        taken.push(...ids(claimed))
      }
    }
    await Promise.all(Array.from({ length: 6 }, (_, name) => claimer(name)))
    expect(taken).toHaveLength(new Set(taken).size)
    expect(taken.toSorted()).toEqual(made.toSorted())
  })

  test('leaves the messages of a lead that somebody else has locked, and takes the others', async () => {
    const busy = await enrolled(world)
    const free = await enrolled(world)
    const waiting = await queued(world, busy)
    const ready = await queued(world, free)
    await world.db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from leads where id = ${busy.leadId} for no key update`)
      expect(ids((await claim(world)).claimed)).toEqual([ready])
    })
    expect(ids((await claim(world)).claimed)).toEqual([waiting])
  })

  test('asks the gate again: what has been refused since is skipped, and what it counted is taken back', async () => {
    const suppressed = await enrolled(world)
    const objecting = await enrolled(world)
    const flagged = await enrolled(world)
    const fine = await enrolled(world)
    const made = []
    for (const lead of [suppressed, objecting, flagged, fine]) made.push(await queued(world, lead, { counts: true }))
    await world.db.execute(
      sql`insert into suppressions (lead_id, channel, reason, source, at) values (${suppressed.leadId}, 'email', 'x', 'x', now())`,
    )
    await world.db.insert(consents).values({
      leadId: objecting.leadId,
      purpose: 'nurture',
      channel: 'email',
      state: 'denied',
      wording: 'No',
      source: 'test',
      at: new Date(),
      actor: 'test',
    })
    await world.db.update(leads).set({ doNotEmail: true }).where(eq(leads.id, flagged.leadId))
    expect(ids((await claim(world)).claimed)).toEqual([made[3]])
    expect(await Promise.all(made.map((id) => fateOf(world, id)))).toEqual([
      ['skipped', 'suppressed'],
      ['skipped', 'no_consent'],
      ['skipped', 'do_not_email'],
      ['sending', null],
    ])
    expect(await totalsOf(world, suppressed.leadId)).toBeNull()
    expect((await totalsOf(world, fine.leadId))?.count).toBe(1)
  })

  test('keeps a cap within one batch and over batches; the deferred one has its instant', async () => {
    await setPolicy(world, { caps: [{ channel: 'email', max: 1, within: 'P1D' }] })
    const lead = await enrolled(world)
    const first = await queued(world, lead, { queuedAt: Date.now() - 2000 })
    const second = await queued(world, lead, { visit: 2 })
    const thankYou = await queued(world, lead, { visit: 3, purpose: 'transactional' })
    const { claimed } = await claim(world)
    expect(ids(claimed).toSorted()).toEqual([first, thankYou].toSorted())
    const sent = await rowOf(world, first)
    const deferred = await rowOf(world, second)
    expect([deferred.status, deferred.reason]).toEqual(['queued', 'cap_reached'])
    expect(deferred.notBefore?.getTime()).toBe(sent.countedAt.getTime() + day)
    expect(deferred.claimableAt).toEqual(deferred.notBefore)
    expect(deferred.countedAt).toEqual(deferred.notBefore)
  })

  test('two messages of one lead in a batch keep the cap also when they are of two journeys', async () => {
    await setPolicy(world, { caps: [{ max: 1, within: 'P1D' }] })
    const lead = await enrolled(world)
    const second = await enrolled(world, { leadId: lead.leadId })
    await queued(world, lead)
    await queued(world, second, { overCap: 'skip' })
    const { claimed } = await claim(world)
    expect(claimed).toHaveLength(1)
    const rows = await world.db.select({ status: deliveries.status }).from(deliveries)
    expect(rows.map((row) => row.status).toSorted()).toEqual(
      claimed[0]?.enrollment.id === lead.enrollmentId ? ['sending', 'skipped'] : ['queued', 'sending'],
    )
  })

  test.each([
    ['active', 'sending', null],
    ['completed', 'sending', null],
    ['paused', 'queued', 'enrollment_paused'],
    ['parked', 'queued', 'enrollment_paused'],
    ['exited', 'cancelled', 'enrollment_ended'],
  ] as const)('a message of an enrollment that is %s: %s', async (status, expected, reason) => {
    const lead = await enrolled(world, { status })
    const id = await queued(world, lead, { counts: true })
    await claim(world)
    expect(await fateOf(world, id)).toEqual([expected, reason])
    expect((await totalsOf(world, lead.leadId))?.count ?? 0).toBe(expected === 'cancelled' ? 0 : 1)
  })

  test.each([
    ['paused', 'queued'],
    ['draft', 'queued'],
    ['archived', 'cancelled'],
  ] as const)('a message of a journey that is %s is %s', async (status, expected) => {
    const id = await queued(world, await enrolled(world))
    await world.db.update(journeys).set({ status })
    await claim(world)
    expect(await fateOf(world, id)).toEqual([expected, 'journey_off'])
  })

  test.each(['pause', 'exit'] as const)(
    'a %s that no turn has applied yet holds the message already',
    async (action) => {
      const lead = await enrolled(world)
      const id = await queued(world, lead)
      const input = { kind: 'control', action, enrollmentId: lead.enrollmentId, reason: 'x', actor: 'x' } as const
      await addInputs(world.db, [{ leadId: lead.leadId, at: Date.now(), input }])
      expect((await claim(world)).claimed).toHaveLength(0)
      expect(await fateOf(world, id)).toEqual(['queued', 'enrollment_paused'])
    },
  )

  test('on hold nothing of real leads goes, test leads do', async () => {
    const real = await queued(world, await enrolled(world))
    const clock = { realStart: Date.now() - 5000, virtualStart: Date.UTC(2030, 0, 1), speed: 60 }
    const trial = await queued(world, await enrolled(world, { lead: { clock } }), { queuedAt: clock.virtualStart })
    await setHold(world.db, { on: true, reason: 'looking', actor: 'owner' })
    expect(ids((await claim(world)).claimed)).toEqual([trial])
    await setHold(world.db, { on: false, reason: '', actor: 'owner' })
    expect(ids((await claim(world)).claimed)).toEqual([real])
  })

  test('only real leads are live, and only once live sending is on', async () => {
    const clock = { realStart: Date.now() - 5000, virtualStart: Date.UTC(2030, 0, 1), speed: 60 }
    const both = async (visit: number) => {
      await queued(world, await enrolled(world), { visit })
      await queued(world, await enrolled(world, { lead: { clock } }), { visit, queuedAt: clock.virtualStart })
      const { claimed } = await claim(world)
      return Object.fromEntries(claimed.map(({ delivery, isLive }) => [delivery.isTest ? 'test' : 'real', isLive]))
    }
    expect(await both(1)).toEqual({ real: false, test: false })
    await setLiveSending(world.db, { on: true, actor: 'owner' })
    expect(await both(2)).toEqual({ real: true, test: false })
  })

  test('a test lead is judged at the instant its message was meant for, whatever the wall says', async () => {
    await setPolicy(world, { quietHours: { from: '20:00', to: '08:00' } })
    const noon = Date.UTC(2030, 0, 1, 12)
    // Eleven virtual hours have passed by now: by the clock it is 23:00.
    const clock = { realStart: Date.now() - 11_000, virtualStart: noon, speed: 3600 }
    const lead = await enrolled(world, { lead: { clock, zone: 'UTC' } })
    const id = await queued(world, lead, { queuedAt: noon })
    await claim(world)
    expect(await fateOf(world, id)).toEqual(['sending', null])
    expect((await rowOf(world, id)).countedAt.getTime()).toBe(noon)
  })

  test('a stale message is skipped', async () => {
    const id = await queued(world, await enrolled(world), { staleAt: Date.now() - 1 })
    await claim(world)
    expect(await fateOf(world, id)).toEqual(['skipped', 'stale'])
  })

  test('a message deferred for long does not stand in the way of those that are due', async () => {
    const lead = await enrolled(world)
    for (let visit = 1; visit <= 20; visit += 1) {
      await queued(world, lead, {
        visit,
        priority: 1,
        decision: { verdict: 'deferred', notBefore: Date.now() + day, reason: 'cap_reached' },
      })
    }
    const due = await queued(world, lead, { visit: 21, priority: 5 })
    const { claimed, looked } = await claim(world, { limit: 10 })
    expect(ids(claimed)).toEqual([due])
    expect(looked).toBe(1)
  })
})

describe('the last look before the call', () => {
  async function claimed() {
    const lead = await enrolled(world)
    const deliveryId = await queued(world, lead)
    await claim(world)
    const look = () =>
      world.db.transaction((tx) =>
        startHandOver(tx, { claimedBy: 'run-1', messages: [{ deliveryId, leadId: lead.leadId }] }),
      )
    return { ...lead, deliveryId, look }
  }

  test('lets a message go that nothing has happened to', async () => {
    const { deliveryId, look } = await claimed()
    expect(await look()).toEqual(new Set([deliveryId]))
    expect((await rowOf(world, deliveryId)).status).toBe('sending')
  })

  test.each([
    [
      'its lead unsubscribed',
      ({ leadId }: { leadId: string }) =>
        world.db.transaction((tx) =>
          suppressLead(tx, { leadId, channels: ['email'], reason: 'unsubscribed', source: 'page', at: Date.now() }),
        ),
    ],
    ['its lead was flagged', () => world.db.update(leads).set({ doNotEmail: true })],
    ['its lead was erased', () => world.db.update(leads).set({ erasedAt: new Date() })],
    ['its enrollment was paused', () => world.db.update(enrollments).set({ status: 'paused' })],
    ['its journey was paused', () => world.db.update(journeys).set({ status: 'paused' })],
    ['the company was put on hold', () => setHold(world.db, { on: true, reason: 'x', actor: 'x' })],
  ] as const)('puts a message back when, since the claim, %s', async (_, happen) => {
    const one = await claimed()
    await happen(one)
    expect(await one.look()).toEqual(new Set())
    const row = await rowOf(world, one.deliveryId)
    expect([row.status, row.attempts]).toEqual(['queued', 0])
  })

  test('puts a message back while its lead is locked by somebody', async () => {
    const { leadId, deliveryId, look } = await claimed()
    await world.db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from leads where id = ${leadId} for no key update`)
      expect(await look()).toEqual(new Set())
    })
    expect((await rowOf(world, deliveryId)).status).toBe('queued')
  })

  test('makes an unsubscribe wait until the call has been started', async () => {
    const { leadId, deliveryId } = await claimed()
    const order: string[] = []
    let unsubscribing: Promise<unknown> = Promise.resolve()
    await world.db.transaction(async (tx) => {
      await startHandOver(tx, { claimedBy: 'run-1', messages: [{ deliveryId, leadId }] })
      unsubscribing = world.db
        .transaction((other) =>
          suppressLead(other, { leadId, channels: ['email'], reason: 'unsubscribed', source: 'page', at: Date.now() }),
        )
        .then(() => order.push('answered'))
      await until('the unsubscribe waits for the lead', async () => {
        const waiting = await world.db.execute(
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        return waiting.length > 0 || order.length > 0
      })
      order.push('started')
    })
    await unsubscribing
    expect(order).toEqual(['started', 'answered'])
  })

  test('refuses a run whose batch was given up meanwhile, and leaves the row alone', async () => {
    const { deliveryId, look } = await claimed()
    await world.db.update(deliveries).set({ claimedBy: 'run-2' })
    expect(await look()).toEqual(new Set())
    expect((await rowOf(world, deliveryId)).status).toBe('sending')
  })
})
