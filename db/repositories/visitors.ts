/** Who opens a public page: the lead behind a link, followed through merges. Reading only. */
import { sql } from 'drizzle-orm'
import type { VirtualClock } from '#engine/clock.ts'
import type { FieldValue, Instant } from '#engine/facts.ts'
import type { Channel, Purpose } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'

/** The delivery a link stood in. */
interface VisitedDelivery {
  id: string
  /** Whom it was sent to; `Visitor.leadId` is who that became. */
  leadId: string
  enrollmentId: string
  journeyId: string
  stepId: string
  channel: Channel
  purpose: Purpose
  assetKey: string | null
  surveyKey: string | null
  questionId: string | null
  /** In the lead's own clock. */
  queuedAt: Instant
  acceptedAt: Instant | null
}

export interface Visitor {
  /** The lead as it is now: of merged ones the one they became. */
  leadId: string
  isErased: boolean
  isTest: boolean
  /** A test lead's virtual clock. */
  clock: VirtualClock | null
  firstName: string | null
  email: string | null
  /** BCP 47; null = unknown. */
  language: string | null
  /** IANA; null = unknown. */
  zone: string | null
  /** Custom fields. */
  fields: Record<string, FieldValue>
  delivery: VisitedDelivery | null
}

type Row = Omit<Visitor, 'delivery'> & {
  deliveryId: string | null
  sentTo: string
  enrollmentId: string
  journeyId: string
  stepId: string
  channel: Channel
  purpose: Purpose
  assetKey: string | null
  surveyKey: string | null
  questionId: string | null
  queuedAt: number
  acceptedAt: number | null
}

/** The visitor of a link about a delivery or a lead; null when neither exists. One statement, all by primary keys. */
export async function findVisitor(
  db: Queryable,
  { about, id }: { about: 'delivery' | 'lead'; id: string },
): Promise<Visitor | null> {
  const origin =
    about === 'delivery'
      ? sql`select lead_id as id from deliveries where id = ${id}`
      : sql`select id from leads where id = ${id}`
  const rows = await db.execute<Row & Record<string, unknown>>(sql`
    with recursive chain as (
      select leads.id, leads.merged_into from leads where leads.id = (${origin})
      union
      select l.id, l.merged_into from chain join leads l on l.id = chain.merged_into
    )
    select l.id as "leadId", l.erased_at is not null as "isErased", l.is_test as "isTest", l.clock,
           l.first_name as "firstName", l.email, l.language, l.zone, l.fields,
           d.id as "deliveryId", d.lead_id as "sentTo", d.enrollment_id as "enrollmentId", d.journey_id as "journeyId",
           d.step_id as "stepId", d.channel, d.purpose, d.content ->> 'assetKey' as "assetKey",
           d.content ->> 'surveyKey' as "surveyKey", d.content ->> 'questionId' as "questionId",
           (extract(epoch from d.queued_at) * 1000)::float8 as "queuedAt",
           (extract(epoch from d.accepted_at) * 1000)::float8 as "acceptedAt"
      from chain
      join leads l on l.id = chain.id and l.merged_into is null
      left join deliveries d on ${about === 'delivery' ? sql`d.id = ${id}` : sql`false`}`)
  const row = rows[0]
  if (row === undefined) return null
  const { deliveryId, sentTo, enrollmentId, journeyId, stepId, channel, purpose, ...rest } = row
  const { assetKey, surveyKey, questionId, queuedAt, acceptedAt, ...lead } = rest
  const delivery =
    deliveryId === null
      ? null
      : { id: deliveryId, leadId: sentTo, enrollmentId, journeyId, stepId, channel, purpose, assetKey, surveyKey }
  return { ...lead, delivery: delivery && { ...delivery, questionId, queuedAt, acceptedAt } }
}
