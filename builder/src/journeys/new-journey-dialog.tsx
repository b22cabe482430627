import { Alert, Button, Group, Modal, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { goTo } from '../ui/route.tsx'
import { useCreateJourney } from './journey-board-queries.ts'

/** A name, and the canvas opens. */
export function NewJourneyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const create = useCreateJourney()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    create.mutate(name.trim(), { onSuccess: ({ key }) => goTo(`/journeys/${key}`) })
  }
  return (
    <Modal opened onClose={onClose} title={t('New journey')} centered>
      <form onSubmit={submit}>
        <TextInput
          data-autofocus
          label={t('Name')}
          description={t('What colleagues will look for, for example “Friday sampler”.')}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {create.error === null ? null : (
          <Alert color="red" variant="light" mt={12} role="alert">
            {create.error.message}
          </Alert>
        )}
        <Group justify="flex-end" mt={16}>
          <Button variant="default" onClick={onClose}>
            {t('Cancel')}
          </Button>
          <Button type="submit" disabled={name.trim() === ''} loading={create.isPending}>
            {t('Draw it')}
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
