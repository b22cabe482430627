import { buffer } from 'node:stream/consumers'
import { and, eq, sql } from 'drizzle-orm'
import { extractText, getDocumentProxy } from 'unpdf'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { batchAddresses, batchPdf } from '#activities/postcards/batch-files.ts'
import { approvePrintBatch, createPrintBatchProvider, rejectPrintCard } from '#activities/postcards/print-batch.ts'
import { setHold, setLiveSending } from '#db/repositories/company-switches.ts'
import { markUnknown } from '#db/repositories/delivery-results.ts'
import { eraseLeads } from '#db/repositories/erasure.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { listBatches, listCards } from '#db/repositories/print-batches.ts'
import { releaseSending, stopSending } from '#db/repositories/sending-stops.ts'
import { suppressLead } from '#db/repositories/suppressions.ts'
import { deliveries, mailbox } from '#db/schema/deliveries.ts'
import { leads } from '#db/schema/leads.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { addSurvey } from './library.ts'
import { until } from '../../support/engine.ts'
import { fateOf, openWorld, rowOf, setPolicy, type World } from '../deliveries/given.ts'
import { cardFor, noPoker, turnLive, withPostcards } from './given.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  await turnLive(world)
})
afterEach(() => world.close())

const kept = async (): Promise<number> => {
  const [row] = await world.db
    .select({ n: sql<number>`count(*)::int` })
    .from(deliveries)
    .where(and(eq(deliveries.status, 'sending'), eq(deliveries.claimedBy, 'print')))
  return row?.n ?? 0
}

/** Lets the mailroom take all cards into a batch; returns the batch. */
async function intoBatch(cards: number): Promise<string> {
  const providers = { postcard: createPrintBatchProvider(world.db) }
  await withPostcards(world, { providers }, () => until('all are in the batch', async () => (await kept()) === cards))
  const [batch] = await listBatches(world.db, { limit: 1, cursor: null })
  if (batch === undefined) throw new Error('There is no batch.')
  return batch.id
}

const dependencies = () => ({ db: world.db, poker: noPoker, library: () => readLibrary(world.db) })
const approve = (batchId: string) => approvePrintBatch(dependencies(), { batchId, actor: 'user:ada' })
const pagesOf = async (batchId: string): Promise<string[]> => {
  const file = await batchPdf(world.db, batchId)
  if (file === null) return []
  return (await extractText(await getDocumentProxy(new Uint8Array(await buffer(file.pdf))))).text
}

describe('a print batch', () => {
  test('keeps cards until a person approves it; only that is acceptance, once', async () => {
    const first = await cardFor(world)
    const second = await cardFor(world, { lead: { firstName: 'Grace' } })
    const batchId = await intoBatch(2)
    expect(await markUnknown(world.db, { channel: 'postcard', leaseMs: -60_000 })).toBe(0)
    expect(await fateOf(world, first.deliveryId)).toEqual(['sending', null])
    expect(await world.db.select().from(mailbox)).toEqual([])
    expect((await pagesOf(batchId)).every((page) => page.includes('PROOF'))).toBe(true)

    const before = Date.now()
    expect(await approve(batchId)).toEqual({ approved: true, printed: 2, removed: [] })
    expect(await approve(batchId)).toEqual({ approved: false, reason: 'already_approved' })
    for (const { deliveryId } of [first, second]) {
      const row = await rowOf(world, deliveryId)
      expect(row).toMatchObject({ status: 'accepted', providerId: `print:${batchId}` })
      expect(row.acceptedAt?.getTime()).toBeGreaterThanOrEqual(before - 1000)
    }
    const pages = await pagesOf(batchId)
    expect(pages).toHaveLength(4)
    expect(pages.some((page) => page.includes('PROOF'))).toBe(false)
    expect(pages.join(' ')).toContain('We miss you, Grace.')
    expect(await world.db.select().from(auditLog).where(eq(auditLog.action, 'print.approve'))).toHaveLength(1)
  })

  test('asks the gate again at approval: who left, was paused, has gone, or has just written is not on the final PDF', async () => {
    const names = ['Stays', 'Suppressed', 'Flagged', 'Paused', 'Exited', 'Erased', 'Wrote', 'Moved'] as const
    const cards = new Map<string, Awaited<ReturnType<typeof cardFor>>>()
    for (const firstName of names) cards.set(firstName, await cardFor(world, { lead: { firstName } }))
    const of = (name: (typeof names)[number]) => cards.get(name) ?? { leadId: '', enrollmentId: '', deliveryId: '' }
    const batchId = await intoBatch(names.length)

    const suppressed = await world.db.transaction((tx) =>
      suppressLead(tx, {
        leadId: of('Suppressed').leadId,
        channels: ['postcard'],
        reason: 'unsubscribed',
        source: 'test',
        at: Date.now(),
      }),
    )
    expect(suppressed.underWay).toEqual([])
    const setLead = (name: (typeof names)[number], set: Partial<typeof leads.$inferInsert>) =>
      world.db
        .update(leads)
        .set(set)
        .where(eq(leads.id, of(name).leadId))
    await setLead('Flagged', { doNotMail: true })
    await setLead('Moved', { postalCode: null })
    await setLead('Wrote', { replyHeldUntil: new Date(Date.now() + 86_400_000) })
    await world.db
      .update(enrollments)
      .set({ status: 'paused' })
      .where(eq(enrollments.id, of('Paused').enrollmentId))
    await world.db
      .update(enrollments)
      .set({ status: 'exited' })
      .where(eq(enrollments.id, of('Exited').enrollmentId))
    await world.db.transaction((tx) => eraseLeads(tx, [of('Erased').leadId]))

    const approval = await approve(batchId)
    expect(approval).toMatchObject({ approved: true, printed: 1 })
    const fates = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await fateOf(world, of(name).deliveryId)])),
    )
    expect(fates).toEqual({
      Stays: ['accepted', null],
      Suppressed: ['skipped', 'suppressed'],
      Flagged: ['skipped', 'do_not_mail'],
      Paused: ['queued', 'enrollment_paused'],
      Exited: ['cancelled', 'enrollment_ended'],
      Erased: ['cancelled', 'lead_erased'],
      Wrote: ['queued', 'reply_pending'],
      Moved: ['skipped', 'no_address'],
    })
    const pages = (await pagesOf(batchId)).join(' ')
    expect(names.filter((name) => pages.includes(`you, ${name}`))).toEqual(['Stays'])
    const stored = await listCards(world.db, batchId)
    expect(stored.filter((card) => card.card === null)).toHaveLength(1)
  })

  test('quiet hours keep no card from the printer', async () => {
    const card = await cardFor(world)
    const batchId = await intoBatch(1)
    await setPolicy(world, { quietHours: { from: '00:00', to: '23:59' } })
    expect(await approve(batchId)).toMatchObject({ approved: true, printed: 1 })
    expect(await fateOf(world, card.deliveryId)).toEqual(['accepted', null])
  })

  test('the company’s switches bind it', async () => {
    await cardFor(world)
    const batchId = await intoBatch(1)
    const set = (on: boolean) => world.db.transaction((tx) => setHold(tx, { on, reason: 'x', actor: 'test' }))
    await set(true)
    expect(await approve(batchId)).toEqual({ approved: false, reason: 'on_hold' })
    await set(false)
    await world.db.transaction((tx) => setLiveSending(tx, { on: false, actor: 'test' }))
    expect(await approve(batchId)).toEqual({ approved: false, reason: 'live_sending_off' })
  })

  test('a stop of its channel keeps the batch; a stop of its journey takes the card out until it is let go', async () => {
    const { deliveryId } = await cardFor(world)
    const batchId = await intoBatch(1)
    const stop = { subject: 'postcard', reason: 'x', actor: 'test' }
    await world.db.transaction((tx) => stopSending(tx, { kind: 'channel', ...stop }))
    expect(await approve(batchId)).toEqual({ approved: false, reason: 'channel_stopped' })
    expect(await fateOf(world, deliveryId)).toEqual(['sending', null])
    await world.db.transaction((tx) => releaseSending(tx, { kind: 'channel', ...stop }))

    const journey = { kind: 'journey' as const, subject: world.journeyId, reason: 'x', actor: 'test' }
    await world.db.transaction((tx) => stopSending(tx, journey))
    const removed = [{ deliveryId, reason: 'journey_stopped' }]
    expect(await approve(batchId)).toEqual({ approved: true, printed: 0, removed })
    expect(await pagesOf(batchId)).toEqual([])
    expect(await fateOf(world, deliveryId)).toEqual(['queued', null])
    await world.db.transaction((tx) => releaseSending(tx, journey))
    expect(await approve(await intoBatch(1))).toMatchObject({ printed: 1 })
    expect(await fateOf(world, deliveryId)).toEqual(['accepted', null])
  })

  test('a rejected card fails with its reason, or comes back in the next batch', async () => {
    const bad = await cardFor(world)
    const again = await cardFor(world)
    await cardFor(world)
    const batchId = await intoBatch(3)
    const reject = (deliveryId: string, resolution: 'retry' | 'fail') =>
      rejectPrintCard(dependencies(), {
        batchId,
        deliveryId,
        resolution,
        reason: 'Name looks wrong',
        actor: 'user:ada',
      })
    expect(await reject(bad.deliveryId, 'fail')).toBe(true)
    expect(await reject(bad.deliveryId, 'fail')).toBe(false)
    expect(await reject(again.deliveryId, 'retry')).toBe(true)
    expect(await fateOf(world, bad.deliveryId)).toEqual(['failed', 'rejected: Name looks wrong'])
    expect(await fateOf(world, again.deliveryId)).toEqual(['queued', null])
    expect(await approve(batchId)).toMatchObject({ printed: 1 })
    const next = await intoBatch(1)
    expect(next).not.toBe(batchId)
    expect(await listCards(world.db, next)).toMatchObject([
      { deliveryId: again.deliveryId, position: 1, status: 'waiting' },
    ])
  })

  test('approved twice at the same time, it is approved once', async () => {
    for (let n = 0; n < 5; n += 1) await cardFor(world)
    const batchId = await intoBatch(5)
    const results = await Promise.all([approve(batchId), approve(batchId), approve(batchId)])
    expect(results.filter((result) => result.approved)).toHaveLength(1)
  })

  test('before live sending is on, cards reach the built-in mailbox only', async () => {
    await world.db.transaction((tx) => setLiveSending(tx, { on: false, actor: 'test' }))
    const { deliveryId } = await cardFor(world)
    await withPostcards(world, { providers: { postcard: createPrintBatchProvider(world.db) } }, () =>
      until('it is accepted', async () => (await fateOf(world, deliveryId))[0] === 'accepted'),
    )
    expect(await listBatches(world.db, { limit: 5, cursor: null })).toEqual([])
    const [copy] = await world.db.select().from(mailbox)
    expect(copy?.toAddress).toBe('Ada Lovelace\n1 High Street\nLeeds\nLS1 1AA\nUNITED KINGDOM')
  })

  test('a survey’s card has a short link of its own, the same on paper and in its code', async () => {
    await addSurvey(world, 'win-back')
    const { deliveryId } = await cardFor(world, {
      content: { surveyKey: 'win-back', body: 'Tell us: {{ survey.url }}' },
    })
    const batchId = await intoBatch(1)
    const [stored] = await listCards(world.db, batchId)
    expect(stored).toMatchObject({ deliveryId })
    expect(stored?.card?.link).toMatch(/^https:\/\/leads\.example\.org\/l\/[2-9a-z]{10}$/)
    expect(stored?.card?.link?.length).toBeLessThanOrEqual(40)
    expect(stored?.card?.message).toBe(`Tell us: ${String(stored?.card?.link)}`)
    expect((await pagesOf(batchId))[1]?.replaceAll(/\s/g, '')).toContain(String(stored?.card?.link).slice(8))
  })

  test('a card that does not fit, or cannot be printed, fails alone with its reason', async () => {
    const long = await cardFor(world, { lead: { firstName: 'Maximiliana '.repeat(60) } })
    const foreign = await cardFor(world, { content: { body: 'Hello 山田' } })
    const fine = await cardFor(world)
    await intoBatch(1)
    expect((await fateOf(world, long.deliveryId))[1]).toMatch(/^POSTCARD_TEXT_TOO_LONG/)
    expect((await fateOf(world, foreign.deliveryId))[1]).toMatch(/^POSTCARD_TEXT_UNPRINTABLE.*U\+5C71/)
    expect((await fateOf(world, fine.deliveryId))[0]).toBe('sending')
  })

  test('the addresses hold no formula for a spreadsheet', async () => {
    await cardFor(world, {
      lead: { firstName: '=HYPERLINK("http://evil")', company: '@SUM(1+1)', addressLine1: '+1 "Road"\n=2' },
    })
    const csv = (await batchAddresses(world.db, await intoBatch(1))) ?? ''
    expect(csv.startsWith('\uFEFF"position","name"')).toBe(true)
    expect(csv).toContain(`"'=HYPERLINK(""http://evil"") Lovelace"`)
    expect(csv).toContain(`"'@SUM(1+1)"`)
    expect(csv).toContain(`"'+1 ""Road"" =2"`)
    expect(csv.trim().split('\r\n')).toHaveLength(2)
  })
})
