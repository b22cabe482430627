import { describe, expect, test } from 'vitest'
import { canonicalJson } from '#engine/definition/canonical.ts'

describe('canonicalJson()', () => {
  test('sorts keys at every depth and keeps the order of lists', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 'x'], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1},"x"]}')
  })

  test('leaves out what is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  test('writes minus zero as zero and escapes lone surrogates', () => {
    expect(canonicalJson([-0, '\uD800"'])).toBe('[0,"\\ud800\\""]')
  })

  test('keeps a member called __proto__', () => {
    const value: unknown = JSON.parse('{"b":1,"__proto__":{"a":2}}')
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":2},"b":1}')
  })

  test.each([
    [Number.NaN, '"NaN" has no JSON form'],
    [Infinity, '"Infinity" has no JSON form'],
    [[undefined], 'A undefined has no JSON form'],
    [new Date(0), 'A Date has no JSON form'],
    [new Map(), 'A Map has no JSON form'],
    [10n, 'A bigint has no JSON form'],
  ])('refuses %s', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(message)
  })
})
