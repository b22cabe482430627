import { describe, expect, test } from 'vitest'
import { keyCaps, matchesKeys, type KeyPress } from '../../../builder/src/commands/keys.ts'
import { rank } from '../../../builder/src/commands/palette-sources.ts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
})

describe('keys of commands', () => {
  test.each<[string, KeyPress, string, boolean, boolean]>([
    ['Ctrl+Z', press('z', { ctrlKey: true }), 'mod+z', false, true],
    ['⌘Z on a Mac', press('z', { metaKey: true }), 'mod+z', true, true],
    ['Ctrl+Z on a Mac is something else', press('z', { ctrlKey: true }), 'mod+z', true, false],
    ['Ctrl+Shift+Z is not Ctrl+Z', press('Z', { ctrlKey: true, shiftKey: true }), 'mod+z', false, false],
    ['? with Shift', press('?', { shiftKey: true }), '?', false, true],
    ['/ with Shift, as on a German keyboard', press('/', { shiftKey: true }), '/', false, true],
    ['a letter alone', press('n'), 'n', false, true],
    ['a letter with Caps Lock', press('N'), 'n', false, true],
    ['a letter with Alt is another key', press('n', { altKey: true }), 'n', false, false],
    [
      'Alt changes what the key says',
      press('†', { code: 'KeyT', altKey: true, shiftKey: true }),
      'shift+alt+t',
      true,
      true,
    ],
    ['Shift+1 says !', press('!', { code: 'Digit1', shiftKey: true }), 'shift+1', false, true],
    ['Ctrl in another alphabet', press('я', { code: 'KeyZ', ctrlKey: true }), 'mod+z', false, true],
    ['the key + itself', press('+', { shiftKey: true }), '+', false, true],
    ['a named key', press('ArrowUp', { altKey: true }), 'alt+arrowup', false, true],
    ['F8 backwards', press('F8', { shiftKey: true }), 'f8', false, false],
  ])('%s', (_, event, keys, mac, expected) => {
    expect(matchesKeys(event, keys, mac)).toBe(expected)
  })

  test('are written as on the keyboard at hand', () => {
    expect(keyCaps('mod+shift+z', false)).toEqual(['Ctrl', 'Shift', 'Z'])
    expect(keyCaps('mod+shift+z', true)).toEqual(['⌘', '⇧', 'Z'])
    expect(keyCaps('alt+arrowup', false)).toEqual(['Alt', '↑'])
    expect(keyCaps('+')).toEqual(['+'])
  })
})

test('the palette finds by all words, beginnings first', () => {
  const items = ['Wait 3 days', 'Await the answer', 'Tag: waits', 'Send email']
  expect(rank(items, 'wait', (item) => item)).toEqual(['Wait 3 days', 'Tag: waits', 'Await the answer'])
  expect(rank(items, 'days wait', (item) => item)).toEqual(['Wait 3 days'])
})
