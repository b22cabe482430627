/** After a publish: that it is live, and how far leads in flight have come. */
import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { JourneyMove } from '#server/contract/publishing.ts'
import { countOf } from '../../ui/words.ts'
import { sayLeads } from './choices.ts'
import { useHistory, useStopMove } from './publish-queries.ts'

export function MoveProgress({
  journey,
  published,
  onClose,
}: {
  journey: string
  published: { version: number; moveId: string | null }
  onClose: () => void
}) {
  const { t } = useTranslation()
  const history = useHistory(journey)
  const move = history.data?.moves.find(({ id }) => id === published.moveId) ?? null
  return (
    <Stack gap={16} maw={640} py={24}>
      <Alert
        icon={<IconCircleCheck />}
        color="green"
        variant="light"
        title={t('Version {{version}} is live', published)}
      >
        <Text size="sm">{t('Whoever enters from now on goes by it.')}</Text>
      </Alert>
      {published.moveId === null ? (
        <Text size="sm">{t('Leads in flight finish on the version they are on.')}</Text>
      ) : move === null ? null : (
        <MoveCard journey={journey} move={move} />
      )}
      <Group>
        <Button onClick={onClose}>{t('Back to the journey')}</Button>
      </Group>
    </Stack>
  )
}

/** One move: a bar while it runs, then what became of everybody. */
export function MoveCard({ journey, move }: { journey: string; move: JourneyMove }) {
  const { t } = useTranslation()
  const stop = useStopMove(journey)
  const isRunning = move.status === 'running' || move.status === 'stopping'
  const moving = move.policies.filter(({ action }) => action !== 'finish')
  const all = moving.reduce((sum, { counted }) => sum + counted, 0)
  const tests = moving.reduce((sum, policy) => sum + policy.tests, 0)
  const open = moving.reduce((sum, policy) => sum + policy.open, 0)
  return (
    <Stack gap={6}>
      {isRunning ? (
        <>
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" fw={600} role="status">
              {t('{{done}} of {{all}} have been told', {
                done: all - open,
                all: sayLeads({ leads: all - tests, tests }),
              })}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              loading={stop.isPending}
              disabled={move.status === 'stopping'}
              onClick={() => stop.mutate(move.id)}
            >
              {t('Stop moving leads')}
            </Button>
          </Group>
          <Progress value={all === 0 ? 100 : ((all - open) / all) * 100} aria-label={t('Leads told')} />
        </>
      ) : null}
      <Text size="sm" role="status">
        {sayMove(move, t)}
        {tests === 0 || isRunning ? null : ` ${t('{{tests}} among them.', { tests: countOf(tests, 'test lead') })}`}
      </Text>
    </Stack>
  )
}

/** "38 moved to version 8, 2 left the journey; 1 had moved on by itself." */
function sayMove({ policies, version }: JourneyMove, t: ReturnType<typeof useTranslation>['t']): string {
  const sum = (key: 'moved' | 'exited' | 'left' | 'refused' | 'cancelled'): number =>
    policies.reduce((all, policy) => all + policy[key], 0)
  const parts = [
    sum('moved') > 0
      ? t('{{leads}} moved to version {{version}}', { leads: countOf(sum('moved'), 'lead'), version })
      : '',
    sum('exited') > 0 ? t('{{leads}} left the journey', { leads: countOf(sum('exited'), 'lead') }) : '',
    sum('left') > 0 ? t('{{leads}} had moved on', { leads: countOf(sum('left'), 'lead') }) : '',
    sum('refused') > 0 ? t('{{leads}} could not be moved', { leads: countOf(sum('refused'), 'lead') }) : '',
    sum('cancelled') > 0
      ? t('{{leads}} stayed where they were, since the move was stopped', { leads: countOf(sum('cancelled'), 'lead') })
      : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : `${parts.join(', ')}.`
}
