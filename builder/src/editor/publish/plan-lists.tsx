/** The plan's problems and the test cases, as lists. */
import { Progress, Stack, Text } from '@mantine/core'
import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Issue } from '#engine/issues.ts'
import { Failure } from '../../ui/states.tsx'
import { ProblemList } from '../problems/problem-list.tsx'
import { toProblems } from '../problems/problems-store.ts'
import type { Plan, PlayedTests } from './publish-queries.ts'
import classes from './publish.module.css'

/** Rows of the list in sight; more are scrolled to. */
const mostRows = 5
const rowHeight = 52

export function PlanProblems({
  issues,
  isDraft,
  onVisit,
  onFixed,
}: {
  issues: Plan['issues']
  /** What is published is the draft, where problems can be gone to and solved. */
  isDraft: boolean
  onVisit: () => void
  onFixed: () => void
}) {
  const { t } = useTranslation()
  const problems = useMemo(
    // The contract tells codes as texts; they are those of the validator.
    () =>
      toProblems(
        (issues as Issue[]).toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error')),
      ),
    [issues],
  )
  if (problems.length === 0) return <Text size="sm">{t('None. Everything is set up.')}</Text>
  if (isDraft) {
    return (
      <div className={classes['problems']} style={{ height: Math.min(problems.length, mostRows) * rowHeight }}>
        <ProblemList problems={problems} onVisit={onVisit} onFixed={onFixed} />
      </div>
    )
  }
  return (
    <Stack gap={6}>
      {problems.map(({ id, severity, message, hint }) => {
        const isError = severity === 'error'
        const Icon = isError ? IconAlertOctagon : IconAlertTriangle
        return (
          <div key={id} style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}>
            <Icon
              size={16}
              color={isError ? 'var(--error)' : 'var(--warning)'}
              aria-label={isError ? t('Error') : t('Warning')}
              style={{ flex: 'none', marginTop: 2 }}
            />
            <Text size="sm" flex={1}>
              {message}
              {hint === undefined ? null : (
                <Text component="span" size="sm" c="dimmed">
                  {' '}
                  {hint}
                </Text>
              )}
            </Text>
          </div>
        )
      })}
    </Stack>
  )
}

export function PlanTests({
  isCompiled,
  results: tests,
  done,
  all,
  error,
  retry,
}: PlayedTests & { isCompiled: boolean }) {
  const { t } = useTranslation()
  if (!isCompiled) return <Text size="sm">{t('They are played once the errors above are solved.')}</Text>
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (tests === null) {
    return (
      <div>
        <Text size="sm" mb={6} role="status">
          {all === 0
            ? t('The test cases are being played…')
            : t('The test cases are being played: {{done}} of {{all}}', { done, all })}
        </Text>
        <Progress value={all === 0 ? 100 : (done / all) * 100} animated size="sm" maw={360} aria-label={t('Played')} />
      </div>
    )
  }
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
