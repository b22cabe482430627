import { describe, expect, test } from 'vitest'
import { callRules } from '#engine/compliance/call-rules.ts'
import { mayCall, nextCallInstant, type CallHours } from '#engine/compliance/call-windows.ts'
import { placeOf, readCountry, readRegion, type Location } from '#engine/compliance/places.ts'
import { weekdays } from '#engine/graph/schema.ts'
import { toInstant } from '#engine/schedule/zone.ts'

/** A company that would call day and night: what refuses is the law. */
const always: CallHours = { window: { days: [...weekdays], from: '00:00', to: '00:00' }, zone: 'UTC' }
const minute = 60_000

function at(zone: string, local: string): number {
  const match = /^(\d+)-(\d+)-(\d+) (\d+):(\d+)$/.exec(local)
  if (match === null) throw new Error(local)
  const [year = 0, month = 0, day = 0, hour = 0, minutes = 0] = match.slice(1).map(Number)
  return toInstant({ year, month, day, hour, minute: minutes }, zone)
}

function place(country: string | null, more: Partial<Location> = {}): Location {
  return { country, region: null, postalCode: null, zone: null, ...more }
}

const us = (region: string, zone?: string): Location => place('US', { region, ...(zone === undefined ? {} : { zone }) })
const [york, chicago, denver, angeles] = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Los_Angeles',
] as const

/**
 * One boundary of one rule in one zone: the last allowed and the first refused minute (an end), or the last refused and the
 * first allowed one (a begin). Mondays unless said.
 */
interface Boundary {
  rule: string
  lead: Location
  zone: string
  allowed: string
  refused: string
}

const boundaries: Boundary[] = [
  // Begins and ends of the federal window, in two zones, and on the days the clocks change.
  { rule: 'us.tcpa', lead: us('NY'), zone: york, allowed: '2026-11-23 08:00', refused: '2026-11-23 07:59' },
  { rule: 'us.tcpa', lead: us('NY'), zone: york, allowed: '2026-11-23 20:59', refused: '2026-11-23 21:00' },
  { rule: 'us.tcpa', lead: us('CA'), zone: angeles, allowed: '2026-11-23 08:00', refused: '2026-11-23 07:59' },
  { rule: 'us.tcpa', lead: us('CA'), zone: angeles, allowed: '2026-11-23 20:59', refused: '2026-11-23 21:00' },
  { rule: 'us.tcpa', lead: us('NY'), zone: york, allowed: '2026-03-08 08:00', refused: '2026-03-08 07:59' },
  { rule: 'us.tcpa', lead: us('NY'), zone: york, allowed: '2026-11-01 08:00', refused: '2026-11-01 07:59' },
  { rule: 'us.tcpa', lead: us('CA'), zone: angeles, allowed: '2026-11-01 20:59', refused: '2026-11-01 21:00' },
  // States that end earlier.
  { rule: 'us.fl.hours', lead: us('FL', york), zone: york, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.fl.hours',
    lead: us('FL', chicago),
    zone: chicago,
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  { rule: 'us.ok.hours', lead: us('OK'), zone: chicago, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.ok.hours',
    lead: us('OK', denver),
    zone: denver,
    allowed: '2026-11-23 18:59',
    refused: '2026-11-23 19:00',
  },
  { rule: 'us.md.hours', lead: us('MD'), zone: york, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.md.hours',
    lead: us('Maryland', chicago),
    zone: chicago,
    allowed: '2026-11-23 18:59',
    refused: '2026-11-23 19:00',
  },
  { rule: 'us.wa.hours', lead: us('WA'), zone: angeles, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.wa.hours',
    lead: us('WA', denver),
    zone: denver,
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  { rule: 'us.wy.hours', lead: us('WY'), zone: denver, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.wy.hours',
    lead: us('WY', chicago),
    zone: chicago,
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  { rule: 'us.ma.hours', lead: us('MA'), zone: york, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  {
    rule: 'us.ma.hours',
    lead: us('MA', chicago),
    zone: chicago,
    allowed: '2026-11-23 18:59',
    refused: '2026-11-23 19:00',
  },
  { rule: 'us.ct.hours', lead: us('CT'), zone: york, allowed: '2026-11-23 09:00', refused: '2026-11-23 08:59' },
  {
    rule: 'us.ct.hours',
    lead: us('CT', chicago),
    zone: chicago,
    allowed: '2026-11-23 09:00',
    refused: '2026-11-23 08:59',
  },
  {
    rule: 'us.nv.hours',
    lead: us('NV', angeles),
    zone: angeles,
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  {
    rule: 'us.nv.hours',
    lead: us('NV', denver),
    zone: denver,
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  // Texas on a weekday and on a Sunday, in both of its zones.
  {
    rule: 'us.tx.hours',
    lead: us('TX', chicago),
    zone: chicago,
    allowed: '2026-11-23 09:00',
    refused: '2026-11-23 08:59',
  },
  {
    rule: 'us.tx.hours',
    lead: us('TX', chicago),
    zone: chicago,
    allowed: '2026-11-22 12:00',
    refused: '2026-11-22 11:59',
  },
  {
    rule: 'us.tx.hours',
    lead: us('TX', denver),
    zone: denver,
    allowed: '2026-11-22 12:00',
    refused: '2026-11-22 11:59',
  },
  {
    rule: 'us.tx.hours',
    lead: us('TX', chicago),
    zone: chicago,
    allowed: '2026-03-08 12:00',
    refused: '2026-03-08 11:59',
  },
  { rule: 'us.ky.hours', lead: us('KY', york), zone: york, allowed: '2026-11-23 10:00', refused: '2026-11-23 09:59' },
  {
    rule: 'us.ky.hours',
    lead: us('KY', chicago),
    zone: chicago,
    allowed: '2026-11-23 10:00',
    refused: '2026-11-23 09:59',
  },
  {
    rule: 'us.sd.hours',
    lead: us('SD', chicago),
    zone: chicago,
    allowed: '2026-11-23 09:00',
    refused: '2026-11-23 08:59',
  },
  {
    rule: 'us.sd.hours',
    lead: us('SD', denver),
    zone: denver,
    allowed: '2026-11-21 20:59',
    refused: '2026-11-22 12:00',
  },
  { rule: 'us.ri.hours', lead: us('RI'), zone: york, allowed: '2026-11-23 17:59', refused: '2026-11-23 18:00' },
  {
    rule: 'us.ri.hours',
    lead: us('RI', chicago),
    zone: chicago,
    allowed: '2026-11-21 15:59',
    refused: '2026-11-21 17:00',
  },
  { rule: 'us.ut.hours', lead: us('UT'), zone: denver, allowed: '2026-11-23 12:00', refused: '2026-11-22 12:00' },
  {
    rule: 'us.ut.hours',
    lead: us('UT', angeles),
    zone: angeles,
    allowed: '2026-11-23 12:00',
    refused: '2026-11-26 12:00',
  },
  { rule: 'us.al.hours', lead: us('AL'), zone: chicago, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  { rule: 'us.al.hours', lead: us('AL', york), zone: york, allowed: '2026-11-23 12:00', refused: '2026-12-25 12:00' },
  { rule: 'us.la.hours', lead: us('LA'), zone: chicago, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  { rule: 'us.la.hours', lead: us('LA', york), zone: york, allowed: '2026-11-23 12:00', refused: '2026-11-22 12:00' },
  { rule: 'us.ms.hours', lead: us('MS'), zone: chicago, allowed: '2026-11-23 19:59', refused: '2026-11-23 20:00' },
  { rule: 'us.ms.hours', lead: us('MS', york), zone: york, allowed: '2026-11-23 12:00', refused: '2026-11-22 12:00' },
  // Pennsylvania: the last Sunday before the law, the first one under it, and the minute it begins.
  { rule: 'us.pa.sunday', lead: us('PA'), zone: york, allowed: '2026-10-11 12:00', refused: '2026-10-18 12:00' },
  { rule: 'us.pa.sunday', lead: us('PA'), zone: york, allowed: '2026-10-17 20:59', refused: '2026-10-18 08:00' },
  {
    rule: 'us.pa.sunday',
    lead: us('PA', chicago),
    zone: chicago,
    allowed: '2026-10-19 08:00',
    refused: '2026-10-18 12:00',
  },
  { rule: 'us.pa.holidays', lead: us('PA'), zone: york, allowed: '2026-11-25 20:59', refused: '2026-11-26 08:00' },
  {
    rule: 'us.pa.holidays',
    lead: us('PA', chicago),
    zone: chicago,
    allowed: '2026-12-24 12:00',
    refused: '2026-12-25 12:00',
  },
  // Canada, from coast to coast.
  {
    rule: 'ca.utr',
    lead: place('Canada', { region: 'ON', zone: 'America/Toronto' }),
    zone: 'America/Toronto',
    allowed: '2026-11-23 21:29',
    refused: '2026-11-23 21:30',
  },
  {
    rule: 'ca.utr',
    lead: place('Canada', { region: 'ON', zone: 'America/Toronto' }),
    zone: 'America/Toronto',
    allowed: '2026-11-22 17:59',
    refused: '2026-11-22 18:00',
  },
  {
    rule: 'ca.utr',
    lead: place('CA', { region: 'NL', zone: 'America/St_Johns' }),
    zone: 'America/St_Johns',
    allowed: '2026-11-23 09:00',
    refused: '2026-11-23 08:59',
  },
  // Australia, in zones half an hour apart; Anzac Day 2026 is a Saturday, and observed on the Monday by this table.
  {
    rule: 'au.standard',
    lead: place('AU', { region: 'NSW', zone: 'Australia/Sydney' }),
    zone: 'Australia/Sydney',
    allowed: '2026-11-23 19:59',
    refused: '2026-11-23 20:00',
  },
  {
    rule: 'au.standard',
    lead: place('AU', { region: 'SA' }),
    zone: 'Australia/Adelaide',
    allowed: '2026-11-21 16:59',
    refused: '2026-11-21 17:00',
  },
  {
    rule: 'au.standard',
    lead: place('AU', { region: 'SA' }),
    zone: 'Australia/Adelaide',
    allowed: '2026-04-24 12:00',
    refused: '2026-04-25 12:00',
  },
  // France: the pause at noon, the evening, the weekend, a holiday, and the day the clocks go forward.
  {
    rule: 'fr.hours',
    lead: place('France'),
    zone: 'Europe/Paris',
    allowed: '2026-11-23 12:59',
    refused: '2026-11-23 13:00',
  },
  {
    rule: 'fr.hours',
    lead: place('France'),
    zone: 'Europe/Paris',
    allowed: '2026-11-23 14:00',
    refused: '2026-11-23 13:59',
  },
  {
    rule: 'fr.hours',
    lead: place('FR'),
    zone: 'Europe/Paris',
    allowed: '2026-03-27 19:59',
    refused: '2026-03-29 12:00',
  },
  {
    rule: 'fr.hours',
    lead: place('FR', { zone: 'Europe/London' }),
    zone: 'Europe/London',
    allowed: '2026-11-23 10:00',
    refused: '2026-11-23 09:59',
  },
  {
    rule: 'fr.hours',
    lead: place('FR'),
    zone: 'Europe/Paris',
    allowed: '2026-07-13 12:00',
    refused: '2026-07-14 12:00',
  },
  // Spain, on the mainland and with the Canary Islands possible.
  {
    rule: 'es.hours',
    lead: place('Spain', { zone: 'Europe/Madrid' }),
    zone: 'Europe/Madrid',
    allowed: '2026-11-23 20:59',
    refused: '2026-11-23 21:00',
  },
  {
    rule: 'es.hours',
    lead: place('Spain'),
    zone: 'Atlantic/Canary',
    allowed: '2026-11-23 09:00',
    refused: '2026-11-23 08:59',
  },
]

describe('mayCall() at the boundary minute of each rule', () => {
  test.each(boundaries)(
    '$rule: $allowed is allowed and $refused is not, in $zone',
    ({ rule, lead, zone, ...times }) => {
      const allowed = mayCall(lead, at(zone, times.allowed), always)
      expect([allowed.allowed, allowed.nextInstant]).toEqual([true, at(zone, times.allowed)])
      const refused = mayCall(lead, at(zone, times.refused), always)
      expect([refused.allowed, refused.rule]).toEqual([false, rule])
      expect(refused.citation).not.toBe('')
      const next = refused.nextInstant ?? 0
      expect(next).toBeGreaterThan(at(zone, times.refused))
      expect(mayCall(lead, next, always).allowed).toBe(true)
      expect(mayCall(lead, next - minute, always).allowed).toBe(false)
    },
  )

  test('every rule has an allowed and a refused case, and those of more than one zone have them in two', () => {
    const seen = new Map<string, Set<string>>()
    for (const { rule, zone } of boundaries) seen.set(rule, (seen.get(rule) ?? new Set()).add(zone))
    expect(callRules.map(({ id }) => id).filter((id) => (seen.get(id)?.size ?? 0) < 2)).toEqual([])
  })

  test('every rule names a law, a date and hours that can be read', () => {
    for (const rule of callRules) {
      expect(rule.citation.length).toBeGreaterThan(8)
      expect(rule.since).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(Object.values(rule.hours).flat().length).toBeGreaterThan(0)
    }
    expect(new Set(callRules.map(({ id }) => id)).size).toBe(callRules.length)
  })
})

describe('where a lead may be', () => {
  test('a state on a line between zones is judged in both: Florida opens by the later and closes by the earlier clock', () => {
    const florida = us('FL')
    expect(mayCall(florida, at(york, '2026-11-23 08:59'), always).allowed).toBe(false)
    expect(mayCall(florida, at(york, '2026-11-23 09:00'), always).allowed).toBe(true)
    expect(mayCall(florida, at(york, '2026-11-23 19:59'), always).allowed).toBe(true)
    expect(mayCall(florida, at(york, '2026-11-23 20:00'), always).allowed).toBe(false)
  })

  test('a zone that does not fit the region is believed as little as the region: both must allow', () => {
    const torn = us('CA', york)
    expect(mayCall(torn, at(york, '2026-11-23 10:59'), always).allowed).toBe(false)
    expect(mayCall(torn, at(york, '2026-11-23 11:00'), always).allowed).toBe(true)
    expect(mayCall(torn, at(york, '2026-11-23 20:59'), always).allowed).toBe(true)
    expect(mayCall(torn, at(york, '2026-11-23 21:00'), always).allowed).toBe(false)
  })

  test('a zip code stands in for a state that is not named, and joins one that it contradicts', () => {
    expect(placeOf(place('US', { postalCode: '73301' }), 'UTC', 0).regions).toEqual(['OK', 'TX'])
    expect(placeOf(place('US', { postalCode: '10001-1234' }), 'UTC', 0).regions).toEqual(['NY'])
    expect(placeOf(place('US', { region: 'NY', postalCode: '90210' }), 'UTC', 0).regions).toEqual(['NY', 'CA'])
    expect(placeOf(place('US', { region: 'new york', postalCode: '10001' }), 'UTC', 0).regions).toEqual(['NY'])
  })

  test('somewhere in the United States: only when it is allowed from Maine to Hawaii and by every state', () => {
    const somewhere = place('United States')
    // Tuesday: 8 am in Honolulu is 1 pm in New York; Rhode Island closes at 6 pm.
    expect(mayCall(somewhere, at(york, '2026-11-24 12:59'), always).allowed).toBe(false)
    expect(mayCall(somewhere, at(york, '2026-11-24 13:00'), always).allowed).toBe(true)
    expect(mayCall(somewhere, at(york, '2026-11-24 17:59'), always).allowed).toBe(true)
    expect(mayCall(somewhere, at(york, '2026-11-24 18:00'), always)).toMatchObject({
      allowed: false,
      rule: 'us.ri.hours',
    })
  })

  test('where no law is known the company decides, in the zone of the lead, else in its own', () => {
    const office: CallHours = { window: { days: ['mon', 'tue'], from: '09:00', to: '17:00' }, zone: 'Asia/Kolkata' }
    expect(mayCall(place(null), at('Asia/Kolkata', '2026-11-23 16:59'), office).allowed).toBe(true)
    expect(mayCall(place(null), at('Asia/Kolkata', '2026-11-23 17:00'), office)).toMatchObject({
      allowed: false,
      rule: 'company.hours',
      nextInstant: at('Asia/Kolkata', '2026-11-24 09:00'),
    })
    expect(
      mayCall(place('India', { zone: 'Asia/Calcutta' }), at('Asia/Kolkata', '2026-11-23 09:00'), office).allowed,
    ).toBe(true)
    expect(mayCall(place(null, { zone: 'nowhere/land' }), at('Asia/Kolkata', '2026-11-23 09:00'), office).allowed).toBe(
      true,
    )
  })

  test('the company is never laxer than the law, but may be stricter', () => {
    const nights: CallHours = { ...always, window: { days: [...weekdays], from: '22:00', to: '23:00' } }
    expect(nextCallInstant(us('NY'), at(york, '2026-11-23 12:00'), nights)).toBeNull()
    const mornings: CallHours = { ...always, window: { days: [...weekdays], from: '10:00', to: '11:00' } }
    expect(nextCallInstant(us('TX', chicago), at(chicago, '2026-11-22 10:30'), mornings)).toBe(
      at(chicago, '2026-11-23 10:00'),
    )
  })

  test.each([
    ['USA', 'US'],
    ['deutschland', 'DE'],
    [' Royaume-Uni ', 'GB'],
    ['England', 'GB'],
    ['fr', 'FR'],
    ['España', 'ES'],
    ['Atlantis', null],
    ['', null],
  ])('reads the country %j as %s', (text, code) => {
    expect(readCountry(text)).toBe(code)
  })

  test('reads regions by code, by name and by ISO 3166-2', () => {
    expect(['TX', 'texas', 'US-TX', ' Texas '].map((text) => readRegion('US', text))).toEqual(['TX', 'TX', 'TX', 'TX'])
    expect(readRegion('US', 'Ontario')).toBeNull()
    expect(placeOf(place('Puerto Rico'), 'UTC', 0)).toMatchObject({ country: 'US', regions: ['PR'] })
  })
})
