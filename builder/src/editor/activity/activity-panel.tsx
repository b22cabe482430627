/** What people did to this journey, newest first: who, when, and a way to see it. */
import { Text, Tooltip } from '@mantine/core'
import {
  IconArchive,
  IconArrowBackUp,
  IconCalendarEvent,
  IconCalendarX,
  IconChecklist,
  IconFileImport,
  IconHandStop,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRocket,
  IconSparkles,
  IconTag,
  IconTransfer,
  IconUsersPlus,
  type Icon,
} from '@tabler/icons-react'
import { findNode } from '#engine/graph/document.ts'
import type { Activity } from '#server/contract/journey-activity.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { More } from '../../ui/parts.tsx'
import { Link, useAddress } from '../../ui/route.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatInstant, formatRelative } from '../../ui/words.ts'
import { useLive } from '../../api/live.ts'
import { useCatalogue, useDocument, useEditor } from '../editor-context.tsx'
import { addressOfSheet } from '../publish/sheets.ts'
import { useActivity } from './activity-queries.ts'
import { sayActivity, sayDay } from './activity-words.ts'
import classes from './activity.module.css'

const icons: Record<Activity['kind'], Icon> = {
  created: IconSparkles,
  imported: IconFileImport,
  edited: IconPencil,
  restored: IconArrowBackUp,
  published: IconRocket,
  scheduled: IconCalendarEvent,
  called_off: IconCalendarX,
  not_published: IconCalendarX,
  paused: IconPlayerPause,
  resumed: IconPlayerPlay,
  archived: IconArchive,
  moved: IconTransfer,
  controlled: IconHandStop,
  enrolled: IconUsersPlus,
  tagged: IconTag,
  test_case: IconChecklist,
}

export function ActivityPanel() {
  const journey = useEditor((state) => state.journey.id)
  const mayRead = useMay('journeys:read')
  const activity = useActivity(journey, mayRead)
  // Each message of the stream draws it again, so that "3 min. ago" does not grow old.
  useLive()
  const now = Date.now()
  if (!mayRead) return <Empty title={t('What people did here is not yours to see.')} />
  return (
    // The keyboard comes in here: arrows scroll, Tab goes from link to link.
    <section className={classes['scroller']} tabIndex={0} aria-label={t('Activity')} data-enter>
      <Loaded query={activity} rows={5}>
        {({ pages }) => {
          const entries = pages.flatMap(({ items }) => items)
          if (entries.length === 0) {
            return (
              <Empty title={t('Nothing has been done here yet')}>
                {t('Who changes, publishes or pauses this journey, and what is done about its leads, is kept here.')}
              </Empty>
            )
          }
          const days = Map.groupBy(entries, ({ at }) => sayDay(at, now))
          return (
            <>
              {[...days].map(([day, own]) => (
                <div key={day}>
                  <h3 className={classes['day']}>{day}</h3>
                  <ol className={classes['list']}>
                    {own.map((entry) => (
                      <Row key={entry.id} entry={entry} now={now} />
                    ))}
                  </ol>
                </div>
              ))}
              <More query={activity} />
            </>
          )
        }}
      </Loaded>
    </section>
  )
}

/** Stands for the name in a sentence, so that it can be set apart wherever a language puts it. */
const mark = '\u{E000}'

function Row({ entry, now }: { entry: Activity; now: number }) {
  const catalogue = useCatalogue()
  const document = useDocument()
  const nameOf = ({ id, name }: { id: string; name: string | null }): string => {
    const node = findNode(document, id)
    return name ?? (node === undefined ? t('a step') : catalogue.titleOf(node))
  }
  const { sentence, more, tone } = sayActivity(entry, mark, nameOf)
  const [before = '', after = ''] = sentence.split(mark)
  const Kind = icons[entry.kind]
  return (
    <li className={classes['row']} data-kind={entry.kind}>
      <Kind size={16} className={classes['icon']} aria-hidden />
      <div className={classes['what']}>
        {before}
        {sentence.includes(mark) ? <b>{entry.by.name}</b> : null}
        {after}
        {more === '' ? null : (
          <Text component="div" size="xs" c="dimmed" className={classes['more']}>
            {tone === 'quote' ? t('“{{name}}”', { name: more }) : more}
          </Text>
        )}
      </div>
      <div className={classes['links']}>
        <Ways entry={entry} />
      </div>
      <Tooltip label={formatInstant(entry.at)}>
        <Text component="time" dateTime={entry.at} size="xs" c="dimmed" className={classes['when']}>
          {formatRelative(entry.at, now)}
        </Text>
      </Tooltip>
    </li>
  )
}

/** Where it can be looked at. */
function Ways({ entry }: { entry: Activity }) {
  const address = useAddress()
  const mayReadLeads = useMay('leads:read')
  const draftSteps = useDocument()
  switch (entry.kind) {
    case 'published': {
      const { version, before } = entry
      if (before === null) return <History />
      const compare = `${String(Math.min(before, version))}..${String(Math.max(before, version))}`
      return (
        <Link to={addressOfSheet(address, { compare })} size="xs">
          {t('Compare with version {{version}}', { version: before })}
        </Link>
      )
    }
    case 'restored':
      return (
        <Link to={addressOfSheet(address, { compare: `${String(entry.version)}..draft` })} size="xs">
          {t('Compare with the draft')}
        </Link>
      )
    case 'scheduled':
    case 'called_off':
    case 'not_published':
    case 'moved':
      return <History />
    case 'edited': {
      const step = [...entry.changed, ...entry.added].find(({ id }) => findNode(draftSteps, id) !== undefined)
      if (step === undefined) return null
      const next = new URL(address)
      next.searchParams.set('step', step.id)
      return (
        <Link to={`${next.pathname}${next.search}`} size="xs">
          {t('Go to the step')}
        </Link>
      )
    }
    case 'controlled': {
      const live = new URL(address.pathname, address)
      live.searchParams.set('view', 'live')
      if (entry.isTest) live.searchParams.set('leads', 'test')
      if (entry.lead !== null && entry.enrollmentId !== null && mayReadLeads) {
        live.searchParams.set('lead', entry.lead.id)
        live.searchParams.set('enrollment', entry.enrollmentId)
        return (
          <>
            <Link to={`/leads/${entry.lead.id}`} size="xs">
              {t('Open the lead')}
            </Link>
            <Link to={`${live.pathname}${live.search}`} size="xs">
              {t('Show path')}
            </Link>
          </>
        )
      }
      const step = entry.to ?? entry.step
      if (step === null) return null
      live.searchParams.set('step', step.id)
      return (
        <Link to={`${live.pathname}${live.search}`} size="xs">
          {t('Who is at “{{step}}” now', { step: step.name })}
        </Link>
      )
    }
    case 'archived':
    case 'created':
    case 'enrolled':
    case 'imported':
    case 'paused':
    case 'resumed':
    case 'tagged':
    case 'test_case':
      return null
  }
}

function History() {
  const address = useAddress()
  return (
    <Link to={addressOfSheet(address, { sheet: 'history' })} size="xs">
      {t('Version history')}
    </Link>
  )
}
