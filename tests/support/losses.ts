/** The oracle of fault tests: what was lost or happened twice, by SQL over what was recorded. */
import { sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'

/**
 * Everything that must not be, one line each; empty when all is well. Call when the leads have finished: it looks for
 * visits logged twice, mails given to a provider twice or not at all, inputs not taken, and enrollments not ended.
 */
export async function findLosses(db: Database): Promise<string[]> {
  const rows = await db.execute<{ what: string; which: string }>(sql`
    select 'visit logged twice' as what, concat_ws(' ', enrollment_id, step_id, visit) as which
      from step_log group by enrollment_id, step_id, visit having count(*) > 1
    union all
    select 'mail sent twice', delivery_id::text from mailbox group by delivery_id having count(*) > 1
    union all
    select 'accepted, and no mail', d.id::text from deliveries d
     where d.status = 'accepted' and not exists (select 1 from mailbox m where m.delivery_id = d.id)
    union all
    select 'mail, and not accepted', m.delivery_id::text from mailbox m
     where not exists (select 1 from deliveries d where d.id = m.delivery_id and d.status = 'accepted')
    union all
    select 'message ' || status, id::text from deliveries where status not in ('accepted', 'skipped', 'cancelled')
    union all
    select 'message step left without a message', concat_ws(' ', l.enrollment_id, l.step_id, l.visit) from step_log l
     where l.step_type = 'send_email' and not exists (
       select 1 from deliveries d where d.enrollment_id = l.enrollment_id and d.step_id = l.step_id and d.visit = l.visit)
    union all
    select 'task step left without a task', concat_ws(' ', l.enrollment_id, l.step_id, l.visit) from step_log l
     where l.step_type = 'create_task' and not exists (
       select 1 from tasks t where t.enrollment_id = l.enrollment_id and t.step_id = l.step_id and t.visit = l.visit)
    union all
    select 'enrollment ' || status, id::text from enrollments where status not in ('completed', 'exited')
    union all
    select 'input not taken', concat_ws(' ', kind, id) from lead_inputs where consumed_at is null`)
  return rows.map(({ what, which }) => `${what}: ${which}`).sort()
}
