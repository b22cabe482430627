/** Undo and redo, with what they would do, and the list of what was done to go back several steps at once. */
import { ActionIcon, Group, Menu, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconArrowForwardUp, IconChevronDown } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useCommands } from '../../commands/registry.ts'
import { announce } from '../../ui/announce.ts'
import { canvasView } from '../canvas-view.ts'
import { useEditor, useEditorStore } from '../editor-context.tsx'

/** Entries in the list; further back step by step. */
const listed = 20

export function UndoButtons() {
  const { t } = useTranslation()
  const store = useEditorStore()
  const done = useEditor((state) => state.done)
  const undone = useEditor((state) => state.undone)
  const [last, next] = [done.at(-1), undone.at(-1)]
  const undoTitle = last === undefined ? t('Undo') : t('Undo: {{what}}', { what: last.label })
  const redoTitle = next === undefined ? t('Redo') : t('Redo: {{what}}', { what: next.label })
  const show = () => canvasView()?.reveal(store.getState().selection)
  const undo = (times = 1) => {
    const labels = Array.from({ length: times }, () => store.undo()?.label).filter(Boolean)
    if (labels.length > 0) announce(t('Undone: {{what}}', { what: labels.join(', ') }))
    show()
  }
  const redo = () => {
    const entry = store.redo()
    if (entry !== null) announce(t('Done again: {{what}}', { what: entry.label }))
    show()
  }
  const isEditable = () => store.getState().isEditable
  useCommands([
    {
      id: 'edit.undo',
      title: undoTitle,
      plainTitle: t('Undo'),
      group: 'Edit',
      keys: ['mod+z'],
      menus: ['pane'],
      isEnabled: () => isEditable() && store.getState().done.length > 0,
      run: () => undo(),
    },
    {
      id: 'edit.redo',
      title: redoTitle,
      plainTitle: t('Redo'),
      group: 'Edit',
      keys: ['mod+shift+z', 'mod+y'],
      menus: ['pane'],
      isEnabled: () => isEditable() && store.getState().undone.length > 0,
      run: redo,
    },
  ])
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label={undoTitle}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={undoTitle}
          // Not disabled: who has just undone the last entry keeps the focus.
          aria-disabled={last === undefined}
          opacity={last === undefined ? 0.4 : 1}
          onClick={() => undo()}
        >
          <IconArrowBackUp size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={20}
            h={28}
            aria-label={t('What was done')}
            aria-disabled={done.length === 0}
            opacity={done.length === 0 ? 0.4 : 1}
          >
            <IconChevronDown size={12} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
          <Menu.Label>{done.length === 0 ? t('Nothing was done yet') : t('Go back to before …')}</Menu.Label>
          {done
            .slice(-listed)
            .toReversed()
            .map(({ label }, index) => (
              <Menu.Item key={done.length - index} fz={13} onClick={() => undo(index + 1)}>
                {label.slice(0, 1).toUpperCase() + label.slice(1)}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={redoTitle}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={redoTitle}
          aria-disabled={next === undefined}
          opacity={next === undefined ? 0.4 : 1}
          onClick={redo}
        >
          <IconArrowForwardUp size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}
