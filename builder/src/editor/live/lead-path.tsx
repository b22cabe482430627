/** The way of one lead, beside the drawing on which it is lit: each stay, how long, by which way out, and why. */
import { Button, CloseButton, Group, Select, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LeadPath, PathVisit } from '#server/contract/journey-people.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { EnrollmentPill, LeadLink, Pill } from '../../ui/parts.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatInstant, formatRelative } from '../../ui/words.ts'
import { ControlDialog, controlsFor, type ControlKind } from './control-dialog.tsx'
import { formatDuration } from './durations.ts'
import { useLeadPath, useVersionDocument } from './live-queries.ts'
import { changeView } from './live-view.ts'
import { formatDue, shownEnrollment } from './path-marks.ts'
import classes from './live.module.css'

interface LeadPathProps {
  journey: string
  lead: string
  enrollment: string | null
  /** The version on the drawing. */
  drawn: number
}

export function LeadPathPanel({ journey, lead, enrollment, drawn }: LeadPathProps) {
  const { t } = useTranslation()
  const mayRead = useMay('leads:read')
  const path = useLeadPath(journey, mayRead ? lead : null, enrollment)
  const close = () => changeView({ lead: null, enrollment: null, run: null })
  return (
    <Stack gap={12}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h3">
          {t('Path')}
        </Title>
        <CloseButton onClick={close} aria-label={t('Close the path')} />
      </Group>
      {mayRead ? (
        <Loaded query={path} rows={6}>
          {(data) => <Path path={data} drawn={drawn} />}
        </Loaded>
      ) : (
        <Text size="sm">{t('The way of single leads is not yours to see.')}</Text>
      )}
    </Stack>
  )
}

function Path({ path, drawn }: { path: LeadPath; drawn: number }) {
  const { t } = useTranslation()
  const { lead, now, enrollments, visits, isCut } = path
  const shown = shownEnrollment(path)
  if (shown === null) {
    return (
      <>
        <LeadLink lead={lead} />
        <Empty title={t('Never in this journey')}>{t('Not let in yet, or never asked in.')}</Empty>
      </>
    )
  }
  return (
    <>
      <Group gap={8}>
        <LeadLink lead={lead} />
        <EnrollmentPill status={shown.status} />
        {shown.goalMet ? <Pill tone="good">{t('Goal reached')}</Pill> : null}
        <Text size="xs" c="dimmed">
          {t('on version {{version}}', { version: shown.version })}
        </Text>
      </Group>
      {enrollments.length < 2 ? null : (
        <Select
          size="xs"
          label={t('Which time')}
          data={enrollments.map(({ id, enteredAt }) => ({ value: id, label: formatInstant(enteredAt) }))}
          value={shown.id}
          allowDeselect={false}
          onChange={(id) => changeView({ enrollment: id })}
        />
      )}
      <Now path={path} enrollment={shown} drawn={drawn} />
      {isCut ? <Text size="xs">{t('The way was longer; these are its last 500 stays.')}</Text> : null}
      <ol className={classes['visits']}>
        {visits.map((visit) => (
          <Visit
            key={`${visit.step.id} ${String(visit.visit)} ${visit.enteredAt}`}
            visit={visit}
            now={now}
            state={visit.leftAt !== null ? 'passed' : shown.status === 'parked' ? 'failed' : 'waiting'}
          />
        ))}
      </ol>
    </>
  )
}

type Enrollment = LeadPath['enrollments'][number]

/** Where it stands, what for, and what a person may do about it. */
function Now({ path, enrollment, drawn }: { path: LeadPath; enrollment: Enrollment; drawn: number }) {
  const { t } = useTranslation()
  const mayAct = useMay('enrollments:write')
  const [asked, setAsked] = useState<ControlKind | null>(null)
  const document = useVersionDocument(path.journey.key, drawn)
  const { status, step, why, nextAt, finishedAt, error } = enrollment
  const isOver = finishedAt !== null
  const person = { enrollmentId: enrollment.id, lead: path.lead, step, status }
  return (
    <div>
      <Text size="sm" fw={600}>
        {isOver ? t('Ended at “{{step}}”', { step: step.name }) : t('Now at “{{step}}”', { step: step.name })}
      </Text>
      <Text size="sm" c={error === null ? 'var(--ink)' : 'var(--error)'} className={classes['reason'] ?? ''}>
        {error === null ? why : error.message}
      </Text>
      {isOver || nextAt === null || status !== 'active' ? null : (
        <Text size="sm">
          {t('Goes on {{time}} at the latest', { time: formatDue(nextAt) })} (
          {formatRelative(nextAt, Date.parse(path.now))})
        </Text>
      )}
      {mayAct && !isOver ? (
        <Group gap={6} mt={8}>
          {controlsFor(status, t).map(({ kind, label, icon: Icon }) => (
            <Button
              key={kind}
              size="compact-xs"
              variant="default"
              leftSection={<Icon size={14} aria-hidden />}
              onClick={() => setAsked(kind)}
            >
              {label}
            </Button>
          ))}
        </Group>
      ) : null}
      {asked === null ? null : (
        <ControlDialog person={person} kind={asked} document={document.data ?? null} onClose={() => setAsked(null)} />
      )}
    </div>
  )
}

function Visit({ visit, now, state }: { visit: PathVisit; now: string; state: 'passed' | 'failed' | 'waiting' }) {
  const { t } = useTranslation()
  const { step, enteredAt, leftAt, reason, visit: count } = visit
  const stay = Date.parse(leftAt ?? now) - Date.parse(enteredAt)
  return (
    <li className={classes['visit']} data-state={state}>
      <Group justify="space-between" wrap="nowrap" gap={8} align="baseline">
        <Text size="sm" fw={600}>
          {step.name}
          {count > 1 ? ` · ${t('visit {{count}}', { count })}` : ''}
        </Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {stay < 1000 && leftAt !== null ? t('at once') : formatDuration(Math.max(0, stay))}
        </Text>
      </Group>
      <Text size="xs" c="dimmed">
        <time dateTime={enteredAt}>{formatInstant(enteredAt)}</time>
      </Text>
      <Text size="xs" className={classes['reason'] ?? ''}>
        {reason}
      </Text>
    </li>
  )
}
