import { Container, Group, Text, Title } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import type { Journey } from '#server/contract/journeys.ts'
import { useLive } from '../api/live.ts'
import { useJourney } from '../api/queries.ts'
import { JourneyCanvas } from '../canvas/journey-canvas.tsx'
import { JourneyPill } from '../ui/parts.tsx'
import { goTo, Link, useAddress, withParameter } from '../ui/route.tsx'
import { Failure, Loading } from '../ui/states.tsx'
import { countOf, formatNumber } from '../ui/words.ts'
import classes from './journeys.module.css'
import { StepPanel } from './step-panel.tsx'

/** One journey: its drawing with the leads on each step, and who they are when a step is chosen (`?step=`). */
export function JourneyScreen({ journeyKey }: { journeyKey: string }) {
  const journey = useJourney(journeyKey)
  if (journey.data !== undefined) return <Loaded journey={journey.data} />
  return (
    <Container size={1280} w="100%" py={20}>
      {journey.error === null ? (
        <Loading rows={6} height={48} />
      ) : (
        <Failure error={journey.error} onRetry={() => void journey.refetch()} />
      )}
    </Container>
  )
}

function Loaded({ journey }: { journey: Journey }) {
  const address = useAddress()
  const { live } = useLive()
  const counts = live?.journeys.find(({ journeyId }) => journeyId === journey.id)?.steps ?? journey.counts
  const stepId = address.searchParams.get('step')
  const card = journey.cards.find(({ id }) => id === stepId) ?? null
  const here = counts.reduce((sum, count) => sum + count.here, 0)
  const { completed, exited, goalMet } = journey.totals
  const select = (id: string | null) => goTo(withParameter(address, 'step', id))
  return (
    <div className={classes['screen']}>
      <div className={classes['bar']}>
        <Group gap={10} wrap="nowrap" miw={0}>
          <Link to="/" aria-label="Back to the overview" lh={0}>
            <IconChevronLeft size={18} />
          </Link>
          <Title order={1} size="h2" lineClamp={1}>
            {journey.name}
          </Title>
          <JourneyPill status={journey.status} version={journey.liveVersion} />
        </Group>
        <Text size="sm" c="dimmed">
          <b>{countOf(here, 'lead')}</b> here now · {formatNumber(completed)} completed
          {goalMet > 0 ? ` (${formatNumber(goalMet)} by goal)` : ''} · {formatNumber(exited)} left early
        </Text>
      </div>
      <div className={classes['body']}>
        <div className={classes['drawing']}>
          <JourneyCanvas journey={journey} counts={counts} selected={stepId} onSelect={select} />
        </div>
        {card === null ? null : (
          <StepPanel
            key={card.id}
            journey={journey}
            card={card}
            count={counts.find((count) => count.stepId === card.id) ?? null}
            onClose={() => select(null)}
          />
        )}
      </div>
    </div>
  )
}
