// Whatever a person reads in the page goes through t(), as a sentence that a translation can have as its key.
import { expect, test } from 'vitest'
import { readPageWords } from '#scripts/i18n/page-words.ts'
import { readTranslation } from '#scripts/i18n/translation.ts'
import { accent } from '../../../builder/src/i18n/pseudo.ts'
import { t } from '../../../builder/src/i18n/t.ts'
import { countOf } from '../../../builder/src/ui/words.ts'

/** Examples and names of values, the same in every language. */
const same = new Set(['downloaded', 'de', 'full', 'your role', '{{count}} …'])
/** Said by the catalogue, as all ways out are. */
same.add('Next')

const { keys, plain } = readPageWords('builder/src')

test('no words of the page are outside of t(), and none are put together', () => {
  const found = plain
    .filter(({ file, text }) => !same.has(text) && !file.includes('/bench/'))
    .map(({ file, line, text, why }) => `${file}:${String(line)} ${why}: ${text}`)
  expect(found).toEqual([])
})

test('no sentence begins or ends with a space: a translation would lose it', () => {
  expect([...keys.keys()].filter((key) => key !== key.trim())).toEqual([])
})

test('the language of developers changes every letter but those of values', () => {
  expect(accent('Publish {{count}} steps')).toMatch(/^⟦Ƥúƀľíšĥ \{\{count\}\} šťéƥš·+⟧$/)
  expect(accent('{{name}}: {{value}}')).toBe('{{name}}: {{value}}')
  expect(accent('→')).toBe('→')
})

test('a translation has all sentences, several where the language has several numbers, and keeps what is translated', () => {
  const before = { Publish: 'Veröffentlichen', 'Said no more': 'Weg' }
  const { words, fresh, stale } = readTranslation('builder/src', 'pl', before)
  expect(words['Publish']).toBe('Veröffentlichen')
  expect(words).not.toHaveProperty('Said no more')
  expect(stale).toBe(1)
  expect(fresh).toBe(Object.keys(words).length - 1)
  // The engine's words, and a number's three forms in Polish.
  for (const key of [
    'Wait',
    'Everyone else',
    'Send only between',
    '{{count}} leads_one',
    '{{count}} leads_few',
    '{{count}} leads_many',
  ]) {
    expect.soft(Object.keys(words), key).toContain(key)
  }
})

test('one is said as one', () => {
  expect(t('{{count}} need a person', { count: 1, shown: '1' })).toBe('1 needs a person')
  expect(t('{{count}} need a person', { count: 1204, shown: '1,204' })).toBe('1,204 need a person')
  expect(t('This reaches {{leads}}.', { leads: countOf(1, 'lead') })).toBe('This reaches 1 lead.')
  expect(t('{{count}} messages to the built-in mailbox', { count: 1 })).toBe('1 message to the built-in mailbox')
  expect(t('Solve the {{count}} problems of the journey first.', { count: 1 })).toBe(
    'Solve the 1 problem of the journey first.',
  )
})
