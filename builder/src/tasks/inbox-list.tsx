import { Text, UnstyledButton } from '@mantine/core'
import { IconCheckbox, IconLock, IconPhone } from '@tabler/icons-react'
import type { Task } from '#server/contract/tasks.ts'
import { Pill } from '../ui/parts.tsx'
import { formatInstant } from '../ui/words.ts'
import classes from './inbox.module.css'
import { formatSpan, timeLeft, urgencyOf, urgencyWords, type Urgency } from './urgency.ts'
import { t } from '../i18n/t.ts'

const order: Urgency[] = ['overdue', 'soon', 'today', 'later']

/** Tasks grouped by urgency; one of them is open beside. */
export function InboxList({
  tasks,
  grouping,
  selected,
  onSelect,
  nameOf,
}: {
  tasks: readonly Task[]
  grouping: 'urgency' | 'none'
  selected: string | null
  onSelect: (id: string) => void
  nameOf: (person: string) => string
}) {
  const groups =
    grouping === 'none'
      ? [{ key: 'all', title: null, items: tasks }]
      : order
          .map((key) => ({
            key,
            title: urgencyWords[key],
            items: tasks.filter((task) => urgencyOf(task) === key),
          }))
          .filter(({ items }) => items.length > 0)
  return (
    <>
      {groups.map(({ key, title, items }) => (
        <section key={key} aria-label={title ?? t('Tasks')}>
          {title === null ? null : (
            <h2 className={classes['group']} data-urgency={key}>
              {title} <span>{items.length}</span>
            </h2>
          )}
          <ul className={classes['list']}>
            {items.map((task) => (
              <Row
                key={task.id}
                task={task}
                isSelected={task.id === selected}
                onSelect={() => onSelect(task.id)}
                nameOf={nameOf}
              />
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

function Row({
  task,
  isSelected,
  onSelect,
  nameOf,
}: {
  task: Task
  isSelected: boolean
  onSelect: () => void
  nameOf: (person: string) => string
}) {
  const KindIcon = task.kind === 'call' ? IconPhone : IconCheckbox
  return (
    <li>
      <UnstyledButton
        className={classes['row']}
        data-selected={isSelected}
        aria-current={isSelected ? 'true' : undefined}
        onClick={onSelect}
      >
        <span className={classes['rowTop']}>
          <KindIcon size={15} aria-label={task.kind === 'call' ? t('Call') : t('Task')} />
          <span className={classes['who']}>{task.lead.name}</span>
          <DueChip task={task} />
        </span>
        <span className={classes['rowTitle']}>{task.title}</span>
        <span className={classes['rowWhy']}>{task.reason}</span>
        <span className={classes['rowFoot']}>
          {[task.lead.company, task.journey?.name].filter(Boolean).join(' · ')}
          <Holder task={task} nameOf={nameOf} />
          {task.lead.isTest ? <em>{t('test')}</em> : null}
        </span>
      </UnstyledButton>
    </li>
  )
}

function Holder({ task, nameOf }: { task: Task; nameOf: (person: string) => string }) {
  if (task.claimedBy !== null)
    return (
      <span className={classes['holder']}>
        <IconLock size={12} aria-hidden /> {nameOf(task.claimedBy)}
      </span>
    )
  return <span className={classes['holder']}>{task.assignee === null ? t('Nobody yet') : nameOf(task.assignee)}</span>
}

/** What is left before it is due, or until it wakes up. */
export function DueChip({ task }: { task: Task }) {
  if (task.status !== 'open') return <Pill tone="plain">{task.outcome ?? t('Closed')}</Pill>
  if (task.snoozedUntil !== null) {
    const left = Date.parse(task.snoozedUntil) - Date.parse(task.leadNow)
    return (
      <span className={classes['chip']} title={t('Back {{time}}', { time: formatInstant(task.snoozedUntil) })}>
        <Pill tone="plain">{t('Back in {{span}}', { span: formatSpan(left) })}</Pill>
      </span>
    )
  }
  const urgency = urgencyOf(task)
  const left = timeLeft(task)
  const tone = urgency === 'overdue' ? 'error' : urgency === 'soon' ? 'warning' : 'plain'
  return (
    <span className={classes['chip']} title={t('Due {{time}}', { time: formatInstant(task.dueAt) })}>
      <Pill tone={tone}>
        {urgency === 'overdue'
          ? t('{{span}} late', { span: formatSpan(left) })
          : t('{{span}} left', { span: formatSpan(left) })}
      </Pill>
    </span>
  )
}

/** Why the list is empty, and what comes. */
export function NothingDue({ next }: { next: string | null }) {
  return (
    <Text size="sm" c="dimmed" span>
      {next === null
        ? t('Journeys put calls and other work for people here.')
        : t('The next one is back {{time}}.', { time: formatInstant(next) })}
    </Text>
  )
}
