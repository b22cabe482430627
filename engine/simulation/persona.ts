/** A lead as it is made up by hand: a few fields, tags, what it did; everything else is as for a lead of yesterday. */
import type { Rule } from '../conditions/schema.ts'
import type { Facts, FieldValue, Instant, Json } from '../facts.ts'
import type { Library } from '../library.ts'
import { attentions, contactChannels, stages, type Attention, type Stage } from '../vocabulary.ts'
import { actsThatSatisfy } from './imagine.ts'

export interface Persona {
  name: string
  /** IANA name; null = unknown. */
  zone?: string | null
  stage?: Stage
  attention?: Attention
  score?: number
  fields?: Record<string, FieldValue>
  tags?: string[]
  /** How often it did what before the start, and how many days ago the latest. */
  did?: { event: string; times: number; daysAgo?: number; properties?: Record<string, Json> }[]
  /** Has agreed to be written to, sent cards and called. @default true */
  hasConsented?: boolean
  /** Assets it has had, by lineage. */
  received?: string[]
  /** Survey → question → answer. */
  answers?: Record<string, Record<string, Json>>
}

const dayMs = 86_400_000

/** The facts of a persona on the day it enters. Its id is made of its name, so that sticky splits stay as they are. */
export function personaFacts(persona: Persona, startAt: Instant): Facts {
  const { name, zone = null, stage = 'new', attention = 'warm', score = 0, fields = {}, tags = [], did = [] } = persona
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || 'persona'
  const joined = startAt - dayMs
  const facts: Facts = {
    leadId: `persona-${slug}`,
    fields: {
      email: `${slug}@example.com`,
      first_name: name,
      created_at: joined,
      last_activity_at: null,
      do_not_email: false,
      do_not_mail: false,
      do_not_call: false,
      objected: false,
      ...fields,
      zone,
      stage: stages.includes(stage) ? stage : 'new',
      attention: attentions.includes(attention) ? attention : 'warm',
      score,
    },
    stage,
    attention,
    score,
    zone,
    isTest: false,
    erased: false,
    tags: Object.fromEntries(tags.map((tag) => [tag, joined])),
    events: {},
    totals: {},
    answers: {},
    received: Object.fromEntries((persona.received ?? []).map((lineage) => [lineage, joined])),
    deliveries: [],
    consents: persona.hasConsented === false ? {} : consentsSince(joined),
    suppressed: {},
    doNot: {
      email: fields['do_not_email'] === true,
      postcard: fields['do_not_mail'] === true,
      phone: fields['do_not_call'] === true,
    },
    replyHeldUntil: null,
    callLists: null,
    own: { deliveries: {}, tasks: {}, effects: {} },
  }
  for (const { event, times, daysAgo = 1, properties = {} } of did) {
    if (times < 1) continue
    const instants = Array.from({ length: times }, (_, index) => startAt - (daysAgo + (times - 1 - index) * 7) * dayMs)
    const [first = startAt, last = startAt] = [instants[0], instants.at(-1)]
    facts.events[event] = instants.map((occurredAt) => ({ type: event, occurredAt, properties }))
    facts.totals[event] = { count: times, firstAt: first, lastAt: last }
    facts.fields['last_activity_at'] = Math.max(last, Number(facts.fields['last_activity_at'] ?? 0))
  }
  for (const [survey, answers] of Object.entries(persona.answers ?? {}))
    facts.answers[survey] = Object.fromEntries(
      Object.entries(answers).map(([question, value]) => [question, { value, at: joined }]),
    )
  return facts
}

function consentsSince(at: Instant): Facts['consents'] {
  const purposes = ['nurture', 'promotional']
  return Object.fromEntries(
    purposes.flatMap((purpose) =>
      contactChannels.map((channel) => [`${purpose}:${channel}`, { state: 'granted' as const, at, expiresAt: null }]),
    ),
  )
}

/** Reached by every channel, so that the first rehearsal shows all of a journey. */
export const reachable: Record<string, FieldValue> = {
  phone: '+44 20 7946 0000',
  address_line1: '1 Sample Street',
  city: 'London',
  postal_code: 'EC1A 1BB',
  country: 'United Kingdom',
}

/**
 * Somebody whom a rule means, as far as one can be made up: the first lead an author rehearses with gets in. What nothing
 * made up could bring about is left as it is.
 */
export function personaThatMatches(
  name: string,
  rule: Rule,
  { library, startAt, zone }: { library: Library; startAt: Instant; zone: string },
): Persona {
  const persona: Persona = { name, zone, fields: { ...reachable }, tags: [], did: [] }
  const context = { facts: personaFacts(persona, startAt), library, now: startAt, zone }
  const did = new Map<string, number>()
  for (const act of actsThatSatisfy(rule, context) ?? []) {
    if (act.kind === 'event') did.set(act.type, (did.get(act.type) ?? 0) + 1)
    else if (act.kind === 'set_field') persona.fields = { ...persona.fields, [act.field]: act.value }
    else if (act.kind === 'add_tag') persona.tags = [...(persona.tags ?? []), act.tag]
    else if (act.kind === 'set_stage') persona.stage = act.stage
    else if (act.kind === 'set_attention') persona.attention = act.attention
    else if (act.kind === 'add_score') persona.score = act.delta
    else if (act.kind === 'answers')
      persona.answers = { ...persona.answers, [act.survey]: { ...persona.answers?.[act.survey], ...act.answers } }
  }
  persona.did = Array.from(did, ([event, times]) => ({ event, times }))
  return persona
}
