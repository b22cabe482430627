/**
 * The gate: may this message (or call) go out, now? One pure function asked by the turn before it queues, by the mailroom
 * before it sends and by the simulator, so that none of them can disagree. Design and rejected ideas: docs/adr/0005.
 *
 * Sources of the rules (each rule of law as dated data in engine/compliance/): opt-outs bind every sender at once (CAN-SPAM, 16 CFR 316; RFC 8058 §3.2); objection to direct
 * marketing is absolute (GDPR Art. 21); consent must be shown and can expire (GDPR Art. 7; CASL ss. 6, 10); no
 * telephone solicitation before 8 am or after 9 pm of the called party's local time (47 CFR 64.1200(c)(1)) nor to who is
 * on a do-not-call list (64.1200(c)(2), (d)); no call right after a download (PLAYBOOK D1).
 */
import { nextCallInstant } from '../compliance/call-windows.ts'
import { consentNeed } from '../compliance/consent-rules.ts'
import { locationOf, readCountry } from '../compliance/places.ts'
import type { Facts, Instant } from '../facts.ts'
import type { JourneySettings } from '../graph/schema.ts'
import type { Library } from '../library.ts'
import { isRefused } from '../preferences.ts'
import { checkPostalAddress, type AddressProblem } from '../postal.ts'
import { dayMs } from '../schedule/calendar.ts'
import { addDuration } from '../schedule/duration.ts'
import { nextInWindow, nextOutsideWindow } from '../schedule/window.ts'
import { builtInEvents, type ContactChannel, type GateReason } from '../vocabulary.ts'
import { checkCaps } from './caps.ts'
import { leadWishes } from './lead-wishes.ts'
import type { GateDecision, MessageIntent } from './types.ts'

/** What the gate looks at; `Facts`, `Library` and `JourneySettings` fit as they are. */
export interface GateContext {
  /** `deliveries` must reach back as far as the longest cap; `totals` must hold `downloaded` for calls. */
  facts: Pick<
    Facts,
    'erased' | 'fields' | 'totals' | 'deliveries' | 'consents' | 'suppressed' | 'doNot' | 'replyHeldUntil' | 'callLists'
  >
  library: Pick<Library, 'policy'>
  settings: Pick<JourneySettings, 'sendWindow' | 'callCoolOff'>
  /** IANA zone of the lead, or the journey's when the lead's is unknown. */
  zone: string
}

/** A message can alternate between caps, quiet hours and windows only so often before nothing will ever fit. */
const maxPostponements = 500

/**
 * Decides. Refusals come first (erased, address, do-not flags, suppression, objection, refused topics, consent), then time: a message that may not
 * go now is `deferred` to the first instant at which it may, as things stand; one that will be stale by then, or that
 * no instant suits, is `skipped`. `reason` of a deferral is the rule that pushes it furthest.
 *
 * Internal notices need only a lead that is not erased. Transactional messages answer the lead's own act: they need no
 * consent and ignore caps, quiet hours and the journey's send window, but never a suppression or a do-not flag: who
 * wants no mail gets none. Calls (`phone`) are held by the call window and the cool-off after a download; whether a
 * number is known is for the person who calls to see, and caps count messages only.
 *
 * @throws {RangeError} when the zone or a duration of the policy cannot be read.
 */
export function decideDelivery(intent: MessageIntent, context: GateContext): GateDecision {
  const refusal = refuse(intent, context)
  if (refusal !== null) return skipped(refusal)
  const isFree = intent.channel !== 'phone' && (isInternal(intent) || intent.purpose === 'transactional')
  return isFree
    ? settle(intent, context, [])
    : settle(intent, context, [...leadWishes(intent, context), ...postponements(intent, context)])
}

/** Why it can never go out, whatever the hour; null when only time can hold it back. */
function refuse(intent: MessageIntent, context: GateContext): GateReason | null {
  const { facts } = context
  if (facts.erased) return 'lead_erased'
  if (isInternal(intent)) return null
  const channel = intent.channel as ContactChannel
  const unreachable = addressRefusal(channel, facts.fields)
  if (unreachable !== null) return unreachable
  if (facts.doNot[channel]) return doNotReasons[channel]
  if (facts.suppressed[channel] !== undefined) return 'suppressed'
  if (isMarketing(intent) && facts.fields['objected'] === true) return 'objected'
  if (isMarketing(intent) && isRefused(intent.topics ?? [], facts.fields)) return 'topic_refused'
  if (channel === 'phone') {
    const listed = listRefusal(intent, context)
    if (listed !== null) return listed
  }
  return consentRefusal(intent, context, intent.now)
}

const doNotReasons = {
  email: 'do_not_email',
  postcard: 'do_not_mail',
  phone: 'do_not_call',
} satisfies Record<ContactChannel, GateReason>

const postalReasons = {
  missing: 'no_address',
  incomplete: 'address_incomplete',
  unprintable: 'address_unprintable',
} satisfies Record<AddressProblem, GateReason>

function addressRefusal(channel: ContactChannel, fields: Facts['fields']): GateReason | null {
  if (channel === 'phone') return null
  if (channel === 'email') {
    const { email } = fields
    return typeof email === 'string' && email.trim() !== '' ? null : 'no_address'
  }
  const wrong = checkPostalAddress(fields)
  return wrong === null ? null : postalReasons[wrong]
}

/** Marketing needs a consent or at least no objection, by the policy; `at` decides whether a consent has run out. */
function consentRefusal(intent: MessageIntent, { facts, library }: GateContext, at: Instant): GateReason | null {
  if (!isMarketing(intent)) return null
  const consent = facts.consents[`${intent.purpose}:${intent.channel}`]
  if (consent?.state === 'denied') return 'no_consent'
  const country = readCountry(locationOf(facts.fields).country)
  const need = consentNeed(intent.channel as ContactChannel, country, at, library.policy)
  if (!need.required) return null
  if (consent === undefined || !need.bases.includes(consent.basis ?? 'consent')) return 'no_consent'
  return consent.expiresAt !== null && consent.expiresAt <= at ? 'consent_expired' : null
}

/**
 * The company's own list binds always (47 CFR 64.1200(d)(3)); a registry yields to an express consent that has not run out
 * ((c)(2)(ii)). Calls that answer the lead's own act are no solicitation.
 */
function listRefusal(intent: MessageIntent, { facts }: GateContext): GateReason | null {
  const listedOn = facts.callLists?.listedOn ?? []
  if (listedOn.includes(companyDncList)) return 'do_not_call'
  if (!isMarketing(intent) || listedOn.length === 0) return null
  const consent = facts.consents[`${intent.purpose}:phone`]
  const isAsked =
    consent?.state === 'granted' &&
    (consent.basis ?? 'consent') === 'consent' &&
    (consent.expiresAt === null || consent.expiresAt > intent.now)
  return isAsked ? null : 'dnc_listed'
}

/** Name of the company's own do-not-call list among the registries. */
export const companyDncList = 'company'

function isMarketing({ purpose }: MessageIntent): boolean {
  return purpose === 'nurture' || purpose === 'promotional'
}

/** One rule of time: the first instant not before `at` that suits it; null when none ever does. */
interface Postponement {
  reason: GateReason
  next(at: Instant): Instant | null
}

function postponements(intent: MessageIntent, context: GateContext): Postponement[] {
  return intent.channel === 'phone' ? callPostponements(intent, context) : messagePostponements(intent, context)
}

/** A registry older than this must not be called from (47 CFR 64.1200(c)(2)(i)(D): "no more than 31 days prior"). */
const registryLastsMs = 31 * dayMs
/** When a stale registry is looked at again: the call is put off, not lost, because somebody forgot an import. */
const staleAgainMs = dayMs

function callPostponements({ now }: MessageIntent, context: GateContext): Postponement[] {
  const { facts, library, zone } = context
  const coolOffEnds = coolOffEndsAt(context)
  const location = locationOf(facts.fields)
  const hours = { window: library.policy.callWindow, zone }
  const isStale = facts.callLists?.registries.some(({ asOf }) => now - asOf > registryLastsMs) ?? false
  return [
    { reason: 'cool_off', next: (at) => Math.max(at, coolOffEnds) },
    { reason: 'dnc_stale', next: (at) => (isStale ? Math.max(at, now + staleAgainMs) : at) },
    { reason: 'outside_window', next: (at) => nextCallInstant(location, at, hours) },
  ]
}

/** When the cool-off after the latest download is over (PLAYBOOK D1); -Infinity when nothing was downloaded. */
export function coolOffEndsAt({
  facts,
  library: { policy },
  settings,
  zone,
}: Pick<GateContext, 'library' | 'settings' | 'zone'> & { facts: Pick<Facts, 'totals'> }): Instant {
  const downloadedAt = facts.totals[builtInEvents.downloaded]?.lastAt
  if (downloadedAt === undefined) return -Infinity
  return Math.max(
    ...[policy.callCoolOff, settings.callCoolOff].map((length) => addDuration(downloadedAt, length, zone)),
  )
}

function messagePostponements(intent: MessageIntent, context: GateContext): Postponement[] {
  const { facts, library, settings, zone } = context
  const { quietHours } = library.policy
  const { sendWindow } = settings
  const caps = checkCaps(intent, facts.deliveries, library.policy, zone)
  const { replyHeldUntil } = facts
  return [
    // Who has just written to us is answered by a person first, not by the next chapter of a campaign.
    ...(replyHeldUntil === undefined || replyHeldUntil === null
      ? []
      : [{ reason: 'reply_pending' as const, next: (at: Instant) => Math.max(at, replyHeldUntil) }]),
    ...(quietHours === undefined
      ? []
      : [{ reason: 'quiet_hours' as const, next: (at: Instant) => nextOutsideWindow(at, quietHours, zone) }]),
    ...(sendWindow === undefined
      ? []
      : [{ reason: 'outside_window' as const, next: (at: Instant) => nextInWindow(at, sendWindow, zone) }]),
    { reason: 'cap_reached', next: (at) => (caps.hasRoom(at) ? at : caps.nextRoom(at)) },
  ]
}

/** Moves on until every rule agrees on one instant. Caps are asked last, so that they are asked at a fitting hour. */
function settle(intent: MessageIntent, context: GateContext, rules: readonly Postponement[]): GateDecision {
  let at = intent.now
  let longest: { reason: GateReason; byMs: number } = { reason: 'stale', byMs: 0 }
  for (let moves = 0; ; moves += 1) {
    const rule = rules.find((candidate) => candidate.next(at) !== at)
    if (rule === undefined) break
    const next = rule.next(at)
    if (next === null || moves === maxPostponements) return skipped(rule.reason)
    const isOver = rule.reason === 'cap_reached' || rule.reason === 'lead_cadence'
    if (isOver && intent.overCap === 'skip') return skipped(rule.reason)
    if (next - at > longest.byMs) longest = { reason: rule.reason, byMs: next - at }
    at = next
  }
  if (intent.staleAt !== null && at > intent.staleAt) return skipped('stale')
  if (at === intent.now) return { verdict: 'queued' }
  const refusal = consentRefusal(intent, context, at)
  return refusal === null ? { verdict: 'deferred', notBefore: at, reason: longest.reason } : skipped(refusal)
}

function isInternal(intent: MessageIntent): boolean {
  return intent.purpose === 'internal' || intent.channel === 'notification'
}

function skipped(reason: GateReason): GateDecision {
  return { verdict: 'skipped', reason }
}
