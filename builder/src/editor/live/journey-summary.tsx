/** The whole journey in numbers, when no step is chosen: how many came, what became of them, and where to look. */
import { Text, Title, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { JourneyStatistics } from '#server/contract/journey-statistics.ts'
import { Link, useAddress } from '../../ui/route.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import { formatDuration, formatShare } from './durations.ts'
import { CompareTable } from './compare-table.tsx'
import { useCompared } from './compared.ts'
import { useStatistics, type Scope } from './live-queries.ts'
import { changeView, liveAddress, type LiveView } from './live-view.ts'
import { countFailures } from './overlay-marks.ts'
import { Figure } from './figure.tsx'
import classes from './live.module.css'

interface SummaryProps {
  scope: Scope
  document: JourneyDocument | null
  view: LiveView
}

export function JourneySummary({ scope, document, view }: SummaryProps) {
  const statistics = useStatistics(scope)
  const before = useCompared(scope, view)
  return (
    <Loaded query={statistics} rows={6}>
      {(data) => (
        <>
          <Summary statistics={data} document={document} before={before} />
          {before === null || document === null ? (
            <Hotspots statistics={data} document={document} />
          ) : (
            <CompareTable view={view} document={document} statistics={data} before={before} />
          )}
        </>
      )}
    </Loaded>
  )
}

function Summary({
  statistics,
  document,
  before,
}: {
  statistics: JourneyStatistics
  document: JourneyDocument | null
  before: JourneyStatistics | null
}) {
  const { t } = useTranslation()
  const { entered, open, reachedGoal, endedByPath, endedEarly, medianMs } = statistics.cohort
  const address = useAddress()
  const here = statistics.steps.reduce((sum, step) => sum + step.here, 0)
  const parked = statistics.steps.reduce((sum, step) => sum + step.parked, 0)
  const elsewhere =
    document === null
      ? 0
      : statistics.steps
          .filter(({ stepId }) => !document.graph.nodes.some(({ id }) => id === stepId))
          .reduce((sum, step) => sum + step.here, 0)
  if (entered === 0 && here === 0 && (before?.cohort.entered ?? 0) === 0) {
    return (
      <Empty title={t('Nobody in this time')}>
        {t('Choose a longer time, another version, or test leads instead of real ones.')}
      </Empty>
    )
  }
  const was = (value: (cohort: JourneyStatistics['cohort']) => string, otherwise?: string) =>
    before === null ? otherwise : t('was {{value}}', { value: value(before.cohort) })
  const part = (count: number, whole: number) =>
    whole === 0 ? formatNumber(count) : `${formatNumber(count)} · ${formatShare(count, whole)}`
  return (
    <>
      <Title order={2} size="h3">
        {t('Who entered in this time')}
      </Title>
      <dl className={classes['figures']}>
        <Figure label={t('Entered')} value={formatNumber(entered)} note={was((then) => formatNumber(then.entered))} />
        <Figure label={t('On their way')} value={formatNumber(open)} note={was((then) => formatNumber(then.open))} />
        <Figure
          label={t('Reached the goal')}
          value={formatNumber(reachedGoal)}
          note={was((then) => part(then.reachedGoal, then.entered), formatShare(reachedGoal, entered))}
        />
        <Figure
          label={t('Came to an end')}
          value={formatNumber(endedByPath)}
          note={was((then) => part(then.endedByPath, then.entered), formatShare(endedByPath, entered))}
        />
        <Figure
          label={t('Left early')}
          value={formatNumber(endedEarly)}
          note={was((then) => part(then.endedEarly, then.entered), formatShare(endedEarly, entered))}
        />
        <Figure
          label={t('Time to goal')}
          value={medianMs === null ? '–' : formatDuration(medianMs)}
          note={was((then) => (then.medianMs === null ? '–' : formatDuration(then.medianMs)), t('median'))}
        />
      </dl>
      <Text size="sm">
        <Link to={liveAddress(address, { what: 'here' })} size="sm">
          {t('{{number}} in the journey now.', { number: formatNumber(here) })}
        </Link>
        {elsewhere === 0
          ? ''
          : ` ${t('{{number}} of them on steps that the version shown does not have.', { number: formatNumber(elsewhere) })}`}
      </Text>
      {parked === 0 ? null : (
        <Link to={liveAddress(address, { what: 'parked' })} size="sm" fw={600} c="var(--error)">
          {t('{{count}} need a person', { count: parked, shown: formatNumber(parked) })}
        </Link>
      )}
    </>
  )
}

/** Where something goes wrong, or many leave: each opens its leads. */
function Hotspots({ statistics, document }: { statistics: JourneyStatistics; document: JourneyDocument | null }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const nodeOf = (id: string) => document?.graph.nodes.find((node) => node.id === id)
  const parked = statistics.steps.filter((step) => step.parked > 0)
  const failing = statistics.steps
    .map((step) => ({ step, count: countFailures(step, statistics.ports) - step.parked }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 5)
  const leaving = statistics.steps
    .filter(({ stepId }) => !['exit', 'goal'].includes(nodeOf(stepId)?.type ?? ''))
    .map((step) => ({ step, count: step.ended.early + step.ended.path }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 5)
  const blocks = [
    { title: t('Stopped by an error'), what: 'parked', rows: parked.map((step) => ({ step, count: step.parked })) },
    { title: t('Most often not done'), what: 'failed', rows: failing },
    { title: t('Where most leave'), what: 'ended', rows: leaving },
  ]
  return blocks.map(({ title, what, rows }) =>
    rows.length === 0 ? null : (
      <section key={what}>
        <Title order={3} size="h3" mb={4}>
          {title}
        </Title>
        {rows.map(({ step, count }) => {
          const node = nodeOf(step.stepId)
          return (
            <UnstyledButton
              key={step.stepId}
              className={classes['spot'] ?? ''}
              onClick={() => changeView({ step: step.stepId, what, port: null })}
            >
              <span>{node === undefined ? step.stepId : catalogue.titleOf(node)}</span>
              <b>{formatNumber(count)}</b>
            </UnstyledButton>
          )
        })}
      </section>
    ),
  )
}
