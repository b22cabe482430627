/**
 * May this lead be called at this instant? Dated rules of law (call-rules.ts) and the company's own hours, in every zone
 * the lead may be in: a call must satisfy all of them. Used by the gate for call tasks and again when a task is worked
 * (47 CFR 64.1200(c)(1): "local time at the called party's location"; PLAYBOOK E7).
 */
import type { Instant } from '../facts.ts'
import type { LocalWindow } from '../graph/schema.ts'
import { dayMs, formatLocalDate, dateOf, timeOfDayMs, weekdayOfDay } from '../schedule/calendar.ts'
import { nextInWindow } from '../schedule/window.ts'
import { instantsOfWall, nextChange, toWall } from '../schedule/zone.ts'
import { callRules, type CallRule } from './call-rules.ts'
import { isHoliday } from './holidays.ts'
import { placeOf, type Location, type Place } from './places.ts'

export interface CallHours {
  /** The company's own hours; laws only ever make them narrower. */
  window: LocalWindow
  /** IANA zone for leads of which nothing is known: the journey's or the company's. */
  zone: string
}

export interface CallVerdict {
  allowed: boolean
  /** Id of the rule that refuses (`us.tx.hours`, `company.hours`), or of the first that was kept. */
  rule: string
  /** The rule in one sentence. */
  text: string
  /** The law; for the company's own hours the words "the company's contact policy". */
  citation: string
  /** First instant not before the one asked about at which every rule allows the call; null = none within 60 days. */
  nextInstant: Instant | null
  /** Where the lead was taken to be; show it, so that a wrong address can be put right. */
  place: Place
}

/** How far ahead a callable instant is looked for: longer than any run of closed days. */
const horizonMs = 60 * dayMs
/** Days one rule is looked through at a time. */
const daysToLook = 12

interface Bound {
  id: string
  text: string
  citation: string
  zone: string
  /** First instant not before `at` that suits; may lie before what other bounds need. */
  next(at: Instant): Instant | null
}

/**
 * Judges one instant.
 * @throws {RangeError} when the company's window or zone cannot be read.
 */
export function mayCall(lead: Location, instant: Instant, hours: CallHours): CallVerdict {
  const place = placeOf(lead, hours.zone, instant)
  const bounds = boundsOf(place, hours)
  const broken = strictest(bounds, instant)
  const shown = broken ?? bounds[0]
  return {
    allowed: broken === undefined,
    rule: shown?.id ?? companyRule,
    text:
      shown === undefined
        ? ''
        : `${shown.text}${place.zones.length > 1 ? ` (judged in ${shown.zone}, one of ${String(place.zones.length)} zones the lead may be in)` : ''}`,
    citation: shown?.citation ?? '',
    nextInstant: settle(bounds, instant),
    place,
  }
}

/**
 * The first instant not before `now` at which the lead may be called: `now` itself when it may be. Null when no instant of
 * the next 60 days suits every rule in every zone the lead may be in: its address should be completed.
 * @throws {RangeError} when the company's window or zone cannot be read.
 */
export function nextCallInstant(lead: Location, now: Instant, hours: CallHours): Instant | null {
  return settle(boundsOf(placeOf(lead, hours.zone, now), hours), now)
}

/** Of the rules that refuse the one that refuses longest: it is what somebody who waits has to know. */
function strictest(bounds: readonly Bound[], instant: Instant): Bound | undefined {
  let found: { bound: Bound; until: Instant } | undefined
  for (const bound of bounds) {
    const until = bound.next(instant) ?? Infinity
    if (until > (found?.until ?? instant)) found = { bound, until }
  }
  return found?.bound
}

const companyRule = 'company.hours'

/** Laws in the zones of the places they hold in, and the company's hours in every zone the lead may live by. */
function boundsOf(place: Place, { window }: CallHours): Bound[] {
  const laws = callRules.flatMap((rule) =>
    zonesUnder(rule, place).map((zone) => ({
      id: rule.id,
      text: rule.text,
      citation: rule.citation,
      zone,
      next: (at: Instant) => nextAllowed(rule, at, zone),
    })),
  )
  const company = place.zones.map((zone) => ({
    id: companyRule,
    text: `The company calls from ${window.from} to ${window.to}, local time of the person called.`,
    citation: "the company's contact policy",
    zone,
    next: (at: Instant) => nextInWindow(at, window, zone),
  }))
  return [...laws, ...company]
}

/** Of a lead that may be in several regions every rule of theirs counts, each by the clocks of its own region. */
function zonesUnder(rule: CallRule, place: Place): string[] {
  if (rule.country !== place.country) return []
  if (rule.regions === undefined) return place.zones
  const candidates = place.candidates.filter(({ region }) => rule.regions?.includes(region))
  return [...new Set(candidates.flatMap(({ zones }) => zones))]
}

/** Moves on until every bound agrees. Each step is the least instant its bound allows, so the first agreement is the least, too. */
function settle(bounds: readonly Bound[], from: Instant): Instant | null {
  let at = from
  for (;;) {
    const before = at
    for (const bound of bounds) {
      const next = bound.next(at)
      if (next === null || next > from + horizonMs) return null
      at = next
    }
    if (at === before) return at
  }
}

/** Is the wall clock's reading inside the rule's hours of that day? Days before or after the rule's time are free. */
function isAllowed(rule: CallRule, at: Instant, zone: string): boolean {
  const wall = toWall(at, zone)
  const day = Math.floor(wall / dayMs)
  if (!isInForce(rule, day)) return true
  if (rule.closedOn !== undefined && isHoliday(day, rule.closedOn)) return false
  const time = wall - day * dayMs
  return hoursOn(rule, day).some(([from, to]) => time >= from && time < to)
}

function isInForce(rule: CallRule, day: number): boolean {
  const date = formatLocalDate(dateOf(day))
  return date >= rule.since && (rule.until === undefined || date < rule.until)
}

function hoursOn(rule: CallRule, day: number): [number, number][] {
  return (rule.hours[weekdayOfDay(day)] ?? []).map(([from, to]) => [
    timeOfDayMs(from),
    to === '24:00' ? dayMs : timeOfDayMs(to),
  ])
}

/** Hours open only where a day or its hours begin, or where the clock jumps into them. */
function nextAllowed(rule: CallRule, at: Instant, zone: string): Instant | null {
  if (isAllowed(rule, at, zone)) return at
  const firstDay = Math.floor(toWall(at, zone) / dayMs)
  const jump = nextChange(at, at + daysToLook * dayMs, zone)
  const opens = jump !== null && isAllowed(rule, jump, zone) ? jump : null
  for (let day = firstDay; day < firstDay + daysToLook; day += 1) {
    const begins = isInForce(rule, day) ? hoursOn(rule, day).map(([from]) => from) : [0]
    for (const begin of begins) {
      for (const instant of instantsOfWall(day * dayMs + begin, zone)) {
        if (instant <= at || !isAllowed(rule, instant, zone)) continue
        return opens !== null && opens < instant ? opens : instant
      }
    }
  }
  return opens
}
