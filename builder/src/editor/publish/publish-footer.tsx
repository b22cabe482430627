/** The last row of the sheet: what is said about it, when, and the button that says what it does. */
import { Button, Checkbox, Select, SegmentedControl, Text, TextInput } from '@mantine/core'
import { IconCalendarClock, IconUpload } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { countOf, formatNumber } from '../../ui/words.ts'
import { sayLeads, standingOn, totals, type Choices, type Total } from './choices.ts'
import { allZones, localToInstant, nextMorning } from './instants.ts'
import type { Plan } from './publish-queries.ts'
import classes from './publish.module.css'

export interface PublishWish {
  /** Null: now. */
  at: string | null
  zone: string
  despiteTests: boolean
  /** A paused or archived journey goes live again. */
  resume: boolean
  /** Whether who matches a segment already enters, too; absent where nobody does. */
  enrolExisting?: boolean
}

interface PublishFooterProps {
  plan: Plan
  choices: Choices
  note: string
  onNote: (note: string) => void
  failedTests: number
  /** Whether the test cases have all been played. */
  arePlayed: boolean
  startsScheduled: boolean
  isBusy: boolean
  /** The journey's own. */
  zone: string
  /** What its entry says about those who match already. */
  enrolsExisting: boolean
  onGo: (wish: PublishWish) => void
}

export function PublishFooter(props: PublishFooterProps) {
  const { t } = useTranslation()
  const { plan, choices, note, failedTests, isBusy } = props
  const [when, setWhen] = useState<'now' | 'later'>(props.startsScheduled ? 'later' : 'now')
  const [zone, setZone] = useState(props.zone)
  const [local, setLocal] = useState(() => nextMorning(Date.now(), props.zone))
  const matching = plan.existingMatches ?? 0
  const [enrolsExisting, setEnrolsExisting] = useState(props.enrolsExisting && plan.baseVersion === null)
  const [despiteTests, setDespiteTests] = useState(false)
  const [resumes, setResumes] = useState(false)
  const isStopped = plan.status === 'paused' || plan.status === 'archived'
  const zones = useMemo(() => allZones(zone), [zone])
  const at = when === 'later' ? localToInstant(local, zone) : null
  const { move, exit } = totals(plan.inFlight, choices)
  const touched = plan.inFlight.filter(({ change }) => change !== 'same')
  const waiting = standingOn(touched)
  const sum = totals(touched, choices)
  const isLate = at !== null && Date.parse(at) <= Date.now()
  const isBlocked =
    !plan.publishable ||
    (!props.arePlayed && !despiteTests) ||
    (isStopped && (when === 'later' || !resumes)) ||
    (failedTests > 0 && (when === 'later' || !despiteTests))
  const isIdle =
    plan.status === 'live' &&
    plan.diff.same &&
    plan.baseVersion !== null &&
    move.leads + move.tests + exit.leads + exit.tests === 0
  return (
    <div className={classes['foot']}>
      {waiting.leads + waiting.tests === 0 ? null : (
        <Text size="sm" w="100%" role="status">
          {t('{{leads}} on steps that change: {{finish}} finish where they are, {{move}} move, {{exit}} leave.', {
            leads: sayLeads(waiting),
            finish: formatNumber(sum.finish.leads),
            move: formatNumber(sum.move.leads),
            exit: formatNumber(sum.exit.leads),
          })}
        </Text>
      )}
      <TextInput
        className={classes['note'] ?? ''}
        label={t('What changed, for the history')}
        placeholder={t('Optional')}
        maxLength={2000}
        value={note}
        onChange={(event) => props.onNote(event.currentTarget.value)}
      />
      <SegmentedControl
        aria-label={t('When')}
        value={when}
        onChange={(value) => setWhen(value as 'now' | 'later')}
        data={[
          { value: 'now', label: t('Now') },
          { value: 'later', label: t('Later') },
        ]}
      />
      {when === 'later' ? (
        <>
          <TextInput
            type="datetime-local"
            label={t('On')}
            value={local}
            onChange={(event) => setLocal(event.currentTarget.value)}
            error={isLate ? t('That has passed.') : undefined}
          />
          <Select
            label={t('In')}
            w={190}
            searchable
            data={zones}
            value={zone}
            allowDeselect={false}
            onChange={(value) => setZone(value ?? zone)}
          />
        </>
      ) : null}
      {matching > 0 ? (
        <Checkbox
          checked={enrolsExisting}
          onChange={(event) => setEnrolsExisting(event.currentTarget.checked)}
          label={t('Bring in {{leads}} who match already', { leads: countOf(matching, 'lead') })}
        />
      ) : null}
      {isStopped && when === 'now' ? (
        <Checkbox
          w="100%"
          checked={resumes}
          onChange={(event) => setResumes(event.currentTarget.checked)}
          label={
            plan.status === 'paused'
              ? t('This journey is paused. Publishing resumes it; what it held goes out now.')
              : t('This journey is archived. Publishing takes it back into use; leads enter it again.')
          }
        />
      ) : null}
      {isStopped && when === 'later' ? (
        <Text size="sm" w="100%" role="status">
          {plan.status === 'paused'
            ? t('This journey is paused. Resume it before you schedule a publish, or publish now.')
            : t('This journey is archived. Publish now to take it back into use; then it can be scheduled.')}
        </Text>
      ) : null}
      {failedTests > 0 && when === 'now' ? (
        <Checkbox
          checked={despiteTests}
          onChange={(event) => setDespiteTests(event.currentTarget.checked)}
          label={t('Publish although {{cases}} out otherwise', {
            cases: countOf(failedTests, 'test case comes', 'test cases come'),
          })}
        />
      ) : null}
      <Button
        ml="auto"
        loading={isBusy}
        disabled={isBlocked || isIdle || (when === 'later' && (at === null || isLate))}
        leftSection={when === 'later' ? <IconCalendarClock size={16} /> : <IconUpload size={16} />}
        onClick={() =>
          props.onGo({
            at,
            zone,
            despiteTests,
            resume: isStopped && resumes,
            ...(matching > 0 ? { enrolExisting: enrolsExisting } : {}),
          })
        }
      >
        {buttonWords(when, move, exit, t)}
      </Button>
      {isIdle ? (
        <Text size="xs" c="dimmed" w="100%" ta="right">
          {t('This is live already.')}
        </Text>
      ) : null}
    </div>
  )
}

function buttonWords(
  when: 'now' | 'later',
  move: Total,
  exit: Total,
  t: ReturnType<typeof useTranslation>['t'],
): string {
  if (when === 'later') return t('Schedule')
  const isMoving = move.leads + move.tests > 0
  const isLeaving = exit.leads + exit.tests > 0
  if (isMoving && isLeaving) {
    return t('Publish, move {{moved}} and let {{left}} leave', {
      moved: sayLeads(move),
      left: sayLeads(exit),
    })
  }
  if (isMoving) return t('Publish and move {{leads}}', { leads: sayLeads(move) })
  if (isLeaving) return t('Publish and let {{leads}} leave', { leads: sayLeads(exit) })
  return t('Publish')
}
