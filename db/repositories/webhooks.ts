/** Webhook endpoints and the calls to them; the calls are written by triggers (migration 0017). */
import { and, desc, eq, lt, or, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable } from '../client.ts'
import { incomingHooks, webhookCalls, webhookEndpoints } from '../schema/webhooks.ts'

export type WebhookEndpoint = typeof webhookEndpoints.$inferSelect
export type WebhookCall = typeof webhookCalls.$inferSelect

/** A call taken to be made: what it tells, to whom, and how often it has been tried, this time included. */
export interface ClaimedCall {
  id: string
  endpointId: string
  type: string
  attempts: number
  createdAt: Date
  url: string
  secret: string
  /** What happened, as it stands now; null when its lead was erased or the row is gone: nothing to tell any more. */
  data: Record<string, Json> | null
}

/** While a call is being made; longer than it may take. An attempt whose process died is made again after this. */
const leaseSeconds = 60
/** Calls of one endpoint at once, so that a slow one does not take all lanes. */
const perEndpoint = 10

/**
 * Takes calls that are due, oldest first, at most ten per endpoint, and pushes each one's next attempt beyond its lease:
 * whoever else looks does not find it. At least once: a receiver knows a repeat by `webhook-id`.
 */
export async function claimCalls(db: Queryable, limit: number): Promise<ClaimedCall[]> {
  const rows = await db.execute<{
    id: string
    endpoint_id: string
    type: string
    attempts: number
    created_at: string
    url: string
    secret: string
    data: Record<string, Json> | null
  }>(sql`
    with due as (
      select c.id from webhook_calls c
       where c.status = 'queued' and c.next_at <= now()
         and c.id in (select d.id from webhook_endpoints w, lateral (
               select id from webhook_calls
                where endpoint_id = w.id and status = 'queued' and next_at <= now()
                order by next_at limit ${perEndpoint}) d
              where w.is_active)
       order by c.next_at limit ${limit} for update skip locked),
    taken as (
      update webhook_calls c set attempts = attempts + 1, next_at = now() + ${leaseSeconds} * interval '1 second'
        from due where c.id = due.id
      returning c.*)
    select t.id, t.endpoint_id, t.type, t.attempts, t.created_at, w.url, w.secret,
           case when t.source = 'ping' then '{}'::jsonb
                when l.id is null or l.erased_at is not null or occurrence.body is null then null
                else jsonb_build_object('lead', jsonb_strip_nulls(jsonb_build_object(
                       'id', l.id, 'email', l.email, 'externalId', x.value, 'firstName', l.first_name, 'lastName', l.last_name,
                       'company', l.company, 'stage', l.stage, 'attention', l.attention, 'isTest', l.is_test)))
                     || occurrence.body end as data
      from taken t
      join webhook_endpoints w on w.id = t.endpoint_id
      left join leads o on o.id = t.lead_id
      left join leads l on l.id = coalesce(o.merged_into, o.id)
      left join lateral (select value from lead_identities where lead_id = l.id and kind = 'external_id' limit 1) x on true
      left join lateral (${occurrenceOf}) occurrence on true
     order by t.created_at, t.id`)
  return rows.map((row) => ({
    id: row.id,
    endpointId: row.endpoint_id,
    type: row.type,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    url: row.url,
    secret: row.secret,
    data: row.data,
  }))
}

/** What each source tells, read when it is sent. */
const occurrenceOf = sql`
  select jsonb_build_object('event', jsonb_build_object('id', e.id, 'type', e.type, 'occurredAt', e.occurred_at,
           'properties', e.properties - 'confirm_url')) as body
    from events e where t.source = 'events' and e.id = t.source_id::bigint and e.voided_at is null
  union all
  select jsonb_build_object('change', jsonb_build_object('what', s.kind, 'from', s.from_value, 'to', s.to_value,
           'reason', s.reason, 'at', s.at))
    from stage_changes s where t.source = 'stage_changes' and s.id = t.source_id::bigint
  union all
  select jsonb_build_object('task', jsonb_strip_nulls(jsonb_build_object('id', k.id, 'kind', k.kind, 'status', k.status,
           'title', k.title, 'reason', k.reason, 'queue', k.queue, 'assignee', k.assignee, 'dueAt', k.due_at,
           'outcome', k.outcome, 'closedReason', k.closed_reason, 'closedAt', k.closed_at)))
    from tasks k where t.source = 'tasks' and k.id = t.source_id::uuid
  union all
  select jsonb_build_object('enrollment', jsonb_strip_nulls(jsonb_build_object('id', n.id, 'status', n.status,
           'journey', j.key, 'version', n.version, 'enteredAt', n.entered_at, 'finishedAt', n.finished_at,
           'goalMet', n.goal_met, 'exitReason', n.exit_reason)))
    from enrollments n join journeys j on j.id = n.journey_id where t.source = 'enrollments' and n.id = t.source_id::uuid
  union all
  select jsonb_build_object('suppression', jsonb_build_object('channel', p.channel, 'reason', p.reason, 'at', p.at))
    from suppressions p
   where t.source = 'suppressions' and p.lead_id = t.lead_id and p.channel::text = split_part(t.source_id, ' ', 1)`

/** What became of an attempt. `retryAt` null: no further one. */
export interface CallResult {
  id: string
  endpointId: string
  status: 'delivered' | 'failed' | 'cancelled' | 'queued'
  httpStatus: number | null
  error: string | null
  /** Seconds until the next attempt, when it stays queued. */
  retryAfterSeconds?: number
}

/** Writes down an attempt, and how its endpoint does. */
export async function recordCall(db: Queryable, result: CallResult): Promise<void> {
  const { id, endpointId, status, httpStatus, error, retryAfterSeconds = 0 } = result
  await db
    .update(webhookCalls)
    .set({
      status,
      lastStatus: httpStatus,
      lastError: error,
      ...(status === 'queued'
        ? { nextAt: sql`now() + ${retryAfterSeconds} * interval '1 second'` }
        : { endedAt: sql`now()` }),
    })
    .where(eq(webhookCalls.id, id))
  if (status === 'cancelled') return
  await db
    .update(webhookEndpoints)
    .set({ failingSince: status === 'delivered' ? null : sql`coalesce(${webhookEndpoints.failingSince}, now())` })
    .where(eq(webhookEndpoints.id, endpointId))
}

/** Turns off endpoints that nobody has answered at for `days`; what they miss stays queued. Returns their ids. */
export async function disableDeadEndpoints(db: Queryable, days: number): Promise<string[]> {
  const rows = await db
    .update(webhookEndpoints)
    .set({ isActive: false, disabledReason: `Nothing was accepted for ${String(days)} days.` })
    .where(and(eq(webhookEndpoints.isActive, true), sql`failing_since < now() - ${days} * interval '1 day'`))
    .returning({ id: webhookEndpoints.id })
  return rows.map(({ id }) => id)
}

/** Turns one off because it said so itself (410 Gone). */
export async function disableEndpoint(db: Queryable, id: string, reason: string): Promise<void> {
  await db.update(webhookEndpoints).set({ isActive: false, disabledReason: reason }).where(eq(webhookEndpoints.id, id))
}

/** Deletes calls that ended more than 30 days ago, at most `limit`. */
export async function pruneCalls(db: Queryable, limit: number): Promise<void> {
  await db.execute(sql`
    delete from webhook_calls where id in (
      select id from webhook_calls where ended_at < now() - interval '30 days' order by ended_at limit ${limit})`)
}

/** All of them; few. */
export async function listEndpoints(db: Queryable): Promise<WebhookEndpoint[]> {
  return db.select().from(webhookEndpoints).orderBy(webhookEndpoints.createdAt, webhookEndpoints.id)
}

export async function findEndpoint(db: Queryable, id: string): Promise<WebhookEndpoint | null> {
  const [row] = await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id))
  return row ?? null
}

/** The delivery log of one endpoint, newest first. */
export async function listCalls(
  db: Queryable,
  {
    endpointId,
    status,
    cursor,
    limit,
  }: {
    endpointId: string
    status: WebhookCall['status'] | undefined
    cursor: { at: Date; id: string } | null
    limit: number
  },
): Promise<WebhookCall[]> {
  const { createdAt, id } = webhookCalls
  return db
    .select()
    .from(webhookCalls)
    .where(
      and(
        eq(webhookCalls.endpointId, endpointId),
        status === undefined ? undefined : eq(webhookCalls.status, status),
        cursor === null ? undefined : or(lt(createdAt, cursor.at), and(eq(createdAt, cursor.at), lt(id, cursor.id))),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit)
}

/** Senders that may tell us; few. */
export async function listHooks(db: Queryable): Promise<(typeof incomingHooks.$inferSelect)[]> {
  return db.select().from(incomingHooks).orderBy(incomingHooks.createdAt, incomingHooks.key)
}
