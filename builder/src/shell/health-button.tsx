import { Popover, Stack, Text, UnstyledButton, Group } from '@mantine/core'
import { IconAlertOctagon, IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react'
import { useLive } from '../api/live.ts'
import { useStatus } from '../api/queries.ts'
import classes from './shell.module.css'

const parts = [
  { key: 'postgres', label: 'Database' },
  { key: 'temporal', label: 'Temporal' },
  { key: 'worker', label: 'Worker' },
] as const

const words = { ok: 'All running', degraded: 'Leads stand still', down: 'Down' }

/** In a word whether everything runs; on a click, each part with what was found. */
export function HealthButton() {
  const status = useStatus()
  const { connected } = useLive()
  const health = status.data?.health
  const isLost = status.isError && !connected
  const state = isLost ? 'down' : (health?.status ?? 'unknown')
  const label = isLost ? 'No connection' : health === undefined ? 'Checking' : words[health.status]
  const Icon = isLost ? IconPlugConnectedX : state === 'ok' || state === 'unknown' ? IconCircleCheck : IconAlertOctagon
  return (
    <Popover position="bottom-end" width={300} shadow="sm" withArrow>
      <Popover.Target>
        <UnstyledButton className={classes['health']} data-state={state} aria-label={`What runs: ${label}`}>
          <Icon size={16} />
          <Text span size="sm" visibleFrom="xs">
            {label}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {health === undefined || isLost ? (
          <Text size="sm">Trellis does not answer. What you see is the last that was known.</Text>
        ) : (
          <Stack gap={10}>
            {parts.map(({ key, label: name }) => (
              <Group
                key={key}
                gap={10}
                wrap="nowrap"
                align="flex-start"
                className={classes['part']}
                data-state={health[key].status}
              >
                {health[key].status === 'ok' ? <IconCircleCheck size={18} /> : <IconAlertOctagon size={18} />}
                <div>
                  <Text size="sm" fw={600}>
                    {name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {health[key].detail}
                  </Text>
                </div>
              </Group>
            ))}
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
