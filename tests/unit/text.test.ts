import { expect, test } from 'vitest'
import { cleanText, foldAnswer, foldProperties, foldText } from '#engine/text.ts'

test('cleanText() keeps what Postgres can store', () => {
  expect(cleanText('a\0b\ud83d🙂')).toBe('ab\ufffd🙂')
})

test('foldText() makes case and composition equal, and is stable for every code point', () => {
  expect(foldText('J\u030C')).toBe(foldText('ǰ'))
  expect(foldText('STRASSE')).not.toBe(foldText('Straße'))
  const unstable: number[] = []
  for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint += 1) {
    const folded = foldText(String.fromCodePoint(codePoint))
    if (foldText(folded) !== folded) unstable.push(codePoint)
  }
  expect(unstable).toEqual([])
})

test('only texts of events and answers are folded', () => {
  expect(foldProperties({ a: 'ABC', b: 1, c: ['X'], d: null, e: '' })).toEqual({ a: 'abc' })
  expect([foldAnswer('ABC'), foldAnswer(['ABC']), foldAnswer(1)]).toEqual(['abc', null, null])
})
