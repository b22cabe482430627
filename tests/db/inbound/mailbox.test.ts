import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mailboxName, parseMailboxUrl, pollMailbox } from '#activities/inbound/mailbox.ts'
import { readMailbox } from '#db/repositories/inbound.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { events } from '#db/schema/events.ts'
import { inboundMail } from '#db/schema/inbound.ts'
import { leads } from '#db/schema/leads.ts'
import { rawMail } from '../../unit/inbound/raw-mail.ts'
import { until } from '../../support/engine.ts'
import { startImapServer, type TestImapServer } from '../../support/imap-server.ts'
import type { InboundProcessOptions } from '../../support/inbound-process.ts'
import { enrolled, fateOf, openWorld, queued, type Enrolled, type World } from '../deliveries/given.ts'

const script = fileURLToPath(new URL('../../support/inbound-process.ts', import.meta.url))

let world: World
let imap: TestImapServer
beforeEach(async () => {
  world = await openWorld()
  imap = await startImapServer()
})
afterEach(async () => {
  await imap.stop()
  await world.close()
})

const poll = (more: Partial<TestImapServer['settings']> = {}, limit?: number) =>
  pollMailbox(
    { db: world.db, poker: { poke: async () => ({ failed: 0 }) }, library: () => readLibrary(world.db) },
    { ...imap.settings, ...more },
    limit === undefined ? {} : { limit },
  )

async function reached(): Promise<Enrolled & { deliveryId: string }> {
  const lead = await enrolled(world)
  const deliveryId = await queued(world, lead)
  await world.db.update(deliveries).set({ status: 'accepted' }).where(eq(deliveries.id, deliveryId))
  return { ...lead, deliveryId }
}

const replyTo = (deliveryId: string, n: number) =>
  rawMail({ id: `<r${String(n)}@example.org>`, headers: { 'In-Reply-To': `<${deliveryId}@x.example>` } })

const countReplies = async () => (await world.db.select().from(events).where(eq(events.type, 'replied'))).length

describe('pollMailbox() on a real IMAP server', () => {
  test('takes in what is new, in order, and goes on where it stood', async () => {
    const { deliveryId } = await reached()
    imap.deliver(replyTo(deliveryId, 1))
    imap.deliver(rawMail({ id: '<stranger@example.org>' }))
    imap.deliver(replyTo(deliveryId, 2))
    const first = await poll({}, 2)
    expect(first).toMatchObject({ more: true, taken: [{ outcome: 'acted' }, { outcome: 'unmatched' }] })
    expect(await poll({}, 2)).toMatchObject({ more: false, taken: [{ outcome: 'acted' }] })
    expect((await poll()).taken).toEqual([])
    expect(await countReplies()).toBe(2)
    expect(await readMailbox(world.db, mailboxName(imap.settings))).toMatchObject({ lastUid: 3, error: null })
  })

  test('moves what it has taken in, where a folder is named', async () => {
    const { deliveryId } = await reached()
    imap.deliver(replyTo(deliveryId, 1))
    await poll({ doneFolder: 'Done' })
    expect([imap.count('INBOX'), imap.count('Done')]).toEqual([0, 1])
    imap.deliver(replyTo(deliveryId, 2))
    expect((await poll({ doneFolder: 'Nowhere' })).taken).toMatchObject([{ outcome: 'acted' }])
  })

  test('two looks at once take each message in once', async () => {
    const { deliveryId } = await reached()
    for (let n = 0; n < 5; n += 1) imap.deliver(replyTo(deliveryId, n))
    const results = await Promise.all([poll(), poll()])
    const outcomes = results.flatMap(({ taken }) => taken.map(({ outcome }) => outcome))
    expect(outcomes.filter((outcome) => outcome === 'acted')).toHaveLength(5)
    expect(await countReplies()).toBe(5)
  })

  test('killed after the fetch and before the commit, it loses nothing and does nothing twice', async () => {
    const { leadId, deliveryId } = await reached()
    imap.deliver(replyTo(deliveryId, 1))
    const options: InboundProcessOptions = { databaseUrl: world.url, mailbox: imap.settings }
    const child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    // The message is fetched and its transaction waits for the lead's lock: then the process dies.
    await world.db.transaction(async (tx) => {
      await tx.select().from(leads).where(eq(leads.id, leadId)).for('update')
      await until('the process waits for the lead', async () => {
        const [row] = await world.db.execute<{ n: number }>(
          sql`select count(*)::int as n from pg_stat_activity where application_name = 'inbound-process' and wait_event_type = 'Lock'`,
        )
        return row?.n === 1
      })
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    await until('its transaction is gone', async () => {
      const [row] = await world.db.execute<{ n: number }>(
        sql`select count(*)::int as n from pg_stat_activity where application_name = 'inbound-process'`,
      )
      return row?.n === 0
    })
    expect(await world.db.select().from(inboundMail)).toEqual([])
    expect((await poll()).taken).toMatchObject([{ outcome: 'acted', leadId }])
    expect((await poll()).taken).toEqual([])
    expect(await countReplies()).toBe(1)
  })

  test('a message that cannot be taken in is listed for a person, and the stop behind it takes effect', async () => {
    const lead = await reached()
    const { leadId, deliveryId } = lead
    const next = await queued(world, lead, { visit: 2 })
    // Stands for whatever Postgres refuses of one message and of no other.
    await world.db.execute(sql`create function refuse_poison() returns trigger language plpgsql as $$ begin
      if new.subject like '%poison%' then raise exception 'secret words' using errcode = '22P02'; end if; return new; end $$`)
    await world.db.execute(
      sql`create trigger refuse_poison before insert on inbound_mail for each row execute function refuse_poison()`,
    )
    const headers = { 'In-Reply-To': `<${deliveryId}@x.example>` }
    imap.deliver(rawMail({ id: '<p1@example.org>', subject: 'Re: poison', text: 'secret words', headers }))
    imap.deliver(rawMail({ id: '<s1@example.org>', text: 'STOP', headers }))
    expect((await poll({ doneFolder: 'Done' })).taken).toMatchObject([
      { outcome: 'unmatched', kind: 'unreadable', leadId: null },
      { outcome: 'acted', kind: 'unsubscribe', leadId },
    ])
    expect(await fateOf(world, next)).toEqual(['cancelled', 'suppressed'])
    const [kept] = await world.db.select().from(inboundMail).where(eq(inboundMail.kind, 'unreadable'))
    expect(kept).toMatchObject({ detail: { reason: '22P02', uid: 1, messageId: 'p1@example.org' }, source: 'imap' })
    expect(JSON.stringify(kept)).not.toMatch(/secret|poison/)
    // It stays where a person finds it, unlike what was taken in.
    expect([imap.count('INBOX'), imap.count('Done')]).toEqual([1, 1])
    expect(await readMailbox(world.db, mailboxName(imap.settings))).toMatchObject({ lastUid: 2, error: null })
    expect((await poll({ doneFolder: 'Done' })).taken).toEqual([])
  })

  test('what is wrong with Postgres, not with the message, holds the mailbox and loses nothing', async () => {
    const { deliveryId } = await reached()
    imap.deliver(replyTo(deliveryId, 1))
    await world.db.execute(sql`alter table inbound_mail rename to inbound_mail_away`)
    await expect(poll()).rejects.toThrow(/inbound_mail/)
    await world.db.execute(sql`alter table inbound_mail_away rename to inbound_mail`)
    expect((await poll()).taken).toMatchObject([{ outcome: 'acted', kind: 'reply' }])
  })

  test('a wrong password is told with the mailbox, and the next look goes on', async () => {
    const { deliveryId } = await reached()
    imap.deliver(replyTo(deliveryId, 1))
    await expect(poll({ password: 'wrong' })).rejects.toThrow(/Command failed/)
    expect((await readMailbox(world.db, mailboxName(imap.settings)))?.error).toBeTruthy()
    expect((await poll()).taken).toHaveLength(1)
    expect((await readMailbox(world.db, mailboxName(imap.settings)))?.error).toBeNull()
  })
})

test('parseMailboxUrl()', () => {
  expect(parseMailboxUrl('imaps://ada%40example.org:p%3Aw@mail.example.org/Replies%20in')).toEqual({
    host: 'mail.example.org',
    port: 993,
    secure: true,
    user: 'ada@example.org',
    password: 'p:w',
    folder: 'Replies in',
    doneFolder: null,
  })
  expect(parseMailboxUrl('imap://u:p@h:1143')).toMatchObject({ port: 1143, secure: false, folder: 'INBOX' })
  expect(() => parseMailboxUrl('https://h')).toThrow(TypeError)
})
