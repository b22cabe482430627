/** Says that the chosen lead has really been in this journey: a rehearsal begins as if it had not. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getLeadPath } from '#server/contract/journey-people.ts'
import { call } from '../../api/client.ts'
import { t } from '../../i18n/t.ts'
import { useMay } from '../../sign-in/session-gate.tsx'
import { Link } from '../../ui/route.tsx'
import { countOf } from '../../ui/words.ts'
import { useDocument, useEditor } from '../editor-context.tsx'
import { useSimulate } from './simulate-store.ts'

export function BeenHere() {
  const journey = useEditor((state) => state.journey.key)
  const { policy } = useDocument().graph.settings.reenrollment
  const who = useSimulate((one) => one.settings?.who)
  const mayRead = useMay('leads:read')
  const lead = who?.kind === 'lead' ? who : null
  const path = useQuery({
    queryKey: ['been-here', journey, lead?.id],
    queryFn: ({ signal }) => call(getLeadPath, { params: { id: lead?.id ?? '', journey }, query: {} }, signal),
    enabled: mayRead && lead !== null,
    staleTime: 30_000,
  })
  const enrollments = path.data?.enrollments ?? []
  if (lead === null || enrollments.length === 0) return null
  const { name } = lead
  const isHere = enrollments.some(({ finishedAt }) => finishedAt === null)
  // By the entry's own rule, of the draft as it is rehearsed.
  const isRefused = policy === 'never' || (isHere && policy !== 'always')
  return (
    <Text size="xs" c="dimmed" role="status">
      {isHere
        ? t('{{name}} is in this journey now; the rehearsal begins as if they had never been.', { name })
        : enrollments.length === 1
          ? t('{{name}} has been in this journey once; the rehearsal begins as if they had never been.', { name })
          : t('{{name}} has been in this journey {{times}}; the rehearsal begins as if they had never been.', {
              name,
              times: countOf(enrollments.length, 'time'),
            })}{' '}
      {isRefused ? `${t('In truth it would not let them in again.')} ` : null}
      <Link to={`/journeys/${encodeURIComponent(journey)}?view=live&lead=${lead.id}`} size="xs">
        {t('Show path')}
      </Link>
    </Text>
  )
}
