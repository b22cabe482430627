import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { sweepTriggers } from '#activities/entry/trigger-sweep.ts'
import { reconcile } from '#activities/entry/reconcile.ts'
import { findOccurrences } from '#db/repositories/date-triggers.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import { triggerSchema, type Trigger } from '#engine/steps/entry.ts'
import {
  aLibrary,
  aLiveJourney,
  aWaitingEnrollment,
  entriesInto,
  someLeads,
  takeInputs,
  useDatabase,
} from './entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const hour = 3_600_000
const day = 24 * hour
const poker = { poke: () => Promise.resolve({ failed: 0 }) }
const libraries = createLibraryCache()
const sweep = () => sweepTriggers({ db: db(), poker, libraries })
const dateTrigger = (trigger: object) =>
  triggerSchema.parse({ id: 't1', ...trigger }) as Extract<Trigger, { kind: 'date_field' | 'computed_date' }>
const occurrences = (trigger: object, after: number, until: number) =>
  findOccurrences(db(), { trigger: dateTrigger(trigger), zone: 'UTC', after, until, library, testRunId: null })

describe('findOccurrences()', () => {
  test('birthdays at nine on the wall of each lead, every year', async () => {
    const born = (birthday: string, zone?: string) => ({
      fields: { birthday, ...(zone === undefined ? {} : { zone }) },
    })
    const [tokyo = '', hawaii = '', unknown = '', leap = ''] = await someLeads(db(), [
      born('1990-06-15', 'Asia/Tokyo'),
      born('1985-06-15', 'Pacific/Honolulu'),
      born('1970-06-15'),
      born('2000-02-29'),
      born('1990-06-16'),
      { fields: { birthday: null } },
    ])
    const trigger = { kind: 'date_field', field: 'birthday', yearly: true }
    const found = async (after: number, until: number) =>
      new Set(
        (await occurrences(trigger, after, until)).map(
          (one) => `${one.leadId} ${new Date(one.at).toISOString()} ${one.on}`,
        ),
      )
    expect(await found(Date.UTC(2026, 5, 14, 12), Date.UTC(2026, 5, 15, 23))).toEqual(
      new Set([
        `${tokyo} 2026-06-15T00:00:00.000Z 2026-06-15`,
        `${unknown} 2026-06-15T09:00:00.000Z 2026-06-15`,
        `${hawaii} 2026-06-15T19:00:00.000Z 2026-06-15`,
      ]),
    )
    const who = async (after: number, until: number) =>
      (await occurrences(trigger, after, until)).map((one) => one.leadId)
    // The window is open at its start and closed at its end, so that windows side by side fire each date once.
    const nine = Date.UTC(2027, 5, 15, 9)
    expect(await who(nine - 1, nine)).toEqual([unknown])
    expect(await who(nine, nine + 1)).toEqual([])
    expect(await who(Date.UTC(2027, 1, 28), Date.UTC(2027, 2, 1))).toEqual([leap])
    expect(await who(Date.UTC(2028, 1, 28), Date.UTC(2028, 1, 29))).toEqual([])
    expect(await who(Date.UTC(2028, 1, 29), Date.UTC(2028, 2, 1))).toEqual([leap])
  })

  test('ninety days before a date, once', async () => {
    const [leadId = ''] = await someLeads(db(), [{ fields: { birthday: '2027-03-31' } }])
    const trigger = { kind: 'date_field', field: 'birthday', offsetDays: -90, time: '08:30' }
    const at = Date.UTC(2026, 11, 31, 8, 30)
    expect(await occurrences(trigger, at - hour, at)).toEqual([{ leadId, at, on: '2026-12-31' }])
    expect(await occurrences(trigger, at + 365 * day - hour, at + 365 * day + hour)).toEqual([])
  })

  test('over a whole year, hour by hour and in one go find the same', async () => {
    const dates = ['2026-01-01', '2026-03-29', '2026-10-25', '2026-12-31', '2024-02-29', '2026-06-30']
    const zones = ['Europe/Paris', 'America/New_York', 'Pacific/Apia', 'Asia/Kolkata']
    const ids = new Set(
      await someLeads(
        db(),
        dates.flatMap((birthday) => zones.map((zone) => ({ fields: { birthday, zone } }))),
      ),
    )
    const trigger = { kind: 'date_field', field: 'birthday', yearly: true, time: '02:30', offsetDays: 1 }
    const start = Date.UTC(2025, 11, 30)
    const end = Date.UTC(2027, 0, 3)
    const inOneGo = (await occurrences(trigger, start, end)).filter((one) => ids.has(one.leadId))
    const inSteps = []
    for (let at = start; at < end; at += 73 * hour) {
      inSteps.push(
        ...(await occurrences(trigger, at, Math.min(end, at + 73 * hour))).filter((one) => ids.has(one.leadId)),
      )
    }
    const text = (list: { leadId: string; on: string }[]) => list.map((one) => `${one.leadId} ${one.on}`)
    // In one go each lead shows its first date only; the steps show all of them.
    expect(text(inOneGo)).toHaveLength(24)
    expect(new Set(text(inSteps)).size).toBe(inSteps.length)
    for (const one of text(inOneGo)) expect(text(inSteps)).toContain(one)
    expect(inSteps.length).toBeGreaterThanOrEqual(24)
  })

  test('the next purchase by the average time between the ones so far', async () => {
    const [regular = '', once = ''] = await someLeads(db(), [{ fields: { zone: 'Europe/Paris' } }, {}])
    const last = Date.UTC(2026, 4, 1, 12)
    const bought = (id: string, daysAgo: number) => ({
      lead: { id },
      type: 'purchased',
      occurredAt: last - daysAgo * day,
    })
    await db().transaction((tx) =>
      ingestEvents(tx, [bought(regular, 0), bought(regular, 40), bought(regular, 60), bought(once, 0)], { library }),
    )
    const trigger = { kind: 'computed_date', event: 'purchased', offsetDays: -2, time: '10:00' }
    // 60 days over two gaps: 30 days later, less two, at ten in Paris.
    const at = Date.UTC(2026, 4, 29, 8)
    expect(await occurrences(trigger, at - 1, at)).toEqual([{ leadId: regular, at, on: '2026-05-29' }])
    expect(await occurrences(trigger, at, at + 3 * day)).toEqual([])
    expect(await occurrences({ ...trigger, minEvents: 4 }, at - 1, at)).toEqual([])
  })
})

describe('sweepTriggers()', () => {
  test('fires each date once, however often it runs and after a break of hours', async () => {
    await db().transaction((tx) => saveResources(tx, { fields: [{ key: 'birthday', label: 'B', type: 'date' }] }))
    const soon = new Date(Date.now() - 2 * hour)
    const time = `${String(soon.getUTCHours()).padStart(2, '0')}:${String(soon.getUTCMinutes()).padStart(2, '0')}`
    const journeyId = await aLiveJourney(db(), [{ kind: 'date_field', field: 'birthday', time }])
    const [due = ''] = await someLeads(db(), [
      { fields: { birthday: soon.toISOString().slice(0, 10) } },
      { fields: { birthday: '1999-01-01' } },
    ])
    // Since publishing nothing came round; three hours ago it had not yet.
    await sweep()
    expect(await takeInputs(db())).toEqual([])
    await db().execute(
      sql`update journey_triggers set fired_until = now() - interval '3 hours' where journey_id = ${journeyId}`,
    )
    await sweep()
    const inputs = await takeInputs(db())
    expect(entriesInto(inputs, journeyId)).toEqual([`${due} t1`])
    expect(inputs[0]?.payload['entryKey']).toBe(`date:t1:${soon.toISOString().slice(0, 10)}`)
    await sweep()
    expect(await takeInputs(db())).toEqual([])
  })

  test('a segment with time in its rule is entered and left by the clock alone', async () => {
    const journeyId = await aLiveJourney(db(), [
      {
        kind: 'segment_entered',
        segment: { kind: 'not', rule: { kind: 'count', event: 'seen', within: 'P30D', op: 'gte', n: 1 } },
      },
    ])
    // Those who match at publishing are members; who is seen leaves.
    const [quiet = '', active = ''] = await someLeads(db(), [{}, {}])
    const see = (id: string, daysAgo: number) =>
      db().transaction((tx) =>
        ingestEvents(tx, [{ lead: { id }, type: 'seen', occurredAt: Date.now() - daysAgo * day }], { library }),
      )
    await see(quiet, 20)
    await see(active, 1)
    await sweep()
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([])
    // Time passes for one of them.
    const timePasses = async (days: number) => {
      const length = sql`make_interval(days => ${days}::int)`
      await db().execute(sql`update events set occurred_at = occurred_at - ${length} where lead_id = ${quiet}`)
      await db().execute(
        sql`update event_totals set last_at = last_at - ${length}, first_at = first_at - ${length} where lead_id = ${quiet}`,
      )
    }
    await timePasses(15)
    await sweep()
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${quiet} t1`])
    await sweep()
    expect(await takeInputs(db())).toEqual([])
    // Seen again, then quiet again: a second entry.
    await see(quiet, 0)
    await timePasses(40)
    await sweep()
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${quiet} t1`])
  })

  test('an edited segment is compared anew, and looks at its new facts from then on', async () => {
    const save = (city: string) =>
      db().transaction((tx) =>
        saveResources(tx, {
          segments: [
            {
              key: 'edited',
              name: 'E',
              rule: { kind: 'compare', field: city === '' ? 'company' : 'city', op: 'is', value: city || 'Acme' },
            },
          ],
        }),
      )
    await save('Delft')
    const edited = aLibrary({ segments: { edited: { kind: 'compare', field: 'city', op: 'is', value: 'Delft' } } })
    const journeyId = await aLiveJourney(
      db(),
      [{ kind: 'segment_entered', segment: { kind: 'in_segment', segment: 'edited' } }],
      {
        library: edited,
      },
    )
    await sweep()
    const [byCompany = ''] = await someLeads(
      db(),
      [{ fields: { company: 'ACME' } }, { fields: { city: 'Delft' } }],
      edited,
    )
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([])
    await save('')
    await sweep()
    expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${byCompany} t1`])
    const [row] = await db().execute<{ depends_on: string[] }>(
      sql`select depends_on from journey_triggers where journey_id = ${journeyId}`,
    )
    expect(row?.depends_on).toEqual(['field:company', 'segment:edited'])
  })
})

test('a segment deleted under a live journey stops neither the changes of leads nor other triggers', async () => {
  const broken = aLibrary({ segments: { gone: { kind: 'compare', field: 'city', op: 'is', value: 'Gone' } } })
  const brokenId = await aLiveJourney(
    db(),
    [{ kind: 'segment_entered', segment: { kind: 'in_segment', segment: 'gone' } }],
    {
      library: broken,
    },
  )
  const journeyId = await aLiveJourney(db(), [
    { kind: 'segment_entered', segment: { kind: 'compare', field: 'city', op: 'is', value: 'Gone' } },
  ])
  const [leadId = ''] = await someLeads(db(), [{}])
  await db().transaction((tx) =>
    applyLeadChanges(tx, [{ leadId, kind: 'set_field', field: 'city', value: 'Gone' }], { library, actor: 'test' }),
  )
  expect(entriesInto(await takeInputs(db()), journeyId)).toEqual([`${leadId} t1`])
  await expect(sweep()).rejects.toThrow(`Trigger "${brokenId}:t1" failed.`)
  await db().execute(sql`update journeys set status = 'archived' where id = ${brokenId}`)
})

describe('reconcile()', () => {
  test('pokes who lost a poke or a timer, and nobody else; restarts sweeps that stand still', async () => {
    await db().execute(sql`delete from lead_pokes`)
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
    const heldId = await aLiveJourney(db(), [{ kind: 'manual' }])
    await db().execute(sql`update journeys set status = 'paused' where id = ${heldId}`)
    const [stale = '', recent = '', overdue = '', late = '', held = ''] = await someLeads(db(), [{}, {}, {}, {}, {}])
    await db().execute(sql`
      insert into lead_pokes (lead_id, since, priority)
      values (${stale}, now() - interval '40 seconds', 2), (${recent}, now() - interval '10 seconds', 3)`)
    const due = async (leadId: string, journey: string, ago: string) => {
      const id = await aWaitingEnrollment(db(), leadId, journey, [])
      await db().execute(sql`update enrollments set due_at = now() - ${ago}::interval where id = ${id}`)
    }
    await due(overdue, journeyId, '6 minutes')
    await due(late, journeyId, '4 minutes')
    await due(held, heldId, '60 minutes')
    await db().execute(sql`
      insert into sweeps (id, journey_id, trigger_id, fires_at, status, updated_at)
      values ('stuck', ${journeyId}, 't1', now(), 'running', now() - interval '6 minutes'),
             ('busy', ${journeyId}, 't1', now(), 'running', now()),
             ('waiting', ${journeyId}, 't1', now(), 'held', now() - interval '1 day')`)
    const pokes: [string, number | undefined][] = []
    const started: string[] = []
    const rescues: object[] = []
    const counts = await reconcile({
      db: db(),
      poker: {
        poke: (ids, options) => {
          pokes.push(...ids.map((id): [string, number | undefined] => [id, options?.priority]))
          return Promise.resolve({ failed: 0 })
        },
      },
      schedules: {
        sync: () => Promise.resolve(),
        ensure: () => Promise.resolve({ schedules: 0, removed: 0 }),
        startSweep: (id) => Promise.resolve(void started.push(id)),
        startMove: () => Promise.resolve(),
        startPublication: () => Promise.resolve(),
      },
      onRescue: (found) => rescues.push(found),
    })
    expect(counts).toEqual({ pokes: 1, overdue: 1, sweeps: 1 })
    expect(pokes).toEqual([
      [stale, 2],
      [overdue, 4],
    ])
    expect(started).toEqual(['stuck'])
    expect(rescues).toEqual([counts])
  })

  test('wakes who rests on an effect that nobody works on any more, once in five minutes', async () => {
    await db().execute(sql`delete from lead_pokes`)
    await db().execute(sql`update enrollments set due_at = null`)
    const journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
    const ids = await someLeads(db(), [{}, {}, {}, {}])
    const [forgotten = '', young = '', slow = '', done = ''] = ids
    const open = async (leadId: string, ago: string, timeoutMs: number, status = 'open') => {
      const enrollmentId = await aWaitingEnrollment(db(), leadId, journeyId, [])
      await db().execute(sql`
        insert into effects (id, lead_id, enrollment_id, step_id, visit, type, queue, status, input, timeout_ms, max_attempts, created_at)
        values (gen_random_uuid(), ${leadId}, ${enrollmentId}, 'call', 1, 'webhook', 'custom', ${status}::effect_status, '{}',
                ${timeoutMs}, 3, now() - ${ago}::interval)`)
    }
    await open(forgotten, '6 minutes', 10_000)
    await open(young, '4 minutes', 10_000)
    await open(slow, '50 minutes', 1_800_000)
    await open(done, '1 day', 10_000, 'done')
    const pokes: string[] = []
    const look = () =>
      reconcile({
        db: db(),
        poker: {
          poke: (leadIds) => {
            pokes.push(...leadIds)
            return Promise.resolve({ failed: 0 })
          },
        },
        schedules: {
          sync: () => Promise.resolve(),
          ensure: () => Promise.resolve({ schedules: 0, removed: 0 }),
          startSweep: () => Promise.resolve(),
          startMove: () => Promise.resolve(),
          startPublication: () => Promise.resolve(),
        },
      })
    await look()
    expect(pokes).toEqual([forgotten])
    await look()
    expect(pokes).toEqual([forgotten])
    await db().execute(
      sql`update effects set checked_at = checked_at - interval '6 minutes', created_at = created_at - interval '11 minutes'`,
    )
    await look()
    expect(pokes).toEqual([forgotten, ...[forgotten, young, slow].sort()])
    await db().execute(sql`delete from effects`)
  })
})
