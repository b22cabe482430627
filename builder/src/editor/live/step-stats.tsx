/** One step in numbers, each of which opens the leads behind it. For Live, and for the inspector's Stats. */
import { CloseButton, Group, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { PeopleKind } from '#server/contract/journey-people.ts'
import type { JourneyStatistics, StepDetail } from '#server/contract/journey-statistics.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { Loaded } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import { formatDuration, formatShare } from './durations.ts'
import { Figure } from './figure.tsx'
import { useStatistics, useStepStatistics, type Scope } from './live-queries.ts'
import { countFailures } from './overlay-marks.ts'
import { People } from './people.tsx'
import { Trend } from './trend.tsx'
import classes from './live.module.css'

export interface StepStatsProps {
  scope: Scope
  step: string
  document: JourneyDocument | null
  /** The number that is opened. */
  what: PeopleKind
  port: string | null
  onShow: (what: PeopleKind, port: string | null) => void
  /** Absent: there is nothing to close. */
  onClose?: () => void
}

export function StepStats(props: StepStatsProps) {
  const statistics = useStatistics(props.scope)
  return (
    <Stack gap={12}>
      <Head {...props} />
      <Loaded query={statistics} rows={5}>
        {(data) => <Numbers {...props} statistics={data} />}
      </Loaded>
    </Stack>
  )
}

function Head({ document, step, onClose }: StepStatsProps) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const node = document?.graph.nodes.find(({ id }) => id === step)
  if (onClose === undefined) return null
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start">
      <Group gap={10} wrap="nowrap" miw={0}>
        {node === undefined ? null : <StepTile category={catalogue.categoryOf(node)} icon={catalogue.iconOf(node)} />}
        <div>
          <Title order={2} size="h3">
            {node === undefined ? step : catalogue.titleOf(node)}
          </Title>
          <Text size="xs" c="dimmed">
            {node === undefined ? t('Not in the version shown') : catalogue.summaryOf(node)}
          </Text>
        </div>
      </Group>
      <CloseButton onClick={onClose} aria-label={t('Close')} />
    </Group>
  )
}

function Numbers({ statistics, ...props }: StepStatsProps & { statistics: JourneyStatistics }) {
  const { t } = useTranslation()
  const { step: stepId, what, port, onShow, scope, document } = props
  const step = statistics.steps.find((row) => row.stepId === stepId)
  const ended = step === undefined ? 0 : step.ended.goal + step.ended.path + step.ended.early
  const failed = step === undefined ? 0 : countFailures(step, statistics.ports) - step.parked
  const numbers: { kind: PeopleKind; label: string; value: number; note?: string; isShown: boolean }[] = [
    { kind: 'here', label: t('Here now'), value: step?.here ?? 0, isShown: true },
    { kind: 'entered', label: t('Entered'), value: step?.entered ?? 0, isShown: true },
    { kind: 'left', label: t('Left'), value: step?.left ?? 0, isShown: true },
    {
      kind: 'ended',
      label: t('Ended here'),
      value: ended,
      note: formatShare(ended, step?.left ?? 0),
      isShown: ended > 0,
    },
    { kind: 'failed', label: t('Not done'), value: failed, isShown: failed > 0 },
    { kind: 'parked', label: t('Stopped by an error'), value: step?.parked ?? 0, isShown: (step?.parked ?? 0) > 0 },
    { kind: 'paused', label: t('Paused'), value: step?.paused ?? 0, isShown: (step?.paused ?? 0) > 0 },
  ]
  return (
    <>
      <dl className={classes['figures']}>
        {numbers
          .filter(({ isShown }) => isShown)
          .map(({ kind, label, value, note }) => (
            <Figure
              key={kind}
              label={label}
              value={formatNumber(value)}
              note={note}
              isOpen={what === kind && port === null}
              onOpen={() => onShow(kind, null)}
            />
          ))}
        <Figure
          label={t('Reach the goal')}
          value={formatShare(step?.reachedGoal ?? 0, step?.enrollments ?? 0)}
          note={t('of those who left')}
        />
        <Figure
          label={t('Time here')}
          value={step?.medianMs == null ? '–' : isAtOnce(step) ? t('at once') : formatDuration(step.medianMs)}
          note={
            step?.p90Ms == null || isAtOnce(step)
              ? undefined
              : t('9 of 10 within {{time}}', { time: formatDuration(step.p90Ms) })
          }
        />
      </dl>
      <Ways {...props} statistics={statistics} />
      <Detail scope={scope} step={stepId} />
      <People
        key={`${what} ${String(port)}`}
        scope={scope}
        filter={{ step: stepId, what, port }}
        document={document}
        count={port === null ? (numbers.find(({ kind }) => kind === what)?.value ?? 0) : null}
      />
    </>
  )
}

function isAtOnce({ p90Ms }: { p90Ms: number | null }): boolean {
  return p90Ms !== null && p90Ms < 1000
}

/** Left by which way out, most first. */
function Ways({ statistics, step, document, what, port, onShow }: StepStatsProps & { statistics: JourneyStatistics }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const node = document?.graph.nodes.find(({ id }) => id === step)
  const labels = new Map(node === undefined ? [] : catalogue.portsOf(node).map(({ id, label }) => [id, label]))
  const rows = statistics.ports.filter(({ from }) => from === step).sort((a, b) => b.left - a.left)
  const total = rows.reduce((sum, { left }) => sum + left, 0)
  if (rows.length < 2) return null
  return (
    <table className={classes['ways']}>
      <thead>
        <tr>
          <th scope="col">{t('Left by')}</th>
          <th scope="col">{t('Leads')}</th>
          <th scope="col">{t('Share')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.port}>
            <td>{labels.get(row.port) ?? portWords(row.port, t)}</td>
            <td>
              <button
                type="button"
                className={`${classes['number'] ?? ''} ${classes['plain'] ?? ''}`}
                aria-pressed={what === 'left' && port === row.port}
                onClick={() => onShow('left', row.port)}
              >
                {formatNumber(row.left)}
              </button>
            </td>
            <td>{formatShare(row.left, total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Ways out that every step may have though none is drawn. */
function portWords(port: string, t: (key: string) => string): string {
  const words: Readonly<Record<string, string>> = {
    skipped: t('Not sent'),
    nobody: t('Nobody to take it'),
    error: t('Error'),
    message_failed: t('Message refused'),
    jump: t('Jumped'),
  }
  return words[port] ?? port
}

function Detail({ scope, step }: { scope: Scope; step: string }) {
  const detail = useStepStatistics(scope, step)
  return (
    <Loaded query={detail} rows={2}>
      {(data) => (
        <>
          <Failures detail={data} />
          <Trend detail={data} />
        </>
      )}
    </Loaded>
  )
}

function Failures({ detail: { failures } }: { detail: StepDetail }) {
  const { t } = useTranslation()
  if (failures.length === 0) return null
  const kinds = { parked: t('Stopped'), error: t('Failed'), not_sent: t('Not done') }
  return (
    <section>
      <Title order={3} size="h3" mb={4}>
        {t('What went wrong')}
      </Title>
      <table className={classes['ways']}>
        <thead>
          <tr>
            <th scope="col">{t('Reason')}</th>
            <th scope="col">{t('Leads')}</th>
          </tr>
        </thead>
        <tbody>
          {failures.map(({ kind, code, reason, count }) => (
            <tr key={`${kind} ${code} ${reason}`}>
              <td className={classes['reason']}>
                <b>{kinds[kind]}</b> {reason === '' ? t('no reason is kept') : reason}
              </td>
              <td>{formatNumber(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
