import { Button, Group, Text } from '@mantine/core'
import { useEffect } from 'react'
import classes from './inbox.module.css'
import { undoSeconds } from './inbox-queries.ts'
import { t } from '../i18n/t.ts'

/** An outcome that was just given. */
export interface Undoable {
  id: string
  title: string
  warning: string | null
}

/** Offers to take an outcome back for as long as it does not count. */
export function UndoBar({
  undoable,
  onUndo,
  onOver,
}: {
  undoable: Undoable | null
  onUndo: (id: string) => void
  onOver: () => void
}) {
  useEffect(() => {
    if (undoable === null) return
    // A little less than the server gives, so that what is offered can still be done.
    const timer = setTimeout(onOver, undoSeconds * 1000 - 300)
    return () => clearTimeout(timer)
    // A new outcome starts its own time; who is told when it is over does not matter.
  }, [undoable])
  if (undoable === null) return null
  return (
    <div className={classes['undo']} role="status">
      <Group gap={12} justify="space-between" wrap="nowrap">
        <Text size="sm">
          {t('{{title}}: recorded.', { title: undoable.title })} {undoable.warning}
        </Text>
        <Button variant="default" onClick={() => onUndo(undoable.id)}>
          {t('Undo')}
        </Button>
      </Group>
    </div>
  )
}
