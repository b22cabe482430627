/**
 * Rolling caps on how often a lead is contacted. A counted message occupies its cap from its `countedAt` for the cap's
 * length (in the lead's zone), end excluded; a cap of 3 in 7 days holds when no instant is covered by more than three.
 * Customer.io and Braze count by calendar day or drop what is over the cap; here the window rolls and what is over it
 * waits for the first instant with room (PLAYBOOK "pressure"; peers compared in docs/adr/0005).
 */
import type { FactDelivery, Instant } from '../facts.ts'
import type { ContactPolicy } from '../library.ts'
import { addDuration, longestMs } from '../schedule/duration.ts'
import type { DeliveryStatus, Purpose } from '../vocabulary.ts'
import type { MessageIntent } from './types.ts'

/** What was, is being or will be sent. Skipped, failed and cancelled messages never reached anyone. */
const countedStatuses: ReadonlySet<DeliveryStatus> = new Set(['queued', 'sending', 'accepted', 'unknown'])
const countedPurposes: ReadonlySet<Purpose> = new Set(['nurture', 'promotional'])
/** What may still be on its way when its own row is asked about again. */
const unsettled: ReadonlySet<DeliveryStatus> = new Set(['queued', 'sending', 'unknown'])

type Cap = ContactPolicy['caps'][number]

/** What occupies one cap: from (included) and until (excluded). */
interface Span {
  from: Instant
  until: Instant
  isQueued: boolean
}

/** Answers "is there room at `at`?" for one message; made once per question, asked at many instants. */
export interface CapCheck {
  /** True when every cap has room at this instant. */
  hasRoom(at: Instant): boolean
  /** First instant not before `at` that may have room: exact for one cap, to be asked again when there are several. */
  nextRoom(at: Instant): Instant | null
}

/**
 * The caps that bind this message. A new message yields to everything already promised, also to what is deferred to a
 * later instant. A row asked about again (`intent.exclude`) has its place in the queue: it yields to what has gone or
 * stands before it, not to what is queued behind it, or two deferred messages would push each other back for ever.
 */
export function checkCaps(
  intent: MessageIntent,
  deliveries: readonly FactDelivery[],
  policy: ContactPolicy,
  zone: string,
): CapCheck {
  const others = withoutItself(intent, deliveries).filter(
    (delivery) => countedStatuses.has(delivery.status) && countedPurposes.has(delivery.purpose),
  )
  const place = intent.exclude?.countedAt
  /** Whether a span counts for this message if it went at `at`. */
  const isAhead = (span: Span, at: Instant): boolean =>
    place === undefined || !span.isQueued || span.from < (at === intent.now ? place : Math.max(place, at))
  const binding = policy.caps
    .filter((cap) => cap.channel === undefined || cap.channel === intent.channel)
    .map((cap) => ({ cap, spans: spansOf(cap, others, intent.now, zone) }))
  const fitsAt = (at: Instant, { cap, spans }: { cap: Cap; spans: Span[] }): boolean =>
    fits(
      at,
      cap,
      spans.filter((span) => isAhead(span, at)),
      zone,
    )
  return {
    hasRoom: (at) => binding.every((bound) => fitsAt(at, bound)),
    nextRoom: (at) => {
      const rooms = binding.map((bound) => earliest(at, bound.spans, (instant) => fitsAt(instant, bound)))
      return rooms.includes(null) ? null : Math.max(at, ...rooms.filter((room) => room !== null))
    },
  }
}

/** The row that is asked about, found by what is known of it; among equal rows any one will do. */
function withoutItself(intent: MessageIntent, deliveries: readonly FactDelivery[]): readonly FactDelivery[] {
  if (intent.exclude === undefined) return deliveries
  const { countedAt } = intent.exclude
  const index = deliveries.findIndex(
    (delivery) =>
      delivery.countedAt === countedAt &&
      delivery.channel === intent.channel &&
      delivery.purpose === intent.purpose &&
      unsettled.has(delivery.status),
  )
  return index === -1 ? deliveries : deliveries.toSpliced(index, 1)
}

function spansOf(cap: Cap, deliveries: readonly FactDelivery[], now: Instant, zone: string): Span[] {
  // Most of what a lead has ever been sent is long over: found without the calendar.
  const over = now - longestMs(cap.within)
  return deliveries
    .filter(({ countedAt, channel }) => countedAt > over && (cap.channel === undefined || channel === cap.channel))
    .map((delivery) => ({
      from: delivery.countedAt,
      until: addDuration(delivery.countedAt, cap.within, zone),
      isQueued: delivery.status === 'queued',
    }))
    .filter((span) => span.until > now)
}

/**
 * Would one more message at `at` keep the cap at every instant it occupies? Coverage rises only where a span begins, so
 * those instants (and `at`) are all that need looking at.
 */
function fits(at: Instant, cap: Cap, spans: readonly Span[], zone: string): boolean {
  if (spans.length < cap.max) return true
  const until = addDuration(at, cap.within, zone)
  const begins = spans.map((span) => span.from).filter((from) => from > at && from < until)
  return [at, ...begins].every((instant) => coverage(instant, spans) < cap.max)
}

function coverage(instant: Instant, spans: readonly Span[]): number {
  return spans.filter((span) => span.from <= instant && instant < span.until).length
}

/** Room can only appear where a span ends. Null when it never does (a cap of 0). */
function earliest(at: Instant, spans: readonly Span[], fitsAt: (instant: Instant) => boolean): Instant | null {
  const ends = spans.map((span) => span.until).filter((until) => until > at)
  return [at, ...ends.sort((one, other) => one - other)].find(fitsAt) ?? null
}
