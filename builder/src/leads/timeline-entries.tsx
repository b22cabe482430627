import { Text } from '@mantine/core'
import {
  IconActivity,
  IconArrowsExchange,
  IconMail,
  IconNote,
  IconPhone,
  IconRoute,
  type Icon,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { TimelineEntry } from '#server/contract/timeline.ts'
import { DeliveryPill, When } from '../ui/parts.tsx'
import { Link, useAddress, withParameter } from '../ui/route.tsx'
import { codeAsWords, language } from '../ui/words.ts'
import classes from './leads.module.css'
import { StepDetail } from './step-detail.tsx'
import { t } from '../i18n/t.ts'

const icons: Record<TimelineEntry['kind'], Icon> = {
  step: IconRoute,
  delivery: IconMail,
  task: IconPhone,
  event: IconActivity,
  change: IconArrowsExchange,
  note: IconNote,
}

const dayFormat = new Intl.DateTimeFormat(language, { dateStyle: 'full' })

/** What happened, by day, newest first. */
export function TimelineEntries({ entries, now }: { entries: readonly TimelineEntry[]; now: string }) {
  const days = Map.groupBy(entries, ({ at }) => dayFormat.format(new Date(at)))
  return [...days].map(([day, list]) => (
    <section key={day} aria-label={day}>
      <h3 className={classes['day']}>{day}</h3>
      {list.map((entry) => {
        const EntryIcon = icons[entry.kind]
        return (
          <div key={entry.id} className={classes['entry']}>
            <EntryIcon size={18} aria-hidden="true" />
            <div>
              <Entry entry={entry} />
            </div>
            <When at={entry.at} now={now} />
          </div>
        )
      })}
    </section>
  ))
}

function Entry({ entry }: { entry: TimelineEntry }): ReactNode {
  const address = useAddress()
  if (entry.kind === 'step') {
    return (
      <>
        <Text size="sm">
          <b>{entry.step.name}</b>{' '}
          <Text span inherit c="dimmed">
            {t('in {{journey}}', { journey: entry.journey.name || t('a journey') })}
          </Text>
        </Text>
        <Reason>{entry.reason}</Reason>
        <StepDetail detail={entry.detail} />
      </>
    )
  }
  if (entry.kind === 'delivery') {
    return (
      <Text size="sm" component="div">
        <Link to={withParameter(address, 'mail', entry.deliveryId)} inherit fw={600}>
          {entry.subject || t('Message')}
        </Link>{' '}
        <DeliveryPill status={entry.status} />{' '}
        {entry.reason === null ? null : (
          <Text span size="sm" c="dimmed">
            {codeAsWords(entry.reason)}
          </Text>
        )}
      </Text>
    )
  }
  if (entry.kind === 'task') {
    return (
      <>
        <Text size="sm">
          <b>{entry.title}</b> {entry.outcome === null ? `(${entry.status})` : `→ ${codeAsWords(entry.outcome)}`}
        </Text>
        <Reason>{entry.reason}</Reason>
      </>
    )
  }
  if (entry.kind === 'event') {
    const properties = Object.entries(entry.properties).map(
      ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    return (
      <>
        <Text size="sm" fw={600}>
          {capitalized(codeAsWords(entry.event))}
        </Text>
        {properties.length === 0 ? null : (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {properties.join(' · ')}
          </Text>
        )}
      </>
    )
  }
  if (entry.kind === 'change') {
    return (
      <>
        <Text size="sm">
          <b>{entry.what === 'stage' ? t('Stage') : t('Attention')}</b> {codeAsWords(entry.from)} →{' '}
          {codeAsWords(entry.to)}
        </Text>
        <Reason>{entry.reason}</Reason>
      </>
    )
  }
  return (
    <Text size="sm">
      {entry.body}{' '}
      <Text span inherit c="dimmed">
        {entry.actor}
      </Text>
    </Text>
  )
}

function Reason({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  )
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
