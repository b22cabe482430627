import { useLive } from '../api/live.ts'
import { Link, useAddress } from '../ui/route.tsx'
import { formatNumber } from '../ui/words.ts'
import classes from './shell.module.css'
import { labelled, t } from '../i18n/t.ts'

const sections = labelled([
  { path: '/', label: 'Overview' },
  { path: '/journeys', label: 'Journeys' },
  { path: '/leads', label: 'Leads' },
  { path: '/segments', label: 'Segments' },
  { path: '/messages', label: 'Messages' },
  { path: '/tasks', label: 'Tasks' },
])

/** A phone has no room for more digits. */
const mostAtFoot = 99

/** The sections, in the header of a wide screen and at the foot of a narrow one. */
export function Navigation({ place }: { place: 'header' | 'foot' }) {
  const { pathname } = useAddress()
  const { live } = useLive()
  const isCurrent = (path: string) => (path === '/' ? pathname === '/' : pathname.startsWith(path))
  return (
    <nav className={classes['nav']} data-place={place} aria-label={t('Sections')}>
      {sections.map(({ path, label }) => (
        <Link
          key={path}
          to={path}
          underline="never"
          className={classes['tab'] ?? ''}
          mod={{ current: isCurrent(path) }}
          {...(isCurrent(path) ? { 'aria-current': 'page' as const } : {})}
        >
          {label}
          {path === '/tasks' && live !== null && live.openTasks > 0 ? (
            <span className={classes['badge']}>
              {place === 'foot' && live.openTasks > mostAtFoot
                ? `${formatNumber(mostAtFoot)}+`
                : formatNumber(live.openTasks)}
            </span>
          ) : null}
        </Link>
      ))}
    </nav>
  )
}
