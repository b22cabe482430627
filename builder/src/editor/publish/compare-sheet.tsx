/** Any two versions, or one and the draft, side by side. */
import { Drawer, Group, Select, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { goTo, withParameter } from '../../ui/route.tsx'
import { Failure, Loading } from '../../ui/states.tsx'
import { useEditor } from '../editor-context.tsx'
import { DiffView } from './diff-view.tsx'
import { useHistory, useVersion } from './publish-queries.ts'

export function CompareSheet({ from, to, onClose }: { from: number; to: number | 'draft'; onClose: () => void }) {
  const { t } = useTranslation()
  const journey = useEditor((state) => state.journey.id)
  const draft = useEditor((state) => state.content.document)
  const versions = useHistory(journey).data?.versions ?? []
  const before = useVersion(journey, from)
  const after = useVersion(journey, to === 'draft' ? null : to)
  const beforeDocument = useMemo(
    () => before.data && { graph: before.data.graph, layout: before.data.layout },
    [before.data],
  )
  const afterDocument = useMemo(
    () => (to === 'draft' ? draft : after.data && { graph: after.data.graph, layout: after.data.layout }),
    [to, draft, after.data],
  )
  const nameOf = (version: number | 'draft'): string =>
    version === 'draft' ? t('Draft') : t('Version {{version}}', { version })
  const options = versions.map(({ version }) => ({ value: String(version), label: nameOf(version) }))
  const compare = (one: string | null, other: string | null) => {
    if (one !== null && other !== null) goTo(withParameter(new URL(location.href), 'compare', `${one}..${other}`))
  }
  const error = before.error ?? after.error
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(1360px, 100%)"
      title={
        <Text component="span" fz={20} lh="28px" fw={600}>
          {t('Compare versions')}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('Close') }}
    >
      <Group mb={12}>
        <Select
          size="xs"
          aria-label={t('The older one')}
          data={options}
          value={String(from)}
          onChange={(value) => compare(value, String(to))}
          allowDeselect={false}
        />
        <Text size="sm" c="dimmed">
          {t('with')}
        </Text>
        <Select
          size="xs"
          aria-label={t('The newer one')}
          data={[{ value: 'draft', label: t('Draft') }, ...options]}
          value={String(to)}
          onChange={(value) => compare(String(from), value)}
          allowDeselect={false}
        />
      </Group>
      {beforeDocument !== undefined && afterDocument !== undefined ? (
        <DiffView
          key={`${String(from)}..${String(to)}`}
          before={beforeDocument}
          after={afterDocument}
          labels={{ before: nameOf(from), after: nameOf(to) }}
          isTall
        />
      ) : error !== null ? (
        <Failure
          error={error}
          onRetry={() => {
            void before.refetch()
            void after.refetch()
          }}
        />
      ) : (
        <Loading rows={8} height={40} />
      )}
    </Drawer>
  )
}
