/** The right mouse button, and the menu key, on steps, connections, notes and the empty canvas: commands of the registry. */
import { Menu } from '@mantine/core'
import { Fragment, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyCaps } from '../../commands/key-caps.tsx'
import { allCommands, titleOfCommand, type Command } from '../../commands/registry.ts'
import { canvasView } from '../canvas-view.ts'
import { useEditorStore } from '../editor-context.tsx'
import type { EditorStore } from '../store.ts'
import classes from './context-menu.module.css'

type Place = NonNullable<Command['menus']>[number]

interface OpenMenu {
  place: Place
  x: number
  y: number
}

export function ContextMenu() {
  const { t } = useTranslation()
  const store = useEditorStore()
  const [menu, setMenu] = useState<OpenMenu | null>(null)
  useEffect(() => {
    const onContextMenu = (event: MouseEvent) => {
      const target = event.target instanceof Element ? event.target : null
      const canvas = target?.closest<HTMLElement>('[data-canvas-focus]')
      if (target == null || canvas == null || target.closest('input, textarea, a') !== null) return
      event.preventDefault()
      const isByKey = event.button !== 2 && target === canvas
      const place = isByKey ? placeOfSelection(store) : choose(store, target)
      const at = isByKey ? middleOf(canvas) : { x: event.clientX, y: event.clientY }
      setMenu({ place, ...at })
    }
    document.addEventListener('contextmenu', onContextMenu)
    return () => document.removeEventListener('contextmenu', onContextMenu)
  }, [store])
  if (menu === null) return null
  const commands = allCommands().filter(
    ({ menus, isEnabled }) => menus?.includes(menu.place) === true && isEnabled?.() !== false,
  )
  const groups = [...Map.groupBy(commands, ({ group }) => group)]
  const close = () => {
    setMenu(null)
    canvasView()?.focus()
  }
  return (
    <Menu
      key={`${String(menu.x)} ${String(menu.y)} ${menu.place}`}
      opened
      onClose={close}
      position="bottom-start"
      offset={0}
      // Low on the page it moves up instead of leaving it.
      middlewares={{ flip: false, shift: { crossAxis: true, padding: 8 } }}
      withinPortal
      trapFocus
      returnFocus={false}
    >
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('What can be done here')}
          className={classes['place'] ?? ''}
          style={{ left: menu.x, top: menu.y }}
        />
      </Menu.Target>
      <Menu.Dropdown miw={220} mah="70vh" style={{ overflowY: 'auto' }}>
        {commands.length === 0 ? <Menu.Label>{t('Nothing can be done here now')}</Menu.Label> : null}
        {groups.map(([group, list], index) => (
          <Fragment key={group}>
            {index > 0 ? <Menu.Divider /> : null}
            {list.map((command) => (
              <Menu.Item
                key={command.id}
                fz={13}
                py={4}
                rightSection={<Keys command={command} />}
                onClick={() => {
                  setMenu(null)
                  // Focus first: what the command opens takes it from there.
                  canvasView()?.focus()
                  command.run()
                }}
              >
                {titleOfCommand(command)}
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Keys({ command: { keys = [], shownKeys = [] } }: { command: Command }) {
  const [first] = [...keys, ...shownKeys]
  return first === undefined ? null : <KeyCaps keys={first} />
}

/** Selects what lies under the pointer, unless it is selected already: the menu is about the selection. */
function choose(store: EditorStore, target: Element): Place {
  const step = target.closest('[data-step]')?.getAttribute('data-step')
  const note = target.closest('[data-note]')?.getAttribute('data-note')
  const id = step ?? note
  if (id != null) {
    if (!store.getState().selection.includes(id)) store.select([id])
    return step == null ? 'note' : 'step'
  }
  const edge = target.closest('[data-edge]')?.getAttribute('data-edge')
  if (edge == null) return 'pane'
  const at = edge.indexOf(':')
  store.selectEdge({ from: edge.slice(0, at), port: edge.slice(at + 1) })
  return 'edge'
}

function placeOfSelection(store: EditorStore): Place {
  const { selection, edge, content } = store.getState()
  if (edge !== null) return 'edge'
  const id = selection.at(-1)
  if (id === undefined) return 'pane'
  return content.document.layout.notes.some((note) => note.id === id) ? 'note' : 'step'
}

function middleOf(element: HTMLElement): { x: number; y: number } {
  const { left, top, width, height } = element.getBoundingClientRect()
  return { x: left + width / 2, y: top + height / 3 }
}
