/** What can be done with several steps at once, above them. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCopyPlus, IconPlayerPause, IconSparkles, IconTrash, type Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'reactflow'
import { useEditor } from '../editor-context.tsx'
import type { CanvasEdits } from './canvas-edits.ts'
import { boundsOf, type Box } from './viewport.ts'
import classes from './overlay.module.css'

interface SelectionBarProps {
  boxesOf: (ids: readonly string[]) => Box[]
  edits: CanvasEdits
  onRemove: (ids: readonly string[]) => void
  onTidy: () => void
}

export function SelectionBar(props: SelectionBarProps) {
  const selection = useEditor((state) => state.selection)
  return selection.length < 2 ? null : <Bar {...props} ids={selection} />
}

function Bar({ ids, boxesOf, edits, onRemove, onTidy }: SelectionBarProps & { ids: readonly string[] }) {
  const { t } = useTranslation()
  const [x, y, zoom] = useStore((state) => state.transform)
  // A drag moves the nodes of React Flow's store before it is an edit.
  useStore((state) => state.nodes)
  const bounds = boundsOf(boxesOf(ids))
  if (bounds === null) return null
  const actions: [string, Icon, () => void][] = [
    [t('Duplicate'), IconCopyPlus, () => edits.duplicate(ids)],
    [t('Switch off or on'), IconPlayerPause, () => edits.toggle(ids)],
    [t('Tidy up'), IconSparkles, onTidy],
    [t('Delete'), IconTrash, () => onRemove(ids)],
  ]
  return (
    <div
      className={`${classes['bar'] ?? ''} nopan`}
      role="toolbar"
      aria-label={t('Selected steps')}
      style={{
        left: Math.max(120, (bounds.x + bounds.width / 2) * zoom + x),
        top: Math.max(8, bounds.y * zoom + y - 48),
        transform: 'translateX(-50%)',
      }}
    >
      <span className={classes['count']}>{t('{{count}} selected', { count: ids.length })}</span>
      {actions.map(([label, Glyph, run]) => (
        <Tooltip key={label} label={label}>
          <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={run}>
            <Glyph size={16} />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  )
}
