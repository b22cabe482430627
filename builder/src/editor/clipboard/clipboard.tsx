/**
 * Copying, cutting and pasting by the browser's own events on the system's clipboard: from journey to journey, from window
 * to window. Text fields and selected text keep their own.
 */
import { notifications } from '@mantine/notifications'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useCommands } from '../../commands/registry.ts'
import { canvasView } from '../canvas-view.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { createClipboardEdits } from './clipboard-edits.ts'

export function Clipboard() {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const edits = useMemo(() => createClipboardEdits(store, catalogue), [store, catalogue])
  const paste = (text: string, settingsOnly: boolean): void => {
    const at = canvasView()?.pointer() ?? canvasView()?.centre() ?? { x: 0, y: 0 }
    const message = edits.paste(text, { at, settingsOnly })
    if (message !== null) notifications.show({ id: 'clipboard', message })
    else canvasView()?.reveal(store.getState().selection)
  }

  useEffect(() => {
    // The browser tells of a paste but not of its keys.
    let isShiftDown = false
    const noteShift = (event: KeyboardEvent) => {
      isShiftDown = event.shiftKey
    }
    const onCopy = (event: ClipboardEvent) => {
      const settingsOnly = wantsSettings
      wantsSettings = false
      if (!isOurs(event)) return
      const text = settingsOnly ? edits.copySettings() : event.type === 'cut' ? edits.cut() : edits.copy()
      if (text === null) return
      event.clipboardData?.setData('text/plain', text)
      lastCopied = text
      event.preventDefault()
    }
    const onPaste = (event: ClipboardEvent) => {
      if (!isOurs(event) || !store.getState().isEditable) return
      const text = event.clipboardData?.getData('text/plain') ?? ''
      event.preventDefault()
      paste(text, isShiftDown)
    }
    addEventListener('keydown', noteShift, true)
    addEventListener('keyup', noteShift, true)
    document.addEventListener('copy', onCopy)
    document.addEventListener('cut', onCopy)
    document.addEventListener('paste', onPaste)
    return () => {
      removeEventListener('keydown', noteShift, true)
      removeEventListener('keyup', noteShift, true)
      document.removeEventListener('copy', onCopy)
      document.removeEventListener('cut', onCopy)
      document.removeEventListener('paste', onPaste)
    }
  })

  const hasSelection = () => store.getState().selection.length > 0
  const isEditable = () => store.getState().isEditable
  const pasteFromMenu = (settingsOnly: boolean) => () => {
    void readClipboard().then((text) => paste(text, settingsOnly))
  }
  useCommands([
    {
      id: 'edit.cut',
      title: t('Cut'),
      group: 'Edit',
      shownKeys: ['mod+x'],
      menus: ['step', 'note'],
      isEnabled: () => isEditable() && hasSelection(),
      run: () => document.execCommand('cut'),
    },
    {
      id: 'edit.copy',
      title: t('Copy'),
      group: 'Edit',
      shownKeys: ['mod+c'],
      menus: ['step', 'note'],
      isEnabled: hasSelection,
      run: () => document.execCommand('copy'),
    },
    {
      id: 'edit.paste',
      title: t('Paste'),
      group: 'Edit',
      shownKeys: ['mod+v'],
      menus: ['step', 'edge', 'pane'],
      isEnabled: isEditable,
      run: pasteFromMenu(false),
    },
    {
      id: 'edit.copySettings',
      title: t('Copy settings'),
      group: 'Edit',
      keys: ['mod+shift+c'],
      menus: ['step'],
      isEnabled: () => edits.copySettings() !== null,
      run: () => {
        wantsSettings = true
        try {
          document.execCommand('copy')
        } finally {
          // Where the browser refuses, no copy comes to take it back.
          wantsSettings = false
        }
      },
    },
    {
      id: 'edit.pasteSettings',
      title: t('Paste settings'),
      group: 'Edit',
      shownKeys: ['mod+shift+v'],
      menus: ['step'],
      isEnabled: () => isEditable() && edits.copySettings() !== null,
      run: pasteFromMenu(true),
    },
  ])
  return null
}

/** The next copy is of settings only. */
let wantsSettings = false
/** For browsers that let no page read the clipboard but in a paste. */
let lastCopied = ''

async function readClipboard(): Promise<string> {
  try {
    return await navigator.clipboard.readText()
  } catch {
    return lastCopied
  }
}

/** False where somebody copies text. */
function isOurs(event: ClipboardEvent): boolean {
  if (event.defaultPrevented || document.querySelector('[aria-modal="true"]') !== null) return false
  const target = event.target instanceof Element ? event.target : document.activeElement
  if (target?.closest('input, textarea, select, [contenteditable=""], [contenteditable="true"]') != null) return false
  const selected = getSelection()
  return selected === null || selected.isCollapsed || selected.toString().trim() === ''
}
