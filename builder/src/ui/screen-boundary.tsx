/** Around each screen: what breaks in one leaves the rest of the page standing, and says what to do. */
import { Alert, Button, Container, Stack, Text } from '@mantine/core'
import { IconAlertOctagon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary'
import { useTranslation } from 'react-i18next'

/** `of` names what is shown: another screen begins anew. */
export function ScreenBoundary({ of, children }: { of: string; children: ReactNode }) {
  return (
    <ErrorBoundary resetKeys={[of]} FallbackComponent={Broken}>
      {children}
    </ErrorBoundary>
  )
}

/**
 * A part of the page that cannot be fetched is most often one of an earlier version: Trellis was upgraded while the page
 * was open. Loading the page again brings the new one; drafts are kept in this browser until they are saved.
 */
function Broken({ error, resetErrorBoundary }: FallbackProps) {
  const { t } = useTranslation()
  const message = error instanceof Error ? error.message : String(error)
  const isMissing = /dynamically imported module|module script failed|error loading/i.test(message)
  return (
    <Container size={640} py={40}>
      <Alert
        icon={<IconAlertOctagon />}
        color="red"
        variant="light"
        role="alert"
        title={isMissing ? t('This page is older than Trellis') : t('This screen broke')}
      >
        <Stack gap={8} align="flex-start">
          <Text size="sm">
            {isMissing
              ? t('Trellis was upgraded, or does not answer. Load the page again; what you were editing is kept.')
              : t('What you were editing is kept. If it happens again, tell the people who run Trellis: {{message}}', {
                  message,
                })}
          </Text>
          <Button variant="default" onClick={isMissing ? () => location.reload() : resetErrorBoundary}>
            {isMissing ? t('Load the page again') : t('Try again')}
          </Button>
        </Stack>
      </Alert>
    </Container>
  )
}
