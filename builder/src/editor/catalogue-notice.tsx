/** What is wrong with custom activities, for the engineer who is writing one. */
import { Alert, CloseButton, Group, Text } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../i18n/t.ts'
import { useSteps } from './editor-queries.ts'

export function CatalogueNotice() {
  const { data } = useSteps()
  const [dismissed, setDismissed] = useState('')
  const problems = data?.problems ?? []
  if (problems.length === 0 || dismissed === data?.revision) return null
  return (
    <Alert color="yellow" variant="light" radius={0} py={6} icon={<IconPlugConnectedX size={16} />} role="status">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          {problems.map(({ source, message, keepsFormer }) => (
            <Text key={source} size="xs">
              {keepsFormer
                ? t(
                    'The activity {{source}} cannot be used as it is now; the version before it still is. {{message}}',
                    {
                      source,
                      message,
                    },
                  )
                : t('The activity {{source}} cannot be used. {{message}}', { source, message })}
            </Text>
          ))}
        </div>
        <CloseButton size="xs" aria-label={t('Dismiss')} onClick={() => setDismissed(data?.revision ?? '')} />
      </Group>
    </Alert>
  )
}
