/** What a part of a screen shows when there is nothing to show, yet or at all. */
import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core'
import { IconAlertOctagon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../i18n/t.ts'

/** Nothing there, and what would put something there. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack gap={4} py={28} px={16} align="center" ta="center">
      <Text fw={600} size="sm">
        {title}
      </Text>
      {children === undefined ? null : (
        <Text size="sm" c="dimmed" maw={420}>
          {children}
        </Text>
      )}
    </Stack>
  )
}

/** Rows of the shape that will come. */
export function Loading({ rows = 4, height = 20 }: { rows?: number; height?: number }) {
  return (
    <Stack gap={12} py={8} role="status" aria-busy="true" aria-label={t('Loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} radius={6} width={`${String(100 - ((index * 13) % 30))}%`} />
      ))}
    </Stack>
  )
}

/** What went wrong, in a sentence, and how to try again. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <Alert icon={<IconAlertOctagon />} color="red" variant="light" title={t('This could not be loaded')} role="alert">
      <Stack gap={8} align="flex-start">
        <Text size="sm">{error.message}</Text>
        {onRetry === undefined ? null : (
          <Button variant="default" onClick={onRetry}>
            {t('Try again')}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

interface Query<Data> {
  data: Data | undefined
  error: Error | null
  isPending: boolean
  refetch(): unknown
}

/** One query's three states: loading, failed, there. Data that was read before stays when a later read fails. */
export function Loaded<Data>({
  query,
  rows,
  children,
}: {
  query: Query<Data>
  rows?: number
  children: (data: Data) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  return <Loading {...(rows === undefined ? {} : { rows })} />
}
