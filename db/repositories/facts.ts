/** Loads what rules, steps and the gate may look at, for one lead whose row is locked. One round trip (pipelined). */
import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { InferSelectModel } from 'drizzle-orm'
import type { Facts, FieldValue, Needs } from '#engine/facts.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { consents, deliveries, suppressions } from '../schema/deliveries.ts'
import { events, eventTotals, surveyAnswers } from '../schema/events.ts'
import { leadAssets, leadTags, type leads } from '../schema/leads.ts'
import { readCallLists } from './call-lists.ts'

export type LeadRow = InferSelectModel<typeof leads>

/** Events of one type kept in the facts; older ones are in the totals only. */
const eventsPerType = 1000

/** Core columns as rule fields. Keys are those of engine/fields.ts. */
function coreFieldValues(lead: LeadRow): Record<string, FieldValue> {
  return {
    email: lead.email,
    phone: lead.phone,
    first_name: lead.firstName,
    last_name: lead.lastName,
    company: lead.company,
    title: lead.title,
    address_line1: lead.addressLine1,
    city: lead.city,
    region: lead.region,
    postal_code: lead.postalCode,
    country: lead.country,
    language: lead.language,
    zone: lead.zone,
    source: lead.source,
    stage: lead.stage,
    attention: lead.attention,
    score: lead.score,
    owner_id: lead.ownerId,
    do_not_email: lead.doNotEmail,
    do_not_mail: lead.doNotMail,
    do_not_call: lead.doNotCall,
    objected: lead.objected,
    created_at: lead.createdAt.getTime(),
    last_activity_at: lead.lastActivityAt?.getTime() ?? null,
  }
}

/** What a turn has read of the lead already (turn-ground.ts); all of it, whatever its journeys need. */
export interface KnownFacts {
  tags: { tag: string; addedAt: Date }[]
  deliveries: Pick<
    InferSelectModel<typeof deliveries>,
    'channel' | 'purpose' | 'status' | 'countedAt' | 'assetLineage'
  >[]
  consents: Pick<InferSelectModel<typeof consents>, 'purpose' | 'channel' | 'state' | 'at' | 'expiresAt' | 'basis'>[]
  suppressions: Pick<InferSelectModel<typeof suppressions>, 'channel' | 'at' | 'reason'>[]
}

/** Messages that count: sent, or about to be. */
const countedStatuses = new Set<string>(['queued', 'sending', 'accepted', 'unknown'])

/**
 * Facts without this enrollment's own rows (`own` is empty; see turn-load.ts). With `known` only what is missing is read:
 * mostly nothing.
 */
export async function loadFacts(tx: Queryable, lead: LeadRow, needs: Needs, known?: KnownFacts): Promise<Facts> {
  const none = Promise.resolve([])
  const [tagRows, totalRows, eventRows, answerRows, assetRows, deliveryRows, consentRows, suppressionRows, callLists] =
    await Promise.all([
      known?.tags ??
        tx.select({ tag: leadTags.tag, addedAt: leadTags.addedAt }).from(leadTags).where(eq(leadTags.leadId, lead.id)),
      needs.events.length === 0
        ? none
        : tx
            .select()
            .from(eventTotals)
            .where(and(eq(eventTotals.leadId, lead.id), inArray(eventTotals.type, needs.events))),
      needs.events.length === 0 ? none : loadEvents(tx, lead.id, needs.events),
      needs.surveys.length === 0
        ? none
        : tx
            .select()
            .from(surveyAnswers)
            .where(and(eq(surveyAnswers.leadId, lead.id), inArray(surveyAnswers.survey, needs.surveys))),
      needs.received ? tx.select().from(leadAssets).where(eq(leadAssets.leadId, lead.id)) : none,
      known !== undefined
        ? known.deliveries.filter((row) => needs.deliveries && countedStatuses.has(row.status))
        : needs.deliveries
          ? tx
              .select({
                channel: deliveries.channel,
                purpose: deliveries.purpose,
                status: deliveries.status,
                countedAt: deliveries.countedAt,
                assetLineage: deliveries.assetLineage,
              })
              .from(deliveries)
              .where(
                and(
                  eq(deliveries.leadId, lead.id),
                  inArray(deliveries.status, ['queued', 'sending', 'accepted', 'unknown']),
                ),
              )
          : none,
      known !== undefined
        ? known.consents
        : needs.deliveries
          ? tx
              .selectDistinctOn([consents.purpose, consents.channel])
              .from(consents)
              .where(eq(consents.leadId, lead.id))
              .orderBy(consents.purpose, consents.channel, desc(consents.id))
          : none,
      known?.suppressions ?? tx.select().from(suppressions).where(eq(suppressions.leadId, lead.id)),
      // Journeys that call look at the latest download, and no others need the lists.
      needs.events.includes(builtInEvents.downloaded) ? readCallLists(tx, lead) : null,
    ])

  const facts: Facts = {
    leadId: lead.id,
    fields: { ...lead.fields, ...coreFieldValues(lead) },
    stage: lead.stage,
    attention: lead.attention,
    score: lead.score,
    zone: lead.zone,
    isTest: lead.isTest,
    erased: lead.erasedAt !== null,
    tags: Object.fromEntries(tagRows.map((row) => [row.tag, row.addedAt.getTime()])),
    events: {},
    totals: Object.fromEntries(
      totalRows.map((row) => [
        row.type,
        { count: row.count, firstAt: row.firstAt.getTime(), lastAt: row.lastAt.getTime() },
      ]),
    ),
    answers: {},
    received: Object.fromEntries(assetRows.map((row) => [row.lineage, row.receivedAt.getTime()])),
    deliveries: deliveryRows.map((row) => ({ ...row, countedAt: row.countedAt.getTime() })),
    consents: Object.fromEntries(
      consentRows.map((row) => [
        `${row.purpose}:${row.channel}`,
        { state: row.state, at: row.at.getTime(), expiresAt: row.expiresAt?.getTime() ?? null, basis: row.basis },
      ]),
    ),
    suppressed: Object.fromEntries(
      suppressionRows.map((row) => [row.channel, { at: row.at.getTime(), reason: row.reason }]),
    ),
    doNot: { email: lead.doNotEmail, postcard: lead.doNotMail, phone: lead.doNotCall },
    replyHeldUntil: lead.replyHeldUntil?.getTime() ?? null,
    callLists,
    own: { deliveries: {}, tasks: {}, effects: {} },
  }
  for (const row of eventRows) {
    const list = (facts.events[row.type] ??= [])
    list.push({ type: row.type, occurredAt: row.occurredAt.getTime(), properties: row.properties })
  }
  for (const row of answerRows) {
    const survey = (facts.answers[row.survey] ??= {})
    survey[row.question] = { value: row.value, at: row.answeredAt.getTime() }
  }
  return facts
}

/** Newest 1,000 of each type, oldest first; each type by its own index scan, so that a busy one does not crowd out others. */
async function loadEvents(tx: Queryable, leadId: string, types: readonly string[]) {
  const newest = types.map((type) =>
    tx
      .select({ type: events.type, occurredAt: events.occurredAt, properties: events.properties })
      .from(events)
      .where(and(eq(events.leadId, leadId), eq(events.type, type), isNull(events.voidedAt)))
      .orderBy(desc(events.occurredAt), desc(events.id))
      .limit(eventsPerType),
  )
  const rows = await Promise.all(newest)
  return rows.flatMap((list) => list.toReversed())
}
