/** What a publish that did not come back well means, and what to do. */
import { Alert, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/client.ts'
import { isUnanswered } from './publish-queries.ts'

export function Refusal({ error, onLookAgain }: { error: Error; onLookAgain: () => void }) {
  const { t } = useTranslation()
  const problem = error instanceof ApiError ? error.problem : null
  const isOvertaken = problem?.code === 'LIVE_VERSION_CHANGED' || problem?.code === 'DRAFT_CONFLICT'
  const isDone = problem?.code === 'IDEMPOTENCY_KEY_REUSED'
  const isOpen = isUnanswered(error)
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle />}
      mb={12}
      title={
        isOvertaken
          ? t('Somebody else was faster')
          : isDone
            ? t('It has been published already')
            : isOpen
              ? t('No answer came')
              : t('Nothing was published')
      }
    >
      <Text size="sm">
        {isDone
          ? t(
              'The answer to your first try was lost on its way. What you have changed in this sheet since is not in it.',
            )
          : isOpen
            ? t('It may be live all the same. Try again: it is never done twice.')
            : error.message}
      </Text>
      {problem?.issues?.map((issue) => (
        <Text size="sm" key={`${issue.code}${issue.path.join('.')}`}>
          {issue.message}
        </Text>
      ))}
      {isOvertaken || isDone ? (
        <Text
          component="button"
          type="button"
          size="sm"
          fw={600}
          td="underline"
          style={{ background: 'none', border: 0, padding: 0, cursor: 'pointer', color: 'inherit' }}
          onClick={onLookAgain}
        >
          {t('Look at the changes again')}
        </Text>
      ) : null}
    </Alert>
  )
}
