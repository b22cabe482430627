import { Button, Group, Text } from '@mantine/core'
import { IconDoorExit, IconPlayerSkipForward, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useControl } from '../api/queries.ts'
import { labelled, t } from '../i18n/t.ts'

const actions = labelled([
  { action: 'retry', label: 'Retry', icon: IconRefresh, says: 'Tries the step again.', isFinal: false },
  { action: 'skip', label: 'Skip', icon: IconPlayerSkipForward, says: 'Goes on with the next step.', isFinal: false },
  { action: 'exit', label: 'Exit', icon: IconDoorExit, says: 'Leaves the journey for good.', isFinal: true },
] as const)

/** What a person can do about a parked enrollment. Leaving for good needs a second click. */
export function EnrollmentControls({ id, name }: { id: string; name: string }) {
  const control = useControl()
  const [asked, setAsked] = useState(false)
  if (control.isSuccess) {
    return (
      <Text size="xs" c="dimmed" role="status">
        {t('Asked for; it is applied within seconds.')}
      </Text>
    )
  }
  return (
    <div>
      <Group gap={6}>
        {actions.map(({ action, label, icon: Icon, says, isFinal }) => (
          <Button
            key={action}
            size="compact-xs"
            variant={isFinal && asked ? 'filled' : 'default'}
            leftSection={<Icon size={14} />}
            title={t(says)}
            aria-label={`${label}: ${name}`}
            loading={control.isPending && control.variables.body.action === action}
            onClick={() => {
              if (isFinal && !asked) setAsked(true)
              else control.mutate({ id, body: { action, reason: `${label} from the page` } })
            }}
          >
            {isFinal && asked ? t('Exit for good?') : label}
          </Button>
        ))}
      </Group>
      {control.isError ? (
        <Text size="xs" c="var(--error)" mt={4} role="alert">
          {control.error.message}
        </Text>
      ) : null}
    </div>
  )
}
