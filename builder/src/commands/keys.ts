/** Keys of commands: how they are told from what the keyboard says, and how they are written for people. */

export interface KeyPress {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

/** ⌘ stands for Ctrl there. */
const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

interface Combination {
  mod: boolean
  shift: boolean
  alt: boolean
  /** In lower case, as `KeyboardEvent.key` names it. */
  key: string
}

/** `shift+alt+t`; the key itself may be `+`. */
export function parseKeys(keys: string): Combination {
  const parts = keys.endsWith('+') ? [...keys.slice(0, -1).split('+'), '+'] : keys.split('+')
  const names = parts.filter((part) => part !== '')
  const key = names.at(-1) ?? ''
  const has = (name: string) => names.slice(0, -1).includes(name)
  return { mod: has('mod'), shift: has('shift'), alt: has('alt'), key }
}

/**
 * Whether a press is that combination. Letters and digits are also found where Alt or another alphabet makes the key say
 * something else; signs like `?` and `/` need Shift on some keyboards and not on others, so Shift does not count for them.
 */
export function matchesKeys(press: KeyPress, keys: string, mac = isMac): boolean {
  const { mod, shift, alt, key } = parseKeys(keys)
  const [pressedMod, otherMod] = mac ? [press.metaKey, press.ctrlKey] : [press.ctrlKey, press.metaKey]
  if (pressedMod !== mod || otherMod || press.altKey !== alt) return false
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key)
  if (!isSign && press.shiftKey !== shift) return false
  const pressed = press.key.toLowerCase()
  if (pressed === key) return true
  if (/^[a-z]$/.test(key)) return press.code === `Key${key.toUpperCase()}` && (alt || mod || !/^[a-z]$/.test(pressed))
  return /^\d$/.test(key) && press.code === `Digit${key}` && (shift || mod || alt)
}

const signs: Readonly<Record<string, string>> = {
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  escape: 'Esc',
  delete: 'Del',
  backspace: '⌫',
  enter: '↵',
  space: 'Space',
  home: 'Home',
  end: 'End',
}

/** The caps to draw: `['Ctrl', 'Shift', 'Z']`. */
export function keyCaps(keys: string, mac = isMac): string[] {
  const { mod, shift, alt, key } = parseKeys(keys)
  return [
    ...(mod ? [mac ? '⌘' : 'Ctrl'] : []),
    ...(shift ? [mac ? '⇧' : 'Shift'] : []),
    ...(alt ? [mac ? '⌥' : 'Alt'] : []),
    signs[key] ?? (key.length === 1 || /^f\d+$/.test(key) ? key.toUpperCase() : key),
  ]
}
