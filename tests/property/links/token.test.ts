import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { linkPurposes, readToken, signToken, type LinkPurpose } from '#activities/links/token.ts'

const keys = { secret: 'a secret of at least thirty-two characters' }
const now = Date.UTC(2026, 10, 22)
const purpose = fc.constantFrom(...(Object.keys(linkPurposes) as LinkPurpose[]))
const content = fc.record({
  about: fc.constantFrom('delivery' as const, 'lead' as const),
  id: fc.uuid(),
  subject: fc.string({ unit: 'grapheme', maxLength: 200 }),
  expiresAt: fc.option(fc.integer({ min: now / 1000 + 1, max: 2 ** 39 }).map((seconds) => seconds * 1000)),
})

test('a token says what was put into it, and is the same whenever it is made', () => {
  fc.assert(
    fc.property(purpose, content, (name, about) => {
      const token = signToken(keys, name, about)
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(signToken(keys, name, about)).toBe(token)
      expect(readToken(keys, name, token, now)).toEqual({ ok: true, content: about })
    }),
  )
})

test('no other purpose accepts it', () => {
  fc.assert(
    fc.property(purpose, purpose, content, (name, other, about) => {
      fc.pre(name !== other)
      expect(readToken(keys, other, signToken(keys, name, about), now)).toEqual({ ok: false, reason: 'forged' })
    }),
  )
})

test('no change of a bit, a character or the length is accepted', () => {
  fc.assert(
    fc.property(purpose, content, fc.nat(), fc.nat({ max: 7 }), fc.string(), (name, about, at, bit, tail) => {
      const token = signToken(keys, name, about)
      const bytes = Buffer.from(token, 'base64url')
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit)
      const place = at % token.length
      const swapped = token[place] === 'A' ? 'B' : 'A'
      const forgeries = [
        bytes.toString('base64url'),
        token.slice(0, place) + swapped + token.slice(place + 1),
        token.slice(0, place),
        `${token}${tail === '' ? '=' : tail}`,
      ]
      for (const forgery of forgeries) {
        expect(readToken(keys, name, forgery, now)).toEqual({ ok: false, reason: 'forged' })
      }
    }),
  )
})

test('nobody is taken for somebody else: parts of two tokens do not make a third', () => {
  fc.assert(
    fc.property(purpose, content, content, (name, one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other))
      const [a, b] = [one, other].map((about) => Buffer.from(signToken(keys, name, about), 'base64url'))
      const mixed = Buffer.concat([a?.subarray(0, -16) ?? Buffer.of(), b?.subarray(-16) ?? Buffer.of()])
      expect(readToken(keys, name, mixed.toString('base64url'), now)).toEqual({ ok: false, reason: 'forged' })
    }),
  )
})

test('it expires at its instant; after a rotation the previous secret still opens old links, and signs no new ones', () => {
  const token = signToken(keys, 'asset', { about: 'lead', id: crypto.randomUUID(), expiresAt: now + 1000 })
  expect(readToken(keys, 'asset', token, now + 999).ok).toBe(true)
  expect(readToken(keys, 'asset', token, now + 1000)).toEqual({ ok: false, reason: 'expired' })
  const rotated = { secret: 'another secret of more than thirty-two characters', previous: [keys.secret] }
  expect(readToken(rotated, 'asset', token, now).ok).toBe(true)
  expect(readToken({ secret: rotated.secret }, 'asset', token, now)).toEqual({ ok: false, reason: 'forged' })
  const next = signToken(rotated, 'asset', { about: 'lead', id: crypto.randomUUID() })
  expect(readToken(keys, 'asset', next, now)).toEqual({ ok: false, reason: 'forged' })
})
