import { ActionIcon, Alert, Anchor, Button, Group, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconAlertTriangle, IconArrowLeft, IconArrowRight, IconLock, IconPhone } from '@tabler/icons-react'
import type { RefObject } from 'react'
import type { Person } from '#server/contract/people.ts'
import type { TaskDetail } from '#server/contract/tasks.ts'
import { Pill, When } from '../ui/parts.tsx'
import { Link } from '../ui/route.tsx'
import { formatInstant } from '../ui/words.ts'
import classes from './inbox.module.css'
import { DueChip } from './inbox-list.tsx'
import type { TaskAction } from './inbox-queries.ts'
import { AssignButton, SnoozeButton } from './task-tools.tsx'
import { t } from '../i18n/t.ts'

export type OpenTool = 'snooze' | 'assign' | null

interface PaneProps {
  task: TaskDetail
  /** Who works here; null when nobody said so. */
  person: string | null
  people: readonly Person[]
  tool: OpenTool
  onTool: (tool: OpenTool) => void
  note: string
  onNote: (note: string) => void
  outcomesRef: RefObject<HTMLDivElement | null>
  noteRef: RefObject<HTMLTextAreaElement | null>
  isBusy: boolean
  error: string | null
  onAct: (action: TaskAction) => void
  onCall: () => void
  onBack: () => void
}

/** One task: why now, what to say, and the ways it can end, each saying what happens next. */
export function TaskPane(props: PaneProps) {
  const { task, onBack } = props
  const isOpen = task.status === 'open'
  return (
    <article className={classes['pane']} aria-label={task.title}>
      <Group gap={8} wrap="nowrap" align="flex-start">
        <ActionIcon
          className={classes['back']}
          variant="subtle"
          color="gray"
          size={32}
          aria-label={t('Back to the list')}
          onClick={onBack}
        >
          <IconArrowLeft size={18} />
        </ActionIcon>
        <Stack gap={4} miw={0} flex={1}>
          <Group gap={8} justify="space-between" wrap="nowrap" align="flex-start">
            <Title order={2} size="h2">
              {task.title}
            </Title>
            <DueChip task={task} />
          </Group>
          <Group gap={8}>
            <Link to={`/leads/${task.lead.id}`} fw={500} size="sm">
              {task.lead.name}
            </Link>
            <Text size="sm" c="dimmed">
              {[task.context.title, task.lead.company].filter(Boolean).join(', ')}
            </Text>
            {task.lead.isTest ? <Pill tone="warning">{t('Test lead')}</Pill> : null}
          </Group>
        </Stack>
      </Group>

      <Holder {...props} />
      {props.error === null ? null : (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={16} />} role="alert" p={10}>
          {props.error}
        </Alert>
      )}
      {isOpen ? <Tools {...props} /> : <Closed task={task} />}

      <section aria-label={t('Why now')}>
        <h3 className={classes['label']}>{t('Why now')}</h3>
        <Text size="sm">{task.reason === '' ? t('The journey has come to this step.') : task.reason}</Text>
        {task.why.length === 0 ? null : (
          <ol className={classes['why']}>
            {task.why.map(({ at, step, reason }) => (
              <li key={`${at}${step.id}`}>
                <span>
                  <b>{step.name}</b> {reason}
                </span>
                <When at={at} now={task.leadNow} />
              </li>
            ))}
          </ol>
        )}
      </section>

      {task.talkTrack === '' ? null : (
        <section aria-label={t('What to say')}>
          <h3 className={classes['label']}>{t('What to say')}</h3>
          <blockquote className={classes['talk']}>{task.talkTrack}</blockquote>
        </section>
      )}

      {isOpen ? <Outcomes {...props} /> : null}
    </article>
  )
}

function Holder({ task, person }: PaneProps) {
  if (task.status !== 'open') return null
  if (task.claimedBy !== null && task.claimedBy !== person)
    return (
      <p className={classes['notice']} data-tone="warning">
        <IconLock size={15} aria-hidden />
        {task.claimedAt === null
          ? t('{{person}} works on this.', { person: task.claimedByName })
          : t('{{person}} works on this since {{time}}.', {
              person: task.claimedByName,
              time: formatInstant(task.claimedAt),
            })}
      </p>
    )
  if (task.unassignedReason !== null) return <p className={classes['notice']}>{task.unassignedReason}</p>
  if (task.snoozedUntil !== null)
    return (
      <p className={classes['notice']}>
        {t('Put off until {{time}}', { time: formatInstant(task.snoozedUntil) })}
        {task.snoozeReason === null ? '.' : `: ${task.snoozeReason}`}
      </p>
    )
  const who =
    task.assignee === null
      ? t('Nobody has this yet')
      : task.assignee === person
        ? t('This is yours')
        : t('With {{person}}', { person: task.assigneeName ?? '' })
  return (
    <Text size="xs" c="dimmed">
      {who} · {task.queueName}
      {task.journey === null ? '' : ` · ${task.journey.name}`}
      {task.step === null ? '' : `, “${task.step.name}”`}
    </Text>
  )
}

function Tools({ task, person, people, tool, onTool, isBusy, onAct, onCall }: PaneProps) {
  const isMine = task.claimedBy !== null && (person === null || task.claimedBy === person)
  const isForeign = task.claimedBy !== null && !isMine
  const mayNotCall = task.call !== null && !task.call.allowed
  return (
    <Stack gap={8}>
      <Group gap={8}>
        {task.kind === 'call' && task.lead.phone !== null ? (
          <Button
            size="sm"
            leftSection={<IconPhone size={16} />}
            disabled={mayNotCall || isForeign || isBusy}
            onClick={onCall}
          >
            {task.lead.phone}
          </Button>
        ) : null}
        {task.claimedBy === null ? (
          <Button
            variant={task.kind === 'call' ? 'default' : 'filled'}
            disabled={mayNotCall || isBusy}
            onClick={() => onAct({ do: 'claim' })}
          >
            {t('Take it')}
          </Button>
        ) : isMine ? (
          <Button variant="default" disabled={isBusy} onClick={() => onAct({ do: 'release' })}>
            {t('Give it back')}
          </Button>
        ) : null}
        {isForeign ? null : (
          <>
            <SnoozeButton
              task={task}
              opened={tool === 'snooze'}
              onChange={(open) => onTool(open ? 'snooze' : null)}
              onSnooze={(until, reason) => onAct({ do: 'snooze', until, ...(reason === undefined ? {} : { reason }) })}
            />
            <AssignButton
              task={task}
              people={people}
              opened={tool === 'assign'}
              onChange={(open) => onTool(open ? 'assign' : null)}
              onAssign={(to) => onAct({ do: 'reassign', ...(to === undefined ? {} : { to }) })}
            />
          </>
        )}
      </Group>
      {task.kind === 'call' && task.lead.phone === null ? (
        <p className={classes['notice']} data-tone="warning">
          {t('No telephone number is known.')}{' '}
          {task.context.email === null ? (
            ''
          ) : (
            <Anchor href={`mailto:${task.context.email}`}>{task.context.email}</Anchor>
          )}
        </p>
      ) : null}
      {mayNotCall ? (
        <p className={classes['notice']} data-tone="warning" role="status">
          <IconAlertTriangle size={15} aria-hidden />{' '}
          {t('Not to be called now: {{reason}}.', { reason: task.call?.reason })}
          {task.call?.from == null ? '' : ` ${t('From {{time}}.', { time: formatInstant(task.call.from) })}`}
        </p>
      ) : null}
    </Stack>
  )
}

function Outcomes({ task, person, isBusy, note, onNote, outcomesRef, noteRef, onAct }: PaneProps) {
  const outcomes = task.outcomes.length > 0 ? task.outcomes : [{ id: 'done', label: t('Done'), next: null }]
  const isForeign = task.claimedBy !== null && person !== null && task.claimedBy !== person
  return (
    <section aria-label={t('How did it end?')} className={classes['end']}>
      <h3 className={classes['label']}>{t('How did it end?')}</h3>
      <Textarea
        ref={noteRef}
        size="sm"
        autosize
        minRows={1}
        maxRows={6}
        placeholder={t('A note for the next person (optional)')}
        aria-label={t('Note on {{title}}', { title: task.title })}
        value={note}
        onChange={(event) => onNote(event.currentTarget.value)}
      />
      <div className={classes['outcomes']} ref={outcomesRef}>
        {outcomes.map(({ id, label, next }) => (
          <button
            key={id}
            type="button"
            className={classes['outcome']}
            disabled={isBusy || isForeign}
            onClick={() => onAct({ do: 'outcome', outcome: id, note: note.trim() })}
          >
            <b>{label}</b>
            <span>
              <IconArrowRight size={13} aria-hidden />
              {next === null
                ? task.step === null
                  ? t('closes the task')
                  : t('the journey ends here')
                : t('continues at “{{name}}”', { name: next.name })}
            </span>
          </button>
        ))}
      </div>
    </section>
  )
}

function Closed({ task }: { task: TaskDetail }) {
  const label = task.outcomes.find(({ id }) => id === task.outcome)?.label ?? task.outcome
  return (
    <p className={classes['notice']}>
      {label === null ? t('Closed') : t('Closed with “{{label}}”', { label })}
      {task.closedReason === null ? '.' : `: ${task.closedReason}`}
      {task.note === null ? '' : ` ${t('Note: {{note}}', { note: task.note })}`}
    </p>
  )
}
