import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSmtpProvider, type SmtpOptions } from '#activities/providers/smtp.ts'
import { changeAllowList, setLiveSending } from '#db/repositories/company-switches.ts'
import { readMailCounts } from '#db/repositories/journey-breaker.ts'
import { releaseSending, stopSending } from '#db/repositories/sending-stops.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { deliveries, mailbox, suppressions } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { until } from '../../support/engine.ts'
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink.ts'
import { enrolled, fateOf, openWorld, queued, rowOf, setPolicy, statusesOf, withMailroom, type World } from './given.ts'

let world: World
let sink: SmtpSink
let open: { close(): void }[]
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  await setLiveSending(world.db, { on: true, actor: 'owner' })
  sink = await startSmtpSink()
  open = []
})
afterEach(async () => {
  for (const provider of open) provider.close()
  await sink.close()
  await world.close()
})

const quick = { retryPauses: { firstMs: 20, longestMs: 100 }, health: { firstPauseMs: 10, longestPauseMs: 20 } }

function bySmtp(options: Partial<SmtpOptions> = {}) {
  const email = createSmtpProvider({
    url: sink.url,
    sender: () => Promise.resolve({ name: 'Company', email: 'news@company.example' }),
    ...options,
  })
  open.push(email)
  return { ...quick, providers: { email } }
}

/** A lead with its queued mail. */
async function mailTo(email: string, more: Parameters<typeof queued>[2] = {}) {
  const lead = await enrolled(world, { lead: { email } })
  return { ...lead, email, id: await queued(world, lead, more) }
}

const many = <Made>(count: number, make: (n: number) => Promise<Made>): Promise<Made[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)))

const accepted = (count: number) => () => statusesOf(world).then((by) => by['accepted'] === count)

describe('mail through a real SMTP server', () => {
  test('that says later is tried again, refused for good it has failed, and an address that does not exist is given up', async () => {
    sink.answer = ({ to, attempt }) => {
      if (to.startsWith('later') && attempt < 3) return { at: 'recipient', code: 451, text: '4.7.1 greylisted' }
      if (to.startsWith('gone')) return { at: 'recipient', code: 550, text: '5.1.1 no such user' }
      if (to.startsWith('spam')) return { at: 'text', code: 554, text: '5.7.1 not wanted' }
      return 'accept'
    }
    const later = await mailTo('later@example.org')
    const gone = await mailTo('gone@example.org', { counts: true })
    const spam = await mailTo('spam@example.org')
    await withMailroom(world, bySmtp(), () =>
      until('all are settled', () => statusesOf(world).then((by) => by['accepted'] === 1 && by['failed'] === 2)),
    )
    expect((await rowOf(world, later.id)).attempts).toBe(3)
    expect(new Set(sink.mails.filter((mail) => mail.messageId !== '').map((mail) => mail.to[0]))).toEqual(
      new Set(['later@example.org', 'spam@example.org']),
    )
    expect(await fateOf(world, gone.id)).toEqual(['failed', expect.stringMatching(/^SMTP_550: 550 5\.1\.1/)])
    expect(await fateOf(world, spam.id)).toEqual(['failed', expect.stringMatching(/^SMTP_554: /)])
    expect(await world.db.select().from(suppressions)).toMatchObject([{ leadId: gone.leadId, reason: 'hard_bounce' }])
    const counts = await readMailCounts(world.db, [world.journeyId], 24)
    expect(counts.get(world.journeyId)).toMatchObject({ accepted: 1, refused: 2, hardBounces: 1 })
  })

  test('that knows no such colleague fails the notice, and the lead gets its mail all the same', async () => {
    sink.answer = ({ to }) =>
      to.startsWith('left') ? { at: 'recipient', code: 550, text: '5.1.1 no such user' } : 'accept'
    const lead = await enrolled(world, { lead: { email: 'ada@example.org' } })
    const content = { subject: 'Look', body: 'Look', to: 'left@company.example' }
    const notice = await queued(world, lead, { channel: 'notification', purpose: 'internal', content, stepId: 'tell' })
    const inward = await queued(world, lead, { purpose: 'internal', content, visit: 2 })
    const failed = (count: number) => () => statusesOf(world).then((by) => by['failed'] === count)
    const { providers, ...options } = bySmtp()
    await withMailroom(world, { ...options, providers }, () => until('the internal mail has failed', failed(1)))
    const told = { ...options, providers: { notification: providers.email } }
    await withMailroom(world, told, () => until('the notice has failed', failed(2)), 'notification')
    for (const id of [notice, inward])
      expect(await fateOf(world, id)).toEqual(['failed', expect.stringMatching(/^SMTP_550: /)])
    expect(await world.db.select().from(suppressions)).toEqual([])
    expect(await world.db.select().from(events)).toEqual([])
    expect(await readMailCounts(world.db, [world.journeyId], 24)).toEqual(new Map())

    const mail = await queued(world, lead)
    await withMailroom(world, { ...options, providers }, () => until('the lead has its mail', accepted(1)))
    expect((await rowOf(world, mail)).status).toBe('accepted')
  })

  test('whose connection breaks after the text is of unknown fate, tried again under the same Message-ID, and listed', async () => {
    sink.answer = ({ attempt }) => (attempt === 1 ? 'drop' : 'accept')
    const { id } = await mailTo('ada@example.org')
    const seen: string[] = []
    await withMailroom(world, bySmtp(), () =>
      until('it is accepted', async () => {
        const { status } = await rowOf(world, id)
        seen.push(status)
        return status === 'accepted'
      }),
    )
    expect(seen.filter((status) => status === 'queued').length).toBeLessThan(seen.length)
    expect(sink.taken()).toHaveLength(2)
    expect(sink.mails[0]?.messageId).toMatch(new RegExp(`^<${id}@`))
    expect(sink.mails[1]?.messageId).toBe(sink.mails[0]?.messageId)
    const listed = await world.db.select().from(deliveries).where(eq(deliveries.inDoubt, true))
    expect(listed.map((row) => [row.id, row.attempts])).toEqual([[id, 2]])
  })

  test('that stalls keeps its own lane busy and nobody else', async () => {
    sink.answer = ({ to }) => (to.startsWith('slow') ? 'stall' : 'accept')
    const slow = await mailTo('slow@example.org', { priority: 1 })
    await many(12, (n) => mailTo(`lead-${String(n)}@example.org`))
    const options = bySmtp({ connections: 2, limits: { finalAnswerMs: 1500 } })
    await withMailroom(world, { ...options, batchSize: 4 }, async () => {
      await until('the others are accepted', accepted(12))
      expect((await rowOf(world, slow.id)).status).toBe('sending')
      sink.answer = () => 'accept'
      await until('the slow one was given up, and tried again', accepted(13))
    })
    expect((await rowOf(world, slow.id)).inDoubt).toBe(true)
  })

  test('a name and address full of line breaks writes no header and no recipient', async () => {
    const evil = 'Ada\r\nBcc: eve@evil.example\r\n\r\nHello\u2028'
    const lead = await enrolled(world, {
      lead: { email: 'ada@example.org', firstName: evil, lastName: '=?utf-8?Q?=0D=0ABcc:eve@evil.example?=' },
    })
    await queued(world, lead, {
      content: { subject: 'Hello {{ lead.first_name }} {{ lead.last_name }}', body: 'Hello {{ lead.first_name }}' },
    })
    const addresses = [
      'ada@example.org\r\nRCPT TO:<eve@evil.example>',
      'a@example.org,eve@evil.example',
      '<a@example.org> eve@evil.example',
    ]
    for (const email of addresses) await mailTo(email)
    await withMailroom(world, bySmtp(), () =>
      until('all are settled', () => statusesOf(world).then((by) => by['accepted'] === 1 && by['failed'] === 3)),
    )
    expect(sink.mails.map((mail) => mail.to)).toEqual([['ada@example.org']])
    const head = sink.mails[0]?.raw.split('\r\n\r\n')[0] ?? ''
    expect(head).not.toMatch(/^(bcc|cc):/im)
    expect(head.match(/^subject:/gim)).toHaveLength(1)
    expect(head.match(/^to:/gim)).toHaveLength(1)
  })
})

describe('an SMTP server that is away', () => {
  test('loses nothing and uses up no attempt; back again, it gets the important first and never more than the rate', async () => {
    await sink.shut()
    const made = await many(60, (n) =>
      mailTo(`p${String(1 + (n % 5))}-${String(n)}@example.org`, { priority: 1 + (n % 5) }),
    )
    const clock = { realStart: Date.now() - 5000, virtualStart: Date.UTC(2030, 0, 1), speed: 60 }
    const rehearsed = await queued(world, await enrolled(world, { lead: { clock } }), { queuedAt: clock.virtualStart })
    const perSecond = 40
    const changes: boolean[] = []
    const options = bySmtp({ rates: { perSecond, forDomain: () => null } })
    await withMailroom(
      world,
      { ...options, onProviderChange: ({ reason }) => changes.push(reason !== null) },
      async () => {
        await until('test leads go on', async () => (await rowOf(world, rehearsed)).status === 'accepted')
        // Dozens of failed tries stand for the hour: more than any message has attempts.
        await new Promise((resolve) => setTimeout(resolve, 1500))
        expect(await statusesOf(world)).toMatchObject({ accepted: 1 })
        await sink.open()
        await until('all are accepted', accepted(61))
      },
    )
    expect(changes).toEqual([true, false])
    const rows = await world.db.select().from(deliveries).where(eq(deliveries.isTest, false))
    expect(rows.map((row) => [row.status, row.attempts, row.inDoubt])).toEqual(made.map(() => ['accepted', 1, false]))
    expect(sink.taken()).toHaveLength(60)
    const order = sink.mails.map((mail) => Number(mail.to[0]?.[1]))
    // Neighbours on different connections may change places; nobody overtakes a whole priority.
    for (const [index, priority] of order.entries())
      expect(Math.max(...order.slice(0, Math.max(0, index - 12)), 0)).toBeLessThanOrEqual(priority)
    expectRate(
      sink.mails.map((mail) => mail.begunAt),
      perSecond,
    )
  })
})

/** At most so many in any second, but for the few that may go together and the clock's own grain. */
function expectRate(instants: number[], perSecond: number): void {
  const sorted = instants.toSorted((a, b) => a - b)
  for (const [index, at] of sorted.entries()) {
    const within = sorted.slice(index).filter((other) => other < at + 1000).length
    expect(within).toBeLessThanOrEqual(perSecond + Math.max(1, Math.floor(perSecond / 10)) + 2)
  }
}

describe('rates', () => {
  test('a domain that is full waits in the queue, untouched, and keeps nobody else waiting', async () => {
    await many(40, (n) => mailTo(`n${String(n)}@slow.example`, { priority: 1 }))
    await many(20, (n) => mailTo(`n${String(n)}@quick.example`, { priority: 5 }))
    const rates = { perSecond: null, forDomain: (domain: string) => (domain === 'slow.example' ? 4 : null) }
    await withMailroom(world, { ...bySmtp({ rates }), batchSize: 10 }, () =>
      until('the quick ones are accepted', async () => {
        const [row] = await world.db.execute<{ n: number }>(
          sql`select count(*)::int as n from deliveries where status = 'accepted' and recipient_domain = 'quick.example'`,
        )
        return row?.n === 20
      }),
    )
    const slow = sink.mails.filter((mail) => mail.to[0]?.endsWith('@slow.example'))
    expect(slow.length).toBeLessThan(30)
    expectRate(
      slow.map((mail) => mail.begunAt),
      4,
    )
    const waiting = await world.db.select().from(deliveries).where(eq(deliveries.status, 'queued'))
    expect(waiting).toHaveLength(40 - slow.length)
    for (const row of waiting) expect([row.attempts, row.reason]).toEqual([0, null])
  })
})

describe('switches', () => {
  test('while live sending is off real mail reaches only the allow-list; test leads get none even then', async () => {
    await setLiveSending(world.db, { on: false, actor: 'owner' })
    await world.db.transaction((tx) =>
      changeAllowList(tx, { add: ['ada@example.org', 'company.example'], actor: 'owner' }),
    )
    for (const email of ['ada@example.org', 'Bob@Company.example', 'eve@example.org', 'x@sub.company.example'])
      await mailTo(email)
    const clock = { realStart: Date.now() - 5000, virtualStart: Date.UTC(2030, 0, 1), speed: 60 }
    await queued(world, await enrolled(world, { lead: { clock, email: 'test@company.example' } }), {
      queuedAt: clock.virtualStart,
    })
    await withMailroom(world, bySmtp(), () => until('all are accepted', accepted(5)))
    expect(sink.mails.flatMap((mail) => mail.to.map((to) => to.toLowerCase())).toSorted()).toEqual([
      'ada@example.org',
      'bob@company.example',
    ])
    const kept = await world.db.select({ to: mailbox.toAddress }).from(mailbox)
    expect(kept.map((row) => row.to).toSorted()).toEqual([
      'eve@example.org',
      'test@company.example',
      'x@sub.company.example',
    ])
  })

  test('turned off in the middle, no further call begins', async () => {
    sink.delayMs = 30
    await many(40, (n) => mailTo(`n${String(n)}@example.org`))
    let offAt = Infinity
    await withMailroom(world, bySmtp({ connections: 2 }), async () => {
      await until('some have gone', () => Promise.resolve(sink.mails.length >= 6))
      await setLiveSending(world.db, { on: false, actor: 'owner' })
      offAt = Date.now()
      await until('the rest is in the mailbox', accepted(40))
    })
    // Two calls at most were under way when it was answered.
    expect(sink.mails.filter((mail) => mail.begunAt > offAt).length).toBeLessThanOrEqual(2)
    expect((await world.db.select().from(mailbox)).length).toBe(40 - sink.mails.length)
  })

  test('a stopped journey’s mail waits in the queue and goes when it is let go; other journeys go on', async () => {
    const { id } = await mailTo('ada@example.org')
    const stop = { kind: 'journey', subject: world.journeyId, reason: 'too many bounces', actor: 'system' } as const
    await world.db.transaction((tx) => stopSending(tx, stop))
    await withMailroom(world, bySmtp(), async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(await fateOf(world, id)).toEqual(['queued', null])
      await world.db.transaction((tx) => releaseSending(tx, { ...stop, actor: 'owner' }))
      await until('it is accepted', accepted(1))
    })
  })
})

describe('unsubscribing while mail leaves', () => {
  test('no call begins after any of fifty unsubscribes was answered, by the server’s own log; those under way are listed', async () => {
    sink.delayMs = 10
    const made = await many(150, (n) => mailTo(`n${String(n)}@example.org`))
    const answeredAt = new Map<string, number>()
    const underWay = new Set<string>()
    const unsubscribe = async ({ leadId, id }: { leadId: string; id: string }): Promise<void> => {
      const result = await world.db.transaction((tx) =>
        suppressLead(tx, { leadId, channels: ['email'], reason: 'unsubscribed', source: 'page', at: Date.now() }),
      )
      answeredAt.set(id, Date.now())
      for (const one of result.underWay) underWay.add(one)
    }
    await withMailroom(world, { ...bySmtp({ connections: 4 }), batchSize: 40 }, async () => {
      const asked: Promise<void>[] = []
      for (let n = 0; n < 50; n += 1) {
        await until('the next has begun', () => Promise.resolve(sink.mails.length > n))
        // Somebody at the head of the queue, in the batch, or far behind.
        const target = made[(n + 1 + (n % 3) * 25) % made.length]
        if (target !== undefined) asked.push(unsubscribe(target))
      }
      await Promise.all(asked)
      await until('all are settled', () => statusesOf(world).then((by) => !by['queued'] && !by['sending']))
    })
    const begun = new Map(sink.mails.map((mail) => [mail.to[0] ?? '', mail.begunAt]))
    let stopped = 0
    for (const { email, id } of made) {
      const answered = answeredAt.get(id)
      const at = begun.get(email)
      if (answered === undefined) continue
      if (at === undefined) stopped += 1
      else if (at > answered) expect(underWay).toContain(id)
    }
    expect(answeredAt.size).toBeGreaterThan(40)
    expect(stopped).toBeGreaterThan(10)
    expect(begun.size).toBe((await statusesOf(world))['accepted'])
  })
})
