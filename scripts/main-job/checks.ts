/**
 * Did the main job do what it should? Queries written by hand over the tables that the engine leaves behind, without any
 * code of the engine: an oracle of its own.
 */
import type postgres from 'postgres'

/** One promise and whether it was kept. */
export interface Check {
  name: string
  expected: number | string
  actual: number | string
  ok: boolean
}

type Row = Record<string, number>

/** A check of numbers that have to be equal. */
export function check(name: string, expected: number | string, actual: number | string): Check {
  return { name, expected, actual, ok: expected === actual }
}

/** The Friday segment as a person would query it: one download, fewer than 8 invitations, still worth inviting. */
export function fridayByHand(sql: postgres.Sql, runId: string) {
  return sql<{ id: string }[]>`
    select l.id from leads l
     where l.test_run_id = ${runId}
       and (select count(*) from events e where e.lead_id = l.id and e.type = 'downloaded' and e.voided_at is null) = 1
       and (select count(*) from events e where e.lead_id = l.id and e.type = 'invited' and e.voided_at is null) < 8
       and l.stage in ('new', 'qualified', 'engaged') and l.attention <> 'inactive'
     order by l.id`
}

/** After the Fridays, while the calls are still open. */
export async function checkFridays(sql: postgres.Sql, runId: string): Promise<Check[]> {
  const [row = {}] = await sql<Row[]>`
    with mail as (
      select l.id, (l.email is not null and not l.do_not_email
                    and not exists (select 1 from suppressions s where s.lead_id = l.id and s.channel = 'email')) as may,
             l.do_not_call, l.attention, l.stage
        from leads l where l.test_run_id = ${runId}
    ), invited as (
      select m.id, count(e.id)::int as n from mail m
        left join events e on e.lead_id = m.id and e.type = 'invited' and e.voided_at is null group by m.id
    ), sampler as (
      select d.* from deliveries d join journeys j on j.id = d.journey_id and j.key = 'friday-sampler'
        join mail m on m.id = d.lead_id
    ), work as (
      select t.lead_id, t.kind from tasks t join journeys j on j.id = t.journey_id and j.key = 'last-chance-call'
        join mail m on m.id = t.lead_id
    )
    select (select count(*)::int from mail) as leads,
           (select count(*)::int from mail where may) as invitable,
           (select count(*)::int from mail where may) * 8 as due,
           (select coalesce(sum(n), 0)::int from invited) as invitations,
           (select count(*)::int from invited join mail using (id) where n <> case when may then 8 else 0 end) as wrong,
           (select count(*)::int from sampler where status = 'accepted') as accepted,
           (select count(*)::int from mailbox b join sampler d on d.id = b.delivery_id) as mails,
           (select count(*)::int from mail m join deliveries d on d.lead_id = m.id
             where not m.may and d.channel = 'email' and d.status not in ('skipped', 'cancelled')) as against_will,
           (select count(*)::int from mail m join mailbox b on b.lead_id = m.id where not m.may and b.channel = 'email') as mails_against_will,
           (select count(*)::int from mail where do_not_call) as do_not_call,
           (select count(*)::int from mail m join tasks t on t.lead_id = m.id where m.do_not_call and t.kind = 'call') as calls_against_will,
           (select count(*)::int from invited where n >= 8) as at_limit,
           (select count(*)::int from invited join mail using (id) where n >= 8 and attention = 'inactive' and stage = 'inactive'
               and (select count(*) from work w where w.lead_id = id) = 1) as inactive_with_task,
           (select count(*)::int from work join mail on mail.id = work.lead_id
             where kind = case when do_not_call then 'task' else 'call' end::task_kind) as right_tasks,
           (select count(*)::int from enrollments e join mail m on m.id = e.lead_id where e.status = 'parked') as parked,
           (select count(*)::int from (select delivery_id from mailbox b join mail m on m.id = b.lead_id
              group by delivery_id having count(*) > 1) twice) as sent_twice,
           (select count(*)::int from (select lead_id, asset_lineage from sampler where status = 'accepted'
              group by lead_id, asset_lineage having count(*) > 1) twice) as same_asset,
           (select count(*)::int from (select e.lead_id, date_trunc('week', e.occurred_at) from events e join mail m on m.id = e.lead_id
              where e.type = 'invited' and e.voided_at is null group by 1, 2 having count(*) > 1) twice) as same_week`
  const of = (name: string): number => row[name] ?? -1
  return [
    check(
      'invitations recorded are exactly those due (8 for each lead that may be written to)',
      of('due'),
      of('invitations'),
    ),
    check('leads with another number of invitations than due', 0, of('wrong')),
    check('each invitation was handed over once: accepted messages', of('due'), of('accepted')),
    check('each invitation was handed over once: mails in the mailbox', of('due'), of('mails')),
    check('messages to leads that must not be written to', 0, of('against_will') + of('mails_against_will')),
    check('call tasks for do-not-call leads', 0, of('calls_against_will')),
    check('leads at the limit that are inactive with exactly one task', of('at_limit'), of('inactive_with_task')),
    check('tasks of the right kind (a call, or a look where calls are not allowed)', of('at_limit'), of('right_tasks')),
    check('parked enrollments', 0, of('parked')),
    check('messages sent twice', 0, of('sent_twice')),
    check('leads that got the same asset twice', 0, of('same_asset')),
    check('leads invited twice in one week', 0, of('same_week')),
  ]
}

/** After the calls: everybody has reached an end. `demo` and `stop` are how many tasks were closed that way. */
export async function checkEnd(
  sql: postgres.Sql,
  runId: string,
  closed: { demo: number; stop: number },
): Promise<Check[]> {
  const [row = {}] = await sql<Row[]>`
    with ours as (select * from leads where test_run_id = ${runId}),
    walked as (select e.*, j.key from enrollments e join ours on ours.id = e.lead_id join journeys j on j.id = e.journey_id
                where j.key in ('friday-sampler', 'last-chance-call'))
    select (select count(*)::int from walked where status <> 'completed') as unfinished,
           (select count(*)::int from walked where status = 'parked') as parked,
           (select count(*)::int from walked w where not exists (select 1 from step_log s where s.enrollment_id = w.id)) as unexplained,
           (select count(*)::int from ours where stage = 'sales_ready' and attention = 'hot') as raised,
           (select count(*)::int from ours where (select count(*) from suppressions s where s.lead_id = ours.id
              and s.reason = 'Asked to stop in the last-chance call.') = 3) as stopped,
           (select count(*)::int from lead_inputs i join ours on ours.id = i.lead_id where i.consumed_at is null) as unread`
  const of = (name: string): number => row[name] ?? -1
  return [
    check('enrollments that have not ended', 0, of('unfinished')),
    check('parked enrollments', 0, of('parked')),
    check('enrollments without a log of what happened', 0, of('unexplained')),
    check('leads raised to sales, one for each wish for a demo', closed.demo, of('raised')),
    check('leads left alone on all channels, one for each that asked', closed.stop, of('stopped')),
    check('inputs that no turn has looked at', 0, of('unread')),
  ]
}

/** Leads without addresses: every invitation is skipped, and says why. */
export async function checkNoAddress(sql: postgres.Sql, runId: string, fridays: number): Promise<Check[]> {
  const [row = {}] = await sql<Row[]>`
    with ours as (select id from leads where test_run_id = ${runId}),
    sampler as (select d.* from deliveries d join ours on ours.id = d.lead_id
      join journeys j on j.id = d.journey_id and j.key = 'friday-sampler')
    select (select count(*)::int from ours) as leads, (select count(*)::int from sampler) as invitations,
           (select count(*)::int from sampler where status = 'skipped' and reason = 'no_address') as no_address,
           (select count(*)::int from events e join ours on ours.id = e.lead_id where e.type = 'invited' and e.voided_at is null) as counted`
  const of = (name: string): number => row[name] ?? -1
  return [
    check('invitations tried, one per lead and Friday', of('leads') * fridays, of('invitations')),
    check('of them skipped as no_address', of('invitations'), of('no_address')),
    check('counted as invitations all the same', 0, of('counted')),
  ]
}
