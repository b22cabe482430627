/**
 * Made-up leads for tests of rules: awkward on purpose (blank and mistyped values, LIKE wildcards, quotes, emoji, case,
 * accents, days on which clocks change), as rows for Postgres and as facts for the evaluator, from the same data.
 */
import * as fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { newId } from '#db/ids.ts'
import type { Database } from '#db/client.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { events, surveyAnswers } from '#db/schema/events.ts'
import { leadAssets, leads, leadTags } from '#db/schema/leads.ts'
import type { FactDelivery, FactEvent, Facts, FieldValue, Instant, Json } from '#engine/facts.ts'
import { foldedFields } from '#engine/fields.ts'
import { countedStatuses } from '#engine/conditions/references.ts'
import { assetSchema, emptyLibrary, surveySchema, type Library } from '#engine/library.ts'
import { cleanText, foldAnswer, foldProperties } from '#engine/text.ts'
import { attentions, deliveryStatuses, stages } from '#engine/vocabulary.ts'

/** Instants around which things happen: each is next to a change of clocks (or, in Apia, to a day that never was). */
export const anchors: readonly { at: Instant; zone: string }[] = [
  { at: Date.parse('2011-12-30T10:30:00Z'), zone: 'Pacific/Apia' },
  { at: Date.parse('2018-11-04T03:10:00Z'), zone: 'America/Sao_Paulo' },
  { at: Date.parse('2024-04-25T22:15:00Z'), zone: 'Africa/Cairo' },
  { at: Date.parse('2024-11-03T05:45:00Z'), zone: 'America/New_York' },
  { at: Date.parse('2026-03-29T01:00:00.001Z'), zone: 'Europe/Berlin' },
]
/** Nothing of the generated leads is later than this. */
export const afterAll: Instant = Date.parse('2026-04-05T12:00:00Z')

const texts = {
  company: ['Acme', 'ACME', 'acmé', 'AcMe\u0301', 'Straße', 'STRASSE', 'İstanbul', 'J\u030Cin', 'ǰIN'],
  title: ['100%', '100 percent', 'a_b', 'axb', 'back\\slash', "O'Brien", '"quoted"', '%', '_', '\\', '🙂 smile', '🙁'],
  note: ['in%tern', 'internal', 'line\nbreak', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'tab\t', '$1', "'; drop table leads; --", '{}'],
}
/** Texts a field may hold, by field; rules ask for the same ones. */
export const textPools: Readonly<Record<string, readonly string[]>> = texts
export const numberPool = [
  0,
  1,
  -1,
  0.1,
  0.30000000000000004,
  42,
  42.5,
  1e21,
  1e-7,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
]
export const tierPool = ['gold', "sil'ver", 'constructor', 'b\\r"onze']
export const interestPool = ['golf', 'Tennis', '"q"', 'a\\b', '{x}', 'x,y', 'null', '🙂']
export const tagPool = ['hot lead', 'constructor', "it's", 'Tag%', 'toString']
export const eventPool = ['downloaded', 'invited', 'Clicked', 'we\'ird \\ "type"']
export const assetPool = ['guide', 'guide_de', 'webinar', 'gone']
const lineages = ['guide', 'webinar', 'gone', 'other']

const surveyKeys = ['why', 'nps'] as const
export const questionPool = ['reason', 'amount']

/** The library these leads belong to; `segments` are added by those who need them. */
export function exampleLibrary(): Library {
  const field = (key: string, type: Library['fields'][string]['type'], options?: string[]) => ({
    key,
    label: key.replaceAll('_', ' '),
    type,
    ...(options ? { options } : {}),
  })
  const fields = [
    field('note', 'text'),
    field('amount', 'number'),
    field('vip', 'boolean'),
    field('tier', 'enum', tierPool),
    field('interests', 'set', interestPool),
    field('birthday', 'date'),
    field('renewed_at', 'datetime'),
    field('constructor', 'text'),
  ]
  const asset = (key: string, lineage?: string) =>
    assetSchema.parse({ key, title: key, url: 'https://x.example', lineage })
  const survey = (key: string) =>
    surveySchema.parse({ key, title: key, questions: questionPool.map((id) => ({ id, text: id, type: 'text' })) })
  return {
    ...emptyLibrary(),
    fields: Object.fromEntries(fields.map((item) => [item.key, item])),
    assets: {
      guide: asset('guide'),
      guide_de: asset('guide_de', 'guide'),
      webinar: asset('webinar'),
      gone: asset('gone'),
    },
    surveys: Object.fromEntries(surveyKeys.map((key) => [key, survey(key)])),
  }
}

type LeadColumns = Pick<
  typeof leads.$inferSelect,
  | 'company'
  | 'title'
  | 'city'
  | 'stage'
  | 'attention'
  | 'score'
  | 'doNotEmail'
  | 'doNotMail'
  | 'doNotCall'
  | 'createdAt'
  | 'lastActivityAt'
>

export interface ExampleLead {
  id: string
  columns: LeadColumns
  fields: Record<string, FieldValue>
  tags: string[]
  events: (FactEvent & { isVoided: boolean })[]
  answers: { survey: string; question: string; value: Json; at: Instant }[]
  received: string[]
  deliveries: FactDelivery[]
}

/** An instant near one of the anchors; half of them within hours, on a full hour or exactly on the anchor. */
export const instantArb: fc.Arbitrary<Instant> = fc
  .tuple(
    fc.constantFrom(...anchors),
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: -30, max: 30 }).map((hours) => hours * 3_600_000),
      fc.integer({ min: -5 * 86_400_000, max: 5 * 86_400_000 }),
    ),
  )
  .map(([anchor, offset]) => anchor.at + offset)

/** A date near an anchor. */
export const dateArb: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...anchors), fc.integer({ min: -3, max: 3 }))
  .map(([anchor, days]) => new Date(anchor.at + days * 86_400_000).toISOString().slice(0, 10))

const oddText = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 6 }))
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 5 })

function textArb(pool: readonly string[]): fc.Arbitrary<string | null> {
  const text = fc.oneof(
    { arbitrary: fc.constantFrom(...pool), weight: 8 },
    { arbitrary: oddText, weight: 1 },
    fc.constant(''),
  )
  return sometimes(text.map(cleanText))
}

/** Absent, null, the right type, and now and then another type (a field's type was changed after the import). */
function fieldArb(value: fc.Arbitrary<FieldValue>, stray: FieldValue): fc.Arbitrary<FieldValue | undefined> {
  return fc.oneof(
    { arbitrary: value, weight: 12 },
    { arbitrary: fc.constant(null), weight: 1 },
    { arbitrary: fc.constant(undefined), weight: 1 },
    { arbitrary: fc.constant(stray), weight: 1 },
  )
}

const fieldsArb = fc.record({
  note: fieldArb(textArb(texts.note), 5),
  amount: fieldArb(fc.constantFrom(...numberPool), '42'),
  vip: fieldArb(fc.boolean(), 'true'),
  tier: fieldArb(fc.constantFrom(...tierPool), 7),
  interests: fieldArb(fc.uniqueArray(fc.constantFrom(...interestPool), { maxLength: 4 }), 'golf'),
  birthday: fieldArb(dateArb, 20_240_426),
  renewed_at: fieldArb(instantArb, '2024-04-26T00:00:00Z'),
  constructor: fieldArb(textArb(['Object', 'function']), false),
})

/** What a property or an answer that mostly holds texts (or mostly numbers) may hold. */
export function jsonArb(mostly: 'text' | 'number'): fc.Arbitrary<Json> {
  return fc.oneof(
    {
      arbitrary: fc.constantFrom<Json>('Acme', 'ACME', 'acmé', '100%', 'a_b', 'axb'),
      weight: mostly === 'text' ? 9 : 1,
    },
    { arbitrary: fc.constantFrom<Json>(...numberPool), weight: mostly === 'number' ? 9 : 1 },
    { arbitrary: fc.array(fc.constantFrom<Json>('Acme', '100%', 1, 42, true, null), { maxLength: 3 }), weight: 2 },
    fc.constantFrom<Json>(true, false, null, '', { Acme: 1 }, [[1]]),
  )
}

const propertiesArb = fc
  .record({
    asset: fc.option(jsonArb('text'), { nil: undefined }),
    amount: fc.option(jsonArb('number'), { nil: undefined }),
    "p'x": fc.option(jsonArb('text'), { nil: undefined }),
  })
  .map((properties) => {
    const given = Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined)
    return Object.fromEntries(given)
  })

const eventArb = fc.record({
  type: fc.constantFrom('downloaded', 'downloaded', 'invited', 'invited', 'invited', 'Clicked', eventPool[3] ?? ''),
  occurredAt: instantArb,
  properties: propertiesArb,
  isVoided: fc.nat(9).map((n) => n === 0),
})

const deliveryArb: fc.Arbitrary<FactDelivery> = fc.record({
  channel: fc.constantFrom('email', 'email', 'postcard', 'notification'),
  purpose: fc.constantFrom('transactional', 'nurture', 'promotional', 'internal'),
  status: fc.constantFrom(...deliveryStatuses),
  countedAt: instantArb,
  assetLineage: fc.constant(null),
})

/** Each question of each survey, answered or not. */
const answersArb = fc
  .record({
    questions: fc.tuple(jsonArb('text'), jsonArb('number'), jsonArb('text'), jsonArb('number')),
    answered: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
    at: instantArb,
  })
  .map(({ questions, answered, at }) =>
    questions
      .map((value, index) => ({
        survey: index < 2 ? 'why' : 'nps',
        question: questionPool[index % 2] ?? '',
        value,
        at,
      }))
      .filter(({ value }, index) => answered[index] !== 0 && value !== null),
  )

const columnsArb: fc.Arbitrary<LeadColumns> = fc.record({
  company: textArb(texts.company),
  title: textArb(texts.title),
  city: sometimes(oddText.map(cleanText)),
  stage: fc.constantFrom(...stages),
  attention: fc.constantFrom(...attentions),
  score: fc.constantFrom(...numberPool),
  doNotEmail: fc.boolean(),
  doNotMail: fc.boolean(),
  doNotCall: fc.boolean(),
  createdAt: instantArb.map((at) => new Date(at)),
  lastActivityAt: sometimes(instantArb.map((at) => new Date(at))),
})

/** One such lead. */
export const leadArb: fc.Arbitrary<ExampleLead> = fc.record({
  id: fc.constant('').map(newId),
  columns: columnsArb,
  fields: fieldsArb.map((fields) => {
    const known = Object.entries(fields).filter((entry): entry is [string, FieldValue] => entry[1] !== undefined)
    return Object.fromEntries(known)
  }),
  tags: fc.uniqueArray(fc.constantFrom(...tagPool), { maxLength: 3 }),
  events: fc.array(eventArb, { maxLength: 40, size: 'max' }),
  answers: answersArb,
  received: fc.uniqueArray(fc.constantFrom(...lineages), { maxLength: 3 }),
  deliveries: fc.array(deliveryArb, { maxLength: 24, size: 'max' }),
})

/** The same leads for the same seed, but for their ids. */
export function exampleLeads(count: number, seed: number): ExampleLead[] {
  return fc.sample(leadArb, { numRuns: count, seed })
}

/** The lead as the turn would load it. */
export function factsOf(lead: ExampleLead): Facts {
  const { columns } = lead
  const happened = lead.events
    .filter(({ isVoided }) => !isVoided)
    .toSorted((one, other) => one.occurredAt - other.occurredAt)
  const facts: Facts = {
    leadId: lead.id,
    fields: {
      ...lead.fields,
      company: columns.company,
      title: columns.title,
      city: columns.city,
      stage: columns.stage,
      attention: columns.attention,
      score: columns.score,
      do_not_email: columns.doNotEmail,
      do_not_mail: columns.doNotMail,
      do_not_call: columns.doNotCall,
      created_at: columns.createdAt.getTime(),
      last_activity_at: columns.lastActivityAt?.getTime() ?? null,
    },
    stage: columns.stage,
    attention: columns.attention,
    score: columns.score,
    zone: null,
    isTest: false,
    erased: false,
    tags: Object.fromEntries(lead.tags.map((tag) => [tag, 0])),
    events: {},
    totals: {},
    answers: {},
    received: Object.fromEntries(lead.received.map((lineage) => [lineage, 0])),
    deliveries: lead.deliveries.filter(({ status }) => countedStatuses.includes(status)),
    consents: {},
    suppressed: {},
    doNot: { email: columns.doNotEmail, postcard: columns.doNotMail, phone: columns.doNotCall },
    own: { deliveries: {}, tasks: {}, effects: {} },
  }
  for (const { type, occurredAt, properties } of happened) {
    const list = (facts.events[type] ??= [])
    list.push({ type, occurredAt, properties })
    const { count, firstAt } = facts.totals[type] ?? { count: 0, firstAt: occurredAt }
    facts.totals[type] = { count: count + 1, firstAt, lastAt: occurredAt }
  }
  for (const { survey, question, value, at } of lead.answers) {
    const answers = (facts.answers[survey] ??= {})
    answers[question] = { value, at }
  }
  return facts
}

/** Writes the leads with all that belongs to them, a statement per table. */
export async function insertLeads(db: Database, list: readonly ExampleLead[], library: Library): Promise<void> {
  await db.insert(leads).values(
    list.map(({ id, columns, fields }) => ({
      id,
      ...columns,
      fields,
      folded: foldedFields(columns, fields, library),
    })),
  )
  const of = <Row>(rows: (lead: ExampleLead) => Row[]) => list.flatMap(rows)
  await db.insert(leadTags).values(of(({ id, tags }) => tags.map((tag) => ({ leadId: id, tag }))))
  await db
    .insert(leadAssets)
    .values(of(({ id, received }) => received.map((lineage) => ({ leadId: id, lineage, receivedAt: new Date(0) }))))
  await db.insert(events).values(
    of((lead) =>
      lead.events.map(({ type, occurredAt, properties, isVoided }) => ({
        leadId: lead.id,
        type,
        occurredAt: new Date(occurredAt),
        properties,
        folded: foldProperties(properties),
        voidedAt: isVoided ? new Date(occurredAt) : null,
      })),
    ),
  )
  await db.execute(sql`
    insert into event_totals (lead_id, type, count, first_at, last_at)
    select lead_id, type, count(*), min(occurred_at), max(occurred_at)
    from events where voided_at is null group by lead_id, type`)
  await db.insert(surveyAnswers).values(
    of((lead) =>
      lead.answers.map(({ survey, question, value, at }) => ({
        leadId: lead.id,
        survey,
        question,
        value,
        folded: foldAnswer(value),
        answeredAt: new Date(at),
      })),
    ),
  )
  await db.insert(deliveries).values(
    of((lead) =>
      lead.deliveries.map(({ channel, purpose, status, countedAt }, visit) => ({
        id: newId(),
        leadId: lead.id,
        enrollmentId: lead.id,
        journeyId: lead.id,
        stepId: 'step',
        visit,
        channel,
        purpose,
        status,
        content: { body: '' },
        priority: 3,
        queuedAt: new Date(countedAt),
        countedAt: new Date(countedAt),
        claimableAt: new Date(countedAt),
      })),
    ),
  )
  await db.execute(sql`analyze`)
}
