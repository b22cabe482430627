/** The leads behind a number: who, since when, why; and what a person may do about one or all of them. */
import { ActionIcon, Group, Menu, Stack, Text, Title } from '@mantine/core'
import { IconDots, IconRoute } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { JourneyPerson } from '#server/contract/journey-people.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { EnrollmentPill, LeadLink, More, When } from '../../ui/parts.tsx'
import { Link, useAddress } from '../../ui/route.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { BulkControl } from './bulk-control.tsx'
import { ControlDialog, controlsFor, type ControlKind } from './control-dialog.tsx'
import { formatDue } from './path-marks.ts'
import { liveAddress } from './live-view.ts'
import { usePeople, type PeopleFilter, type Scope } from './live-queries.ts'
import classes from './live.module.css'

interface PeopleProps {
  scope: Scope
  filter: PeopleFilter
  document: JourneyDocument | null
  /** How many there are, when that is known. */
  count: number | null
}

export function People({ scope, filter, document, count }: PeopleProps) {
  const { t } = useTranslation()
  const mayRead = useMay('enrollments:read')
  const mayAct = useMay('enrollments:write')
  if (!mayRead) return <Text size="sm">{t('Who they are is not yours to see.')}</Text>
  const titles: Record<PeopleFilter['what'], string> = {
    here: t('Here now'),
    paused: t('Paused here'),
    parked: t('Stopped here by an error'),
    entered: t('Entered in this time'),
    left: t('Left in this time'),
    failed: t('Not done in this time'),
    ended: t('Ended their journey here'),
  }
  const isStanding = filter.what === 'here' || filter.what === 'paused' || filter.what === 'parked'
  return (
    <section aria-label={titles[filter.what]}>
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Title order={3} size="h3">
          {titles[filter.what]}
          {count === null ? null : (
            <Text span size="xs" c="dimmed" ml={6}>
              {formatNumber(count)}
            </Text>
          )}
        </Title>
        {mayAct && isStanding && (count ?? 0) > 0 ? (
          <BulkControl scope={scope} filter={filter} document={document} />
        ) : null}
      </Group>
      <Rows scope={scope} filter={filter} document={document} mayAct={mayAct} />
    </section>
  )
}

function Rows({ scope, filter, document, mayAct }: Omit<PeopleProps, 'count'> & { mayAct: boolean }) {
  const { t } = useTranslation()
  const people = usePeople(scope, filter)
  const [asked, setAsked] = useState<{ person: JourneyPerson; kind: ControlKind } | null>(null)
  return (
    <Loaded query={people} rows={4}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.items)
        if (rows.length === 0) return <Empty title={filter.what === 'here' ? t('Nobody is here now') : t('Nobody')} />
        return (
          <>
            {rows.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                isStanding={['here', 'paused', 'parked'].includes(filter.what)}
                onAct={mayAct ? (kind) => setAsked({ person, kind }) : null}
              />
            ))}
            <More query={people} />
            {asked === null ? null : <ControlDialog {...asked} document={document} onClose={() => setAsked(null)} />}
          </>
        )
      }}
    </Loaded>
  )
}

function PersonRow({
  person,
  isStanding,
  onAct,
}: {
  person: JourneyPerson
  isStanding: boolean
  onAct: ((kind: ControlKind) => void) | null
}) {
  const { t } = useTranslation()
  const { lead, at, leadNow, status, reason, nextAt, enrollmentId, step } = person
  const path = liveAddress(useAddress(), {
    view: 'live',
    lead: lead.id,
    enrollment: enrollmentId,
    tab: null,
  })
  const isOver = status === 'completed' || status === 'exited'
  const isWaiting = isStanding && status === 'active' && nextAt !== null
  return (
    <div className={classes['person']}>
      <Group justify="space-between" wrap="nowrap" gap={8}>
        <Group gap={8} wrap="nowrap" miw={0}>
          <LeadLink lead={lead} />
          {status === 'active' && isStanding ? null : <EnrollmentPill status={status} />}
        </Group>
        <Group gap={4} wrap="nowrap">
          <When at={at} now={leadNow} />
          <Link to={path} aria-label={t('Show path: {{name}}', { name: lead.name })} lh={0}>
            <IconRoute size={16} aria-hidden />
          </Link>
          {onAct === null || isOver ? null : (
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={t('What to do about {{name}}', { name: lead.name })}
                >
                  <IconDots size={16} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {controlsFor(status, t).map(({ kind, label, icon: Icon }) => (
                  <Menu.Item key={kind} leftSection={<Icon size={14} aria-hidden />} onClick={() => onAct(kind)}>
                    {label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
      <Stack gap={0}>
        <Text size="xs" c="dimmed" className={classes['reason'] ?? ''}>
          {reason}
        </Text>
        {isWaiting ? (
          <Text size="xs" c="dimmed">
            {t('Goes on {{time}} at the latest', { time: formatDue(nextAt) })}
          </Text>
        ) : null}
        {isStanding ? null : (
          <Text size="xs" c="dimmed">
            {isOver ? t('Ended at “{{step}}”', { step: step.name }) : t('Now at “{{step}}”', { step: step.name })}
          </Text>
        )}
      </Stack>
    </div>
  )
}
