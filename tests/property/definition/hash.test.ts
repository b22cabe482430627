import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '#engine/definition/canonical.ts'
import { sha256Hex } from '#engine/definition/hash.ts'

const seed = 20_261_122
const byNode = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

test('sha256Hex() is what Node says, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      expect(sha256Hex(text)).toBe(byNode(text))
    }),
    { seed, numRuns: 2000 },
  )
})

test('sha256Hex() is what Node says at every length around the edges of blocks', () => {
  for (let length = 0; length <= 260; length += 1) {
    const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1)
    expect(sha256Hex(text)).toBe(byNode(text))
  }
  const long = 'Zürich '.repeat(100_000)
  expect(sha256Hex(long)).toBe(byNode(long))
})

test('sha256Hex() replaces lone surrogates as Node does', () => {
  for (const text of ['\uD800', 'a\uDFFFb', '\uD83D\uDE00']) expect(sha256Hex(text)).toBe(byNode(text))
})

test('canonicalJson() means the same value, however its keys were ordered', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).toReversed()
    return Object.fromEntries(entries.map(([key, member]) => [key, shuffled(member)]))
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(shuffled(value))).toBe(text)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { seed, numRuns: 2000 },
  )
})
