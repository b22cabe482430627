/**
 * The gate's reasons in plain words: which rule, what it saw, until when, and what a person can do. One place for the API,
 * the timeline, `trellis lead explain` and the screens; every reason is here (the type says so, a test asks).
 */
import { mayCall } from '../compliance/call-windows.ts'
import { consentNeed } from '../compliance/consent-rules.ts'
import { locationOf, readCountry } from '../compliance/places.ts'
import type { Instant, Json } from '../facts.ts'
import { builtInEvents, type ContactChannel, type GateReason } from '../vocabulary.ts'
import { coolOffEndsAt, decideDelivery, type GateContext } from './gate.ts'
import { reasonTexts } from './reason-texts.ts'
import type { MessageIntent } from './types.ts'

/** Why something may not go, or not yet. */
export interface GateExplanation {
  reason: GateReason
  /** One sentence: "The lead downloaded something less than 3 days ago." */
  words: string
  /** The rule behind it: an id of engine/compliance, else the reason itself. */
  rule: string
  /** Law or regulation; null where the company's own choice decides. */
  citation: string | null
  /** What the rule saw, by name. */
  facts: Record<string, Json>
  /** First instant at which it may go as things stand; null = time alone does not help. */
  notBefore: Instant | null
  /** What a person can do about it: "Record a consent, …". */
  remedy: string
}

/** Explains one reason; with the question and what the gate looked at, also the rule, the facts and the instant. */
export function explainReason(
  reason: GateReason,
  asked?: { intent: MessageIntent; context: GateContext; notBefore?: Instant | null },
): GateExplanation {
  const text = reasonTexts[reason]
  const base: GateExplanation = {
    reason,
    words: text.words,
    rule: reason,
    citation: text.citation ?? null,
    facts: {},
    notBefore: asked?.notBefore ?? null,
    remedy: text.remedy,
  }
  return asked === undefined
    ? base
    : { ...base, ...details[reason]?.({ ...asked, notBefore: asked.notBefore ?? null }) }
}

type Asked = Required<NonNullable<Parameters<typeof explainReason>[1]>>
type Detail = (asked: Asked) => Partial<GateExplanation>

const consentDetail: Detail = ({ intent: { channel, purpose, now }, context: { facts, library } }) => {
  const country = readCountry(locationOf(facts.fields).country)
  const need = consentNeed(channel as ContactChannel, country, now, library.policy)
  const entry = facts.consents[`${purpose}:${channel}`]
  const seen = {
    country,
    state: entry?.state ?? 'none',
    basis: entry?.basis ?? null,
    expiresAt: isoOrNull(entry?.expiresAt),
    accepted: [...need.bases],
  }
  if (entry?.state === 'denied') return { words: `The lead said no to ${purpose} by ${channel}.`, facts: seen }
  return { rule: need.rule, citation: need.citation, words: need.text, facts: seen }
}

const listDetail: Detail = ({ context: { facts } }) => ({
  facts: {
    marked: facts.doNot.phone,
    lists: facts.callLists?.listedOn ?? [],
    copies: Object.fromEntries(
      (facts.callLists?.registries ?? []).map(({ registry, asOf }) => [registry, isoOrNull(asOf)]),
    ),
  },
})

const windowDetail: Detail = ({ intent: { channel, now }, context: { facts, library, zone }, notBefore }) => {
  if (channel !== 'phone') return {}
  const hours = { window: library.policy.callWindow, zone }
  const present = mayCall(locationOf(facts.fields), now, hours)
  // It may be callable now and held until a closed hour by something else: then the rule of that hour is meant.
  const verdict =
    present.allowed && notBefore !== null ? mayCall(locationOf(facts.fields), notBefore - 1, hours) : present
  const { country, regions, zones } = verdict.place
  return {
    words: verdict.text,
    rule: verdict.rule,
    citation: verdict.citation,
    facts: { country, regions: regions === null || regions.length > 5 ? null : regions, zones },
  }
}

/** What more can be said when the question is known. */
const details: Partial<Record<GateReason, Detail>> = {
  no_consent: consentDetail,
  consent_expired: consentDetail,
  do_not_call: listDetail,
  dnc_listed: listDetail,
  dnc_stale: listDetail,
  outside_window: windowDetail,
  suppressed: ({ intent, context: { facts } }) => {
    const stop = facts.suppressed[intent.channel as ContactChannel]
    return { facts: { reason: stop?.reason ?? null, since: isoOrNull(stop?.at) } }
  },
  cool_off: ({ context }) => ({
    facts: {
      downloadedAt: isoOrNull(context.facts.totals[builtInEvents.downloaded]?.lastAt),
      ends: isoOrNull(coolOffEndsAt(context)),
    },
  }),
  reply_pending: ({ context }) => ({ facts: { until: isoOrNull(context.facts.replyHeldUntil) } }),
}

function isoOrNull(instant: Instant | null | undefined): string | null {
  return instant === null || instant === undefined || !Number.isFinite(instant) ? null : new Date(instant).toISOString()
}

/** The gate's word on one question, with why. */
export type ExplainedDecision =
  | { allowed: true; notBefore: null; why: null }
  | { allowed: false; notBefore: Instant | null; why: GateExplanation }

/** Asks the gate and explains its answer. `notBefore` is null for what time alone will not allow. */
export function explainDecision(intent: MessageIntent, context: GateContext): ExplainedDecision {
  const decision = decideDelivery(intent, context)
  if (decision.verdict === 'queued') return { allowed: true, notBefore: null, why: null }
  const notBefore = decision.verdict === 'deferred' ? decision.notBefore : null
  return { allowed: false, notBefore, why: explainReason(decision.reason, { intent, context, notBefore }) }
}
