import { Card, SimpleGrid, Text, Tooltip } from '@mantine/core'
import { stages } from '#engine/vocabulary.ts'
import { useLive } from '../api/live.ts'
import { useStatus } from '../api/queries.ts'
import { Link } from '../ui/route.tsx'
import { Failure, Loading } from '../ui/states.tsx'
import { countOf, formatNumber, stageWords } from '../ui/words.ts'
import classes from './figures.module.css'
import { t } from '../i18n/t.ts'

/** Four numbers to begin with; leads are broken down by stage. */
export function Figures() {
  const status = useStatus()
  const { live } = useLive()
  if (status.data === undefined) {
    return status.error === null ? (
      <Loading rows={2} height={36} />
    ) : (
      <Failure error={status.error} onRetry={() => void status.refetch()} />
    )
  }
  const { leads, enrollments, openTasks, throughput } = status.data
  const journeys = live?.journeys
  const inJourneys =
    journeys === undefined
      ? enrollments.active + enrollments.paused + enrollments.parked
      : journeys.reduce((sum, { active, paused, parked }) => sum + active + paused + parked, 0)
  const { stepsPerMinute, messagesPerMinute } = live?.throughput ?? throughput
  const inWhich = (journeys ?? status.data.journeys).filter(
    ({ active, paused, parked }) => active + paused + parked > 0,
  )
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing={12}>
      <Figure label={t('Leads')} value={leads.total} to="/leads">
        <StageBar byStage={leads.byStage} total={leads.total} />
      </Figure>
      <Figure label={t('On a journey now')} value={inJourneys}>
        {t('in {{journeys}}', { journeys: countOf(inWhich.length, 'journey') })}
      </Figure>
      <Figure label={t('Messages in a minute')} value={messagesPerMinute} to="/messages">
        {t('and {{steps}} walked', { steps: countOf(stepsPerMinute, 'step') })}
      </Figure>
      <Figure label={t('Open tasks')} value={live?.openTasks ?? openTasks} to="/tasks">
        {t('{{journeys}} completed so far', { journeys: countOf(enrollments.completed, 'journey') })}
      </Figure>
    </SimpleGrid>
  )
}

function Figure({
  label,
  value,
  to,
  children,
}: {
  label: string
  value: number
  to?: string
  children: React.ReactNode
}) {
  return (
    <Card p={{ base: 12, sm: 16 }}>
      <Text size="sm" c="dimmed">
        {to === undefined ? (
          label
        ) : (
          <Link to={to} inherit c="dimmed">
            {label}
          </Link>
        )}
      </Text>
      <div className={classes['value']} data-testid={`figure-${label}`}>
        {formatNumber(value)}
      </div>
      <Text size="xs" c="dimmed" component="div">
        {children}
      </Text>
    </Card>
  )
}

/** Shares of the stages in greys, the words on hover and for screen readers. */
function StageBar({ byStage, total }: { byStage: Record<(typeof stages)[number], number>; total: number }) {
  const present = stages.filter((stage) => byStage[stage] > 0)
  if (total === 0) return 'Nobody yet'
  const words = present.map((stage) => `${stageWords[stage]} ${formatNumber(byStage[stage])}`)
  return (
    <Tooltip label={words.join(' · ')} multiline maw={320}>
      <div className={classes['bar']} role="img" aria-label={words.join(', ')} tabIndex={0}>
        {present.map((stage) => (
          <span key={stage} style={{ flexGrow: byStage[stage], opacity: 1 - stages.indexOf(stage) * 0.09 }} />
        ))}
      </div>
    </Tooltip>
  )
}
