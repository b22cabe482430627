import { Group, Text } from '@mantine/core'
import type { Standing } from '#server/contract/timeline.ts'
import { EnrollmentControls } from '../enrollments/enrollment-controls.tsx'
import { EnrollmentPill, When } from '../ui/parts.tsx'
import { Link } from '../ui/route.tsx'
import { formatInstant, formatRelative } from '../ui/words.ts'
import classes from './leads.module.css'
import { t } from '../i18n/t.ts'

/** Each journey of a lead (`lead` is its id): where it stands, why, and what comes next. `now` is the lead's own time. */
export function Standings({ lead, standings, now }: { lead: string; standings: readonly Standing[]; now: string }) {
  return (
    <div>
      {standings.map((standing) => (
        <section key={standing.enrollmentId} className={classes['standing']} aria-label={standing.journey.name}>
          <Group justify="space-between" wrap="nowrap" gap={8}>
            <Link to={`/journeys/${standing.journey.key}?view=live&step=${standing.step.id}`} fw={600} size="sm">
              {standing.journey.name}
            </Link>
            <Group gap={8} wrap="nowrap">
              {standing.goalMet ? (
                <Text size="xs" c="var(--good)" fw={600}>
                  {t('Goal met')}
                </Text>
              ) : null}
              <Link
                to={`/journeys/${standing.journey.key}?view=live&lead=${lead}&enrollment=${standing.enrollmentId}`}
                size="xs"
                aria-label={t('Show path in {{name}}', { name: standing.journey.name })}
              >
                {t('Show path')}
              </Link>
              <EnrollmentPill status={standing.status} />
            </Group>
          </Group>
          <div className={classes['line']}>
            <span>{standing.finishedAt === null ? t('Stands at') : t('Ended at')}</span>
            <span>
              {standing.step.name} <When at={standing.finishedAt ?? standing.since} now={now} />
            </span>
          </div>
          <div className={classes['line']}>
            <span>{t('Why')}</span>
            <span>{standing.why}</span>
          </div>
          {standing.finishedAt === null ? <Next standing={standing} now={now} /> : null}
          {standing.status === 'parked' ? (
            <EnrollmentControls id={standing.enrollmentId} name={standing.journey.name} />
          ) : null}
        </section>
      ))}
    </div>
  )
}

function Next({ standing, now }: { standing: Standing; now: string }) {
  const { at, ways } = standing.next
  const when =
    at === null
      ? t('When something happens')
      : t('{{time}} at the latest ({{when}})', {
          time: formatInstant(at),
          when: formatRelative(at, Date.parse(now)),
        })
  const [only] = ways
  return (
    <div className={classes['line']}>
      <span>{t('Next')}</span>
      <span>
        {when}
        {ways.length === 1 && only !== undefined ? `: ${only.step?.name ?? t('the end')}` : ''}
        {ways.length > 1 ? (
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {ways.map(({ port, label, step }) => (
              <li key={port}>
                {label} → {step?.name ?? t('the end')}
              </li>
            ))}
          </ul>
        ) : null}
      </span>
    </div>
  )
}
