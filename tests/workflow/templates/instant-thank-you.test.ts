/** T5: every sign of interest is answered at once and personally, with what was asked for. PLAYBOOK B1. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordEvents } from '#activities/events/record-events.ts'
import { newId } from '#db/ids.ts'
import { readLibrary } from '#db/repositories/library.ts'
import type { Json } from '#engine/facts.ts'
import { addLead, until, untilFinished, type TestEngine } from '../../support/engine.ts'
import { createTemplateEngine } from '../../support/templates.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await createTemplateEngine('instant-thank-you')
})
afterAll(() => engine.stop())

interface Mail {
  subject: string
  plain: string
  to: string
}

/** Reports an event as a tracker does, waits until the lead has been through, and reads its mail. */
async function did(leadId: string, type: string, properties: Record<string, Json> = {}): Promise<Mail[]> {
  const deps = { ...engine, library: () => readLibrary(engine.db) }
  const [event] = await recordEvents(deps, {
    events: [{ lead: { id: leadId }, type, properties, dedupeKey: newId() }],
    actor: 'test',
    batchId: newId(),
  })
  expect(event).toMatchObject({ status: 'recorded' })
  await untilFinished(engine, [leadId])
  await until('its messages are settled', async () => {
    const [row] = await engine.db.execute<{ open: number }>(sql`
      select count(*)::int as open from deliveries where lead_id = ${leadId} and status in ('queued', 'sending')`)
    return row?.open === 0
  })
  const rows = await engine.db.execute<{ subject: string; plain: string; to: string }>(
    sql`select subject, plain, to_address as to from mailbox where lead_id = ${leadId} order by id`,
  )
  return [...rows]
}

test('who asks for a white paper gets it within seconds, again when asked again', async () => {
  const leadId = await addLead(engine.db)
  const started = Date.now()
  const [mail] = await did(leadId, 'form_submitted', { form: 'white_paper', asset: 'benchmark-report' })
  expect(Date.now() - started).toBeLessThan(20_000)
  expect(mail).toMatchObject({
    subject: 'Here it is: The benchmark report',
    to: expect.stringContaining('@example.test') as string,
    plain: expect.stringMatching(/^Hello Ada,/) as string,
  })
  const again = await did(leadId, 'form_submitted', { form: 'white_paper', asset: 'benchmark-report' })
  expect(again.map(({ subject }) => subject)).toEqual([
    'Here it is: The benchmark report',
    'Here it is: The benchmark report',
  ])
})

test('a request for a visit, a comment and a share are each thanked for in their own words', async () => {
  const [visitor, writer, sharer] = [await addLead(engine.db), await addLead(engine.db), await addLead(engine.db)]
  const [visit] = await did(visitor, 'form_submitted', { form: 'site_visit', date: '3 March' })
  expect(visit).toMatchObject({
    subject: 'Thank you: we will arrange your visit',
    plain: expect.stringContaining('your request for 3 March') as string,
  })
  const tasks = await engine.db.execute(sql`select title, kind from tasks where lead_id = ${visitor}`)
  expect(tasks).toMatchObject([{ title: 'Arrange the visit', kind: 'task' }])
  const [comment] = await did(writer, 'comment_posted', { title: 'Five mistakes' })
  expect(comment?.plain).toContain('about "Five mistakes"')
  const [share] = await did(sharer, 'content_shared')
  expect(share?.subject).toBe('Thank you for passing it on')
})

test('somebody who names an asset that does not exist is still thanked', async () => {
  const [mail] = await did(await addLead(engine.db), 'form_submitted', { form: 'white_paper', asset: 'no-such-thing' })
  expect(mail?.subject).toBe('Thank you for getting in touch')
})

test('a do-not-email flag holds even here, with the reason on record', async () => {
  const leadId = await addLead(engine.db, { doNotEmail: true })
  expect(await did(leadId, 'form_submitted', { form: 'white_paper', asset: 'buyers-guide' })).toEqual([])
  const refused = await engine.db.execute(sql`select distinct status, reason from deliveries where lead_id = ${leadId}`)
  expect(refused).toEqual([{ status: 'skipped', reason: 'do_not_email' }])
})

test('other events and other forms start nothing', async () => {
  const leadId = await addLead(engine.db)
  await did(leadId, 'form_submitted', { form: 'newsletter' })
  expect(await did(leadId, 'page_visited')).toEqual([])
  expect(await engine.db.execute(sql`select 1 from enrollments where lead_id = ${leadId}`)).toEqual([])
})
