import { CloseButton, Group, Stack, Text, Title } from '@mantine/core'
import type { Journey, StepCard, StepCount } from '#server/contract/journeys.ts'
import { useEnrollments } from '../api/queries.ts'
import { EnrollmentControls } from '../enrollments/enrollment-controls.tsx'
import { EnrollmentPill, LeadLink, More, When } from '../ui/parts.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { StepTile } from '../ui/step-tile.tsx'
import { countOf } from '../ui/words.ts'
import classes from './journeys.module.css'

/** Who stands on a step: those that need a person first. */
export function StepPanel({
  journey,
  card,
  count,
  onClose,
}: {
  journey: Journey
  card: StepCard
  count: StepCount | null
  onClose: () => void
}) {
  const notes = journey.graph.nodes.find(({ id }) => id === card.id)?.notes
  return (
    <aside className={classes['side']} aria-label={`Step ${card.name}`}>
      <Stack gap={12}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap={10} wrap="nowrap" miw={0}>
            <StepTile category={card.category} icon={card.icon} />
            <Title order={2} size="h3">
              {card.name}
            </Title>
          </Group>
          <CloseButton onClick={onClose} aria-label="Close" />
        </Group>
        <Text size="sm">{card.summary}</Text>
        {notes === undefined ? null : (
          <Text size="sm" c="dimmed">
            {notes}
          </Text>
        )}
        <Text size="sm" fw={600}>
          {countOf(count?.here ?? 0, 'lead')} here
        </Text>
        {(count?.parked ?? 0) > 0 ? <People journey={journey} card={card} status="parked" /> : null}
        {(count?.paused ?? 0) > 0 ? <People journey={journey} card={card} status="paused" /> : null}
        <People journey={journey} card={card} status="active" />
      </Stack>
    </aside>
  )
}

function People({
  journey,
  card,
  status,
}: {
  journey: Journey
  card: StepCard
  status: 'active' | 'paused' | 'parked'
}) {
  const enrollments = useEnrollments({ status, journey: journey.key, step: card.id })
  return (
    <Loaded query={enrollments} rows={3}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        if (items.length === 0) return status === 'active' ? <Empty title="Nobody is on this step now" /> : null
        return (
          <div>
            {items.map((enrollment) => (
              <Stack key={enrollment.id} gap={4} py={8}>
                <Group justify="space-between" wrap="nowrap" gap={8}>
                  <LeadLink lead={enrollment.lead} />
                  {status === 'active' ? (
                    <When at={enrollment.since} now={enrollment.leadNow} />
                  ) : (
                    <EnrollmentPill status={status} />
                  )}
                </Group>
                {enrollment.error === null ? null : <Text size="xs">{enrollment.error.message}</Text>}
                {status === 'parked' ? <EnrollmentControls id={enrollment.id} name={enrollment.lead.name} /> : null}
              </Stack>
            ))}
            <More query={enrollments} />
          </div>
        )
      }}
    </Loaded>
  )
}
