/** Makes up a believable year of leads: the same seed gives the same people and events, byte by byte. Pure. */
import type { FieldValue, Instant, Json } from '#engine/facts.ts'
import type { Attention, Stage } from '#engine/vocabulary.ts'
import { companyKinds, companyWords, downloads, familyNames, givenNames, places, titles, type Place } from './people.ts'

interface DemoEvent {
  type: string
  occurredAt: Instant
  properties: Record<string, Json>
}

export interface DemoLead {
  externalId: string
  /** Core fields by key. */
  fields: Record<string, FieldValue>
  stage: Stage
  attention: Attention
  /** When it first appeared. */
  createdAt: Instant
  /** Agreed to nurture mail, and when. */
  consentAt: Instant | null
  /** In time, oldest first. */
  events: DemoEvent[]
}

export interface YearOptions {
  seed: number
  /** The year ends here; nothing happens later. */
  endsAt: Instant
  /** @default 5000 */
  leads?: number
  /** How many bought. @default 500 */
  customers?: number
  /** How many did several things and never bought. @default 1000 */
  active?: number
  /** Of the rest: how many had invitations from an earlier programme already. @default 300 */
  invitedBefore?: number
}

const dayMs = 86_400_000
const yearMs = 365 * dayMs

/**
 * Customers come first in the list, then the active ones, then those with a single download: PLAYBOOK's "5,000 leads a
 * year, 500 customers, 4,500 forgotten".
 */
export function generateYear(options: YearOptions): DemoLead[] {
  const { seed, endsAt, leads = 5000, customers = 500, active = 1000, invitedBefore = 300 } = options
  return Array.from({ length: leads }, (_, index) => {
    // Each lead has its own stream, so that a change to one kind of lead leaves the others as they were.
    const random = createRandom(seed * 1_000_003 + index)
    const person = inventPerson(index, random)
    const startsAt = endsAt - yearMs
    if (index < customers) return customer(person, startsAt, endsAt, random)
    if (index < customers + active) return activeLead(person, startsAt, endsAt, random)
    return singleDownload(person, startsAt, endsAt, index < customers + active + invitedBefore, random)
  })
}

interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  pick<T>(items: readonly T[]): T
  /** True with this probability. */
  happens(probability: number): boolean
}

/** Mulberry32: small, fast and good enough to make up people. */
function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick(items) {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new RangeError('There is nothing to pick from.')
      return item
    },
    happens: (probability) => next() < probability,
  }
}

type Person = Pick<DemoLead, 'externalId' | 'fields'>

function inventPerson(index: number, random: Random): Person {
  const place = pickPlace(random)
  const first = random.pick(givenNames[place.names])
  const last = random.pick(familyNames[place.names])
  const company = `${random.pick(companyWords)} ${random.pick(companyKinds)}`
  const digits = (pattern: string) => pattern.replaceAll('#', () => String(random.between(0, 9)))
  const hasAddress = random.happens(0.7)
  const fields: Record<string, FieldValue> = {
    email: `${asciiName(first)}.${asciiName(last)}.${String(index + 1)}@${asciiName(company)}.example`,
    first_name: first,
    last_name: last,
    company,
    title: random.pick(titles),
    city: place.city,
    region: place.region,
    country: place.country,
    language: place.language,
    source: 'demo',
  }
  if (random.happens(0.9)) fields['zone'] = place.zone
  if (random.happens(0.6)) fields['phone'] = digits(place.phone)
  if (hasAddress) {
    fields['address_line1'] = `${String(random.between(1, 240))} ${place.street}`
    fields['postal_code'] = digits(place.postalCode)
  }
  if (random.happens(0.03)) fields['do_not_email'] = true
  if (random.happens(0.04)) fields['do_not_call'] = true
  if (random.happens(0.02)) fields['do_not_mail'] = true
  return { externalId: `demo-${String(index + 1).padStart(5, '0')}`, fields }
}

function pickPlace(random: Random): Place {
  let share = random.next() * places.reduce((sum, { weight }) => sum + weight, 0)
  for (const place of places) {
    share -= place.weight
    if (share < 0) return place
  }
  return random.pick(places)
}

/** `O'Brien` → `obrien`, `Zoë` → `zoe`, `Blue Labs` → `blue-labs`. */
function asciiName(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replaceAll(/[^a-z0-9 ]/g, '')
    .replaceAll(' ', '-')
}

/** An instant in [from, to), weekdays more likely than weekends, by day rather than by night. */
function moment(from: Instant, to: Instant, random: Random): Instant {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const at = Math.floor(from + random.next() * (to - from))
    const date = new Date(at)
    const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6
    const isNight = date.getUTCHours() < 6 || date.getUTCHours() > 20
    if ((!isWeekend || random.happens(0.25)) && (!isNight || random.happens(0.15))) return at
  }
  return Math.floor(from + random.next() * (to - from))
}

const download = (at: Instant, random: Random): DemoEvent => ({
  type: 'downloaded',
  occurredAt: at,
  properties: { asset: random.pick(downloads), page: random.pick(['/guides', '/resources', '/blog', '/pricing']) },
})

const furtherInteractions: ((at: Instant, random: Random) => DemoEvent)[] = [
  download,
  (at, random) => ({
    type: 'webinar_attended',
    occurredAt: at,
    properties: {
      title: random.pick(['Planning the year', 'Customer stories', 'First 90 days']),
      minutes: random.between(12, 55),
    },
  }),
  (at, random) => ({ type: 'demo_attended', occurredAt: at, properties: { minutes: random.between(20, 50) } }),
  (at, random) => ({ type: 'call_answered', occurredAt: at, properties: { minutes: random.between(2, 25) } }),
  (at, random) => ({
    type: 'link_clicked',
    occurredAt: at,
    properties: { page: random.pick(['/pricing', '/customers', '/features']) },
  }),
]

/** A first download and `more` things within the months after it, in time. */
function interactions(firstAt: Instant, until: Instant, more: number, random: Random): DemoEvent[] {
  const latest = Math.min(until, firstAt + random.between(20, 150) * dayMs)
  const others = Array.from({ length: more }, () =>
    random.pick(furtherInteractions)(moment(firstAt + 60_000, Math.max(latest, firstAt + dayMs), random), random),
  )
  return [download(firstAt, random), ...others].sort((one, other) => one.occurredAt - other.occurredAt)
}

function finish(
  person: Person,
  events: DemoEvent[],
  consentRate: number,
  standing: Pick<DemoLead, 'stage' | 'attention'>,
  random: Random,
): DemoLead {
  const createdAt = events[0]?.occurredAt ?? 0
  return { ...person, ...standing, createdAt, consentAt: random.happens(consentRate) ? createdAt : null, events }
}

function customer(person: Person, startsAt: Instant, endsAt: Instant, random: Random): DemoLead {
  const firstAt = moment(startsAt, endsAt - 40 * dayMs, random)
  const boughtAt = moment(firstAt + 5 * dayMs, Math.min(endsAt, firstAt + 120 * dayMs), random)
  const purchase: DemoEvent = {
    type: 'purchased',
    occurredAt: boughtAt,
    properties: { amount: random.between(4, 180) * 250 },
  }
  const events = [...interactions(firstAt, boughtAt - dayMs, random.between(2, 5), random), purchase]
  events.sort((one, other) => one.occurredAt - other.occurredAt)
  return finish(person, events, 0.9, { stage: 'customer', attention: 'warm' }, random)
}

function activeLead(person: Person, startsAt: Instant, endsAt: Instant, random: Random): DemoLead {
  const firstAt = moment(startsAt, endsAt - 45 * dayMs, random)
  const events = interactions(firstAt, endsAt - dayMs, random.between(2, 5), random)
  const stage = random.pick(['engaged', 'engaged', 'qualified', 'opportunity'] as const)
  return finish(person, events, 0.7, { stage, attention: random.pick(['warm', 'cool', 'cool'] as const) }, random)
}

function singleDownload(
  person: Person,
  startsAt: Instant,
  endsAt: Instant,
  wasInvited: boolean,
  random: Random,
): DemoLead {
  const firstAt = moment(startsAt, endsAt - (wasInvited ? 80 : 8) * dayMs, random)
  const events = [download(firstAt, random)]
  if (wasInvited) {
    const invitations = random.between(5, 8)
    for (let week = invitations; week >= 1; week -= 1) {
      events.push({
        type: 'invited',
        occurredAt: endsAt - week * 7 * dayMs,
        properties: { source: 'earlier programme' },
      })
    }
  }
  return finish(person, events, 0.5, { stage: 'new', attention: 'cool' }, random)
}
