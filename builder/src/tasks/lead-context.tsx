import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { TaskDetail } from '#server/contract/tasks.ts'
import { DeliveryPill, When } from '../ui/parts.tsx'
import { attentionWords, codeAsWords, language, stageWords } from '../ui/words.ts'
import classes from './inbox.module.css'
import { useCues, useNote } from './inbox-queries.ts'
import { t } from '../i18n/t.ts'

/** Who the lead is and what happened with it lately, beside its task. */
export function LeadContext({ task, nameOf }: { task: TaskDetail; nameOf: (person: string) => string }) {
  const { context, touches, answers, notes, log } = task
  const facts: [string, string | null][] = [
    ['Stage', `${stageWords[context.stage]}, ${attentionWords[context.attention].toLowerCase()}`],
    ['Score', String(context.score)],
    ['E-mail', context.email],
    ['Phone', task.lead.phone],
    ['Place', [context.city, context.country].filter(Boolean).join(', ') || null],
    ['Time there', localTime(task)],
    ['Owner', context.ownerId === null ? null : nameOf(context.ownerId)],
    ['Tags', context.tags.join(', ') || null],
  ]
  return (
    <aside className={classes['context']} aria-label={t('About the lead')}>
      <section aria-label={t('The lead')}>
        <h3 className={classes['label']}>{task.lead.name}</h3>
        <dl className={classes['facts']}>
          {facts.map(([label, value]) =>
            value === null ? null : (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
      </section>
      <section aria-label={t('Last touches')}>
        <h3 className={classes['label']}>{t('Last touches')}</h3>
        {touches.length === 0 ? <Nothing>{t('No message yet.')}</Nothing> : null}
        <ul className={classes['plain']}>
          {touches.map(({ id, channel, status, subject, at }) => (
            <li key={id}>
              <span>{subject ?? channel}</span>
              <Group gap={6} wrap="nowrap">
                <DeliveryPill status={status} />
                <When at={at} now={task.leadNow} />
              </Group>
            </li>
          ))}
        </ul>
      </section>
      {answers.length === 0 ? null : (
        <section aria-label={t('What it answered')}>
          <h3 className={classes['label']}>{t('What it answered')}</h3>
          <dl className={classes['answers']}>
            {answers.map(({ survey, question, answer }) => (
              <div key={`${survey}${question}`}>
                <dt>{question}</dt>
                <dd>{answer}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section aria-label={t('Notes')}>
        <h3 className={classes['label']}>{t('Notes')}</h3>
        <NoteForm leadId={task.lead.id} />
        <ul className={classes['plain']}>
          {notes.map(({ id, body, actor, at }) => (
            <li key={id} data-stacked>
              <span className={classes['note']}>{body}</span>
              <Text size="xs" c="dimmed">
                {nameOf(actor.replace(/^user:/, ''))} · <When at={at} now={task.leadNow} />
              </Text>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label={t('This task so far')}>
        <h3 className={classes['label']}>{t('This task so far')}</h3>
        <ol className={classes['plain']}>
          {log.map(({ id, action, actor, detail, at }) => (
            <li key={id} data-stacked>
              <span>{sayLog(action, detail, nameOf)}</span>
              <Text size="xs" c="dimmed">
                {sayActor(actor, detail, nameOf)} · <When at={at} />
              </Text>
            </li>
          ))}
        </ol>
      </section>
    </aside>
  )
}

function Nothing({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  )
}

function localTime({ context: { zone }, leadNow }: TaskDetail): string | null {
  if (zone === null) return null
  try {
    const format = new Intl.DateTimeFormat(language, {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'short',
    })
    return `${format.format(new Date(leadNow))} (${zone})`
  } catch {
    return zone
  }
}

function sayActor(actor: string, detail: Detail, nameOf: (person: string) => string): string {
  const by = typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail['by'] : null
  if (typeof by === 'string') return nameOf(by)
  if (actor.startsWith('journey:')) return 'the journey'
  if (actor === 'task-keeper') return 'Trellis'
  return nameOf(actor.replace(/^user:/, ''))
}

type Detail = TaskDetail['log'][number]['detail']

/** An entry of the log in words. */
function sayLog(action: string, detail: Detail, nameOf: (person: string) => string): string {
  const given = typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : {}
  const text = (key: string): string | null => (typeof given[key] === 'string' ? given[key] : null)
  const to = text('to')
  const reason = text('reason')
  const because = reason === null ? '' : ` (${reason})`
  switch (action) {
    case 'created':
      return 'Created'
    case 'assigned':
      return `Given to ${to === null ? 'somebody' : nameOf(to)}`
    case 'unassigned':
      return reason ?? 'Nobody has it'
    case 'claimed':
      return 'Taken'
    case 'released':
      return 'Given back'
    case 'reassigned':
      return `Passed on${because}`
    case 'snoozed':
      return `Put off${because}`
    case 'woken':
      return 'Back again'
    case 'commented':
      return text('text') ?? 'Commented'
    case 'escalated':
      return (
        {
          remind: 'Overdue: reminded',
          reassign: given['keptBy'] === undefined ? 'Overdue: taken away' : 'Overdue: stays, somebody works on it',
          manager: 'Overdue: the manager was told',
        }[text('action') ?? ''] ?? 'Overdue'
      )
    case 'done':
      return `Ended: ${codeAsWords(text('outcome') ?? 'done')}`
    case 'undone':
      return 'Taken back'
    default:
      return `${codeAsWords(action)}${because}`
  }
}

function NoteForm({ leadId }: { leadId: string }) {
  const cues = useCues().data?.items ?? []
  const note = useNote(leadId)
  const [body, setBody] = useState('')
  const [cueKey, setCueKey] = useState<string | null>(null)
  const [date, setDate] = useState('')
  const cue = cues.find(({ key }) => key === cueKey)
  const isReady = cue === undefined ? body.trim() !== '' : cue.date !== 'required' || date !== ''
  return (
    <form
      className={classes['noteForm']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isReady || note.isPending) return
        note.mutate(
          { body: body.trim(), cue: cueKey, date: cue === undefined || cue.date === 'none' ? '' : date },
          {
            onSuccess: () => {
              setBody('')
              setCueKey(null)
              setDate('')
            },
          },
        )
      }}
    >
      <Stack gap={6}>
        <Textarea
          size="xs"
          autosize
          minRows={1}
          maxRows={5}
          placeholder={t('Write a note')}
          aria-label={t('Note on the lead')}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <Group gap={6} align="flex-end">
          {cues.length === 0 ? null : (
            <Select
              size="xs"
              flex={1}
              miw={120}
              clearable
              placeholder={t('Cue (optional)')}
              aria-label={t('Cue')}
              data={cues.map(({ key, label }) => ({ value: key, label }))}
              value={cueKey}
              onChange={setCueKey}
            />
          )}
          {cue === undefined || cue.date === 'none' ? null : (
            <TextInput
              size="xs"
              type="date"
              aria-label={t('Day of the cue')}
              value={date}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
          )}
          <Button type="submit" variant="default" disabled={!isReady} loading={note.isPending}>
            {t('Add')}
          </Button>
        </Group>
        {note.isError ? (
          <Text size="xs" c="var(--error)" role="alert">
            {note.error.message}
          </Text>
        ) : null}
      </Stack>
    </form>
  )
}
