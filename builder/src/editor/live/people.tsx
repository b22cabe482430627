/** The leads behind a number: who, since when, why; and what a person may do about one or all of them. */
import { ActionIcon, CloseButton, Group, Menu, Stack, Text, Title } from '@mantine/core'
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
import { Narrowing, useNarrowing } from './people-narrowing.tsx'
import { ControlDialog, controlsFor, type ControlKind } from './control-dialog.tsx'
import { formatDue } from './path-marks.ts'
import { liveAddress } from './live-view.ts'
import { usePeople, type PeopleFilter, type PeopleNarrowing, type Scope } from './live-queries.ts'
import classes from './live.module.css'

interface PeopleProps {
  scope: Scope
  /** Without a step: of the whole journey. */
  filter: Omit<PeopleFilter, 'step'> & { step: string | null }
  document: JourneyDocument | null
  /** How many there are, when that is known. */
  count: number | null
  /** Absent: there is nothing to close. */
  onClose?: () => void
}

export function People({ scope, filter, document, count, onClose }: PeopleProps) {
  const { t } = useTranslation()
  const mayRead = useMay('enrollments:read')
  const mayAct = useMay('enrollments:write')
  const narrowing = useNarrowing(filter.what)
  if (!mayRead) return <Text size="sm">{t('Who they are is not yours to see.')}</Text>
  const titles: Record<PeopleFilter['what'], string> = {
    here: filter.step === null ? t('In the journey now') : t('Here now'),
    paused: filter.step === null ? t('Paused') : t('Paused here'),
    parked: filter.step === null ? t('Need a person') : t('Stopped here by an error'),
    entered: t('Entered in this time'),
    left: t('Left in this time'),
    failed: t('Not done in this time'),
    ended: t('Ended their journey here'),
  }
  const { step } = filter
  const isStanding = filter.what === 'here' || filter.what === 'paused' || filter.what === 'parked'
  // What is done about all of them is done about all of the number, so it is not offered beside a part of it.
  const isWhole = narrowing.search === '' && narrowing.status === null
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
        {mayAct && isStanding && isWhole && step !== null && (count ?? 0) > 0 ? (
          <BulkControl scope={scope} filter={{ ...filter, step }} document={document} />
        ) : null}
        {onClose === undefined ? null : <CloseButton onClick={onClose} aria-label={t('Close')} />}
      </Group>
      {count === 0 && isWhole ? null : <Narrowing what={filter.what} />}
      <Rows scope={scope} filter={filter} document={document} mayAct={mayAct} narrowing={narrowing} />
    </section>
  )
}

function Rows({
  scope,
  filter,
  document,
  mayAct,
  narrowing,
}: Omit<PeopleProps, 'count' | 'onClose'> & { mayAct: boolean; narrowing: PeopleNarrowing }) {
  const { t } = useTranslation()
  const people = usePeople(scope, filter, narrowing)
  const [asked, setAsked] = useState<{ person: JourneyPerson; kind: ControlKind } | null>(null)
  return (
    <Loaded query={people} rows={4}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.items)
        if (rows.length === 0) {
          const isNarrowed = narrowing.search !== '' || narrowing.status !== null
          return (
            <Empty
              title={
                isNarrowed
                  ? t('None of them matches')
                  : filter.what === 'here'
                    ? t('Nobody is here now')
                    : filter.what === 'parked'
                      ? t('Nobody needs a person')
                      : t('Nobody')
              }
            />
          )
        }
        return (
          <>
            {rows.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                isStanding={['here', 'paused', 'parked'].includes(filter.what)}
                isAnywhere={filter.step === null}
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
  isAnywhere,
  onAct,
}: {
  person: JourneyPerson
  isStanding: boolean
  /** The list is of many steps: each row says on which. */
  isAnywhere: boolean
  onAct: ((kind: ControlKind) => void) | null
}) {
  const { t } = useTranslation()
  const { lead, at, leadNow, status, reason, nextAt, enrollmentId, step } = person
  const address = useAddress()
  const path = liveAddress(address, {
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
        {isAnywhere ? (
          <Text size="xs">
            <Link to={liveAddress(address, { step: step.id, who: null, state: null })} size="xs">
              {t('At “{{step}}”', { step: step.name })}
            </Link>
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
