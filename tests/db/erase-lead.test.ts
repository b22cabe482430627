import { and, eq, inArray, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { requestEnrollment } from '#activities/enrollments/request-enrollment.ts'
import { erasePerson } from '#activities/leads/erase-lead.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { newId } from '#db/ids.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { effects } from '#db/schema/inputs.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog, tasks } from '#db/schema/tasks.ts'
import { ourWords } from '../support/plant-lead.ts'
import { aLibrary, aLiveJourney, someLeads, useDatabase } from './entry/entry-database.ts'

const db = useDatabase()
const library = aLibrary()
const request = { actor: 'dpo', reason: 'Asked for by letter.' }

/** What must not be found anywhere afterwards, in any case. */
const traces = ['zebulonia', 'quagmire', '+41 79 555 01 23', 'purple hippo']
const email = 'Zebulonia.Quagmire@distinct.example.test'
const words = `Zebulonia Quagmire of Purple Hippo, ${email}, +41 79 555 01 23`

/** Columns without a person's words; every other text and JSON column is filled with them. */
const codes = new Set([
  ...ourWords,
  'audit_log.actor',
  'audit_log.action',
  'audit_log.subject_kind',
  'audit_log.subject_id',
  'lead_inputs.kind',
  'consents.state',
  'consents.basis',
  'stage_changes.kind',
  'trigger_members.trigger_key',
  // The address itself stays what the lead is found by; rows are deleted whole.
  'lead_identities.kind',
  'lead_identities.value',
])

interface Column extends Record<string, unknown> {
  table_name: string
  column_name: string
  data_type: string
}

/** Every text, JSON and array column of every table that has to do with one lead. */
async function personalColumns(): Promise<Column[]> {
  const rows = await db().execute<Column>(sql`
    select c.table_name, c.column_name, c.data_type from information_schema.columns c
     where c.table_schema = 'public' and c.data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY')
       and (c.table_name in ('leads', 'task_log', 'audit_log') or exists (
         select 1 from information_schema.columns l
          where l.table_schema = 'public' and l.table_name = c.table_name and l.column_name = 'lead_id'))
     order by 1, 2`)
  return rows.filter((row) => !codes.has(`${row.table_name}.${row.column_name}`))
}

function belongsTo(table: string, leadId: string) {
  if (table === 'leads') return sql`id = ${leadId}`
  if (table === 'task_log') return sql`task_id in (select id from tasks where lead_id = ${leadId})`
  if (table === 'audit_log') {
    return sql`subject_id = ${leadId} or subject_id in (select id::text from tasks where lead_id = ${leadId})
      or subject_id in (select id::text from enrollments where lead_id = ${leadId})`
  }
  return sql`lead_id = ${leadId}`
}

/** Rows, anywhere in the database, that show any of these texts: `table: row`. */
async function findTraces(): Promise<string[]> {
  const tables = await db().execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  expect(tables.length).toBeGreaterThan(25)
  const found: string[] = []
  for (const { name } of tables) {
    for (const trace of traces) {
      const rows = await db().execute<{ row: string }>(
        sql`select to_jsonb(t)::text as row from ${sql.identifier(name)} t where position(${trace} in lower(to_jsonb(t)::text)) > 0`,
      )
      found.push(...rows.map(({ row }) => `${name}: ${row}`))
    }
  }
  return found
}

/** A row in every table that knows leads. Returns the enrollment. */
async function aFullLife(leadId: string, journeyId: string): Promise<string> {
  const [enrollmentId, taskId] = [newId(), newId()]
  const now = new Date()
  await db()
    .insert(enrollments)
    .values({
      id: enrollmentId,
      leadId,
      journeyId,
      version: 1,
      status: 'active',
      stepId: 'wait',
      since: now,
      state: {
        status: 'active',
        stepId: 'wait',
        visit: 1,
        since: 1,
        visits: { wait: 1 },
        anchorAt: 1,
        lastMessage: null,
        reason: null,
        error: null,
        rest: { wakeAt: 5, on: ['event:replied'], memory: {}, reason: 'Waits.' },
      },
      triggerId: 't1',
      entryKey: `api:${email}`,
      enteredAt: now,
      wakeAt: now,
      dueAt: now,
    })
  await db()
    .insert(deliveries)
    .values({
      id: newId(),
      leadId,
      enrollmentId,
      journeyId,
      stepId: 'mail',
      visit: 1,
      channel: 'email',
      purpose: 'nurture',
      status: 'queued',
      content: { subject: 'Hello', body: 'Hello' },
      priority: 3,
      queuedAt: now,
      countedAt: now,
      claimableAt: now,
    })
  await db().insert(effects).values({
    id: newId(),
    leadId,
    enrollmentId,
    stepId: 'hook',
    visit: 1,
    type: 'webhook',
    queue: 'custom',
    input: {},
    timeoutMs: 1,
    maxAttempts: 1,
  })
  await db().insert(tasks).values({
    id: taskId,
    leadId,
    enrollmentId,
    journeyId,
    stepId: 'call',
    visit: 1,
    kind: 'call',
    title: 'Call',
    reason: 'It asked',
    queue: 'sales',
    outcomes: [],
    createdFor: now,
    dueAt: now,
  })
  await db().execute(sql`
    with done as (insert into task_log (task_id, action, actor) values (${taskId}, 'created', 'journey')),
    logged as (insert into step_log (enrollment_id, lead_id, journey_id, version, step_id, step_type, visit, entered_at, left_at, reason)
      values (${enrollmentId}, ${leadId}, ${journeyId}, 1, 'mail', 'send_email', 1, now(), now(), 'Sent.')),
    happened as (insert into events (lead_id, type, occurred_at, dedupe_key) values (${leadId}, 'downloaded', now(), ${newId()})),
    counted as (insert into event_totals (lead_id, type, count, first_at, last_at) values (${leadId}, 'downloaded', 3, now(), now())),
    responded as (insert into survey_responses (id, link, survey, lead_id, status, answers, draft)
      values (${newId()}, ${newId()}, 's', ${leadId}, 'partial', '{}', '{}')),
    submitted as (insert into form_submissions (id, form, status, lead_id, email, input)
      values (${newId()}, 'f', 'confirmed', ${leadId}, 'a@b', '{}')),
    answered as (insert into survey_answers (lead_id, survey, question, value, answered_at) values (${leadId}, 's', 'q', '"x"', now())),
    came as (insert into lead_inputs (lead_id, kind, at) values (${leadId}, 'fact', now())),
    poked as (insert into lead_pokes (lead_id) values (${leadId})),
    member as (insert into trigger_members (trigger_key, lead_id, since) values (${journeyId}, ${leadId}, now())),
    agreed as (insert into consents (lead_id, purpose, channel, state, wording, source, at, actor)
      values (${leadId}, 'nurture', 'email', 'granted', 'I agree', 'form', now(), 'form')),
    quiet as (insert into suppressions (lead_id, channel, reason, source, at) values (${leadId}, 'phone', 'asked', 'person', now())),
    noted as (insert into lead_notes (lead_id, body, actor) values (${leadId}, 'Note', 'ann')),
    tagged as (insert into lead_tags (lead_id, tag) values (${leadId}, 'vip')),
    named as (insert into lead_identities (kind, value, lead_id) values ('external_id', ${newId()}, ${leadId})),
    got as (insert into lead_assets (lead_id, lineage, received_at) values (${leadId}, 'guide', now())),
    moved as (insert into stage_changes (lead_id, kind, from_value, to_value, reason, actor, at)
      values (${leadId}, 'stage', 'new', 'engaged', 'Asked', 'ann', now())),
    mailed as (insert into mailbox (delivery_id, lead_id, channel, to_address, subject, html, plain)
      values (${newId()}, ${leadId}, 'email', 'a@b', 'x', 'x', 'x'))
    insert into audit_log (actor, action, subject_kind, subject_id) values
      ('ann', 'lead.upsert', 'lead', ${leadId}), ('ann', 'enrollment.exit', 'enrollment', ${enrollmentId}), ('ann', 'task.complete', 'task', ${taskId})`)
  return enrollmentId
}

/** Puts the person's words into every column of the lead's rows that could hold them. Returns the columns filled. */
async function fillWithWords(leadId: string): Promise<string[]> {
  const filled: string[] = []
  for (const { table_name: table, column_name: column, data_type: type } of await personalColumns()) {
    const name = sql.identifier(column)
    const value =
      type === 'ARRAY'
        ? sql`array[${words}::text]`
        : type === 'text'
          ? sql`coalesce(${name}, '') || ${` ${words} ${leadId}`}::text`
          : sql`case when jsonb_typeof(${name}) = 'object' then ${name} else '{}' end || jsonb_build_object('words', ${words}::text)`
    const rows = await db().transaction(async (tx) => {
      // The ledger of consents lets nobody else change it.
      await tx.execute(sql`select set_config('trellis.erasure', 'on', true)`)
      return tx.execute(
        sql`update ${sql.identifier(table)} set ${name} = ${value} where ${belongsTo(table, leadId)} returning 1`,
      )
    })
    if (rows.length > 0) filled.push(`${table}.${column}`)
  }
  return filled
}

let journeyId: string
beforeAll(async () => {
  journeyId = await aLiveJourney(db(), [{ kind: 'manual' }])
})

describe('erasing a lead', () => {
  test('leaves nothing personal in any column of any table, of merged leads and test copies neither', async () => {
    const [leadId = '', absorbed = '', other = ''] = await someLeads(db(), [
      { email },
      { externalId: 'crm-7' },
      { email: 'other@example.test' },
    ])
    const runId = newId()
    const [copy = ''] = await someLeads(db(), [
      {
        email,
        fields: { first_name: 'Zebulonia' },
        test: { runId, clock: { realStart: 0, virtualStart: 0, speed: 1 } },
      },
    ])
    await db().update(leads).set({ mergedInto: leadId }).where(eq(leads.id, absorbed))
    const enrollmentId = await aFullLife(leadId, journeyId)
    await aFullLife(absorbed, journeyId)
    const filled = await fillWithWords(leadId)
    await fillWithWords(absorbed)
    // Every column is meant: none was passed over for want of a row.
    // That no table or column is forgotten is held by lead-data.test.ts; here are merged leads and test copies.
    expect(filled.length).toBeGreaterThan(40)
    expect((await findTraces()).length).toBeGreaterThan(60)

    expect(await erasePerson(db(), { leadId, ...request })).toMatchObject({
      leadId,
      all: [leadId, absorbed, copy].sort(),
    })
    expect(await findTraces()).toEqual([])

    const [lead] = await db().select().from(leads).where(eq(leads.id, leadId))
    expect(lead).toMatchObject({
      email: null,
      fields: {},
      folded: {},
      doNotEmail: true,
      doNotCall: true,
      doNotMail: true,
    })
    expect(lead?.erasedAt).not.toBeNull()
    const [enrollment] = await db().select().from(enrollments).where(eq(enrollments.id, enrollmentId))
    expect(enrollment).toMatchObject({
      status: 'exited',
      wakeAt: null,
      dueAt: null,
      dependsOn: [],
      state: { status: 'exited', rest: null, visits: { wait: 1 } },
    })
    // What only counts stays; what was under way is over.
    expect(await db().execute(sql`select count from event_totals where lead_id = ${leadId}`)).toMatchObject([
      { count: 3 },
    ])
    expect(
      await db()
        .select({ status: deliveries.status, reason: deliveries.reason })
        .from(deliveries)
        .where(eq(deliveries.leadId, leadId)),
    ).toEqual([{ status: 'cancelled', reason: 'lead_erased' }])
    expect(await db().select({ status: effects.status }).from(effects).where(eq(effects.leadId, leadId))).toEqual([
      { status: 'cancelled' },
    ])
    expect(await db().select({ status: tasks.status }).from(tasks).where(eq(tasks.leadId, leadId))).toEqual([
      { status: 'cancelled' },
    ])
    // Nobody else is touched.
    const [untouched] = await db().select().from(leads).where(eq(leads.id, other))
    expect(untouched).toMatchObject({ email: 'other@example.test', erasedAt: null })
  })

  test('can be repeated, and is written down once', async () => {
    const [leadId = ''] = await someLeads(db(), [{ email: 'again@example.test' }])
    for (let time = 0; time < 2; time += 1) await erasePerson(db(), { leadId, ...request })
    const lines = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.action, 'lead.erase'), eq(auditLog.subjectId, leadId)))
    expect(lines).toMatchObject([{ actor: 'dpo', after: { reason: request.reason } }])
    expect(await erasePerson(db(), { leadId: newId(), ...request })).toBeNull()
  })

  test('of a lead that was merged erases the one it became', async () => {
    const [leadId = '', absorbed = ''] = await someLeads(db(), [
      { email: 'one@example.test' },
      { email: 'two@example.test' },
    ])
    await db().update(leads).set({ mergedInto: leadId }).where(eq(leads.id, absorbed))
    expect(await erasePerson(db(), { leadId: absorbed, ...request })).toMatchObject({ leadId })
    const rows = await db()
      .select({ erasedAt: leads.erasedAt })
      .from(leads)
      .where(inArray(leads.id, [leadId, absorbed]))
    expect(rows.every((row) => row.erasedAt !== null)).toBe(true)
  })
})

describe('the tombstone', () => {
  test('takes no event, no change, no entry; the same address later is somebody new', async () => {
    const [leadId = ''] = await someLeads(db(), [{ email: 'gone@example.test' }])
    await erasePerson(db(), { leadId, ...request })
    const events = await db().transaction((tx) =>
      ingestEvents(
        tx,
        [
          { lead: { id: leadId }, type: 'replied' },
          { lead: { email: 'gone@example.test' }, type: 'replied' },
        ],
        { library },
      ),
    )
    expect(events.events.map((event) => event.status)).toEqual(['unknown_lead', 'unknown_lead'])
    const changed = await db().transaction((tx) =>
      applyLeadChanges(tx, [{ leadId, kind: 'add_tag', tag: 'x' }], { library, actor: 'test' }),
    )
    expect(changed.refused).toMatchObject([{ leadId }])
    const poker = { poke: () => Promise.resolve({ failed: 0 }) }
    const entry = await requestEnrollment(
      { db: db(), poker },
      { journeyId, lead: { id: leadId }, entryKey: 'x', actor: 'test' },
    )
    expect(entry).toMatchObject({ done: false, code: 'LEAD_NOT_FOUND' })
    const [again = ''] = await someLeads(db(), [{ email: 'gone@example.test' }])
    expect(again).not.toBe(leadId)
  })
})
