/**
 * The gate's reasons in plain words: which rule, what it saw, until when, and what a person can do. One place for the API,
 * the timeline, `trellis lead explain` and the screens; every reason is here (the type says so, a test asks).
 */
import { mayCall } from '../compliance/call-windows.ts'
import { consentNeed } from '../compliance/consent-rules.ts'
import { locationOf, readCountry } from '../compliance/places.ts'
import type { Instant, Json } from '../facts.ts'
import type { ContactChannel, GateReason } from '../vocabulary.ts'
import { coolOffEndsAt, decideDelivery, type GateContext } from './gate.ts'
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

/** What is always true of a reason. */
interface ReasonText {
  words: string
  remedy: string
  citation?: string
}

/** Every reason of the gate. */
export const reasonTexts: Readonly<Record<GateReason, ReasonText>> = {
  no_address: {
    words: 'No address is known for this channel.',
    remedy: 'Complete the address of the lead.',
  },
  address_incomplete: {
    words: 'The postal address lacks a part that its country needs.',
    remedy: 'Complete street, city, postal code and country.',
  },
  address_unprintable: {
    words: 'The name or address has letters that our printer cannot print.',
    remedy: 'Write name and address in letters that can be printed.',
  },
  no_consent: {
    words: 'There is no consent, or it was refused or taken back.',
    remedy: 'Ask the lead, and record the consent with its wording.',
    citation: 'GDPR Art. 6(1)(a), 7',
  },
  consent_expired: {
    words: 'The consent has run out.',
    remedy: 'Ask the lead to renew it, and record the new consent.',
    citation: 'GDPR Art. 7; CASL s. 10',
  },
  objected: {
    words: 'The lead objects to marketing: nothing of that kind on any channel, and no scoring.',
    remedy: 'Only the lead can take the objection back.',
    citation: 'GDPR Art. 21(2), (3)',
  },
  suppressed: {
    words: 'Contact on this channel was stopped.',
    remedy: 'A person may lift it with a reason, when the lead asks for contact again.',
    citation: '15 U.S.C. 7704(a)(4); GDPR Art. 21(3)',
  },
  do_not_email: {
    words: 'The lead is marked "do not email".',
    remedy: 'A person may clear the mark, when the lead asks for mail.',
  },
  do_not_mail: {
    words: 'The lead is marked "do not mail".',
    remedy: 'A person may clear the mark, when the lead asks for post.',
  },
  do_not_call: {
    words: 'The lead is marked "do not call", or its number is on the company\'s own do-not-call list.',
    remedy: 'A person may clear the mark, when the lead asks to be called.',
    citation: '47 CFR 64.1200(d)(3), (6)',
  },
  dnc_listed: {
    words: 'The number is on a do-not-call registry.',
    remedy: 'Call only after the lead has agreed to calls: record that consent.',
    citation: '47 CFR 64.1200(c)(2)',
  },
  dnc_stale: {
    words: "The company's copy of the do-not-call registry is older than 31 days.",
    remedy: 'Import a new copy: trellis dnc import FILE --registry us --as-of DATE.',
    citation: '47 CFR 64.1200(c)(2)(i)(D)',
  },
  paused_by_lead: {
    words: 'The lead has asked us to pause.',
    remedy: 'Wait until the day it named; it can end the pause in its preference centre.',
  },
  lead_cadence: {
    words: 'The lead has asked for less: it wants no more than this for now.',
    remedy: 'Wait; the lead can change how often in its preference centre.',
  },
  cap_reached: {
    words: 'The lead has had as many messages as the company allows in that time.',
    remedy: 'Wait for room, or change the caps of the contact policy.',
  },
  quiet_hours: {
    words: 'It is quiet hours where the lead is.',
    remedy: 'Wait until they end.',
  },
  outside_window: {
    words: 'It is outside the hours in which this may be done where the lead is.',
    remedy: "Wait for the window; complete the lead's address if it was placed wrongly.",
  },
  cool_off: {
    words: 'The lead downloaded something a short while ago and is not called yet.',
    remedy: 'Wait until the cool-off is over.',
  },
  reply_pending: {
    words: 'The lead has written to us and is answered by a person first.',
    remedy: 'Answer the lead; marketing goes on afterwards.',
  },
  stale: {
    words: 'It came too late to be of use.',
    remedy: 'Nothing: it was meant for an earlier time.',
  },
  duplicate: { words: 'The lead already had this.', remedy: 'Nothing: once is enough.' },
  enrollment_ended: {
    words: 'The lead has left the journey this belongs to.',
    remedy: 'Enrol the lead again, if it should go on.',
  },
  enrollment_paused: {
    words: 'The lead is paused or waits for a person in the journey this belongs to.',
    remedy: 'Resume or retry the enrollment.',
  },
  journey_off: {
    words: 'The journey this belongs to is switched off.',
    remedy: 'Switch the journey on.',
  },
  live_sending_off: {
    words: 'Live sending is switched off.',
    remedy: 'An owner can switch it on: trellis live-sending on.',
  },
  on_hold: {
    words: 'Everything is on hold, as after a restored backup.',
    remedy: 'Look at what would go out, then release it: trellis hold off.',
  },
  lead_erased: {
    words: 'The lead was erased.',
    remedy: 'Nothing: nobody is there to be contacted.',
    citation: 'GDPR Art. 17',
  },
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
  return asked === undefined ? base : { ...base, ...detailOf(reason, asked.intent, asked.context) }
}

function detailOf(reason: GateReason, intent: MessageIntent, context: GateContext): Partial<GateExplanation> {
  const { facts, library, zone } = context
  const { channel, purpose, now } = intent
  switch (reason) {
    case 'no_consent':
    case 'consent_expired': {
      const country = readCountry(locationOf(facts.fields).country)
      const need = consentNeed(channel as ContactChannel, country, now, library.policy)
      const entry = facts.consents[`${purpose}:${channel}`]
      const isRefused = entry?.state === 'denied'
      return {
        ...(isRefused ? { words: `The lead said no to ${purpose} by ${channel}.` } : {}),
        ...(need.required && !isRefused
          ? { rule: need.rule, citation: need.citation, words: `${reasonTexts[reason].words} ${need.text}` }
          : {}),
        facts: {
          country,
          state: entry?.state ?? 'none',
          basis: entry?.basis ?? null,
          expiresAt: isoOrNull(entry?.expiresAt),
          accepted: [...need.bases],
        },
      }
    }
    case 'suppressed': {
      const stop = facts.suppressed[channel as ContactChannel]
      return { facts: { reason: stop?.reason ?? null, since: isoOrNull(stop?.at) } }
    }
    case 'dnc_listed':
    case 'dnc_stale':
    case 'do_not_call':
      return {
        facts: {
          marked: facts.doNot.phone,
          lists: facts.callLists?.listedOn ?? [],
          copies: Object.fromEntries(
            (facts.callLists?.registries ?? []).map(({ registry, asOf }) => [registry, isoOrNull(asOf)]),
          ),
        },
      }
    case 'outside_window': {
      if (channel !== 'phone') return {}
      const verdict = mayCall(locationOf(facts.fields), now, { window: library.policy.callWindow, zone })
      const { country, regions, zones } = verdict.place
      return {
        words: verdict.text,
        rule: verdict.rule,
        citation: verdict.citation,
        facts: { country, regions: regions === null || regions.length > 5 ? null : regions, zones },
      }
    }
    case 'cool_off':
      return {
        facts: { downloadedAt: isoOrNull(facts.totals['downloaded']?.lastAt), ends: isoOrNull(coolOffEndsAt(context)) },
      }
    case 'reply_pending':
      return { facts: { until: isoOrNull(facts.replyHeldUntil) } }
    default:
      return {}
  }
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
