import { Alert, Button, Group, List, Modal, Radio, Stack, Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import '@mantine/dropzone/styles.css'
import { IconFileImport } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client.ts'
import { goTo } from '../ui/route.tsx'
import { useImportJourney } from './journey-board-queries.ts'

type OnExisting = 'refuse' | 'copy' | 'replace'

interface Given {
  name: string
  file: Record<string, never>
}

/** A journey file, dropped or chosen. What cannot be brought in says every reason; nothing is changed then. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [given, setGiven] = useState<Given | null>(null)
  const [unreadable, setUnreadable] = useState<string | null>(null)
  const [onExisting, setOnExisting] = useState<OnExisting>('copy')
  const bringIn = useImportJourney()
  const problem = bringIn.error instanceof ApiError ? bringIn.error.problem : null
  const exists = problem?.code === 'JOURNEY_STATE_CONFLICT'
  // Nothing is wrong with the file but that live journeys have other things under its keys.
  const differs =
    problem?.issues?.length !== 0 && problem?.issues?.every(({ code }) => code === 'RESOURCE_IN_USE') === true
  const [onceExisting, setOnceExisting] = useState<OnExisting>('refuse')

  const read = async (files: File[]) => {
    const [first] = files
    if (first === undefined) return
    bringIn.reset()
    setUnreadable(null)
    try {
      const file: unknown = JSON.parse(await first.text())
      if (typeof file !== 'object' || file === null || Array.isArray(file)) throw new Error('not an object')
      setGiven({ name: first.name, file: file as Record<string, never> })
    } catch {
      setGiven(null)
      setUnreadable(t('“{{name}}” is not a journey file: it is not JSON.', { name: first.name }))
    }
  }
  const submit = (choice: OnExisting, keepResources = false) => {
    if (given === null) return
    setOnceExisting(choice)
    bringIn.mutate(
      { file: given.file, onExisting: choice, keepResources },
      { onSuccess: ({ key }) => goTo(`/journeys/${key}`) },
    )
  }
  return (
    <Modal opened onClose={onClose} title={t('Import a journey file')} centered>
      <Stack gap={12}>
        <Dropzone
          onDrop={(files) => void read(files)}
          multiple={false}
          maxSize={20 * 1024 * 1024}
          aria-label={t('Choose a journey file')}
        >
          <Group justify="center" mih={96} gap={8}>
            <IconFileImport size={20} />
            <Text size="sm">{given === null ? t('Drop a file here, or choose one') : given.name}</Text>
          </Group>
        </Dropzone>
        {unreadable === null ? null : (
          <Alert color="red" variant="light" role="alert">
            {unreadable}
          </Alert>
        )}
        {exists ? (
          <Radio.Group
            label={problem.detail}
            value={onExisting}
            onChange={(value) => setOnExisting(value === 'replace' ? 'replace' : 'copy')}
          >
            <Stack gap={6} mt={6}>
              <Radio value="copy" label={t('Bring it in as a copy')} />
              <Radio value="replace" label={t('Replace the draft; what is live stays as it is')} />
            </Stack>
          </Radio.Group>
        ) : bringIn.error === null ? null : (
          <Alert color="red" variant="light" role="alert" title={bringIn.error.message}>
            <List size="xs">
              {(problem?.issues ?? []).map((issue) => (
                <List.Item key={`${issue.code} ${issue.path.join('.')}`}>{issue.message}</List.Item>
              ))}
            </List>
            {differs ? (
              <Button mt={8} variant="default" onClick={() => submit(onceExisting, true)}>
                {t('Import it, and keep what is here')}
              </Button>
            ) : null}
          </Alert>
        )}
        <Text size="xs" c="dimmed">
          {t(
            'It comes in as a draft with the assets, surveys and segments it names. Nobody gets anything before you publish.',
          )}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('Cancel')}
          </Button>
          <Button
            disabled={given === null}
            loading={bringIn.isPending}
            onClick={() => submit(exists ? onExisting : 'refuse')}
          >
            {t('Import')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
