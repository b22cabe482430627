import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finishEffect } from '#db/repositories/effects.ts'
import type { LeadInput } from '#db/repositories/inputs.ts'
import { enrollments, journeys } from '#db/schema/journeys.ts'
import { leadTags } from '#db/schema/leads.ts'
import type { Rule } from '#engine/conditions/schema.ts'
import { spreadDelayMs } from '#engine/entry/spread.ts'
import { addLead, publishDefinition } from '../../support/engine.ts'
import {
  effectsOf,
  enrolAt,
  enrollmentOf,
  enrollmentsOf,
  hasPoke,
  input,
  leadAt,
  logOf,
  messagesOf,
  moveClock,
  openTurnWorld,
  outcomesOf,
  turn,
  turnAt,
  unconsumed,
  type TurnWorld,
} from './turn-world.ts'

let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

const start = '2026-03-02T09:00:00Z'
const mail = { subject: 'Hello', body: 'Hello', purpose: 'transactional' }
const look: LeadInput = { kind: 'fact', keys: ['field:city'] }

describe('a turn', () => {
  test('that finds nothing new writes nothing', async () => {
    const journeyId = await publishDefinition(world.db, { steps: { wait: ['wait', { duration: 'P1D' }, {}] } })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, journeyId, start)
    expect((await turn(world.db, leadId)).moved).toBe(true)
    const before = await enrollmentOf(world.db, leadId)
    await input(world.db, leadId, start, look)
    await turn(world.db, leadId)
    expect(await enrollmentOf(world.db, leadId)).toEqual(before)
    expect(await turn(world.db, leadId)).toMatchObject({ moved: false, wakeAt: before.dueAt?.getTime() })
  })

  test('of a lead to whom a great deal happened does its share and goes on in the next; nobody is parked', async () => {
    const journeyId = await publishDefinition(world.db, {
      steps: { wait: ['wait_for_event', { event: 'replied' }, {}] },
      needs: { events: ['replied'] },
    })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, journeyId, start)
    await turn(world.db, leadId)
    await input(world.db, leadId, start, ...Array.from({ length: 1300 }, () => look))
    const turns: { left: number; goesOn: boolean; isSafe: boolean }[] = []
    while (turns.length < 10 && turns.at(-1)?.left !== 0) {
      const { moved, wakeAt } = await turn(world.db, leadId)
      // The workflow turns again at once; should it be lost, the poke row is still there.
      const goesOn = moved && wakeAt !== null && wakeAt <= Date.now()
      turns.push({ left: await unconsumed(world.db, leadId), goesOn, isSafe: await hasPoke(world.db, leadId) })
    }
    expect(turns.slice(0, -1).every(({ goesOn, isSafe }) => goesOn && isSafe)).toBe(true)
    expect(turns.at(-1)).toMatchObject({ left: 0, isSafe: false })
    expect(turns.length).toBeLessThan(4)
    expect((await enrollmentOf(world.db, leadId)).status).toBe('active')
  })

  test('that brings its lead into another journey leaves no poke behind, and loads what that journey looks at', async () => {
    const next = await publishDefinition(world.db, {
      steps: {
        branch: [
          'branch',
          { cases: [{ id: 'known', when: { kind: 'count', event: 'replied', where: [], op: 'gte', n: 1 } }] },
          { 'case:known': 'known', else: 'unknown' },
        ],
        known: ['exit', { reason: 'known' }, {}],
        unknown: ['exit', { reason: 'unknown' }, {}],
      },
      needs: { events: ['replied'] },
    })
    const [{ key } = { key: '' }] = await world.db.select().from(journeys).where(eq(journeys.id, next))
    const first = await publishDefinition(world.db, {
      steps: {
        record: ['record_event', { event: 'replied' }, { next: 'enrol' }],
        enrol: ['enroll_in', { journey: key }, { next: 'end' }],
        end: ['exit', {}, {}],
      },
    })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, first, start)
    expect(await turn(world.db, leadId)).toMatchObject({ done: true, wakeAt: null })
    expect((await enrollmentOf(world.db, leadId, next)).exitReason).toBe('known')
    expect(await hasPoke(world.db, leadId)).toBe(false)
  })

  test('wakes for an entry that is dated ahead, and the policy "never" lets one in', async () => {
    const journeyId = await publishDefinition(world.db, {
      steps: { wait: ['wait', { duration: 'P1D' }, {}] },
      settings: { reenrollment: { policy: 'never' } },
    })
    const leadId = await leadAt(world.db, start)
    const ahead = '2026-03-02T09:07:00Z'
    await enrolAt(world.db, leadId, journeyId, ahead)
    await enrolAt(world.db, leadId, journeyId, ahead)
    expect(await turn(world.db, leadId)).toMatchObject({ wakeAt: Date.parse(ahead), done: false })
    await turnAt(world.db, leadId, ahead)
    expect((await outcomesOf(world.db, leadId)).map((text) => text?.split(':')[0])).toEqual(['entered', 'refused'])
  })
})

describe('a goal or exit rule', () => {
  test('that the lead’s own invitation makes true lets that invitation go out', async () => {
    const when: Rule = { kind: 'count', event: 'invited', where: [], op: 'gte', n: 2 }
    const journeyId = await publishDefinition(world.db, {
      steps: {
        first: ['record_event', { event: 'invited' }, { next: 'mail' }],
        mail: ['send_email', mail, { next: 'wait' }],
        wait: ['wait', { duration: 'P1D' }, { next: 'last' }],
        last: ['send_email', mail, { next: 'second' }],
        second: ['record_event', { event: 'invited' }, { next: 'never' }],
        never: ['wait', { duration: 'P1D' }, {}],
      },
      settings: { exits: [{ id: 'enough', name: 'Enough', when }] },
      watch: [{ rule: when, on: ['event:invited'] }],
      needs: { events: ['invited'] },
    })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, journeyId, start)
    await turn(world.db, leadId)
    // The provider took the first one long ago.
    await world.db.execute(
      `update deliveries set status = 'accepted', accepted_at = '${start}' where lead_id = '${leadId}'`,
    )
    await turnAt(world.db, leadId, '2026-03-03T09:00:00Z')
    expect((await enrollmentOf(world.db, leadId)).exitReason).toContain('Enough')
    expect(await messagesOf(world.db, leadId)).toEqual(['mail:1 accepted', 'last:1 queued'])
  })
})

describe('the lead’s other journeys', () => {
  test('go on when a step takes back a message that they rest on', async () => {
    const mailing = await publishDefinition(world.db, {
      steps: {
        mail: ['send_email', { ...mail, purpose: 'nurture' }, { next: 'wait', skipped: 'unsent' }],
        wait: ['wait', { duration: 'P1D' }, { next: 'sent' }],
        sent: ['exit', { reason: 'sent' }, {}],
        unsent: ['exit', { reason: 'unsent' }, {}],
      },
    })
    const stopping = await publishDefinition(world.db, {
      steps: { stop: ['suppress', { channels: ['email'] }, { next: 'end' }], end: ['exit', {}, {}] },
    })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, mailing, start)
    await turn(world.db, leadId)
    await turnAt(world.db, leadId, '2026-03-04T09:00:00Z')
    expect((await enrollmentOf(world.db, leadId, mailing)).dependsOn).toContain('sent:mail:1')
    await enrolAt(world.db, leadId, stopping, '2026-03-04T09:00:00Z')
    await turn(world.db, leadId)
    expect((await enrollmentOf(world.db, leadId, mailing)).exitReason).toBe('unsent')
  })

  test('never see what a walk without a rest has done, once that is refused', async () => {
    const looping = await publishDefinition(world.db, {
      steps: {
        wait: ['wait', { duration: 'P1D' }, { next: 'tag' }],
        tag: ['add_tag', { tag: 'phantom' }, { next: 'back' }],
        back: ['remove_tag', { tag: 'other' }, { next: 'tag' }],
      },
    })
    const when = { kind: 'has_tag', tag: 'phantom' }
    const watching = await publishDefinition(world.db, {
      steps: { wait: ['wait_for_rule', { rule: when, timeout: 'P30D' }, {}] },
    })
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, looping, start)
    await enrolAt(world.db, leadId, watching, start)
    await turn(world.db, leadId)
    await expect(turnAt(world.db, leadId, '2026-03-03T09:00:00Z')).rejects.toThrow('STEP_LIMIT')
    await turn(world.db, leadId, { careful: true })
    const { status, error } = await enrollmentOf(world.db, leadId, looping)
    expect([status, error?.code]).toEqual(['parked', 'STEP_LIMIT'])
    expect((await enrollmentOf(world.db, leadId, watching)).stepId).toBe('wait')
    expect(await world.db.select().from(leadTags).where(eq(leadTags.leadId, leadId))).toEqual([])
  })
})

test('an effect that ends while a turn is under way waits for it, and its result is seen', async () => {
  const journeyId = await publishDefinition(world.db, {
    steps: { hook: ['webhook', { url: 'https://hooks.example.test' }, { next: 'end' }], end: ['exit', {}, {}] },
  })
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, journeyId, start)
  await turn(world.db, leadId)
  const [effect] = await effectsOf(world.db, leadId)
  let finished: Promise<boolean> = Promise.resolve(false)
  await input(world.db, leadId, start, look)
  await turn(world.db, leadId, {
    beforeCommit: async () => {
      finished = finishEffect(
        world.db,
        { id: effect?.id ?? '', generation: 1, leadId },
        { status: 'done', port: 'next', output: null },
      )
      await world.db.execute('select 1')
    },
  })
  expect(await finished).toBe(true)
  expect(await unconsumed(world.db, leadId)).toBe(1)
  await turn(world.db, leadId)
  expect(await logOf(world.db, leadId)).toContain('hook next @ 03-02T09:00')
})

describe('leads that are due on the same full minute', () => {
  const [day, halfDay] = [86_400_000, 43_200_000]
  /** The noon that comes next, whatever the time of day these tests run at. */
  const noon = Math.ceil((Date.now() - halfDay) / day) * day + halfDay
  const untilNoon = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], time: '12:00' }

  test('are woken spread, at a place of their own; what is due and what is evaluated stay exact', async () => {
    const journeyId = await publishDefinition(world.db, {
      steps: { wait: ['wait_until_time', untilNoon, { next: 'rest' }], rest: ['wait', { duration: 'P1D' }, {}] },
      settings: { spreadMinutes: 10 },
    })
    const leadId = await addLead(world.db)
    const at = Math.floor((Date.now() + noon) / 2)
    await enrolAt(world.db, leadId, journeyId, new Date().toISOString())
    const { wakeAt } = await turn(world.db, leadId, { firedFor: at })
    const delay = spreadDelayMs(leadId, 10)
    const row = await enrollmentOf(world.db, leadId)
    const due = row.wakeAt?.getTime() ?? 0
    expect(new Date(due).toISOString().slice(11)).toBe('12:00:00.000Z')
    expect([wakeAt, row.dueAt?.getTime()]).toEqual([due + delay, due + delay])
    expect((await turn(world.db, leadId, { firedFor: due + delay })).wakeAt).toBe(due + 86_400_000 + delay)
    expect((await enrollmentOf(world.db, leadId)).since.getTime()).toBe(due)
  })

  test('are woken on the minute when the author says so, and test leads always are', async () => {
    const exact = await publishDefinition(world.db, {
      steps: { wait: ['wait_until_time', untilNoon, {}] },
      settings: { spreadMinutes: 0 },
    })
    const spread = await publishDefinition(world.db, {
      steps: { wait: ['wait_until_time', untilNoon, {}] },
      settings: { spreadMinutes: 60 },
    })
    const real = await addLead(world.db)
    await enrolAt(world.db, real, exact, new Date().toISOString())
    await turn(world.db, real)
    const tested = await leadAt(world.db, start)
    await enrolAt(world.db, tested, spread, start)
    await turn(world.db, tested)
    for (const leadId of [real, tested]) {
      const row = await enrollmentOf(world.db, leadId)
      expect(row.dueAt).toEqual(row.wakeAt)
    }
  })
})

test('a journey that takes its lead out of another lets it enter that again in the same turn', async () => {
  const waiting = await publishDefinition(world.db, {
    steps: { wait: ['wait', { duration: 'P9D' }, {}] },
    settings: { reenrollment: { policy: 'after_exit' } },
  })
  const [{ key } = { key: '' }] = await world.db.select().from(journeys).where(eq(journeys.id, waiting))
  const ruling = await publishDefinition(world.db, {
    steps: {
      out: ['leave_journey', { journey: key }, { next: 'in' }],
      in: ['enroll_in', { journey: key }, { next: 'end' }],
      end: ['exit', {}, {}],
    },
  })
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, waiting, start)
  await enrolAt(world.db, leadId, ruling, start)
  await turn(world.db, leadId)
  const rows = await world.db.select().from(enrollments).where(eq(enrollments.leadId, leadId))
  const statuses = rows.filter((row) => row.journeyId === waiting).map((row) => row.status)
  expect(statuses.toSorted()).toEqual(['active', 'exited'])
  expect(await enrollmentsOf(world.db, leadId)).toHaveLength(3)
  await moveClock(world.db, leadId, start)
})
