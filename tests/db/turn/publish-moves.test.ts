/** What a publish decides for leads in flight, carried out by their own turns: exits, moves onto messages, a second publish. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  countReceived,
  countResults,
  countStillMoving,
  createMove,
  settleAnswers,
  tellMovePage,
} from '#db/repositories/journey-moves.ts'
import { leadTags } from '#db/schema/leads.ts'
import type { LeadPolicy } from '#engine/publishing/policies.ts'
import { publishDefinition, type TestSteps } from '../../support/engine.ts'
import { enrolAt, enrollmentOf, input, leadAt, messagesOf, openTurnWorld, turn, type TurnWorld } from './turn-world.ts'

let world: TurnWorld
beforeAll(async () => {
  world = await openTurnWorld()
})
afterAll(() => world?.close())

const start = '2026-03-02T09:00:00Z'
const isReady = { kind: 'has_tag', tag: 'ready' }
const mail = { subject: 'Hello', body: 'Hello', purpose: 'transactional' }
const steps: TestSteps = {
  first: ['send_email', mail, { next: 'wait' }],
  wait: ['wait_for_rule', { rule: isReady, timeout: 'P30D' }, { true: 'rest', timeout: 'end' }],
  rest: ['wait', { duration: 'P30D' }, { next: 'end' }],
  end: ['exit', { reason: 'End' }, {}],
}

/** A lead that has a queued mail and waits; its journey has a second version. */
async function waiting(): Promise<{ leadId: string; journeyId: string }> {
  const { db } = world
  const journeyId = await publishDefinition(db, { steps })
  const other = await publishDefinition(db, { steps: { ...steps, more: ['send_email', mail, { next: 'rest' }] } })
  for (const version of [2, 3])
    await db.execute(sql`
      insert into journey_versions (journey_id, version, hash, graph, layout, definition, published_by)
      select ${journeyId}, ${version}, hash, graph, layout, definition, published_by from journey_versions where journey_id = ${other}`)
  const leadId = await leadAt(db, start)
  await enrolAt(db, leadId, journeyId, start)
  await turn(db, leadId)
  return { leadId, journeyId }
}

async function decide(journeyId: string, version: number, policy: LeadPolicy): Promise<string> {
  const reason = `version ${String(version)} was published`
  const wish = { journeyId, version, policies: [policy], reason, actor: 'ann' }
  const { id } = await world.db.transaction((tx) => createMove(tx, wish))
  return id ?? ''
}

/** Tells the lead, lets it turn, and says what became of it. */
async function carryOut(moveId: string, leadId: string): Promise<string | null> {
  await tellMovePage(world.db, moveId, 10)
  await turn(world.db, leadId)
  await settleAnswers(world.db, moveId)
  return (await countResults(world.db, [moveId]))[0]?.result ?? null
}

describe('an exit', () => {
  test('holds the messages up, and takes them back once the lead leaves', async () => {
    const { leadId, journeyId } = await waiting()
    const move = await decide(journeyId, 2, { stepId: 'wait', action: 'exit' })
    expect(await tellMovePage(world.db, move, 10)).toEqual([leadId])
    const [queued] = await world.db.execute(
      sql`select status, claimable_at > now() as held from deliveries where lead_id = ${leadId}`,
    )
    expect(queued).toEqual({ status: 'queued', held: true })
    expect(await carryOut(move, leadId)).toBe('exited')
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 cancelled'])
  })

  test('of a lead that has moved on by the time it hears of it takes nothing away', async () => {
    const { leadId, journeyId } = await waiting()
    // What it waits for has happened, and its turn is still to come.
    await world.db.insert(leadTags).values({ leadId, tag: 'ready' })
    await input(world.db, leadId, start, { kind: 'fact', keys: ['tag:ready'] })
    const move = await decide(journeyId, 2, { stepId: 'wait', action: 'exit' })
    expect(await carryOut(move, leadId)).toBe('left')
    expect(await enrollmentOf(world.db, leadId)).toMatchObject({ status: 'active', stepId: 'rest', version: 1 })
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 queued'])
  })
})

describe('a move onto a message that the lead has got', () => {
  const toFirst = { stepId: 'wait', action: 'move' as const, to: 'first' }

  test('is told beforehand', async () => {
    const { journeyId } = await waiting()
    expect(await countReceived(world.db, journeyId, ['first', 'more', 'wait'])).toEqual([
      { version: 1, stepId: 'wait', message: 'first', count: 1 },
    ])
  })

  test('sends it again', async () => {
    const { leadId, journeyId } = await waiting()
    expect(await carryOut(await decide(journeyId, 2, toFirst), leadId)).toBe('moved')
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 queued', 'first:2 queued'])
  })

  test('goes on after it when that is wished, and sends it to who has not got it', async () => {
    const { leadId, journeyId } = await waiting()
    expect(await carryOut(await decide(journeyId, 2, { ...toFirst, skipReceived: true }), leadId)).toBe('moved')
    expect(await messagesOf(world.db, leadId)).toEqual(['first:1 queued'])
    expect(await enrollmentOf(world.db, leadId)).toMatchObject({ version: 2, stepId: 'wait', status: 'active' })

    const other = await waiting()
    const toMore = { ...toFirst, to: 'more', skipReceived: true }
    expect(await carryOut(await decide(other.journeyId, 2, toMore), other.leadId)).toBe('moved')
    expect(await messagesOf(world.db, other.leadId)).toEqual(['first:1 queued', 'more:1 queued'])
  })
})

test('a second publish decides anew about those whom the first has not told, also that they stay', async () => {
  const { leadId, journeyId } = await waiting()
  const bystander = await leadAt(world.db, start)
  await enrolAt(world.db, bystander, journeyId, start)
  await turn(world.db, bystander)
  const first = await decide(journeyId, 2, { stepId: 'wait', action: 'exit' })
  expect(await countStillMoving(world.db, journeyId)).toBe(2)
  // One has been told when somebody publishes again.
  expect(await tellMovePage(world.db, first, 1)).toEqual([leadId])
  await decide(journeyId, 3, { stepId: 'wait', action: 'finish' })
  expect(await countStillMoving(world.db, journeyId)).toBe(1)
  expect(await tellMovePage(world.db, first, 10)).toBeNull()
  await turn(world.db, leadId)
  await turn(world.db, bystander)
  await settleAnswers(world.db, first)
  const results = (await countResults(world.db, [first])).map(
    ({ result, count }) => `${String(result)} ${String(count)}`,
  )
  expect(results.toSorted()).toEqual(['cancelled 1', 'exited 1'])
  expect(await enrollmentOf(world.db, bystander)).toMatchObject({ version: 1, stepId: 'wait', status: 'active' })
})
