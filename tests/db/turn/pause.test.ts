import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resumeJourney, pauseJourney } from '#activities/journeys/status.ts'
import type { Poker } from '#activities/poker.ts'
import { finishEffect } from '#db/repositories/effects.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import type { LeadInput } from '#db/repositories/inputs.ts'
import { journeys } from '#db/schema/journeys.ts'
import { emptyLibrary } from '#engine/library.ts'
import { publishDefinition, type TestJourney } from '../../support/engine.ts'
import {
  effectsOf,
  enrolAt,
  enrollmentOf,
  enrollmentsOf,
  hasPoke,
  input,
  leadAt,
  logOf,
  moveClock,
  openTurnWorld,
  outcomesOf,
  turn,
  turnAt,
  unconsumed,
  type TurnWorld,
} from './turn-world.ts'

/** The pause of a whole journey holds; it never loses what came in meanwhile. */
let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

let poked: string[] = []
beforeEach(() => {
  poked = []
})
const poker: Poker = {
  poke: (leadIds) => {
    poked.push(...leadIds)
    return Promise.resolve({ failed: 0 })
  },
}

const start = '2026-03-02T09:00:00Z'

async function keyOf(journeyId: string): Promise<string> {
  const [row] = await world.db.select().from(journeys).where(eq(journeys.id, journeyId))
  return row?.key ?? ''
}

async function setPaused(journeyId: string, isPaused: boolean): Promise<void> {
  const request = { journey: await keyOf(journeyId), actor: 'ann' }
  const deps = { db: world.db, poker, schedules: null }
  await (isPaused ? pauseJourney(deps, request) : resumeJourney(deps, request))
}

async function waitingIn(journey: TestJourney): Promise<{ journeyId: string; leadId: string }> {
  const journeyId = await publishDefinition(world.db, journey)
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, journeyId, start)
  await turn(world.db, leadId)
  return { journeyId, leadId }
}

describe('while its journey is paused', () => {
  test('an event that a lead waits for without end is not lost', async () => {
    const { journeyId, leadId } = await waitingIn({
      steps: { wait: ['wait_for_event', { event: 'replied' }, { happened: 'end' }], end: ['exit', {}, {}] },
      needs: { events: ['replied'] },
    })
    await setPaused(journeyId, true)
    await moveClock(world.db, leadId, '2026-03-05T09:00:00Z')
    await world.db.transaction((tx) =>
      ingestEvents(tx, [{ lead: { id: leadId }, type: 'replied' }], { library: emptyLibrary() }),
    )
    expect((await turn(world.db, leadId)).wakeAt).toBeNull()
    expect(await unconsumed(world.db, leadId)).toBe(0)
    expect((await enrollmentOf(world.db, leadId)).stepId).toBe('wait')

    await moveClock(world.db, leadId, '2026-03-09T09:00:00Z')
    await setPaused(journeyId, false)
    expect(poked).toEqual([leadId])
    await turn(world.db, leadId)
    expect((await logOf(world.db, leadId)).slice(-2)).toEqual(['wait happened @ 03-09T09:00', 'end end @ 03-09T09:00'])
  })

  test('the result of an effect is not lost', async () => {
    const { journeyId, leadId } = await waitingIn({
      steps: { hook: ['webhook', { url: 'https://hooks.example.test' }, { next: 'end' }], end: ['exit', {}, {}] },
    })
    await setPaused(journeyId, true)
    const [effect] = await effectsOf(world.db, leadId)
    await finishEffect(
      world.db,
      { id: effect?.id ?? '', generation: 1, leadId },
      { status: 'done', port: 'next', output: null },
    )
    await turn(world.db, leadId)
    expect((await enrollmentOf(world.db, leadId)).status).toBe('active')
    await setPaused(journeyId, false)
    await turn(world.db, leadId)
    expect((await enrollmentOf(world.db, leadId)).status).toBe('completed')
  })

  test('what falls due happens on resume, one step at a time, not in a burst', async () => {
    const { journeyId, leadId } = await waitingIn({
      steps: {
        one: ['wait', { duration: 'P1D' }, { next: 'tag' }],
        tag: ['add_tag', { tag: 'a' }, { next: 'two' }],
        two: ['wait', { duration: 'P1D' }, { next: 'end' }],
        end: ['exit', {}, {}],
      },
    })
    await setPaused(journeyId, true)
    await turnAt(world.db, leadId, '2026-03-20T09:00:00Z')
    expect(await logOf(world.db, leadId)).toEqual(['entry next @ 03-02T09:00'])
    await setPaused(journeyId, false)
    await turn(world.db, leadId)
    expect((await logOf(world.db, leadId)).slice(1)).toEqual(['one next @ 03-20T09:00', 'tag next @ 03-20T09:00'])
    await turnAt(world.db, leadId, '2026-03-22T09:00:00Z')
    expect((await logOf(world.db, leadId)).slice(3)).toEqual(['two next @ 03-21T09:00', 'end end @ 03-21T09:00'])
  })

  test('who wants in waits at the door and enters on resume', async () => {
    const journeyId = await publishDefinition(world.db, {
      steps: { wait: ['wait', { duration: 'P1D' }, {}] },
      settings: { reenrollment: { policy: 'never' } },
    })
    await setPaused(journeyId, true)
    const leadId = await leadAt(world.db, start)
    await enrolAt(world.db, leadId, journeyId, start)
    await enrolAt(world.db, leadId, journeyId, start)
    expect(await turn(world.db, leadId)).toMatchObject({ wakeAt: null, done: true })
    expect(await enrollmentsOf(world.db, leadId)).toEqual([])
    await moveClock(world.db, leadId, '2026-03-09T09:00:00Z')
    await setPaused(journeyId, false)
    expect(poked).toEqual([leadId])
    await turn(world.db, leadId)
    const outcomes = await outcomesOf(world.db, leadId)
    expect(outcomes.map((text) => text?.split(':')[0])).toEqual(['entered', 'refused', undefined].map((text) => text))
    expect((await enrollmentOf(world.db, leadId)).enteredAt.toISOString()).toBe('2026-03-09T09:00:00.000Z')
  })

  test('a control is applied, and what it sets going goes on resume', async () => {
    const { journeyId, leadId } = await waitingIn({
      steps: {
        wait: ['wait', { duration: 'P9D' }, {}],
        other: ['add_tag', { tag: 'a' }, { next: 'end' }],
        end: ['exit', {}, {}],
      },
    })
    await setPaused(journeyId, true)
    const { id } = await enrollmentOf(world.db, leadId)
    const move: LeadInput = {
      kind: 'control',
      action: 'move',
      enrollmentId: id,
      stepId: 'other',
      reason: 'because',
      actor: 'ann',
    }
    await input(world.db, leadId, start, move)
    await turnAt(world.db, leadId, '2026-03-03T09:00:00Z')
    expect((await enrollmentOf(world.db, leadId)).stepId).toBe('other')
    await setPaused(journeyId, false)
    await turn(world.db, leadId)
    expect((await enrollmentOf(world.db, leadId)).status).toBe('completed')
  })
})

test('a resume waits for the turn that leaves an entry at the door, and then finds it', async () => {
  const journeyId = await publishDefinition(world.db, { steps: { wait: ['wait', { duration: 'P1D' }, {}] } })
  await setPaused(journeyId, true)
  const leadId = await leadAt(world.db, start)
  await enrolAt(world.db, leadId, journeyId, start)
  const order: string[] = []
  let resumed: Promise<void> = Promise.resolve()
  await turn(world.db, leadId, {
    beforeCommit: async () => {
      resumed = setPaused(journeyId, false).then(() => {
        order.push('resumed')
      })
      await world.db.execute('select 1')
      order.push('turn')
    },
  })
  await resumed
  expect(order).toEqual(['turn', 'resumed'])
  expect(await hasPoke(world.db, leadId)).toBe(true)
  await turn(world.db, leadId)
  expect(await enrollmentsOf(world.db, leadId)).toHaveLength(1)
})
