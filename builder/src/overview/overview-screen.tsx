import { SimpleGrid, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useLive } from '../api/live.ts'
import { useJourneys, useStatus } from '../api/queries.ts'
import { ParkedPanel } from '../enrollments/parked-panel.tsx'
import { JourneyCard } from '../journeys/journey-card.tsx'
import { LatestMessages } from '../messages/latest-messages.tsx'
import { TaskList } from '../tasks/task-list.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Link } from '../ui/route.tsx'
import { Panel } from '../ui/parts.tsx'
import { formatNumber } from '../ui/words.ts'
import { Figures } from './figures.tsx'
import { t } from '../i18n/t.ts'

/** The first screen: what runs, where everybody is, what just went out, and what waits for a person. */
export function OverviewScreen() {
  const status = useStatus()
  const journeys = useJourneys()
  const { live } = useLive()
  const counts = live?.journeys ?? status.data?.journeys ?? []
  const parked = counts.reduce((sum, journey) => sum + journey.parked, 0)
  return (
    <Stack gap={16}>
      <VisuallyHidden>
        <Title order={1}>{t('Overview')}</Title>
      </VisuallyHidden>
      <Figures />
      {parked > 0 ? <ParkedPanel count={parked} /> : null}
      <section aria-label={t('Journeys')}>
        <Title order={2} size="h3" mb={8}>
          {t('Journeys')}
        </Title>
        <Loaded query={journeys}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('No journeys yet')}>
                {t('Publish one from a file:')}{' '}
                <code>npm run trellis -- journeys publish examples/journeys/*.json</code>
              </Empty>
            ) : (
              <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing={12}>
                {items.map((journey) => (
                  <JourneyCard
                    key={journey.id}
                    journey={journey}
                    counts={counts.find(({ journeyId }) => journeyId === journey.id) ?? null}
                  />
                ))}
              </SimpleGrid>
            )
          }
        </Loaded>
      </section>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing={16}>
        <Panel
          title={t('Latest messages')}
          action={
            <Link to="/messages" size="sm">
              {t('All messages')}
            </Link>
          }
        >
          <LatestMessages />
        </Panel>
        <Panel
          title={t('Tasks for people')}
          count={live === null ? '' : `${formatNumber(live.openTasks)} open`}
          action={
            <Link to="/tasks" size="sm">
              {t('All tasks')}
            </Link>
          }
        >
          <TaskList status="open" limit={4} isCompact />
        </Panel>
      </SimpleGrid>
      <Text size="xs" c="dimmed" ta="center">
        {t('Numbers follow what happens, at most once a second.')}
      </Text>
    </Stack>
  )
}
