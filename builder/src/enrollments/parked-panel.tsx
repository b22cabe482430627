import { Group, Stack, Text } from '@mantine/core'
import { useEnrollments } from '../api/queries.ts'
import { LeadLink, More, Panel, When } from '../ui/parts.tsx'
import { Link } from '../ui/route.tsx'
import { Loaded } from '../ui/states.tsx'
import { countOf } from '../ui/words.ts'
import classes from './parked.module.css'
import { EnrollmentControls } from './enrollment-controls.tsx'
import { t } from '../i18n/t.ts'

/** Enrollments that an error stopped, with what happened and what to do about it. */
export function ParkedPanel({ count }: { count: number }) {
  const parked = useEnrollments({ status: 'parked' })
  return (
    <Panel title={t('Stopped by an error')} count={countOf(count, 'lead')}>
      <Loaded query={parked} rows={2}>
        {({ pages }) => (
          <>
            {pages
              .flatMap((page) => page.items)
              .map((enrollment) => (
                <div key={enrollment.id} className={classes['row']}>
                  <Stack gap={2} miw={0}>
                    <Group gap={8}>
                      <LeadLink lead={enrollment.lead} />
                      <Text size="sm" c="dimmed">
                        {t('at')}{' '}
                        <Link
                          to={`/journeys/${enrollment.journey.key}?view=live&lead=${enrollment.lead.id}&enrollment=${enrollment.id}`}
                          inherit
                        >
                          {enrollment.step.name}
                        </Link>{' '}
                        {t('in {{journey}}', { journey: enrollment.journey.name })}
                      </Text>
                      <When at={enrollment.since} now={enrollment.leadNow} />
                    </Group>
                    <Text size="sm">
                      {enrollment.error?.message ?? t('It stopped for a reason that was not recorded.')}
                    </Text>
                  </Stack>
                  <EnrollmentControls id={enrollment.id} name={enrollment.lead.name} />
                </div>
              ))}
            <More query={parked} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}
