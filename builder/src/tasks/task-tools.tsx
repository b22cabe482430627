/** Putting a task off and passing it on. */
import { Button, Popover, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconClock, IconUserShare } from '@tabler/icons-react'
import { useState } from 'react'
import type { Person } from '#server/contract/people.ts'
import type { TaskDetail } from '#server/contract/tasks.ts'
import { formatInstant } from '../ui/words.ts'
import { t } from '../i18n/t.ts'

const minuteMs = 60_000
const dayMs = 1440 * minuteMs

/** Times to put a task off to, in the lead's own time. */
function choices(now: number): { label: string; until: number }[] {
  const morning = new Date(now + dayMs)
  morning.setHours(9, 0, 0, 0)
  const monday = new Date(now)
  monday.setDate(monday.getDate() + ((8 - monday.getDay()) % 7 || 7))
  monday.setHours(9, 0, 0, 0)
  return [
    { label: t('An hour'), until: now + 60 * minuteMs },
    { label: t('Three hours'), until: now + 180 * minuteMs },
    { label: t('Tomorrow, 9:00'), until: morning.getTime() },
    { label: t('Monday, 9:00'), until: monday.getTime() },
  ]
}

export function SnoozeButton({
  task,
  opened,
  onChange,
  onSnooze,
}: {
  task: TaskDetail
  opened: boolean
  onChange: (opened: boolean) => void
  onSnooze: (until: string | null, reason?: string) => void
}) {
  const [late, setLate] = useState<number | null>(null)
  const [reason, setReason] = useState('')
  const choose = (until: number) => {
    // Past its deadline only with a reason.
    if (until > Date.parse(task.dueAt)) setLate(until)
    else {
      onChange(false)
      onSnooze(new Date(until).toISOString())
    }
  }
  if (task.snoozedUntil !== null)
    return (
      <Button variant="default" leftSection={<IconClock size={14} />} onClick={() => onSnooze(null)}>
        {t('Wake up')}
      </Button>
    )
  return (
    <Popover
      opened={opened}
      onChange={(open) => {
        onChange(open)
        if (!open) setLate(null)
      }}
      position="bottom-start"
      shadow="sm"
      trapFocus
      width={250}
    >
      <Popover.Target>
        <Button variant="default" leftSection={<IconClock size={14} />} onClick={() => onChange(!opened)}>
          {t('Put off')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {late === null ? (
          <Stack gap={4}>
            {choices(Date.parse(task.leadNow)).map(({ label, until }) => (
              <Button key={label} variant="subtle" color="gray" justify="space-between" onClick={() => choose(until)}>
                {label}
              </Button>
            ))}
          </Stack>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (reason.trim() === '') return
              onChange(false)
              onSnooze(new Date(late).toISOString(), reason.trim())
              setLate(null)
              setReason('')
            }}
          >
            <Stack gap={8}>
              <Text size="sm">
                {t('It is due {{time}}, before that. Why can it wait?', { time: formatInstant(task.dueAt) })}
              </Text>
              <TextInput
                size="xs"
                data-autofocus
                aria-label={t('Why it can wait')}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
              <Button type="submit" disabled={reason.trim() === ''}>
                {t('Put off')}
              </Button>
            </Stack>
          </form>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

export function AssignButton({
  task,
  people,
  opened,
  onChange,
  onAssign,
}: {
  task: TaskDetail
  people: readonly Person[]
  opened: boolean
  onChange: (opened: boolean) => void
  onAssign: (to?: string) => void
}) {
  const others = people.filter(({ active, key }) => active && key !== task.assignee)
  return (
    <Popover opened={opened} onChange={onChange} position="bottom-start" shadow="sm" trapFocus width={270}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconUserShare size={14} />} onClick={() => onChange(!opened)}>
          {t('Pass on')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={8}>
          <Select
            size="xs"
            data-autofocus
            label={t('To')}
            placeholder={t('Choose a colleague')}
            searchable
            comboboxProps={{ withinPortal: false }}
            data={others.map(({ key, name, awayUntil, openTasks, capacity }) => ({
              value: key,
              label: `${name} (${awayUntil === null ? `${String(openTasks)}${capacity === null ? '' : `/${String(capacity)}`} open` : 'away'})`,
              disabled: awayUntil !== null,
            }))}
            onChange={(value) => {
              if (value === null) return
              onChange(false)
              onAssign(value)
            }}
          />
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              onChange(false)
              onAssign()
            }}
          >
            {t('Somebody else of {{queue}}', { queue: task.queueName })}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
