/** The journey's name in the bar; a click or F2 on it writes another. */
import { TextInput, UnstyledButton } from '@mantine/core'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEditor, useEditorStore } from './editor-context.tsx'
import classes from './editor.module.css'

export function JourneyName() {
  const { t } = useTranslation()
  const store = useEditorStore()
  const name = useEditor((state) => state.content.name)
  const isEditable = useEditor((state) => state.isEditable)
  const [draft, setDraft] = useState<string | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  if (draft === null || !isEditable) {
    return (
      <h1 className={classes['name']}>
        {isEditable ? (
          <UnstyledButton
            ref={button}
            className={classes['rename'] ?? ''}
            aria-label={t('Name of the journey: {{name}}. Rename', { name })}
            onClick={() => setDraft(name)}
            onKeyDown={(event) => {
              if (event.key !== 'F2') return
              event.preventDefault()
              setDraft(name)
            }}
          >
            {name}
          </UnstyledButton>
        ) : (
          name
        )}
      </h1>
    )
  }
  const finish = (isWanted: boolean) => {
    // A journey has a name: without one it keeps the one it had.
    const wanted = draft.trim()
    if (isWanted && wanted !== '' && wanted !== name) store.rename(wanted)
    setDraft(null)
    requestAnimationFrame(() => button.current?.focus())
  }
  return (
    <TextInput
      size="xs"
      w={280}
      autoFocus
      maxLength={200}
      aria-label={t('Name of the journey')}
      value={draft}
      onFocus={({ currentTarget }) => currentTarget.select()}
      onChange={({ currentTarget }) => setDraft(currentTarget.value)}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish(true)
        if (event.key === 'Escape') finish(false)
      }}
    />
  )
}
