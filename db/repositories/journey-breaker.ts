/** The circuit breaker per journey: counts of its mail, and the stop when too much of it comes back. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { judgeMail, noMail, sendingLimitsSchema, type MailCounts, type SendingLimits } from '#engine/sending-limits.ts'
import type { Queryable, Transaction } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { settings } from '../schema/library.ts'
import { isMailToLead } from './deliveries.ts'
import { jsonRows } from './json-rows.ts'
import { stopSending } from './sending-stops.ts'

/** The company's limits; what it has not set is the default. */
export async function readSendingLimits(db: Queryable): Promise<SendingLimits> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, 'sending_limits'))
  return sendingLimitsSchema.parse(row?.value ?? {})
}

/** Where the journey's current row of counts begins: the full hour, or later when its mail was let go again since. */
const rowBegins = sql`greatest(date_trunc('hour', now()), (
  select s.changed_at from sending_stops s
  where s.kind = 'journey' and s.subject = v.journey_id::text and not s.is_stopped))`

/** Adds to journeys' counts. */
export async function countMail(
  tx: Queryable,
  counts: readonly ({ journeyId: string } & Partial<MailCounts>)[],
): Promise<void> {
  if (counts.length === 0) return
  // In one order for all writers.
  const rows = counts
    .toSorted((a, b) => (a.journeyId < b.journeyId ? -1 : 1))
    .map(({ journeyId, ...more }) => {
      const { accepted, refused, hardBounces, softBounces, complaints } = { ...noMail, ...more }
      return { journey_id: journeyId, accepted, refused, hard: hardBounces, soft: softBounces, complaints }
    })
  const shape = 'journey_id uuid, accepted int, refused int, hard int, soft int, complaints int'
  await tx.execute(sql`
    insert into journey_mail_counts as c (journey_id, since, accepted, refused, hard_bounces, soft_bounces, complaints)
    select v.journey_id, ${rowBegins}, v.accepted, v.refused, v.hard, v.soft, v.complaints
    from ${jsonRows(rows, 'v', shape)}
    on conflict (journey_id, since) do update set
      accepted = c.accepted + excluded.accepted, refused = c.refused + excluded.refused,
      hard_bounces = c.hard_bounces + excluded.hard_bounces, soft_bounces = c.soft_bounces + excluded.soft_bounces,
      complaints = c.complaints + excluded.complaints`)
}

/** Counts what a real provider answered, by journey; too many refusals stop the journey's mail. */
export async function countAnswers(
  tx: Transaction,
  { accepted, refused }: { accepted: readonly string[]; refused: readonly string[] },
): Promise<void> {
  if (accepted.length + refused.length === 0) return
  const counts = await tx
    .select({
      journeyId: deliveries.journeyId,
      accepted: sql<number>`count(*) filter (where ${deliveries.status} = 'accepted')::int`,
      refused: sql<number>`count(*) filter (where ${deliveries.status} = 'failed')::int`,
    })
    .from(deliveries)
    .where(and(inArray(deliveries.id, [...accepted, ...refused]), isMailToLead()))
    .groupBy(deliveries.journeyId)
  await countMail(tx, counts)
  await stopFailingJourneys(
    tx,
    counts.filter((count) => count.refused > 0).map((count) => count.journeyId),
  )
}

/** Counts over the window, since a person last let the journey's mail go. A journey without mail is absent. */
export async function readMailCounts(
  db: Queryable,
  journeyIds: readonly string[],
  windowHours: number,
): Promise<Map<string, MailCounts>> {
  if (journeyIds.length === 0) return new Map()
  const rows = await db.execute<{ [Key in keyof MailCounts]: number } & { journeyId: string }>(sql`
    select c.journey_id as "journeyId", sum(c.accepted)::int as accepted, sum(c.refused)::int as refused,
           sum(c.hard_bounces)::int as "hardBounces", sum(c.soft_bounces)::int as "softBounces",
           sum(c.complaints)::int as complaints
    from journey_mail_counts c
    left join sending_stops s on s.kind = 'journey' and s.subject = c.journey_id::text and not s.is_stopped
    where ${inArray(sql`c.journey_id`, [...journeyIds])}
      and c.since > now() - ${windowHours} * interval '1 hour' and (s.changed_at is null or c.since >= s.changed_at)
    group by c.journey_id`)
  return new Map(rows.map(({ journeyId, ...counts }) => [journeyId, counts]))
}

/** Stops the mail of those journeys that are over a limit; what is queued waits for a person. Returns their ids. */
export async function stopFailingJourneys(tx: Transaction, journeyIds: readonly string[]): Promise<string[]> {
  const limits = await readSendingLimits(tx)
  const stopped: string[] = []
  for (const [journeyId, counts] of await readMailCounts(tx, journeyIds, limits.windowHours)) {
    const reason = judgeMail(counts, limits)
    if (reason === null) continue
    if (await stopSending(tx, { kind: 'journey', subject: journeyId, reason, actor: 'system' })) stopped.push(journeyId)
  }
  return stopped
}
