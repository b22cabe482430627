/** A copy of a journey, kept for everybody to begin others with. */
import { Alert, Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { notifyDone } from '../ui/notify.ts'
import { useJourneyTemplates, useSaveTemplate } from './journey-board-queries.ts'

interface SaveTemplateProps {
  journey: { key: string; name: string; description: string }
  /** What was drawn a moment ago is on the server when this is done. */
  whenSaved?: () => Promise<void>
  onClose: () => void
}

export function SaveTemplateDialog({ journey, whenSaved, onClose }: SaveTemplateProps) {
  const { t } = useTranslation()
  const [name, setName] = useState(journey.name)
  const [description, setDescription] = useState(journey.description)
  const [isWaiting, setIsWaiting] = useState(false)
  const [unsaved, setUnsaved] = useState<Error | null>(null)
  const templates = useJourneyTemplates()
  const save = useSaveTemplate()
  const given = name.trim()
  const replaces = templates.data?.items.some((one) => one.saved !== null && one.name === given) === true
  const problem = unsaved ?? save.error

  const submit = async () => {
    setUnsaved(null)
    setIsWaiting(true)
    try {
      await whenSaved?.()
    } catch (error) {
      setUnsaved(error instanceof Error ? error : new Error(String(error)))
      return
    } finally {
      setIsWaiting(false)
    }
    save.mutate(
      { journey: journey.key, name: given, description: description.trim(), replaces },
      {
        onSuccess: () => {
          notifyDone(t('“{{name}}” is a template now. Find it under “New journey”.', { name: given }))
          onClose()
        },
      },
    )
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (given !== '') void submit()
  }
  return (
    <Modal opened onClose={onClose} title={t('Save as template')} centered>
      <form onSubmit={onSubmit}>
        <Stack gap={12}>
          <Text size="sm" c="dimmed">
            {t(
              'A copy of the draft as it is now, with the assets, surveys and segments it names; no leads and no numbers. What you change in the journey later does not change the template.',
            )}
          </Text>
          <TextInput
            data-autofocus
            label={t('Name')}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label={t('What it is for')}
            description={t('What colleagues read before they choose it.')}
            value={description}
            maxLength={5000}
            autosize
            minRows={2}
            maxRows={8}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {replaces ? (
            <Alert color="orange" variant="light" role="status">
              {t('There is a template “{{name}}” already. This one takes its place.', { name: given })}
            </Alert>
          ) : null}
          {problem === null ? null : (
            <Alert color="red" variant="light" role="alert">
              {problem.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('Cancel')}
            </Button>
            <Button type="submit" disabled={given === ''} loading={isWaiting || save.isPending}>
              {replaces ? t('Replace the template') : t('Save as template')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
