import { and, eq, sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { recordAnswers } from '#db/repositories/answers.ts'
import { ingestEvents, type IncomingEvent } from '#db/repositories/events.ts'
import { newId } from '#db/ids.ts'
import { events, eventTotals, surveyAnswers } from '#db/schema/events.ts'
import { leads, testRuns } from '#db/schema/leads.ts'
import {
  aLibrary,
  aLiveJourney,
  aWaitingEnrollment,
  countingDatabaseOf,
  countRows,
  entriesInto,
  someLeads,
  takeInputs,
  useDatabase,
} from './entry-database.ts'

const db = useDatabase()
const library = aLibrary({
  surveys: {
    why: {
      key: 'why',
      title: 'Why not?',
      intro: '',
      questions: [
        { id: 'reason', text: 'Why?', type: 'single', required: false, field: 'topic' },
        { id: 'size', text: 'How many are you?', type: 'number', required: false, field: 'employees' },
        { id: 'remark', text: 'Anything else?', type: 'text', required: false },
      ],
    },
  },
})
const ingest = (list: IncomingEvent[]) => db().transaction((tx) => ingestEvents(tx, list, { library }))
const day = 86_400_000

async function totalsOf(leadId: string, type: string) {
  const [row] = await db()
    .select()
    .from(eventTotals)
    .where(and(eq(eventTotals.leadId, leadId), eq(eventTotals.type, type)))
  return row === undefined ? null : { count: row.count, firstAt: row.firstAt.getTime(), lastAt: row.lastAt.getTime() }
}

describe('ingestEvents()', () => {
  test('finds leads by id, external id and address, follows merges, and tells who is unknown', async () => {
    const [one = '', two = '', gone = ''] = await someLeads(db(), [
      { email: 'Ann@Example.com', externalId: 'u-1' },
      { anonymousId: 'cookie-2' },
      { email: 'gone@example.com' },
    ])
    await db().execute(sql`update leads set merged_into = ${one} where id = ${gone}`)
    const result = await ingest([
      { lead: { id: one }, type: 'visited' },
      { lead: { email: 'ann@example.COM ' }, type: 'visited' },
      { lead: { externalId: 'u-1', anonymousId: 'cookie-2' }, type: 'visited' },
      { lead: { anonymousId: 'cookie-2' }, type: 'visited' },
      { lead: { email: 'gone@example.com' }, type: 'visited' },
      { lead: { id: gone }, type: 'visited' },
      { lead: { email: 'nobody@example.com' }, type: 'visited' },
    ])
    expect(result.events.map((event) => ('leadId' in event ? event.leadId : event.status))).toEqual([
      one,
      one,
      one,
      two,
      one,
      one,
      'unknown_lead',
    ])
    expect(await totalsOf(one, 'visited')).toMatchObject({ count: 5 })
  })

  test('any order and any number of repeats give the same counters', async () => {
    const [ordered = '', shuffled = ''] = await someLeads(db(), [{}, {}])
    const now = Date.now()
    const list = (leadId: string): IncomingEvent[] =>
      [1, 2, 3, 4, 5].map((n) => ({
        lead: { id: leadId },
        type: 'downloaded',
        occurredAt: now - n * day,
        dedupeKey: `${leadId}-${String(n)}`,
      }))
    await ingest(list(ordered))
    const [a, b, c, d, e] = list(shuffled)
    const first = await ingest([c, a, c, e].filter((event) => event !== undefined))
    const second = await ingest([b, d, a, b, e].filter((event) => event !== undefined))
    expect(first.events.map((event) => event.status)).toEqual(['recorded', 'recorded', 'duplicate', 'recorded'])
    expect(second.events.map((event) => event.status)).toEqual([
      'recorded',
      'recorded',
      'duplicate',
      'duplicate',
      'duplicate',
    ])
    expect(await totalsOf(shuffled, 'downloaded')).toEqual({ count: 5, firstAt: now - 5 * day, lastAt: now - day })
    expect(await totalsOf(shuffled, 'downloaded')).toEqual(await totalsOf(ordered, 'downloaded'))
    const [lead] = await db().select().from(leads).where(eq(leads.id, shuffled))
    expect(lead?.lastActivityAt?.getTime()).toBe(now - day)
  })

  test('the same event sent twenty times at once is kept once', async () => {
    const [leadId = ''] = await someLeads(db(), [{}])
    const event = { lead: { id: leadId }, type: 'replied', dedupeKey: `once-${leadId}` }
    const results = await Promise.all(Array.from({ length: 20 }, () => ingest([event])))
    expect(results.filter((result) => result.events[0]?.status === 'recorded')).toHaveLength(1)
    expect(await totalsOf(leadId, 'replied')).toMatchObject({ count: 1 })
  })

  test('an event from the future counts as of now; a test lead has its own now', async () => {
    const runId = newId()
    const virtualStart = Date.UTC(2030, 0, 1)
    const clock = { realStart: Date.now(), virtualStart, speed: 1 }
    await db().insert(testRuns).values({ id: runId, name: 'run', clock })
    const [real = '', probe = ''] = await someLeads(db(), [{}, { test: { runId, clock } }])
    const started = Date.now()
    await ingest([
      { lead: { id: real }, type: 'visited', occurredAt: started + 30 * day },
      { lead: { id: probe }, type: 'visited', occurredAt: virtualStart + 30 * day },
      { lead: { id: probe }, type: 'clicked', occurredAt: virtualStart - day },
    ])
    const rows = await db()
      .select()
      .from(events)
      .where(sql`lead_id in (${real}, ${probe})`)
    const at = (leadId: string, type: string) =>
      rows.find((row) => row.leadId === leadId && row.type === type)?.occurredAt.getTime() ?? 0
    expect(at(real, 'visited')).toBeGreaterThanOrEqual(started - 1000)
    expect(at(real, 'visited')).toBeLessThan(started + day)
    expect(at(probe, 'visited')).toBeGreaterThanOrEqual(virtualStart)
    expect(at(probe, 'visited')).toBeLessThan(virtualStart + day)
    expect(at(probe, 'clicked')).toBe(virtualStart - day)
  })

  test('text Postgres cannot hold is cleaned, properties are folded for comparison', async () => {
    const [leadId = ''] = await someLeads(db(), [{}])
    await ingest([
      { lead: { id: leadId }, type: 'odd', properties: { page: 'PRICÉ\u0000S', n: 4, 'k\u0000': '\ud800' } },
    ])
    const [row] = await db().select().from(events).where(eq(events.leadId, leadId))
    expect(row?.properties).toEqual({ page: 'PRICÉS', n: 4, k: '�' })
    expect(row?.folded).toEqual({ page: 'pricés', k: '�' })
  })

  test('event and form triggers fire once per event, by their filters, and carry its properties', async () => {
    const journeyId = await aLiveJourney(db(), [
      { kind: 'event', event: 'priced', where: [{ property: 'plan', op: 'is', value: 'PRO' }] },
      { kind: 'form', form: 'contact' },
      { kind: 'event', event: 'form_submitted' },
    ])
    const [one = '', two = ''] = await someLeads(db(), [{}, {}])
    await ingest([
      { lead: { id: one }, type: 'priced', properties: { plan: 'pro', seats: 3 } },
      { lead: { id: two }, type: 'priced', properties: { plan: 'basic' } },
      { lead: { id: two }, type: 'priced' },
      { lead: { id: one }, type: 'form_submitted', properties: { form: 'contact' } },
      { lead: { id: two }, type: 'form_submitted', properties: { form: 'newsletter' } },
      { lead: { id: two }, type: 'visited', properties: { form: 'contact' } },
    ])
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual([`${one} t1`, `${one} t2`, `${one} t3`, `${two} t3`].sort())
    expect(inputs.find((input) => input.payload['triggerId'] === 't1')?.payload['properties']).toEqual({
      plan: 'pro',
      seats: 3,
    })
    // One form, two triggers that answer: one entry, since both carry the event's key.
    const keys = inputs.filter((input) => input.leadId === one).map((input) => input.payload['entryKey'])
    expect(new Set(keys).size).toBe(2)
  })

  test('a repeated event does not fire its trigger again', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'event', event: 'asked' }])
    const [leadId = ''] = await someLeads(db(), [{}])
    const event = { lead: { id: leadId }, type: 'asked', dedupeKey: `asked-${leadId}` }
    await ingest([event])
    expect(entriesInto(await takeInputs(db()), journeyId)).toHaveLength(1)
    await ingest([event])
    expect(await takeInputs(db())).toEqual([])
  })

  test('a segment over events is entered by the event that completes it', async () => {
    const journeyId = await aLiveJourney(db(), [
      { kind: 'segment_entered', segment: { kind: 'count', event: 'opened', op: 'gte', n: 2 } },
    ])
    const [one = '', two = ''] = await someLeads(db(), [{}, {}])
    await ingest([
      { lead: { id: one }, type: 'opened' },
      { lead: { id: two }, type: 'opened' },
    ])
    expect(await takeInputs(db())).toEqual([])
    await ingest([{ lead: { id: one }, type: 'opened' }])
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${one} t1`])
    await ingest([{ lead: { id: one }, type: 'opened' }])
    expect(await takeInputs(db())).toEqual([])
  })

  test('1,000 events that nobody depends on add no input and no poke, in a few statements', async () => {
    const journeyId = await aLiveJourney(db(), [{ kind: 'event', event: 'wanted' }])
    const ids = await someLeads(
      db(),
      Array.from({ length: 500 }, () => ({})),
    )
    for (const leadId of ids.slice(0, 50)) await aWaitingEnrollment(db(), leadId, journeyId, ['event:wanted'])
    let statements = 0
    const counting = countingDatabaseOf(db(), () => {
      statements += 1
    })
    const list = Array.from({ length: 1000 }, (_, n) => ({ lead: { id: ids[n % 500] ?? '' }, type: 'ping' }))
    const result = await counting.transaction((tx) => ingestEvents(tx, list, { library }))
    expect(result).toMatchObject({ leadIds: [], inputs: 0 })
    expect(result.events.every((event) => event.status === 'recorded')).toBe(true)
    expect(await countRows(db(), 'lead_inputs', sql`consumed_at is null`)).toBe(0)
    expect(await countRows(db(), 'lead_pokes')).toBe(0)
    expect(statements).toBeLessThanOrEqual(10)
    // The same through the event they do wait for.
    const wanted = await ingest(ids.slice(0, 60).map((id) => ({ lead: { id }, type: 'wanted' })))
    const inputs = await takeInputs(db())
    expect(inputs.filter((input) => input.kind === 'event').map((input) => input.leadId)).toEqual(
      ids.slice(0, 50).toSorted(),
    )
    expect(wanted.leadIds).toHaveLength(60)
  })

  test('an erased lead takes no more events', async () => {
    const [leadId = ''] = await someLeads(db(), [{}])
    await db().execute(sql`update leads set erased_at = now() where id = ${leadId}`)
    const result = await ingest([{ lead: { id: leadId }, type: 'visited' }])
    expect(result.events).toEqual([{ status: 'unknown_lead' }])
    expect(await totalsOf(leadId, 'visited')).toBeNull()
  })
})

describe('recordAnswers()', () => {
  const answer = (leadId: string, answers: Record<string, string | number>, occurredAt: number, dedupeKey?: string) =>
    db().transaction((tx) =>
      recordAnswers(tx, [{ lead: { id: leadId }, survey: 'why', answers, occurredAt, dedupeKey: dedupeKey ?? null }], {
        library,
        actor: 'page',
      }),
    )
  const answersOf = async (leadId: string) =>
    Object.fromEntries(
      (await db().select().from(surveyAnswers).where(eq(surveyAnswers.leadId, leadId))).map((row) => [
        row.question,
        row.value,
      ]),
    )

  test('keeps the latest answer per question, whatever arrives last, and writes mapped fields', async () => {
    const [leadId = ''] = await someLeads(db(), [{}])
    const now = Date.now()
    await answer(leadId, { reason: 'Budget', size: 40 }, now - day)
    await answer(leadId, { reason: 'Timing', remark: 'Later' }, now - 3 * day)
    expect(await answersOf(leadId)).toEqual({ reason: 'Budget', size: 40, remark: 'Later' })
    const [lead] = await db().select().from(leads).where(eq(leads.id, leadId))
    expect(lead?.fields).toEqual({ topic: 'Budget', employees: 40 })
    expect(lead?.folded).toEqual({ topic: 'budget' })
    expect(await totalsOf(leadId, 'survey_answered')).toMatchObject({ count: 2 })
  })

  test('a repeat changes nothing', async () => {
    const [leadId = ''] = await someLeads(db(), [{}])
    const now = Date.now()
    await answer(leadId, { reason: 'Budget' }, now - day, `s-${leadId}`)
    await answer(leadId, { reason: 'Timing' }, now, `s-${leadId}`)
    expect(await answersOf(leadId)).toEqual({ reason: 'Budget' })
    expect(await totalsOf(leadId, 'survey_answered')).toMatchObject({ count: 1 })
  })

  test('wakes who waits for the survey, and lets in whom the answer makes match', async () => {
    const rule = { kind: 'answered', survey: 'why', question: 'reason', op: 'is', value: 'DELAYED' }
    const journeyId = await aLiveJourney(db(), [{ kind: 'segment_entered', segment: rule }])
    const [waiting = '', other = ''] = await someLeads(db(), [{}, {}])
    await aWaitingEnrollment(db(), waiting, journeyId, ['answer:why'])
    await aWaitingEnrollment(db(), other, journeyId, ['answer:another'])
    await answer(waiting, { reason: 'Budget' }, Date.now())
    await answer(other, { reason: 'delayed' }, Date.now())
    const inputs = await takeInputs(db())
    expect(inputs.filter((input) => input.kind !== 'enroll').map((input) => input.leadId)).toEqual([waiting])
    expect(entriesInto(inputs, journeyId)).toEqual([`${other} t1`])
  })
})
