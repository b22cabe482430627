/**
 * The durable records of the journey in journey.ts, written by hand: what an engineer who needs no journey
 * engine would write. postgres.js prepares every statement once per connection and sends those of a transaction without
 * waiting for each answer. Only what the product keeps as well: enrollment, step log, messages, tag, task.
 */
import postgres from 'postgres'
import { newId } from '#db/ids.ts'

/** Whose records, and where the lead is. The instants are UTC milliseconds. */
export interface Visit {
  enrollmentId: string
  leadId: string
  journeyId: string
}

/** The pool of one baseline worker. */
export function openRecords(url: string): postgres.Sql {
  return postgres(url, { max: 20, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
}

type Sql = postgres.TransactionSql

export interface LockedLead {
  email: string | null
  stage: string
  do_not_email: boolean
  suppressed: boolean
  consent: string | null
  recent: number
}

/** Locks the lead and reads what decides on a message: address, objections, consent, how many it has had this week. */
export async function lockLead(sql: Sql, leadId: string): Promise<LockedLead> {
  const [lead] = await sql<LockedLead[]>`
    select l.email, l.stage, l.do_not_email,
           exists (select from suppressions s where s.lead_id = l.id and s.channel = 'email') as suppressed,
           (select state from consents c where c.lead_id = l.id and c.purpose = 'nurture' and c.channel = 'email'
             order by id desc limit 1) as consent,
           (select count(*)::int from deliveries d where d.lead_id = l.id and d.channel = 'email'
               and d.counted_at > now() - interval '7 days'
               and d.status in ('queued', 'sending', 'accepted', 'unknown')) as recent
      from leads l where l.id = ${leadId} for no key update of l`
  if (lead === undefined) throw new Error(`There is no lead "${leadId}".`)
  return lead
}

/** May a mail go to this lead now? */
export function mayMail(lead: LockedLead): boolean {
  return (
    lead.email !== null && !lead.do_not_email && !lead.suppressed && lead.consent !== 'denied' && lead.recent < 1000
  )
}

export function insertEnrollment(sql: Sql, visit: Visit, stepId: string, wakeAt: number | null, now: number) {
  const at = new Date(now)
  const due = wakeAt === null ? null : new Date(wakeAt)
  return sql`
    insert into enrollments (id, lead_id, journey_id, version, status, step_id, since, wake_at, due_at, state, trigger_id,
                             entry_key, entered_at)
    values (${visit.enrollmentId}, ${visit.leadId}, ${visit.journeyId}, 1, 'active', ${stepId}, ${at}, ${due}, ${due},
            '{}', 'manual', ${visit.enrollmentId}, ${at})
    on conflict do nothing`
}

export function moveEnrollment(sql: Sql, visit: Visit, stepId: string, wakeAt: number | null, now: number) {
  const due = wakeAt === null ? null : new Date(wakeAt)
  return sql`
    update enrollments set step_id = ${stepId}, since = ${new Date(now)}, wake_at = ${due}, due_at = ${due},
           updated_at = now()
     where id = ${visit.enrollmentId}`
}

export function finishEnrollment(sql: Sql, visit: Visit, stepId: string, now: number) {
  return sql`
    update enrollments set status = 'completed', step_id = ${stepId}, since = ${new Date(now)}, wake_at = null,
           due_at = null, finished_at = ${new Date(now)}, exit_reason = 'Done', updated_at = now()
     where id = ${visit.enrollmentId}`
}

/** One row of the log: a visit that has ended. */
export interface Left {
  stepId: string
  stepType: string
  enteredAt: number
  port: string | null
  reason: string
  detail?: postgres.JSONValue
}

export function insertLog(sql: Sql, visit: Visit, now: number, rows: readonly Left[]) {
  return sql`insert into step_log ${sql(
    rows.map((row) => ({
      enrollment_id: visit.enrollmentId,
      lead_id: visit.leadId,
      journey_id: visit.journeyId,
      version: 1,
      step_id: row.stepId,
      step_type: row.stepType,
      visit: 1,
      entered_at: new Date(row.enteredAt),
      left_at: new Date(now),
      port: row.port,
      reason: row.reason,
      detail: row.detail === undefined ? null : sql.json(row.detail),
    })),
  )}`
}

export function insertDelivery(sql: Sql, visit: Visit, stepId: string, content: postgres.JSONValue, now: number) {
  const at = new Date(now)
  return sql`
    insert into deliveries (id, lead_id, enrollment_id, journey_id, step_id, visit, channel, purpose, status, content,
                            priority, queued_at, counted_at, claimable_at)
    values (${newId()}, ${visit.leadId}, ${visit.enrollmentId}, ${visit.journeyId}, ${stepId}, 1, 'email', 'nurture',
            'queued', ${sql.json(content)}, 3, ${at}, ${at}, ${at})
    on conflict do nothing`
}

export function insertTag(sql: Sql, visit: Visit, tag: string, now: number) {
  return sql`
    insert into lead_tags (lead_id, tag, added_at, added_by) values (${visit.leadId}, ${tag}, ${new Date(now)}, 'journey')
    on conflict do nothing`
}

export function insertTask(sql: Sql, visit: Visit, stepId: string, title: string, now: number) {
  return sql`
    with written as (
      insert into tasks (id, lead_id, enrollment_id, journey_id, step_id, visit, kind, title, reason, queue, outcomes,
                         created_for, due_at)
      values (${newId()}, ${visit.leadId}, ${visit.enrollmentId}, ${visit.journeyId}, ${stepId}, 1, 'task', ${title}, '',
              'sales', ${sql.json([{ id: 'done', label: 'Done' }])}, ${new Date(now)}, ${new Date(now + 28_800_000)})
      on conflict do nothing returning id)
    insert into task_log (task_id, action, actor) select id, 'created', 'journey' from written`
}
