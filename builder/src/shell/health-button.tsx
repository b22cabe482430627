import { Popover, Stack, Text, UnstyledButton, Group } from '@mantine/core'
import { IconAlertOctagon, IconCircleCheck, IconCircleMinus, IconPlugConnectedX } from '@tabler/icons-react'
import type { Health } from '#server/contract/health.ts'
import { useLive } from '../api/live.ts'
import { useStatus } from '../api/queries.ts'
import classes from './shell.module.css'
import { labelled, t, wordsOf } from '../i18n/t.ts'

const parts = labelled([
  { key: 'postgres', label: 'Database' },
  { key: 'temporal', label: 'Temporal' },
  { key: 'worker', label: 'Worker' },
  { key: 'mail', label: 'Mail server' },
  { key: 'inbox', label: 'Inbound mailbox' },
] as const)

const icons = { ok: IconCircleCheck, down: IconAlertOctagon, off: IconCircleMinus }

const words = wordsOf({ ok: 'All running', degraded: 'Leads stand still', down: 'Down' })

/** Leads move without mail, so that it is down is said only where nothing worse is. */
function sum(health: Health): { state: string; label: string } {
  if (health.status === 'ok' && health.mail.status === 'down') return { state: 'degraded', label: t('Mail waits') }
  if (health.status === 'ok' && health.inbox.status === 'down')
    return { state: 'degraded', label: t('Replies not read') }
  return { state: health.status, label: words[health.status] }
}

/** In a word whether everything runs; on a click, each part with what was found. */
export function HealthButton() {
  const status = useStatus()
  const { connected } = useLive()
  const health = status.data?.health
  const isLost = status.isError && !connected
  const { state, label } = isLost
    ? { state: 'down', label: t('No connection') }
    : health === undefined
      ? { state: 'unknown', label: t('Checking') }
      : sum(health)
  const Icon = isLost ? IconPlugConnectedX : state === 'ok' || state === 'unknown' ? IconCircleCheck : IconAlertOctagon
  return (
    <Popover position="bottom-end" width={300} shadow="sm" withArrow>
      <Popover.Target>
        <UnstyledButton
          className={classes['health']}
          data-state={state}
          aria-label={t('What runs: {{label}}', { label })}
        >
          <Icon size={16} />
          <Text span size="sm" visibleFrom="xs" className={classes['word'] ?? ''}>
            {label}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {health === undefined || isLost ? (
          <Text size="sm">{t('Trellis does not answer. What you see is the last that was known.')}</Text>
        ) : (
          <Stack gap={10}>
            {parts.map(({ key, label: name }) => {
              const PartIcon = icons[health[key].status]
              return (
                <Group
                  key={key}
                  gap={10}
                  wrap="nowrap"
                  align="flex-start"
                  className={classes['part']}
                  data-state={health[key].status}
                >
                  <PartIcon size={18} />
                  <div>
                    <Text size="sm" fw={600}>
                      {name}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {health[key].detail}
                    </Text>
                  </div>
                </Group>
              )
            })}
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
