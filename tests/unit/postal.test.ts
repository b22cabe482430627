import { describe, expect, test } from 'vitest'
import { addressLines, checkPostalAddress, countryCode, postalFormats } from '#engine/postal.ts'

const whole = { address_line1: '1 Road', city: 'Town', country: 'DE', postal_code: '10115' }

describe('postalFormats', () => {
  test.each(Object.entries(postalFormats))('%s takes its own example', (_code, format) => {
    if (format.postalCode !== null) expect(format.example).toMatch(format.postalCode)
  })
})

describe('checkPostalAddress()', () => {
  test.each([
    [whole, null],
    [{ ...whole, country: ' germany ' }, null],
    [{ ...whole, address_line1: ' ' }, 'missing'],
    [{ ...whole, city: null }, 'missing'],
    [{ ...whole, country: '' }, 'missing'],
    [{ ...whole, postal_code: '' }, 'missing'],
    [{ ...whole, postal_code: '1011' }, 'incomplete'],
    [{ ...whole, country: 'Ireland', postal_code: '' }, null],
    [{ ...whole, country: 'Wonderland', postal_code: 'anything' }, null],
    [{ ...whole, country: 'Wonderland', postal_code: '' }, 'missing'],
    [{ ...whole, country: 'US', postal_code: '94105-1234' }, 'incomplete'],
    [{ ...whole, country: 'US', postal_code: '94105-1234', region: 'CA' }, null],
    [{ ...whole, country: 'UK', postal_code: 'sw1a 1aa' }, null],
    [{ ...whole, first_name: 'Жанна', last_name: 'Παπαδοπούλου' }, null],
    [{ ...whole, first_name: 'Łukasz 🎉' }, null],
    [{ ...whole, last_name: '山田' }, 'unprintable'],
    [{ ...whole, company: 'شركة' }, 'unprintable'],
  ])('%j: %s', (fields, problem) => {
    expect(checkPostalAddress(fields)).toBe(problem)
  })
})

describe('addressLines()', () => {
  const address = {
    name: 'Ada Lovelace',
    company: '',
    line1: '1 Road',
    city: 'Town',
    region: '',
    postalCode: '1',
    country: '',
  }
  const of = (more: Partial<typeof address>) => addressLines({ ...address, ...more }).join(' | ')

  test("writes the place as its country does, the country's name in capitals at the end", () => {
    expect(of({ country: 'US', region: 'CA', postalCode: '94105', city: 'San Francisco' })).toBe(
      'Ada Lovelace | 1 Road | San Francisco CA 94105 | UNITED STATES',
    )
    expect(of({ country: 'deutschland', postalCode: '10115', city: 'Berlin' })).toBe(
      'Ada Lovelace | 1 Road | 10115 Berlin | GERMANY',
    )
    expect(of({ country: 'GB', postalCode: 'LS1 1AA', city: 'Leeds', company: 'Acme' })).toBe(
      'Ada Lovelace | Acme | 1 Road | Leeds | LS1 1AA | UNITED KINGDOM',
    )
    expect(of({ country: 'Wonderland' })).toBe('Ada Lovelace | 1 Road | 1 Town | WONDERLAND')
    expect(countryCode('nowhere')).toBeNull()
  })
})
