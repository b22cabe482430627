/** The keyboard of the whole page: finds the command of a key and runs it. */
import { useEffect } from 'react'
import { matchesKeys, parseKeys } from './keys.ts'
import { allCommands, type Command } from './registry.ts'

/** Where letters are typed. */
const fields =
  'textarea, select, [contenteditable=""], [contenteditable="true"], [role="textbox"], ' +
  'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="range"])'
/** Where keys without Ctrl have a meaning of their own. */
const ownKeys =
  'input, aside, form, [role="dialog"], [role="menu"], [role="listbox"], [role="tree"], [role="treegrid"], [role="grid"], [role="tablist"], [role="radiogroup"], [role="slider"]'

/** Listens for as long as it is shown. Whoever handles a key before prevents its default, and nothing happens here. */
export function useCommandKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      // A repeat of a held key is wanted for undo and walking, not for opening things; a composed letter is text.
      if (event.defaultPrevented || event.isComposing) return
      const command = commandOf(event)
      if (command === null) return
      event.preventDefault()
      command.run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}

/** The command that a key press means where it was pressed. */
function commandOf(event: KeyboardEvent, commands: readonly Command[] = allCommands()): Command | null {
  const target = event.target instanceof Element ? event.target : null
  const isInField = target?.closest(fields) != null
  const isWithOwnKeys = target?.closest(ownKeys) != null
  const isBehind = target?.closest('[role="dialog"]') == null && document.querySelector('[aria-modal="true"]') !== null
  for (const command of commands.toReversed()) {
    const keys = command.keys?.find((one) => matchesKeys(event, one))
    if (keys === undefined || command.isEnabled?.() === false) continue
    if (command.worksInFields !== true) {
      if (isInField || isBehind) continue
      const { mod, key } = parseKeys(keys)
      if (isWithOwnKeys && !mod && !/^f\d+$/.test(key)) continue
    }
    return command
  }
  return null
}
