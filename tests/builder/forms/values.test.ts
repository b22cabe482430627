import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { checkTemplate } from '#engine/steps/message-template.ts'
import { durationUnits, readDuration, writeDuration } from '../../../builder/src/forms/duration-value.ts'
import {
  insertionOf,
  matchVariables,
  openVariable,
  templateVariables,
} from '../../../builder/src/forms/template-variables.ts'
import { freshName, getAt, setAt } from '../../../builder/src/forms/values.ts'

const key = fc.stringMatching(/^[a-z]{1,4}$/)

test('what is written somewhere is read there, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.dictionary(key, fc.anything()), key, key, fc.integer(), (given, first, second, value) => {
      const before = structuredClone(given)
      const after = setAt(given, [first, second], value)
      expect(getAt(after, [first, second])).toBe(value)
      expect(given).toEqual(before)
      for (const other of Object.keys(given).filter((one) => one !== first))
        expect(getAt(after, [other])).toBe(given[other])
    }),
  )
})

test('taking a setting away leaves no trace of it; an entry of a list closes up', () => {
  expect(setAt({ a: 1, b: 2 }, ['a'], undefined)).toEqual({ b: 2 })
  const given = { a: 1, list: [{ id: 'x' }] }
  for (const [path, value] of [
    [['a'], 1],
    [['b'], undefined],
    [['list', 0, 'id'], 'x'],
  ] as const)
    expect(setAt(given, path, value)).toBe(given)
  expect(setAt({ list: ['x', 'y', 'z'] }, ['list', 1], undefined)).toEqual({ list: ['x', 'z'] })
  expect(setAt({ list: [{ id: 'x' }] }, ['list', 0, 'id'], 'y')).toEqual({ list: [{ id: 'y' }] })
})

test('new ids are new', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.stringMatching(/^[a-z]{1,3}(_\d)?$/)), (wanted, taken) => {
      const name = freshName(wanted, taken)
      expect(taken).not.toContain(name)
      expect(name).toMatch(/^[A-Za-z0-9_-]{1,50}$/)
    }),
  )
})

test('a duration comes back as it was written, and the engine takes it', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.constantFrom(...durationUnits), (amount, unit) => {
      const iso = writeDuration({ amount, unit })
      expect(durationSchema.safeParse(iso).success).toBe(true)
      expect(readDuration(iso)).toEqual({ amount, unit })
    }),
  )
  expect(readDuration('P1DT4H')).toBeNull()
  expect(readDuration('soon')).toBeNull()
})

test('every variable that is offered can be rendered', () => {
  const library = {
    ...emptyLibrary(),
    fields: { plan: { key: 'plan', label: 'Plan', type: 'text' as const } },
  }
  const variables = templateVariables(library, { asset: true, survey: true, question: true })
  expect(variables.map(({ name }) => name)).toContain('lead.plan')
  for (const variable of variables) {
    const { text, select } = insertionOf(variable)
    expect(checkTemplate(text, ['body'], library)).toEqual([])
    if (select !== null) expect(text.slice(...select)).toBe(variable.fallback)
  }
})

test('"{{" opens the completion, "}}" closes it', () => {
  expect(openVariable('Hello {{ le', 11)).toEqual({ from: 6, word: 'le' })
  expect(openVariable('Hello {{', 8)).toEqual({ from: 6, word: '' })
  expect(openVariable('Hello {{ lead.first_name }} and', 31)).toBeNull()
  expect(openVariable('Hello { le', 10)).toBeNull()
  const variables = templateVariables(emptyLibrary(), { asset: false, survey: false, question: false })
  expect(matchVariables(variables, 'fir')[0]?.name).toBe('lead.first_name')
  expect(matchVariables(variables, 'lead.comp')[0]?.name).toBe('lead.company')
  expect(matchVariables(variables, 'nothing at all')).toEqual([])
})
