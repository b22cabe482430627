/** The numbers of a step beside its settings: of the last 30 days, all versions. */
import { Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PeopleKind } from '#server/contract/journey-people.ts'
import { useStatus } from '../../api/queries.ts'
import { Link } from '../../ui/route.tsx'
import { useDocument, useEditor } from '../editor-context.tsx'
import type { Scope } from './live-queries.ts'
import { rangeStart } from './live-view.ts'
import { StepStats } from './step-stats.tsx'

export function InspectorStats({ step }: { step: string }) {
  const { t } = useTranslation()
  const journey = useEditor((state) => state.journey.key)
  const document = useDocument()
  const leads = useStatus().data?.leads.shown ?? 'real'
  const [shown, setShown] = useState<{ what: PeopleKind; port: string | null }>({ what: 'here', port: null })
  const scope = useMemo<Scope>(() => ({ journey, from: rangeStart('30d', Date.now()), leads }), [journey, leads])
  return (
    <Stack gap={12}>
      <Text size="xs" c="dimmed">
        {t('The last 30 days, all versions.')}{' '}
        <Link to={`/journeys/${journey}?view=live&step=${step}`} size="xs">
          {t('Open in Live')}
        </Link>
      </Text>
      <StepStats
        scope={scope}
        step={step}
        document={document}
        what={shown.what}
        port={shown.port}
        onShow={(what, port) => setShown({ what, port })}
      />
    </Stack>
  )
}
