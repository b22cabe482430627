/**
 * What becomes of messages in a rehearsal, as the mailroom deals with them: the gate once more at the instant they are
 * meant for, then they are accepted; what is not sent after all is taken back from the counts.
 */
import type { Facts, FactDelivery, Instant } from '../facts.ts'
import { decideDelivery } from '../gate/gate.ts'
import type { GateDecision } from '../gate/types.ts'
import type { IssuedCommand } from '../interpreter/advance.ts'
import { describeGateReason } from '../steps/gate-reasons.ts'
import type { Library } from '../library.ts'
import { zoneOr } from '../schedule/zone.ts'
import type { Command } from '../steps/contract.ts'
import { lookUp } from '../steps/lookup.ts'
import type { LiveEnrollment } from '../turn/live-enrollment.ts'
import { gateReasons, type GateReason } from '../vocabulary.ts'
import type { SimulatedDelivery } from './types.ts'

type Deliver = Extract<Command, { kind: 'deliver' }>

/** A message under way. */
export interface Letter {
  live: LiveEnrollment
  key: string
  command: Deliver
  delivery: SimulatedDelivery
  /** When it counts for caps. */
  countedAt: Instant
}

/** Takes a message that a step asked for; null when this visit's is there already, or when it is none of the lead's. */
export function takeLetter(live: LiveEnrollment, enrollment: number, issued: IssuedCommand): Letter | null {
  if (issued.command.kind !== 'deliver') return null
  const { stepId, visit, command, at } = issued
  const { decision, content } = command
  const notBefore = decision.verdict === 'deferred' ? decision.notBefore : null
  const isSkipped = decision.verdict === 'skipped'
  return {
    live,
    key: `${stepId}:${String(visit)}`,
    command,
    countedAt: notBefore ?? at,
    delivery: {
      enrollment,
      stepId,
      visit,
      channel: command.channel,
      purpose: command.purpose,
      subject: content.subject ?? '',
      assetKey: content.assetKey ?? null,
      surveyKey: content.surveyKey ?? null,
      decision,
      queuedAt: at,
      notBefore,
      status: isSkipped ? 'skipped' : 'queued',
      settledAt: isSkipped ? at : null,
      reason: decision.verdict === 'queued' ? null : decision.reason,
    },
  }
}

/** When the provider is to get it. */
export function dueAt({ delivery }: Letter): Instant {
  return Math.max(delivery.queuedAt, delivery.notBefore ?? delivery.queuedAt)
}

/** What the hand-over came to. `later`: put off again. */
export type HandOver = { kind: 'sent' | 'failed' | 'skipped' | 'cancelled' } | { kind: 'later'; at: Instant } | null

/**
 * Hands a letter over at the instant it is meant for; null when it is none of the mailroom's any more, or stays where it
 * is (its enrollment is parked). `isRefused`: the provider takes none.
 */
export function handOver(letter: Letter, facts: Facts, library: Library, isRefused: boolean): HandOver {
  const { live, key, delivery } = letter
  const own = live.own.deliveries[key]
  if (own === undefined || own.status !== 'queued') return null
  const { status } = live.state
  if (status === 'parked' || status === 'paused') return null
  const at = dueAt(letter)
  if (status === 'exited') {
    settle(letter, facts, 'cancelled', at, 'enrollment_ended')
    return { kind: 'cancelled' }
  }
  const decision = askAgain(letter, facts, library, at)
  const counted = factOf(letter, facts)
  if (decision.verdict === 'deferred') {
    delivery.notBefore = decision.notBefore
    delivery.reason = decision.reason
    live.own.deliveries[key] = { ...own, notBefore: decision.notBefore, reason: decision.reason }
    if (counted !== undefined) counted.countedAt = decision.notBefore
    letter.countedAt = decision.notBefore
    return { kind: 'later', at: decision.notBefore }
  }
  if (decision.verdict === 'skipped') {
    settle(letter, facts, 'skipped', at, decision.reason)
    return { kind: 'skipped' }
  }
  if (isRefused) {
    settle(letter, facts, 'failed', at, 'The provider refused it.')
    return { kind: 'failed' }
  }
  live.own.deliveries[key] = { ...own, status: 'accepted', acceptedAt: at, reason: null }
  if (counted !== undefined) Object.assign(counted, { status: 'accepted', countedAt: at })
  letter.countedAt = at
  Object.assign(delivery, { status: 'sent', settledAt: at, reason: null } satisfies Partial<SimulatedDelivery>)
  return { kind: 'sent' }
}

function askAgain(
  { command, delivery, live, countedAt }: Letter,
  facts: Facts,
  library: Library,
  now: Instant,
): GateDecision {
  const { settings } = live.definition
  const { assetKey } = command.content
  return decideDelivery(
    {
      channel: command.channel,
      purpose: command.purpose,
      now,
      topics: assetKey === undefined ? [] : (lookUp(library.assets, assetKey)?.topics ?? []),
      staleAt: command.staleAt,
      overCap: command.overCap,
      ...(delivery.purpose === 'internal' ? {} : { exclude: { countedAt } }),
    },
    { facts, library, settings, zone: zoneOr(facts.zone, settings.zone) },
  )
}

function factOf({ command, countedAt }: Letter, facts: Facts): FactDelivery | undefined {
  return facts.deliveries.find(
    (one) =>
      one.countedAt === countedAt &&
      one.channel === command.channel &&
      one.purpose === command.purpose &&
      one.status === 'queued' &&
      one.assetLineage === command.assetLineage,
  )
}

/** It was not sent after all: what queueing it promised is taken back. */
function settle(letter: Letter, facts: Facts, status: 'skipped' | 'failed' | 'cancelled', at: Instant, reason: string) {
  const { live, key, delivery } = letter
  const own = live.own.deliveries[key]
  if (own !== undefined) live.own.deliveries[key] = { ...own, status, reason }
  Object.assign(delivery, { status, settledAt: at, reason } satisfies Partial<SimulatedDelivery>)
  uncount(letter, facts)
}

/** Withdrawn by its journey: `live.own` says so already. */
export function noteWithdrawn(letter: Letter, facts: Facts, at: Instant): boolean {
  const own = letter.live.own.deliveries[letter.key]
  if (letter.delivery.status !== 'queued' || own?.status !== 'cancelled') return false
  Object.assign(letter.delivery, {
    status: 'cancelled',
    settledAt: at,
    reason: own.reason,
  } satisfies Partial<SimulatedDelivery>)
  uncount(letter, facts)
  return true
}

function uncount(letter: Letter, facts: Facts): void {
  const { command, delivery } = letter
  const counted = factOf(letter, facts)
  if (counted !== undefined) facts.deliveries.splice(facts.deliveries.indexOf(counted), 1)
  const { assetLineage, countsAs } = command
  if (
    assetLineage !== null &&
    facts.received[assetLineage] === delivery.queuedAt &&
    !facts.deliveries.some((one) => one.assetLineage === assetLineage)
  ) {
    delete facts.received[assetLineage]
  }
  if (countsAs === null) return
  const events = lookUp(facts.events, countsAs) ?? []
  const index = events.findIndex((event) => event.occurredAt === delivery.queuedAt)
  const total = lookUp(facts.totals, countsAs)
  if (index === -1 || total === undefined) return
  const kept = events.toSpliced(index, 1)
  facts.events[countsAs] = kept
  const [first, last] = [kept[0], kept.at(-1)]
  if (total.count <= 1) delete facts.totals[countsAs]
  else
    facts.totals[countsAs] = {
      count: total.count - 1,
      firstAt: kept.length === total.count - 1 ? (first?.occurredAt ?? total.firstAt) : total.firstAt,
      lastAt: last?.occurredAt ?? total.lastAt,
    }
}

/** "Email “Welcome”", for logs. */
export function nameOf({ channel, subject, assetKey }: SimulatedDelivery): string {
  const what = { email: 'Email', postcard: 'Postcard', notification: 'Notice' }[channel]
  const about = subject === '' || subject.includes('{{') ? (assetKey ?? '') : subject
  return about === '' ? what : `${what} “${about}”`
}

/** Why a message was not sent, in words. */
export function whyNot({ reason }: SimulatedDelivery): string {
  if (reason === null) return ''
  return isGateReason(reason) ? describeGateReason(reason) : reason
}

function isGateReason(reason: string): reason is GateReason {
  return (gateReasons as readonly string[]).includes(reason)
}
