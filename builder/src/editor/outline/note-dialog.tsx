/** The text of a note, written without the canvas. */
import { Button, Group, Modal, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

interface NoteDialogProps {
  text: string
  onClose: (text: string | null) => void
}

export function NoteDialog({ text, onClose }: NoteDialogProps) {
  const { t } = useTranslation()
  const [value, setValue] = useState(text)
  return (
    <Modal
      opened
      onClose={() => onClose(null)}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      title={t('Note')}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onClose(value)
      }}
    >
      <Textarea
        data-autofocus
        aria-label={t('Text of the note')}
        autosize
        minRows={4}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt={12}>
        <Button variant="default" onClick={() => onClose(null)}>
          {t('Cancel')}
        </Button>
        <Button onClick={() => onClose(value)}>{t('Keep')}</Button>
      </Group>
    </Modal>
  )
}
