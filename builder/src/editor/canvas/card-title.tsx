/** A step's name, and the field it becomes while somebody writes another one. */
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useCanvasEvents } from './canvas-events.ts'
import classes from './card.module.css'

export function CardTitle({ id, title }: { id: string; title: string }) {
  const { t } = useTranslation()
  const { renaming, rename, isEditable } = useCanvasEvents()
  const isRenaming = useSyncExternalStore(renaming.subscribe, () => renaming.get() === id)
  if (!isRenaming) {
    return (
      <div
        className={classes['title']}
        title={title}
        onDoubleClick={(event) => {
          if (!isEditable) return
          event.stopPropagation()
          renaming.set(id)
        }}
      >
        {title}
      </div>
    )
  }
  const finish = (name: string) => {
    if (renaming.get() !== id) return
    renaming.set(null)
    rename(id, name)
  }
  return (
    <input
      className={`${classes['rename'] ?? ''} nodrag nopan nokey`}
      defaultValue={title}
      maxLength={200}
      aria-label={t('Name of the step')}
      ref={(field) => {
        if (field === null || document.activeElement === field) return
        field.focus({ preventScroll: true })
        field.select()
      }}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter') finish(event.currentTarget.value)
        if (event.key === 'Escape') finish(title)
      }}
    />
  )
}
