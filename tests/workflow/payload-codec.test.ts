import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailbox } from '#db/schema/deliveries.ts'
import { createDataConverter } from '#server/payload-codec.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  fastClock,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '#tests/support/engine.ts'
import { payloadsIn } from '#tests/support/histories.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine(createDataConverter(randomBytes(32)))
})
afterAll(() => engine?.stop())

test('with a key Temporal stores only sealed payloads, and leads finish all the same', async () => {
  const journey = await publishDefinition(engine.db, {
    steps: {
      wait: ['wait', { duration: 'P1D' }, { next: 'mail' }],
      mail: ['send_email', { subject: 'Hello', body: 'Hello', purpose: 'nurture', overCap: 'defer' }],
    },
  })
  const lead = await addLead(engine.db, { clock: fastClock('2026-03-02T09:00:00Z', 86_400) })
  await enrol(engine, lead, journey, Date.parse('2026-03-02T09:00:00Z'))
  await untilFinished(engine, [lead])
  await until(
    'the message is in the mailbox',
    async () => (await engine.db.select().from(mailbox).where(eq(mailbox.leadId, lead))).length === 1,
  )
  const handle = engine.client.workflow.getHandle(`lead:${lead}`)
  await until('the execution is complete', async () => (await handle.describe()).status.name === 'COMPLETED')
  // As the server keeps it: a fetched history is not decoded.
  const stored = payloadsIn((await handle.fetchHistory()).events)
  expect(stored.filter(({ path }) => path.includes('input')).length).toBeGreaterThan(0)
  expect(stored.filter(({ path }) => path.includes('result')).length).toBeGreaterThan(0)
  // The SDK's own note on a local activity (its number, name and times) is not passed to codecs.
  const open = stored.filter(({ encoding }) => encoding !== 'binary/aes-256-gcm')
  expect(open.filter(({ path }) => !path.includes('markerRecordedEventAttributes.details.data'))).toEqual([])
  expect(stored.filter(({ text }) => text.includes(lead))).toEqual([])
})
