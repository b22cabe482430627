/**
 * Where a lead is, from what is written in its address: country and region as codes, and every zone it may live by.
 * Area codes are not looked at: numbers move with people (47 CFR 52.31). What is unknown stays open, so that rules can
 * take the strictest of what is possible.
 */
import type { Instant } from '../facts.ts'
import { isZone, offsetAt } from '../schedule/zone.ts'
import { foldText } from '../text.ts'
import { zonesByCountry } from './country-zones.ts'
import { regionsByCountry, zipRanges, type Region } from './regions.ts'

/** What is known of where a lead is, as people wrote it. */
export interface Location {
  country: string | null
  region: string | null
  postalCode: string | null
  /** IANA zone somebody gave for the lead. */
  zone: string | null
}

/** A lead's location from its fields by key (`country`, `region`, `postal_code`, `zone`). */
export function locationOf(fields: Readonly<Record<string, unknown>>): Location {
  const text = (key: string): string | null => {
    const value = fields[key]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
  }
  return { country: text('country'), region: text('region'), postalCode: text('postal_code'), zone: text('zone') }
}

/** Names in these languages are understood, besides codes. */
const nameLanguages = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl']
const aliases: Record<string, string> = {
  usa: 'US',
  'u.s.': 'US',
  'u.s.a.': 'US',
  'united states of america': 'US',
  america: 'US',
  uk: 'GB',
  'u.k.': 'GB',
  'great britain': 'GB',
  britain: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  holland: 'NL',
  'czech republic': 'CZ',
  'south korea': 'KR',
  korea: 'KR',
  uae: 'AE',
  'hong kong': 'HK',
  macau: 'MO',
  turkey: 'TR',
  'ivory coast': 'CI',
  can: 'CA',
  aus: 'AU',
  gbr: 'GB',
  deu: 'DE',
  ger: 'DE',
  fra: 'FR',
  esp: 'ES',
  ita: 'IT',
  nld: 'NL',
  aut: 'AT',
  che: 'CH',
  bel: 'BE',
  irl: 'IE',
  pol: 'PL',
  ind: 'IN',
}

let namesRead: ReadonlyMap<string, string> | null = null

function countryNames(): ReadonlyMap<string, string> {
  if (namesRead !== null) return namesRead
  const names = new Map<string, string>()
  for (const language of nameLanguages) {
    const display = new Intl.DisplayNames([language], { type: 'region' })
    for (const code of Object.keys(zonesByCountry)) {
      const name = foldText(display.of(code) ?? code)
      if (!names.has(name)) names.set(name, code)
    }
  }
  for (const [alias, code] of Object.entries(aliases)) names.set(alias, code)
  namesRead = names
  return names
}

/** `Deutschland`, `de`, `Germany` → `DE`; null when it cannot be read. */
export function readCountry(text: string | null): string | null {
  if (text === null) return null
  const upper = text.trim().toUpperCase()
  if (Object.hasOwn(zonesByCountry, upper)) return upper
  return countryNames().get(foldText(text).trim()) ?? null
}

/** `New York`, `ny`, `US-NY` → `NY`; null when the country has no such region in our tables. */
export function readRegion(country: string, text: string | null): string | null {
  const regions = regionsByCountry[country]
  if (regions === undefined || text === null) return null
  const upper = text
    .trim()
    .toUpperCase()
    .replace(new RegExp(`^${country}[-_ ]`), '')
  if (Object.hasOwn(regions, upper)) return upper
  const name = foldText(text).trim()
  return Object.entries(regions).find(([, region]) => foldText(region.name) === name)?.[0] ?? null
}

/** States a US postal code may lie in. */
function regionsOfZip(postalCode: string | null): string[] {
  const match = /^\s*(\d{3})\d{2}(-?\d{4})?\s*$/.exec(postalCode ?? '')
  if (match === null) return []
  const prefix = Number(match[1])
  return zipRanges.flatMap(([from, to, region]) => (prefix >= from && prefix <= to ? [region] : []))
}

/** Where a lead may be. */
export interface Place {
  /** ISO 3166-1 alpha-2; null = unknown. */
  country: string | null
  /** Regions it may be in; null = this country has none in our tables, or any of them. */
  regions: string[] | null
  /** Every zone it may live by; never empty. */
  zones: string[]
  /** What belongs together: each region it may be in with the zones it would live by there. Empty when `regions` is null. */
  candidates: { region: string; zones: string[] }[]
}

/**
 * Reads a location. A zone somebody gave is believed when it is one of those possible by the address; else both it and
 * those of the address count. `fallbackZone` is for leads of which neither a country nor a zone is known.
 */
export function placeOf(location: Location, fallbackZone: string, at: Instant): Place {
  const given = location.zone !== null && isZone(location.zone) ? location.zone : null
  const country = readCountry(location.country)
  if (country !== null && territories.has(country)) {
    return placeOf({ ...location, country: 'US', region: country, postalCode: null }, fallbackZone, at)
  }
  if (country === null) return { country, regions: null, zones: [given ?? fallbackZone], candidates: [] }
  const known = regionsByCountry[country] ?? {}
  const possible = regionsByCountry[country] === undefined ? null : possibleRegions(country, location)
  const all = (possible ?? []).map((region) => ({ region, zones: [...zonesOf(known[region])] }))
  const byAddress =
    possible === null
      ? [...(zonesByCountry[country] ?? [fallbackZone])]
      : [...new Set(all.flatMap((candidate) => candidate.zones))]
  if (given === null) return { country, regions: possible, zones: byAddress, candidates: all }
  if (!byAddress.some((zone) => sharesClock(zone, given, at))) {
    const candidates = all.map(({ region, zones }) => ({ region, zones: [given, ...zones] }))
    return { country, regions: possible, zones: [given, ...byAddress], candidates }
  }
  // The zone narrows the regions, too: in none but those that have it.
  const narrowed = all.filter(({ zones }) => zones.some((zone) => sharesClock(zone, given, at)))
  return {
    country,
    regions: possible === null ? null : narrowed.map(({ region }) => region),
    zones: [given],
    candidates: narrowed.map(({ region }) => ({ region, zones: [given] })),
  }
}

/** By name and by postal code; both when they disagree; any when neither says. The 50 states when nothing is known: territories are named in addresses. */
function possibleRegions(country: string, { region, postalCode }: Location): string[] | null {
  const named = readRegion(country, region)
  const byCode = country === 'US' ? regionsOfZip(postalCode) : []
  if (named !== null && (byCode.length === 0 || byCode.includes(named))) return [named]
  const possible = [...new Set([...(named === null ? [] : [named]), ...byCode])]
  return possible.length > 0
    ? possible
    : Object.keys(regionsByCountry[country] ?? {}).filter((key) => !territories.has(key))
}

const territories = new Set(['PR', 'VI', 'GU', 'MP', 'AS'])

function zonesOf(region: Region | undefined): readonly string[] {
  return region?.zones ?? []
}

const halfYearMs = 182 * 86_400_000

/** The same clock now and half a year on, whatever the two zones are called. */
function sharesClock(one: string, other: string, at: Instant): boolean {
  return (
    one === other ||
    (offsetAt(at, one) === offsetAt(at, other) && offsetAt(at + halfYearMs, one) === offsetAt(at + halfYearMs, other))
  )
}
