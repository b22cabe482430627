import { describe, expect, test } from 'vitest'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { leads } from '#db/schema/leads.ts'
import { coreFields, fieldCatalogue, findField, foldedFields, parseFieldValue, type Field } from '#engine/fields.ts'
import type { FieldType } from '#engine/library.ts'
import { exampleLibrary } from '../support/lead-facts.ts'

const aField = (type: FieldType, options?: string[]): Field => ({
  key: 'x',
  label: 'X',
  type,
  readOnly: false,
  ...(options === undefined ? {} : { options }),
})
const parse = (type: FieldType, raw: unknown, options?: string[]) => {
  const result = parseFieldValue(aField(type, options), raw)
  return result.ok ? result.value : result.message
}

describe('the field catalogue', () => {
  test('names columns that exist', () => {
    const columns = getTableConfig(leads).columns.map(({ name }) => name)
    const properties = Object.keys(leads)
    for (const { core } of coreFields) {
      expect(columns).toContain(core.column)
      expect(properties).toContain(core.property)
    }
  })

  test('holds the custom fields after the core ones, and a core field wins its key', () => {
    const library = exampleLibrary()
    const keys = fieldCatalogue({
      ...library,
      fields: { ...library.fields, email: { key: 'email', label: 'x', type: 'number' } },
    }).map(({ key }) => key)
    expect(keys.slice(0, coreFields.length)).toEqual(coreFields.map(({ key }) => key))
    expect(keys.filter((key) => key === 'email')).toHaveLength(1)
    expect(keys).toContain('birthday')
  })

  test('does not find what objects inherit', () => {
    expect(findField('toString', exampleLibrary())).toBeNull()
    expect(findField('constructor', exampleLibrary())?.label).toBe('constructor')
  })
})

describe('foldedFields()', () => {
  test('folds non-empty texts of columns and custom fields, and nothing else', () => {
    const columns = { firstName: 'ZOË', company: '', city: null, stage: 'New', score: 3 }
    const custom = { note: 'İ', tier: 'GOLD', birthday: '2026-01-01', amount: 3, unheard_of: 'ABC' }
    expect(foldedFields(columns, custom, exampleLibrary())).toEqual({ first_name: 'zoë', note: 'i̇', unheard_of: 'abc' })
  })

  test('takes columns by field key too', () => {
    expect(foldedFields({ first_name: 'Ann' }, {}, exampleLibrary())).toEqual({ first_name: 'ann' })
  })
})

describe('parseFieldValue()', () => {
  test.each(['text', 'number', 'boolean', 'enum', 'set', 'date', 'datetime'] as const)(
    'blank is not known (%s)',
    (type) => {
      for (const raw of [null, undefined, '', '  ', '\0']) expect(parse(type, raw)).toBeNull()
    },
  )

  test('keeps text as it is, but for what cannot be stored', () => {
    expect(parse('text', ' a\0b \ud83d')).toBe(' ab \ufffd')
    expect(parse('text', 12)).toBe('12')
    expect(parse('text', {})).toContain('does not fit')
    expect(parse('text', 'x'.repeat(10_001))).toContain('10000')
  })

  test.each([
    ['1.50e3', 1500],
    [' -0.1 ', -0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['-0', 0],
    [7, 7],
  ])('reads the number %s', (raw, number) => {
    expect(parse('number', raw)).toBe(number)
  })

  test.each(['1,000', '12345678901234567890', '1e400', '1e-400', '0x10', 'Infinity', Number.NaN, true])(
    'refuses %s as a number instead of changing it',
    (raw) => {
      expect(parse('number', raw)).toContain('does not fit')
    },
  )

  test('understands yes and no', () => {
    expect([true, 'Yes', 1, 'on'].map((raw) => parse('boolean', raw))).toEqual([true, true, true, true])
    expect([false, 'N', 0, 'FALSE'].map((raw) => parse('boolean', raw))).toEqual([false, false, false, false])
    expect(parse('boolean', 'perhaps')).toContain('"perhaps"')
  })

  test('writes an option as it is defined, and refuses others', () => {
    expect(parse('enum', 'GOLD', ['Gold', 'Silver'])).toBe('Gold')
    expect(parse('enum', 'bronze', ['Gold', 'Silver'])).toContain('"Gold", "Silver"')
    expect(parse('enum', 'a', ['A', 'a'])).toBe('a')
    expect(parse('enum', 'anything')).toBe('anything')
  })

  test('makes sets sorted and without repeats', () => {
    expect(parse('set', 'golf; tennis;golf;')).toEqual(['golf', 'tennis'])
    expect(parse('set', ['b', 'a'])).toEqual(['a', 'b'])
    expect(parse('set', [])).toBeNull()
    expect(parse('set', [1])).toContain('list of texts')
  })

  test('takes dates that exist and times that name their offset', () => {
    expect(parse('date', '2028-02-29')).toBe('2028-02-29')
    expect(parse('date', '2027-02-29')).toContain('YYYY-MM-DD')
    expect(parse('date', '29.02.2028')).toContain('YYYY-MM-DD')
    expect(parse('datetime', '2026-11-22T09:30:00.1239+01:00')).toBe(Date.parse('2026-11-22T08:30:00.123Z'))
    expect(parse('datetime', 1_700_000_000_000)).toBe(1_700_000_000_000)
    expect(parse('datetime', '2026-11-22T09:30')).toContain('offset')
    expect(parse('datetime', '2026-11-22')).toContain('offset')
    expect(parse('datetime', 1.5)).toContain('does not fit')
  })
})
