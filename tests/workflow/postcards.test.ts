import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { approvePrintBatch, createPrintBatchProvider } from '#activities/postcards/print-batch.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { listBatches } from '#db/repositories/print-batches.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { turnLive, withPostcards } from '../db/postcards/given.ts'
import type { World } from '../db/deliveries/given.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '../support/engine.ts'

const waitMs = 1000

let engine: TestEngine
let world: World
let journeyId: string
beforeAll(async () => {
  engine = await createTestEngine({ withoutMailroom: true })
  journeyId = await publishDefinition(engine.db, {
    steps: {
      card: ['send_postcard', { headline: 'Hello', body: 'We miss you.' }, { next: 'answer', skipped: 'none' }],
      answer: ['wait_for_event', { event: 'survey_answered', timeout: 'PT1S' }, { timeout: 'end' }],
      end: ['exit', { reason: 'No answer' }],
      none: ['exit', { reason: 'No card' }],
    },
    needs: { events: ['survey_answered'] },
  })
  world = { db: engine.db, journeyId, handle: engine.handle, url: engine.databaseUrl, close: () => Promise.resolve() }
  await turnLive(world)
})
afterAll(() => engine.stop())

const address = { addressLine1: '1 Road', city: 'Berlin', postalCode: '10115', country: 'DE' }
const rowOf = async (leadId: string) =>
  (await engine.db.select().from(deliveries).where(eq(deliveries.leadId, leadId)))[0]
const exitOf = async (leadId: string) =>
  (await engine.db.select().from(enrollments).where(eq(enrollments.leadId, leadId)))[0]?.exitReason

test('the wait after a postcard counts from the approval of its batch, however long the card lay there', async () => {
  const leadId = await addLead(engine.db, address)
  await enrol(engine, leadId, journeyId, Date.now())
  const providers = { postcard: createPrintBatchProvider(engine.db) }
  await withPostcards(world, { providers }, () =>
    until('the card is in the batch', async () => (await rowOf(leadId))?.claimedBy === 'print'),
  )
  // Longer than the wait: without acceptance nothing has begun.
  await new Promise((resolve) => setTimeout(resolve, waitMs * 2))
  expect(await exitOf(leadId)).toBeNull()
  const [batch] = await listBatches(engine.db, { limit: 1, cursor: null })
  const dependencies = { db: engine.db, poker: engine.poker, library: () => readLibrary(engine.db) }
  expect(await approvePrintBatch(dependencies, { batchId: batch?.id ?? '', actor: 'user:ada' })).toMatchObject({
    printed: 1,
  })
  await untilFinished(engine, [leadId])
  expect(await exitOf(leadId)).toBe('No answer')
  const acceptedAt = (await rowOf(leadId))?.acceptedAt?.getTime() ?? Infinity
  const log = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId))
  const left = log.find((entry) => entry.stepId === 'answer')?.leftAt?.getTime() ?? 0
  expect(left - acceptedAt).toBe(waitMs)
})

test.each([
  ['no address', {}, 'no_address'],
  ['a postal code of nowhere', { ...address, postalCode: '1' }, 'address_incomplete'],
  ['a name we cannot print', { ...address, firstName: '山田' }, 'address_unprintable'],
])('a lead with %s leaves by its port', async (_what, fields, reason) => {
  const leadId = await addLead(engine.db, fields)
  await enrol(engine, leadId, journeyId, Date.now())
  await untilFinished(engine, [leadId])
  expect(await exitOf(leadId)).toBe('No card')
  expect(await rowOf(leadId)).toMatchObject({ status: 'skipped', reason })
})
