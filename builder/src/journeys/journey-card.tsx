import { Card, Group, Text } from '@mantine/core'
import type { JourneySummary } from '#server/contract/journeys.ts'
import type { JourneyCounts } from '#server/contract/status.ts'
import { JourneyPill } from '../ui/parts.tsx'
import { Link } from '../ui/route.tsx'
import { formatNumber } from '../ui/words.ts'
import classes from './journeys.module.css'
import { t } from '../i18n/t.ts'

/** A journey in the overview. `counts` are the live ones. */
export function JourneyCard({ journey, counts }: { journey: JourneySummary; counts: JourneyCounts | null }) {
  const { totals } = journey
  const active = counts?.active ?? totals.active
  const paused = counts?.paused ?? totals.paused
  const parked = counts?.parked ?? totals.parked
  return (
    <Card p={14} className={classes['card'] ?? ''} data-journey={journey.key}>
      <Group justify="space-between" gap={8} wrap="nowrap" align="flex-start">
        <Link to={`/journeys/${journey.key}`} fw={600} size="md" className={classes['open'] ?? ''}>
          {journey.name}
        </Link>
        <JourneyPill status={journey.status} version={journey.liveVersion} />
      </Group>
      <Text size="xs" c="dimmed" lineClamp={2} mt={4} mih={32}>
        {journey.description}
      </Text>
      <Group justify="space-between" align="flex-end" mt={10} wrap="nowrap">
        <div>
          <span className={classes['number']} data-testid={`in-${journey.key}`}>
            {formatNumber(active + paused + parked)}
          </span>
          <Text span size="xs" c="dimmed" ml={6}>
            {t('here now')}
          </Text>
        </div>
        <Text size="xs" c="dimmed" ta="right">
          {t('{{number}} completed', { number: formatNumber(totals.completed) })}
          {totals.goalMet > 0 ? t(', {{number}} by goal', { number: formatNumber(totals.goalMet) }) : ''}
        </Text>
      </Group>
      {parked > 0 ? (
        <Text size="xs" fw={600} className={classes['problem'] ?? ''}>
          <Link
            to={`/journeys/${journey.key}?view=live&what=parked`}
            inherit
            c="inherit"
            className={classes['above'] ?? ''}
          >
            {t('{{count}} need a person', { count: parked, shown: formatNumber(parked) })}
          </Link>
        </Text>
      ) : null}
    </Card>
  )
}
