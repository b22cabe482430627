import { Badge, Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { IconPhone, IconCheckbox } from '@tabler/icons-react'
import { useState } from 'react'
import type { TaskStatus } from '#engine/vocabulary.ts'
import type { Task } from '#server/contract/tasks.ts'
import { useCompleteTask, useTasks } from '../api/queries.ts'
import { LeadLink, More, Pill } from '../ui/parts.tsx'
import { Link } from '../ui/route.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { formatInstant, formatRelative, taskStatusWords } from '../ui/words.ts'
import classes from './tasks.module.css'
import { t } from '../i18n/t.ts'

/** Tasks of one status. Open ones end with one of their outcomes, which is the way the lead goes on by. */
export function TaskList({
  status,
  limit = 25,
  isCompact = false,
}: {
  status: TaskStatus
  limit?: number
  isCompact?: boolean
}) {
  const tasks = useTasks(status, limit)
  return (
    <Loaded query={tasks} rows={limit > 5 ? 8 : 4}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) {
          return status === 'open' ? (
            <Empty title={t('Nothing to do')}>{t('Journeys put calls and other work for people here.')}</Empty>
          ) : (
            <Empty title={t('None yet')} />
          )
        }
        return (
          <>
            <ul className={classes['list']}>
              {items.map((task) => (
                <TaskRow key={task.id} task={task} isCompact={isCompact} />
              ))}
            </ul>
            {isCompact ? null : <More query={tasks} />}
          </>
        )
      }}
    </Loaded>
  )
}

function TaskRow({ task, isCompact }: { task: Task; isCompact: boolean }) {
  const KindIcon = task.kind === 'call' ? IconPhone : IconCheckbox
  return (
    <li className={classes['row']}>
      <KindIcon size={18} className={classes['icon'] ?? ''} aria-label={task.kind === 'call' ? t('Call') : t('Task')} />
      <Stack gap={6} miw={0}>
        <Group justify="space-between" gap={8} wrap="nowrap" align="flex-start">
          <Text size="sm" fw={600}>
            {task.title}
          </Text>
          {task.status === 'open' ? (
            <Due task={task} />
          ) : (
            <Pill tone="plain">{task.outcome ?? taskStatusWords[task.status]}</Pill>
          )}
        </Group>
        <Group gap={8}>
          <LeadLink lead={task.lead} />
          {task.lead.phone === null ? null : (
            <a href={`tel:${task.lead.phone.replaceAll(/[^+\d]/g, '')}`} className={classes['phone']}>
              {task.lead.phone}
            </a>
          )}
          {task.journey === null ? null : (
            <Text size="xs" c="dimmed">
              <Link to={`/journeys/${task.journey.key}`} inherit c="dimmed">
                {task.journey.name}
              </Link>
            </Text>
          )}
        </Group>
        <Text size="sm" c="dimmed" {...(isCompact ? { lineClamp: 2 } : {})}>
          {task.reason}
        </Text>
        {task.talkTrack === '' || isCompact ? null : (
          <blockquote className={classes['talk']}>{task.talkTrack}</blockquote>
        )}
        {task.note === null ? null : <Text size="sm">{t('Note: {{note}}', { note: task.note })}</Text>}
        {task.status === 'open' ? <Outcomes task={task} hasNote={!isCompact} /> : null}
      </Stack>
    </li>
  )
}

function Due({ task }: { task: Task }) {
  // In the lead's own time, as the due time is: a test lead's clock may run fast.
  const now = Date.parse(task.leadNow)
  const tone = Date.parse(task.dueAt) < now ? 'error' : 'plain'
  return (
    <span title={formatInstant(task.dueAt)}>
      <Pill tone={tone}>
        {tone === 'error'
          ? t('Overdue, {{when}}', { when: formatRelative(task.dueAt, now) })
          : t('Due {{when}}', { when: formatRelative(task.dueAt, now) })}
      </Pill>
    </span>
  )
}

function Outcomes({ task, hasNote }: { task: Task; hasNote: boolean }) {
  const complete = useCompleteTask()
  const [note, setNote] = useState('')
  const outcomes = task.outcomes.length > 0 ? task.outcomes : [{ id: 'done', label: t('Done') }]
  if (complete.isSuccess) {
    return (
      <Badge variant="light" color="gray" role="status">
        {t('Recorded; the lead goes on')}
      </Badge>
    )
  }
  return (
    <Stack gap={6}>
      {hasNote ? (
        <Textarea
          size="xs"
          autosize
          minRows={1}
          maxRows={6}
          placeholder={t('A note for the next person (optional)')}
          aria-label={t('Note on {{title}}', { title: task.title })}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      ) : null}
      <Group gap={6} role="group" aria-label={t('How did it end: {{title}}', { title: task.title })}>
        {outcomes.map(({ id, label }) => (
          <Button
            key={id}
            size="compact-sm"
            variant="default"
            disabled={complete.isPending}
            loading={complete.isPending && complete.variables.outcome === id}
            onClick={() => complete.mutate({ id: task.id, outcome: id, note: note.trim() })}
          >
            {label}
          </Button>
        ))}
      </Group>
      {complete.isError ? (
        <Text size="xs" c="var(--error)" role="alert">
          {complete.error.message}
        </Text>
      ) : null}
    </Stack>
  )
}
