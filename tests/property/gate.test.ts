import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayCall } from '#engine/compliance/call-windows.ts'
import { locationOf } from '#engine/compliance/places.ts'
import type { FactDelivery, Instant } from '#engine/facts.ts'
import { decideDelivery, type GateContext } from '#engine/gate/gate.ts'
import type { GateDecision, MessageIntent } from '#engine/gate/types.ts'
import { weekdays, type LocalWindow } from '#engine/graph/schema.ts'
import { contactPolicySchema, type ContactPolicy } from '#engine/library.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { isInWindow } from '#engine/schedule/window.ts'
import { deliveryStatuses, purposes } from '#engine/vocabulary.ts'

const seed = 20_261
const hour = 3_600_000
const start = Date.UTC(2026, 2, 20)

const zone = fc.constantFrom('Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC')
/** Three weeks around the days on which Europe, America and Lord Howe change their clocks. */
const instant = fc.integer({ min: 0, max: 24 * 60 * 21 }).map((minutes) => start + minutes * 60_000)
const time = fc
  .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.constantFrom(0, 15, 30, 59) })
  .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
const window: fc.Arbitrary<LocalWindow> = fc.record({
  days: fc.subarray([...weekdays], { minLength: 1 }),
  from: time,
  to: time,
})
const cap = fc.record(
  {
    channel: fc.constantFrom('email' as const, 'postcard' as const),
    max: fc.integer({ min: 1, max: 4 }),
    within: fc.constantFrom('PT5H', 'P1D', 'P3D', 'P1W', 'P1M'),
  },
  { requiredKeys: ['max', 'within'] },
)
const policy: fc.Arbitrary<ContactPolicy> = fc
  .record(
    { caps: fc.array(cap, { maxLength: 3 }), quietHours: window, requireConsent: fc.boolean() },
    { requiredKeys: ['caps', 'requireConsent'] },
  )
  .map((parts) => contactPolicySchema.parse({ leadsAre: 'businesses', ...parts }))
const delivery: fc.Arbitrary<FactDelivery> = fc.record({
  channel: fc.constantFrom('email' as const, 'postcard' as const, 'notification' as const),
  purpose: fc.constantFrom(...purposes),
  status: fc.constantFrom(...deliveryStatuses),
  countedAt: instant,
  assetLineage: fc.constant(null),
})
const consent = fc.record({
  state: fc.constantFrom('granted' as const, 'denied' as const),
  at: fc.constant(start),
  expiresAt: fc.option(instant),
})

interface Case {
  intent: MessageIntent
  context: GateContext
}

const gateCase: fc.Arbitrary<Case> = fc
  .record({
    zone,
    policy,
    sendWindow: fc.option(window, { nil: undefined }),
    callCoolOff: fc.constantFrom('PT0S', 'P1D', 'P3D'),
    deliveries: fc.array(delivery, { maxLength: 8 }),
    consents: fc.dictionary(fc.constantFrom('nurture:email', 'promotional:email', 'nurture:phone'), consent),
    suppressed: fc.constantFrom({}, {}, {}, { email: { at: start, reason: 'unsubscribed' } }),
    doNotEmail: fc.constantFrom(false, false, false, true),
    downloadedAt: fc.option(instant),
    intent: fc.record({
      channel: fc.constantFrom('email' as const, 'postcard' as const, 'phone' as const, 'notification' as const),
      purpose: fc.constantFrom(...purposes),
      now: instant,
      staleAt: fc.option(instant),
      overCap: fc.constantFrom('defer' as const, 'skip' as const),
    }),
  })
  .map((parts) => ({
    intent: parts.intent,
    context: {
      zone: parts.zone,
      library: { policy: parts.policy },
      settings: {
        callCoolOff: parts.callCoolOff,
        ...(parts.sendWindow === undefined ? {} : { sendWindow: parts.sendWindow }),
      },
      facts: {
        erased: false,
        fields: { email: 'a@b.example', address_line1: '1 Road', city: 'Town', postal_code: '75001', country: 'FR' },
        totals:
          parts.downloadedAt === null
            ? {}
            : { downloaded: { count: 1, firstAt: parts.downloadedAt, lastAt: parts.downloadedAt } },
        deliveries: parts.deliveries,
        consents: parts.consents,
        suppressed: parts.suppressed,
        doNot: { email: parts.doNotEmail, postcard: false, phone: false },
      },
    },
  }))

function holds(check: (one: Case) => void): void {
  fc.assert(fc.property(gateCase, check), { seed, numRuns: 3000 })
}

/** The instant a decision lets the message go; null when it never goes. */
function goesAt(decision: GateDecision, now: Instant): Instant | null {
  if (decision.verdict === 'skipped') return null
  return decision.verdict === 'queued' ? now : decision.notBefore
}

const isMarketing = ({ channel, purpose }: MessageIntent): boolean =>
  channel !== 'notification' && (purpose === 'nurture' || purpose === 'promotional')

describe('decideDelivery()', () => {
  test('never lets marketing go in quiet hours or outside the send window, nor a call outside legal hours', () => {
    let deferred = 0
    holds(({ intent, context }) => {
      const decision = decideDelivery(intent, context)
      const at = goesAt(decision, intent.now)
      if (at === null) return
      if (decision.verdict === 'deferred') deferred += 1
      expect(isAllowedHour(at, intent, context)).toBe(true)
    })
    expect(deferred).toBeGreaterThan(250)
  })

  test('defers to an instant that suits the gate when nothing else changes, and never to the past', () => {
    holds(({ intent, context }) => {
      const decision = decideDelivery(intent, context)
      if (decision.verdict !== 'deferred') return
      expect(decision.notBefore).toBeGreaterThan(intent.now)
      expect(decideDelivery({ ...intent, now: decision.notBefore }, context)).toEqual({ verdict: 'queued' })
      // As the row itself, at the claim.
      const own = rowOf(intent, decision.notBefore)
      if (own === null) return
      const again = { ...intent, now: decision.notBefore, exclude: { countedAt: decision.notBefore } }
      const facts = { ...context.facts, deliveries: [...context.facts.deliveries, own] }
      expect(decideDelivery(again, { ...context, facts })).toEqual({ verdict: 'queued' })
    })
  })

  test('defers no longer than needed: every earlier quarter of an hour is refused', () => {
    let looked = 0
    fc.assert(
      fc.property(gateCase, ({ intent, context }) => {
        const decision = decideDelivery({ ...intent, overCap: 'defer', staleAt: null }, context)
        if (decision.verdict !== 'deferred' || decision.notBefore - intent.now > 72 * hour) return
        looked += 1
        for (let at = intent.now; at < decision.notBefore; at += 15 * 60_000) {
          expect(decideDelivery({ ...intent, now: at, overCap: 'defer', staleAt: null }, context).verdict).toBe(
            'deferred',
          )
        }
      }),
      { seed, numRuns: 400 },
    )
    expect(looked).toBeGreaterThan(40)
  })

  test('never exceeds a cap, however many messages are decided one after the other', () => {
    let held = 0
    fc.assert(
      fc.property(gateCase, fc.array(fc.tuple(instant, fc.boolean()), { minLength: 4, maxLength: 12 }), (one, asks) => {
        const context = openTo(one.context)
        for (const [now, isEmail] of asks.toSorted(([a], [b]) => a - b)) {
          const intent: MessageIntent = {
            channel: isEmail ? 'email' : 'postcard',
            purpose: 'nurture',
            now,
            staleAt: null,
            overCap: 'defer',
          }
          const at = goesAt(decideDelivery(intent, context), intent.now)
          if (at === null) continue
          if (at > now) held += 1
          context.facts.deliveries.push(rowOf(intent, at) as FactDelivery)
        }
        expectCapsKept(context)
      }),
      { seed, numRuns: 600 },
    )
    expect(held).toBeGreaterThan(500)
  })

  test('keeps every cap when queued rows are sent late, in any order, each asked about again', () => {
    let sent = 0
    fc.assert(
      fc.property(
        gateCase,
        fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 60 })), { minLength: 20, maxLength: 20 }),
        fc.array(instant, { minLength: 3, maxLength: 8 }),
        (one, picks, queuedAt) => {
          const context = openTo(one.context)
          const ask: Omit<MessageIntent, 'now'> = {
            channel: 'email',
            purpose: 'nurture',
            staleAt: null,
            overCap: 'defer',
          }
          for (const now of queuedAt.toSorted((a, b) => a - b)) {
            const at = goesAt(decideDelivery({ ...ask, now }, context), now)
            if (at !== null) context.facts.deliveries.push(rowOf(ask, at) as FactDelivery)
          }
          let now = Math.max(...queuedAt)
          for (const [pick, laterHours] of picks) {
            now += laterHours * hour
            const due = context.facts.deliveries.filter((row) => row.status === 'queued' && row.countedAt <= now)
            const row = due[pick % Math.max(1, due.length)]
            if (row === undefined) continue
            const intent = { ...ask, now, exclude: { countedAt: row.countedAt } }
            const decision = decideDelivery(intent, context)
            if (decision.verdict === 'queued') Object.assign(row, { status: 'accepted', countedAt: now })
            else if (decision.verdict === 'deferred') row.countedAt = decision.notBefore
            else row.status = 'skipped'
          }
          context.facts.deliveries = context.facts.deliveries.filter((row) => row.status === 'accepted')
          sent += context.facts.deliveries.length
          expectCapsKept(context)
        },
      ),
      { seed, numRuns: 500 },
    )
    expect(sent).toBeGreaterThan(500)
  })

  test('never queues for a suppressed channel, a do-not flag or a withdrawn consent', () => {
    let refused = 0
    holds(({ intent, context }) => {
      const { facts } = context
      if (intent.purpose === 'internal' || intent.channel === 'notification') return
      const isDenied = isMarketing(intent) && facts.consents[`${intent.purpose}:${intent.channel}`]?.state === 'denied'
      const isBlocked = intent.channel === 'email' && (facts.suppressed.email !== undefined || facts.doNot.email)
      if (!isDenied && !isBlocked) return
      refused += 1
      expect(decideDelivery(intent, context).verdict).toBe('skipped')
    })
    expect(refused).toBeGreaterThan(200)
  })

  test('never lets a message go after it has become stale', () => {
    let looked = 0
    holds(({ intent, context }) => {
      const at = goesAt(decideDelivery(intent, context), intent.now)
      if (at === null || intent.staleAt === null) return
      looked += 1
      expect(at).toBeLessThanOrEqual(intent.staleAt)
    })
    expect(looked).toBeGreaterThan(300)
  })
})

function isAllowedHour(
  at: Instant,
  intent: MessageIntent,
  { facts, library: { policy }, settings, zone }: GateContext,
): boolean {
  if (intent.channel === 'phone') {
    const isLegal = mayCall(locationOf(facts.fields), at, { window: policy.callWindow, zone }).allowed
    return isLegal && isInWindow(at, policy.callWindow, 'Europe/Paris')
  }
  if (!isMarketing(intent)) return true
  const isQuiet = policy.quietHours !== undefined && isInWindow(at, policy.quietHours, zone)
  return !isQuiet && (settings.sendWindow === undefined || isInWindow(at, settings.sendWindow, zone))
}

/** The same company rules over a lead whom nothing but time holds back, and who got nothing yet. */
function openTo(context: GateContext): GateContext {
  const policy = { ...context.library.policy, requireConsent: false }
  const doNot = { email: false, postcard: false, phone: false }
  return {
    ...context,
    library: { policy },
    facts: { ...context.facts, doNot, consents: {}, suppressed: {}, deliveries: [] },
  }
}

/** What the ledger holds of a decided message; null for calls. */
function rowOf(intent: Omit<MessageIntent, 'now'>, countedAt: Instant): FactDelivery | null {
  if (intent.channel === 'phone') return null
  return { channel: intent.channel, purpose: intent.purpose, status: 'queued', countedAt, assetLineage: null }
}

/** Counted by brute force: at the instant of each message, how many lie in the window that has not yet passed. */
function expectCapsKept({ facts, library, zone }: GateContext): void {
  for (const { channel, max, within } of library.policy.caps) {
    const rows = facts.deliveries.filter((row) => channel === undefined || row.channel === channel)
    for (const { countedAt } of rows) {
      const covering = rows.filter(
        (row) => row.countedAt <= countedAt && addDuration(row.countedAt, within, zone) > countedAt,
      )
      expect(covering.length).toBeLessThanOrEqual(max)
    }
  }
}
