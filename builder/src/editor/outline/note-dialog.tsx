/** The text of a note, written without the canvas. It is kept as it is typed, however the dialog closes; undo takes it back. */
import { Button, Group, Modal, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useTyped } from '../../forms/form-context.tsx'

interface NoteDialogProps {
  text: string
  /** `typing` names the visit: what is typed in one of them is one edit. */
  onWrite: (text: string, typing: string) => void
  onClose: () => void
}

export function NoteDialog({ text, onWrite, onClose }: NoteDialogProps) {
  const { t } = useTranslation()
  const typed = useTyped(text, onWrite)
  const close = () => {
    typed.flush()
    onClose()
  }
  return (
    <Modal
      opened
      onClose={close}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      title={t('Note')}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) close()
      }}
    >
      <Textarea
        data-autofocus
        aria-label={t('Text of the note')}
        autosize
        minRows={4}
        maxRows={20}
        maxLength={10_000}
        value={typed.value}
        onFocus={typed.onFocus}
        onBlur={typed.onBlur}
        onChange={(event) => typed.onText(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt={12}>
        <Button onClick={close}>{t('Done')}</Button>
      </Group>
    </Modal>
  )
}
