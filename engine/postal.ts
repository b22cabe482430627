/**
 * What a postal address needs in the countries we post to most, as data (Universal Postal Union, "Postal addressing
 * systems in member countries"; formats as the national operators publish them). The gate asks whether a card could be
 * delivered; the postcard prints the lines in the country's order.
 */
import type { FieldValue } from './facts.ts'

/** How a country writes the line of the place: order of city, region and postal code. */
type PlaceLine = 'code city' | 'city region code' | 'city, then code' | 'city code'

export interface PostalFormat {
  /** English name, as it is printed on the last line. */
  name: string
  /** Other ways leads' data names it, lower case. */
  alsoCalled?: readonly string[]
  /** What a postal code looks like; null where the country has none, or hardly uses it. */
  postalCode: RegExp | null
  example: string
  /** A state or province belongs to the address. */
  needsRegion?: true
  placeLine: PlaceLine
}

const fourDigits = /^\d{4}$/
const fiveDigits = /^\d{5}$/
const sixDigits = /^\d{6}$/

/** By ISO 3166-1 alpha-2 code. A country that is not here needs a line and a city, and any postal code is taken. */
export const postalFormats: Readonly<Record<string, PostalFormat>> = {
  AE: { name: 'United Arab Emirates', alsoCalled: ['uae'], postalCode: null, example: '', placeLine: 'city code' },
  AR: { name: 'Argentina', postalCode: /^([A-Z]\d{4}[A-Z]{3}|\d{4})$/, example: 'C1425CLA', placeLine: 'code city' },
  AT: { name: 'Austria', alsoCalled: ['österreich'], postalCode: fourDigits, example: '1010', placeLine: 'code city' },
  AU: { name: 'Australia', postalCode: fourDigits, example: '2000', needsRegion: true, placeLine: 'city region code' },
  BE: {
    name: 'Belgium',
    alsoCalled: ['belgique', 'belgië'],
    postalCode: fourDigits,
    example: '1000',
    placeLine: 'code city',
  },
  BG: { name: 'Bulgaria', postalCode: fourDigits, example: '1000', placeLine: 'code city' },
  BR: {
    name: 'Brazil',
    alsoCalled: ['brasil'],
    postalCode: /^\d{5}-?\d{3}$/,
    example: '01310-100',
    needsRegion: true,
    placeLine: 'city region code',
  },
  CA: {
    name: 'Canada',
    postalCode: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$/,
    example: 'K1A 0B1',
    needsRegion: true,
    placeLine: 'city region code',
  },
  CH: {
    name: 'Switzerland',
    alsoCalled: ['schweiz', 'suisse', 'svizzera'],
    postalCode: fourDigits,
    example: '8001',
    placeLine: 'code city',
  },
  CL: { name: 'Chile', postalCode: /^\d{3}-?\d{4}$/, example: '8320000', placeLine: 'code city' },
  CN: { name: 'China', postalCode: sixDigits, example: '100000', placeLine: 'code city' },
  CY: { name: 'Cyprus', postalCode: fourDigits, example: '1010', placeLine: 'code city' },
  CZ: {
    name: 'Czechia',
    alsoCalled: ['czech republic', 'česko'],
    postalCode: /^\d{3} ?\d{2}$/,
    example: '110 00',
    placeLine: 'code city',
  },
  DE: {
    name: 'Germany',
    alsoCalled: ['deutschland'],
    postalCode: fiveDigits,
    example: '10115',
    placeLine: 'code city',
  },
  DK: { name: 'Denmark', alsoCalled: ['danmark'], postalCode: fourDigits, example: '1050', placeLine: 'code city' },
  EE: { name: 'Estonia', postalCode: fiveDigits, example: '10111', placeLine: 'code city' },
  ES: { name: 'Spain', alsoCalled: ['españa'], postalCode: fiveDigits, example: '28013', placeLine: 'code city' },
  FI: { name: 'Finland', alsoCalled: ['suomi'], postalCode: fiveDigits, example: '00100', placeLine: 'code city' },
  FR: { name: 'France', postalCode: fiveDigits, example: '75001', placeLine: 'code city' },
  GB: {
    name: 'United Kingdom',
    alsoCalled: ['uk', 'great britain', 'england', 'scotland', 'wales', 'northern ireland'],
    postalCode: /^([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|GIR ?0AA)$/,
    example: 'SW1A 1AA',
    placeLine: 'city, then code',
  },
  GR: {
    name: 'Greece',
    alsoCalled: ['ελλάδα'],
    postalCode: /^\d{3} ?\d{2}$/,
    example: '104 31',
    placeLine: 'code city',
  },
  HK: { name: 'Hong Kong', postalCode: null, example: '', placeLine: 'city code' },
  HR: { name: 'Croatia', alsoCalled: ['hrvatska'], postalCode: fiveDigits, example: '10000', placeLine: 'code city' },
  HU: {
    name: 'Hungary',
    alsoCalled: ['magyarország'],
    postalCode: fourDigits,
    example: '1051',
    placeLine: 'city, then code',
  },
  IE: { name: 'Ireland', alsoCalled: ['éire'], postalCode: null, example: 'D02 AF30', placeLine: 'city, then code' },
  IL: { name: 'Israel', postalCode: /^(\d{5}|\d{7})$/, example: '9414801', placeLine: 'city code' },
  IN: {
    name: 'India',
    postalCode: /^[1-9]\d{2} ?\d{3}$/,
    example: '110001',
    needsRegion: true,
    placeLine: 'city region code',
  },
  IS: { name: 'Iceland', postalCode: /^\d{3}$/, example: '101', placeLine: 'code city' },
  IT: { name: 'Italy', alsoCalled: ['italia'], postalCode: fiveDigits, example: '00186', placeLine: 'code city' },
  JP: { name: 'Japan', postalCode: /^\d{3}-?\d{4}$/, example: '100-0001', placeLine: 'city region code' },
  KR: { name: 'South Korea', alsoCalled: ['korea'], postalCode: fiveDigits, example: '03187', placeLine: 'city code' },
  LT: { name: 'Lithuania', postalCode: /^(LT-)?\d{5}$/, example: 'LT-01100', placeLine: 'code city' },
  LU: { name: 'Luxembourg', postalCode: /^(L-)?\d{4}$/, example: 'L-1009', placeLine: 'code city' },
  LV: { name: 'Latvia', postalCode: /^(LV-)?\d{4}$/, example: 'LV-1050', placeLine: 'city, then code' },
  MT: { name: 'Malta', postalCode: /^[A-Z]{3} ?\d{4}$/, example: 'VLT 1117', placeLine: 'city, then code' },
  MX: {
    name: 'Mexico',
    alsoCalled: ['méxico'],
    postalCode: fiveDigits,
    example: '06000',
    needsRegion: true,
    placeLine: 'code city',
  },
  NL: {
    name: 'Netherlands',
    alsoCalled: ['nederland', 'the netherlands', 'holland'],
    postalCode: /^[1-9]\d{3} ?[A-Z]{2}$/,
    example: '1012 JS',
    placeLine: 'code city',
  },
  NO: { name: 'Norway', alsoCalled: ['norge'], postalCode: fourDigits, example: '0150', placeLine: 'code city' },
  NZ: { name: 'New Zealand', postalCode: fourDigits, example: '6011', placeLine: 'city code' },
  PL: {
    name: 'Poland',
    alsoCalled: ['polska'],
    postalCode: /^\d{2}-\d{3}$/,
    example: '00-950',
    placeLine: 'code city',
  },
  PT: { name: 'Portugal', postalCode: /^\d{4}-\d{3}$/, example: '1000-205', placeLine: 'code city' },
  RO: { name: 'Romania', alsoCalled: ['românia'], postalCode: sixDigits, example: '010011', placeLine: 'code city' },
  SE: {
    name: 'Sweden',
    alsoCalled: ['sverige'],
    postalCode: /^\d{3} ?\d{2}$/,
    example: '111 29',
    placeLine: 'code city',
  },
  SG: { name: 'Singapore', postalCode: sixDigits, example: '018989', placeLine: 'city code' },
  SI: { name: 'Slovenia', postalCode: /^(SI-)?\d{4}$/, example: '1000', placeLine: 'code city' },
  SK: { name: 'Slovakia', postalCode: /^\d{3} ?\d{2}$/, example: '811 01', placeLine: 'code city' },
  TR: { name: 'Türkiye', alsoCalled: ['turkey'], postalCode: fiveDigits, example: '34110', placeLine: 'code city' },
  US: {
    name: 'United States',
    alsoCalled: ['usa', 'u.s.a.', 'u.s.', 'united states of america', 'america'],
    postalCode: /^\d{5}(-\d{4})?$/,
    example: '94105',
    needsRegion: true,
    placeLine: 'city region code',
  },
  ZA: { name: 'South Africa', postalCode: fourDigits, example: '0002', placeLine: 'city, then code' },
}

const codeByName = new Map(
  Object.entries(postalFormats).flatMap(([code, { name, alsoCalled = [] }]) =>
    [name.toLowerCase(), ...alsoCalled].map((text): [string, string] => [text, code]),
  ),
)

/** The country's code as leads' data has it: a code in any case, or a name we know. Null when it is neither. */
export function countryCode(country: string): string | null {
  const text = country.trim()
  if (Object.hasOwn(postalFormats, text.toUpperCase())) return text.toUpperCase()
  return codeByName.get(text.toLowerCase()) ?? null
}

/** What is wrong with a postal address; null when a card can be sent there. */
export type AddressProblem = 'missing' | 'incomplete' | 'unprintable'

type Fields = Readonly<Record<string, FieldValue>>

const printed = ['first_name', 'last_name', 'company', 'address_line1', 'city', 'region', 'postal_code', 'country']

/**
 * Looks at `address_line1`, `city`, `postal_code`, `region` and `country`. `missing`: line, city or country is unknown, or
 * the postal code where the country has them. `incomplete`: the postal code is not one of that country, or its state or
 * province is missing. `unprintable`: name or address has letters that our cards have no shapes for (other than Latin, Greek
 * and Cyrillic): a card with boxes in place of a name is worse than none. Emoji are no letters; they are left out.
 */
export function checkPostalAddress(fields: Fields): AddressProblem | null {
  const country = textOf(fields, 'country')
  if (textOf(fields, 'address_line1') === '' || textOf(fields, 'city') === '' || country === '') return 'missing'
  const code = countryCode(country)
  const format = code === null ? undefined : postalFormats[code]
  const postalCode = textOf(fields, 'postal_code').toUpperCase()
  const hasNone = format !== undefined && format.postalCode === null
  if (postalCode === '' && !hasNone) return 'missing'
  if (format?.postalCode?.test(postalCode) === false) return 'incomplete'
  if (format?.needsRegion === true && textOf(fields, 'region') === '') return 'incomplete'
  return printed.some((key) => !isPrintable(textOf(fields, key))) ? 'unprintable' : null
}

const otherLetters = /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}]/u

/** Whether all letters of a text are Latin, Greek or Cyrillic. */
function isPrintable(text: string): boolean {
  return !otherLetters.test(text)
}

/** The parts of an address that the lines are made of. */
export interface PostalAddress {
  name: string
  company: string
  line1: string
  city: string
  region: string
  postalCode: string
  country: string
}

/** The lines of the address block, the country in capitals at its end (UPU S42). Empty lines are left out. */
export function addressLines(address: PostalAddress): string[] {
  const code = countryCode(address.country)
  const format = code === null ? undefined : postalFormats[code]
  return [
    address.name,
    address.company,
    address.line1,
    ...placeLines(address, format?.placeLine ?? 'code city'),
    (format?.name ?? address.country).toUpperCase(),
  ]
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function placeLines({ city, region, postalCode }: PostalAddress, order: PlaceLine): string[] {
  const join = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ')
  switch (order) {
    case 'code city':
      return [join(postalCode, city), region]
    case 'city region code':
      return [join(city, region, postalCode)]
    case 'city code':
      return [join(city, postalCode), region]
    case 'city, then code':
      return [city, region, postalCode]
  }
}

function textOf(fields: Fields, key: string): string {
  const value = fields[key]
  return typeof value === 'string' ? value.trim() : ''
}
