/**
 * The judge: asks Postgres, in SQL of its own, whether what the step log, the ledger of messages, the mailbox (the sink's
 * log), the tasks and the driver's log of acknowledgements say fits together. Uses no counter and no code of the engine.
 */
import type postgres from 'postgres'
import type { Ack } from './driver.ts'

/** What a run left behind that must not be, by check; and the duplicates that the documented window allows. */
export interface Verdict {
  violations: { check: string; rows: unknown[] }[]
  /** Messages handed over more than once because a crash hid the first answer (docs/deliveries.md). */
  sentAgain: { delivery: string; times: number; attempts: number }[]
  /** Handed over once, the answer lost in a crash, then forbidden: the ledger says not sent. */
  sentButGivenUp: { delivery: string; status: string; reason: string | null }[]
  counts: Record<string, number>
}

/** Loads the acknowledgements beside the data and asks everything. */
export async function judge(sql: postgres.Sql, acks: readonly Ack[]): Promise<Verdict> {
  await sql`drop table if exists oracle_acks`
  await sql`
    create table oracle_acks as
    select a.* from jsonb_to_recordset(${sql.json(
      acks.map((ack) => ({
        kind: ack.kind,
        lead_id: ack.leadId,
        subject: ack.subject,
        key: ack.key,
        at: new Date(ack.at).toISOString(),
        occurred_at: ack.occurredAt === null ? null : new Date(ack.occurredAt).toISOString(),
        under_way: ack.underWay,
      })),
    )}) as a(kind text, lead_id uuid, subject text, key text, at timestamptz, occurred_at timestamptz, under_way uuid[])`
  const violations: Verdict['violations'] = []
  for (const [check, query] of Object.entries(checks)) {
    const rows = await sql.unsafe(`${shared} ${query} limit 20`)
    if (rows.length > 0) violations.push({ check, rows: [...rows] })
  }
  const sentAgain = await sql<Verdict['sentAgain']>`
    select d.id as delivery, count(*)::int as times, d.attempts from mailbox m join deliveries d on d.id = m.delivery_id
     group by d.id having count(*) > 1`
  const sentButGivenUp = await sql<Verdict['sentButGivenUp']>`
    select d.id as delivery, d.status::text, d.reason from deliveries d
     where d.status <> 'accepted' and exists (select 1 from mailbox m where m.delivery_id = d.id)`
  const [counts] = await sql<Record<string, number>[]>`
    select (select count(*) from enrollments)::int as enrollments, (select count(*) from step_log)::int as steps,
           (select count(*) from deliveries where status = 'accepted')::int as accepted,
           (select count(*) from deliveries where status in ('skipped', 'cancelled'))::int as "notSent",
           (select count(*) from mailbox)::int as mailbox, (select count(*) from tasks)::int as tasks,
           (select count(*) from enrollments where goal_met)::int as goals,
           (select count(distinct key) from oracle_acks)::int as acts,
           (select count(*) from events where dedupe_key not like 'delivery:%')::int as events,
           (select count(*) from step_log where port = 'timeout')::int as timeouts,
           (select count(*) from step_log where port in ('happened', 'true'))::int as happened`
  return { violations, sentAgain: [...sentAgain], sentButGivenUp: [...sentButGivenUp], counts: counts ?? {} }
}

/** Names used by the checks: the log in order with what came next, and the first acknowledgement of each act. */
const shared = `
with log as (
  select l.*, j.key as journey, e.status::text as enrollment_status, v.definition -> 'steps' -> l.step_id as step,
         v.definition -> 'entry' #>> '{}' as entry,
         row_number() over w as position, lag(l.id) over w as before_id,
         lead(l.step_id) over w as then_step, lead(l.visit) over w as then_visit, lead(l.entered_at) over w as then_entered
    from step_log l
    join enrollments e on e.id = l.enrollment_id
    join journeys j on j.id = l.journey_id
    join journey_versions v on v.journey_id = l.journey_id and v.version = l.version
  window w as (partition by l.enrollment_id order by l.id)
),
acks as (
  select kind, lead_id, subject, key, min(at) as at, min(occurred_at) as occurred_at from oracle_acks group by 1, 2, 3, 4
),
way_out as (
  select log.*,
         case port when 'jump' then array[step -> 'config' ->> 'target']
                   when 'skipped' then array[coalesce(step -> 'next' ->> 'skipped', step -> 'next' ->> 'next')]
                   when 'message_failed' then array[step -> 'next' ->> 'next', step -> 'next' ->> 'timeout',
                     (select d.step -> 'next' ->> 'skipped' from log d where d.enrollment_id = log.enrollment_id
                        and d.step_type = 'send_email' and d.id < log.id order by d.id desc limit 1)]
                   else array[step -> 'next' ->> port] end as targets
    from log
)`

const checks: Record<string, string> = {
  'an enrollment has not ended': `
    select id, lead_id, status, step_id, wake_at, due_at, error from enrollments where status not in ('completed', 'exited')`,

  'an acknowledged enrolment did not lead to exactly one enrollment': `
    select a.key, a.lead_id, count(e.id) from acks a
      left join journeys j on j.key = a.subject
      left join enrollments e on e.lead_id = a.lead_id and e.journey_id = j.id and e.entry_key = 'api:' || a.key
     where a.kind = 'enrol' group by a.key, a.lead_id having count(e.id) <> 1`,

  'somebody is in a journey that nobody sent it to, or twice': `
    select j.key, e.lead_id, count(*) from enrollments e join journeys j on j.id = e.journey_id
     group by j.key, e.lead_id
    having count(*) <> case
      when j.key in ('welcome', 'loop', 'quick')
        then (select count(*) from acks a where a.kind = 'enrol' and a.lead_id = e.lead_id and a.subject = j.key)
      when j.key = 'stop'
        then (select count(*) from acks a where a.kind = 'event' and a.lead_id = e.lead_id and a.subject = 'asked_to_stop')
      else (select count(*) from lead_tags t where t.lead_id = e.lead_id and t.tag = 'looped') end`,

  'an act that begins a journey did not': `
    select a.lead_id, a.subject from acks a where a.kind = 'event' and a.subject = 'asked_to_stop'
       and not exists (select 1 from enrollments e join journeys j on j.id = e.journey_id and j.key = 'stop' where e.lead_id = a.lead_id)
    union all
    select t.lead_id, t.tag from lead_tags t where t.tag = 'looped'
       and not exists (select 1 from enrollments e join journeys j on j.id = e.journey_id and j.key = 'after-loop' where e.lead_id = t.lead_id)`,

  'a visit is in the log twice, or one is missing': `
    select enrollment_id, step_id, count(*), array_agg(visit order by visit) from log group by enrollment_id, step_id
    having count(*) <> count(distinct visit) or count(*) <> max(visit) or min(visit) <> 1`,

  'a log does not begin at the entry': `
    select id, enrollment_id, step_id from log where position = 1 and (step_id <> entry or visit <> 1)`,

  'a step was followed by another than its way out leads to': `
    select id, enrollment_id, journey, step_id, port, then_step, targets from way_out
     where then_step is not null and (port is null or not then_step = any (targets))`,

  'a log ends although its way out leads on': `
    select id, enrollment_id, journey, step_id, port, targets from way_out
     where then_step is null and port is not null and array_remove(targets, null) <> '{}'`,

  'a step was entered at another instant than the one before it was left': `
    select id, enrollment_id, step_id, left_at, then_entered from log where then_entered <> left_at`,

  'an enrollment has no log, or stands elsewhere than its log ends': `
    select e.id, e.step_id from enrollments e
     where not exists (select 1 from log l where l.enrollment_id = e.id and l.then_step is null and l.step_id = e.step_id)`,

  'a day of waiting was not a day': `
    select id, enrollment_id, journey, entered_at, left_at from log
     where step_id = 'day' and port = 'next' and left_at - entered_at not between interval '1 day' and interval '1 day 5 minutes'`,

  'a message step was passed without exactly one message': `
    select l.enrollment_id, l.step_id, l.visit, count(d.id) from log l
      left join deliveries d on d.enrollment_id = l.enrollment_id and d.step_id = l.step_id and d.visit = l.visit
     where l.step_type in ('send_email', 'notify') and l.port is not null
     group by l.enrollment_id, l.step_id, l.visit having count(d.id) <> 1`,

  'a message belongs to no visit': `
    select d.id, d.enrollment_id, d.step_id, d.visit from deliveries d
     where not exists (select 1 from log l where l.enrollment_id = d.enrollment_id and l.step_id = d.step_id and l.visit = d.visit)`,

  'a message is neither sent nor given up': `
    select id, lead_id, status, reason, attempts, claimable_at from deliveries where status not in ('accepted', 'skipped', 'cancelled')`,

  'a message was not sent although nobody minded': `
    select d.id, d.lead_id, d.step_id, d.status, d.reason from deliveries d
     where d.status in ('skipped', 'cancelled')
       and not exists (select 1 from acks a where a.lead_id = d.lead_id
             and (a.kind = 'unsubscribe' or a.subject in ('asked_to_stop', 'purchased')))`,

  'a message was lost: accepted, but the sink has never seen it': `
    select d.id, d.lead_id, d.step_id from deliveries d
     where d.status = 'accepted' and not exists (select 1 from mailbox m where m.delivery_id = d.id)`,

  'a message was sent twice outside the window of unknown answers': `
    select d.id, d.attempts, count(*) from mailbox m join deliveries d on d.id = m.delivery_id
     group by d.id having count(*) > d.attempts`,

  'the sink has a message that nobody decided on': `
    select m.id, m.delivery_id from mailbox m left join deliveries d on d.id = m.delivery_id
     where d.id is null or d.lead_id <> m.lead_id or d.attempts = 0`,

  'a message left after an acknowledged unsubscribe': `
    select m.id, m.delivery_id, m.received_at, a.at from mailbox m
      join (select lead_id, min(at) as at, array_agg(under_way_id) as under_way
              from oracle_acks left join unnest(under_way) as under_way_id on true
             where kind = 'unsubscribe' group by lead_id) a on a.lead_id = m.lead_id
     where m.channel = 'email' and m.received_at > a.at
       and not (m.received_at < a.at + interval '2 seconds' and m.delivery_id = any (a.under_way))`,

  // By the wall, not by the lead's clock: an event of a test lead may arrive hours of its time late. A turn's transaction
  // is over within 10 s of its beginning, which is what these times tell.
  'a message was decided on or left after the lead was suppressed': `
    select d.id, d.status, d.created_at, m.received_at, l.recorded_at from log l
      join deliveries d on d.lead_id = l.lead_id and d.channel = 'email' and d.status = 'accepted'
      join mailbox m on m.delivery_id = d.id
     where l.step_type = 'suppress' and l.port = 'next'
       and (d.created_at > l.recorded_at + interval '10 seconds' or m.received_at > l.recorded_at + interval '10 seconds')`,

  'a task step was reached without exactly one task': `
    select l.enrollment_id, l.step_id, l.visit, count(t.id) from log l
      left join tasks t on t.enrollment_id = l.enrollment_id and t.step_id = l.step_id and t.visit = l.visit
     where l.step_type = 'create_task' and (l.port is not null or l.left_at > l.entered_at)
     group by l.enrollment_id, l.step_id, l.visit having count(t.id) <> 1`,

  'a task is open, or belongs to no visit, or is there twice': `
    select t.enrollment_id, t.step_id, t.visit, count(*), array_agg(t.status) from tasks t
      left join log l on l.enrollment_id = t.enrollment_id and l.step_id = t.step_id and l.visit = t.visit
     group by t.enrollment_id, t.step_id, t.visit
    having count(*) <> 1 or bool_or(l.id is null) or bool_or(t.status = 'open')`,

  'an acknowledged outcome of a task is not what the lead went on by': `
    select a.key, a.subject, t.status, t.outcome, l.port from acks a
      join tasks t on t.id::text = a.key
      left join log l on l.enrollment_id = t.enrollment_id and l.step_id = t.step_id and l.visit = t.visit
     where a.kind = 'task'
       and (t.status <> 'done' or t.outcome <> a.subject or (l.port is not null and l.port <> 'outcome:' || a.subject))`,

  'an acknowledged event is not there exactly once': `
    select a.key, count(e.id) from acks a left join events e on e.dedupe_key = a.key
     where a.kind = 'event' group by a.key having count(e.id) <> 1`,

  'a counter of events is wrong': `
    select coalesce(t.lead_id, e.lead_id), coalesce(t.type, e.type), t.count, e.count from event_totals t
      full join (select lead_id, type, count(*) as count from events where voided_at is null group by lead_id, type) e
        on e.lead_id = t.lead_id and e.type = t.type
     where t.count is distinct from e.count`,

  'an acknowledged change of a lead is not there': `
    select a.lead_id, a.kind, a.subject from acks a join leads l on l.id = a.lead_id
     where (a.kind = 'unsubscribe' and not l.do_not_email)
        or (a.kind = 'tag' and not exists (select 1 from lead_tags t where t.lead_id = a.lead_id and t.tag = a.subject))`,

  'a wait timed out although the event had been acknowledged': `
    select l.id, l.enrollment_id, l.left_at, l.recorded_at, a.at, a.occurred_at from log l
      join acks a on a.lead_id = l.lead_id and a.kind = 'event' and a.subject = 'answered'
     where l.step_id = 'answer' and l.port = 'timeout' and a.at < l.recorded_at and a.occurred_at < l.left_at
       and a.occurred_at > (select max(m.left_at) from log m
                             where m.enrollment_id = l.enrollment_id and m.id < l.id and m.step_type in ('entry', 'send_email'))`,

  'a wait ended by an event that is not there': `
    select l.id, l.enrollment_id, l.detail from log l
     where l.step_id = 'answer' and l.port = 'happened'
       and not exists (select 1 from events e where e.lead_id = l.lead_id and e.type = 'answered' and e.occurred_at <= l.left_at)`,

  'a wait timed out although its rule had become true': `
    select l.id, l.enrollment_id, l.left_at, l.recorded_at, a.at, a.occurred_at from log l
      join acks a on a.lead_id = l.lead_id and a.kind = 'tag'
     where l.step_id = 'ready' and l.port = 'timeout' and a.at < l.recorded_at and a.occurred_at < l.left_at`,

  'a wait ended by a rule that never was true': `
    select l.id, l.enrollment_id from log l
     where l.step_id = 'ready' and l.port = 'true'
       and not exists (select 1 from lead_tags t where t.lead_id = l.lead_id and t.tag = 'ready')`,

  'a goal or an exit rule did not end the journey at the next turn': `
    select l.enrollment_id, l.journey, a.subject, count(distinct l.recorded_at), array_agg(l.step_id order by l.id) from log l
      join acks a on a.lead_id = l.lead_id
       and ((l.journey = 'welcome' and a.subject = 'purchased') or (l.journey in ('welcome', 'quick') and a.kind = 'unsubscribe'))
     where l.recorded_at > a.at
     group by l.enrollment_id, l.journey, a.subject having count(distinct l.recorded_at) > 1`,

  'an input was never looked at': `
    select id, lead_id, kind, at, created_at from lead_inputs where consumed_at is null`,

  'everything is on hold': `
    select key, value from settings where key = 'hold' and (value = 'true' or value ->> 'on' = 'true')`,
}
