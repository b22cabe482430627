/** The plan's problems and its test cases, as lists. */
import { Button, Stack, Text } from '@mantine/core'
import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { findNode, type JourneyDocument } from '#engine/graph/document.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import type { Plan } from './publish-queries.ts'

export function PlanProblems({
  issues,
  document,
  onVisit,
}: {
  issues: Plan['issues']
  document: JourneyDocument
  onVisit: () => void
}) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  if (issues.length === 0) return <Text size="sm">{t('None. Everything is set up.')}</Text>
  const sorted = issues.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
  return (
    <Stack gap={6}>
      {sorted.map((issue) => {
        const node = issue.nodeId === undefined ? undefined : findNode(document, issue.nodeId)
        const isError = issue.severity === 'error'
        const Icon = isError ? IconAlertOctagon : IconAlertTriangle
        return (
          <div
            key={`${issue.code}:${issue.nodeId ?? ''}:${issue.path.join('.')}`}
            style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}
          >
            <Icon
              size={16}
              color={isError ? 'var(--error)' : 'var(--warning)'}
              aria-label={isError ? t('Error') : t('Warning')}
              style={{ flex: 'none', marginTop: 2 }}
            />
            <Text size="sm" flex={1}>
              {issue.message}
              {issue.hint === undefined ? null : (
                <Text component="span" size="sm" c="dimmed">
                  {' '}
                  {issue.hint}
                </Text>
              )}
            </Text>
            {node === undefined ? null : (
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => {
                  onVisit()
                  store.select([node.id])
                }}
              >
                {t('Show “{{step}}”', { step: catalogue.titleOf(node) })}
              </Button>
            )}
          </div>
        )
      })}
    </Stack>
  )
}

export function PlanTests({ tests }: { tests: Plan['tests'] }) {
  const { t } = useTranslation()
  if (tests === null) return <Text size="sm">{t('They are played once the errors above are solved.')}</Text>
  if (tests.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('There are none yet. Save a rehearsal in Simulate as a test case, and it is played here at each publish.')}
      </Text>
    )
  }
  return (
    <Stack gap={6}>
      {tests.map(({ id, name, passed, differences }) => (
        <div key={id} style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}>
          {passed ? (
            <IconCircleCheck size={16} color="var(--good)" aria-label={t('As expected')} style={{ marginTop: 2 }} />
          ) : (
            <IconCircleX size={16} color="var(--error)" aria-label={t('Otherwise')} style={{ marginTop: 2 }} />
          )}
          <Text size="sm">
            {name}
            {differences.map((difference) => (
              <Text component="span" display="block" size="xs" c="dimmed" key={difference}>
                {difference}
              </Text>
            ))}
          </Text>
        </div>
      ))}
    </Stack>
  )
}
