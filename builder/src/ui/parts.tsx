/** Small parts that several screens use. */
import { Badge, Box, Button, Card, Group, Text, Title, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import type { DeliveryStatus, EnrollmentStatus, JourneyStatus } from '#engine/vocabulary.ts'
import { useLive } from '../api/live.ts'
import { Link } from './route.tsx'
import classes from './parts.module.css'
import {
  deliveryStatusWords,
  enrollmentStatusWords,
  formatInstant,
  formatRelative,
  journeyStatusWords,
} from './words.ts'
import { t } from '../i18n/t.ts'

/** A titled block of a screen. */
export function Panel({
  title,
  count,
  action,
  children,
}: {
  title: string
  count?: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <Card component="section" aria-label={title} p={0}>
      <Group justify="space-between" px={16} pt={12} pb={8} wrap="nowrap">
        <Group gap={8} wrap="nowrap">
          <Title order={2} size="h3">
            {title}
          </Title>
          {count === undefined ? null : (
            <Text size="xs" c="dimmed">
              {count}
            </Text>
          )}
        </Group>
        {action}
      </Group>
      <Box px={16} pb={16}>
        {children}
      </Box>
    </Card>
  )
}

/** When, relative to now, with the exact time on hover. `now` is the lead's own clock where that differs. */
export function When({ at, now }: { at: string; now?: string | undefined }) {
  // Each message of the stream draws it again, so that it does not grow old.
  useLive()
  return (
    <Tooltip label={formatInstant(at)}>
      <Text component="time" dateTime={at} size="xs" c="dimmed" className={classes['when']}>
        {formatRelative(at, now === undefined ? Date.now() : Date.parse(now))}
      </Text>
    </Tooltip>
  )
}

type Tone = 'plain' | 'good' | 'warning' | 'error'

/** A state in a word. Tone is only for problems and for what is well; the word says it all. */
export function Pill({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Badge variant="outline" className={classes['pill']} data-tone={tone}>
      {children}
    </Badge>
  )
}

const deliveryTones: Record<DeliveryStatus, Tone> = {
  queued: 'plain',
  sending: 'plain',
  accepted: 'good',
  skipped: 'plain',
  failed: 'error',
  cancelled: 'plain',
  unknown: 'warning',
}

export function DeliveryPill({ status }: { status: DeliveryStatus }) {
  return <Pill tone={deliveryTones[status]}>{deliveryStatusWords[status]}</Pill>
}

const enrollmentTones: Record<EnrollmentStatus, Tone> = {
  active: 'good',
  paused: 'warning',
  parked: 'error',
  completed: 'plain',
  exited: 'plain',
}

export function EnrollmentPill({ status }: { status: EnrollmentStatus }) {
  return <Pill tone={enrollmentTones[status]}>{enrollmentStatusWords[status]}</Pill>
}

export function JourneyPill({ status, version }: { status: JourneyStatus; version: number | null }) {
  const tone = status === 'live' ? 'good' : status === 'paused' ? 'warning' : 'plain'
  return (
    <Pill tone={tone}>
      {journeyStatusWords[status]}
      {version === null ? '' : ` v${String(version)}`}
    </Pill>
  )
}

/** A lead's name as a link to its page. Test leads say so. */
export function LeadLink({ lead }: { lead: { id: string; name: string; isTest: boolean } }) {
  return (
    <span className={classes['nowrap']}>
      <Link to={`/leads/${lead.id}`} fw={500} size="sm">
        {lead.name}
      </Link>
      {lead.isTest ? (
        <Text span size="xs" c="dimmed" ml={6}>
          {t('test')}
        </Text>
      ) : null}
    </span>
  )
}

/** The button under a list that has more. */
export function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
}) {
  if (!query.hasNextPage) return null
  return (
    <Group justify="center" pt={12}>
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t('Show more')}
      </Button>
    </Group>
  )
}
