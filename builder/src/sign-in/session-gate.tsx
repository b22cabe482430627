import { Box, Button, Container } from '@mantine/core'
import type { ReactNode } from 'react'
import { Failure, Loading } from '../ui/states.tsx'
import { useSession, useSignOut } from './session.ts'
import { SignInScreen } from './sign-in-screen.tsx'
import { t } from '../i18n/t.ts'

/** Shows the page to whoever may see it, and the door to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: session, error, refetch } = useSession()
  if (session === undefined) {
    return (
      <Container size={640} pt={48}>
        {error === null ? <Loading rows={3} /> : <Failure error={error} onRetry={() => void refetch()} />}
      </Container>
    )
  }
  const isInvited = location.pathname === '/sign-in' && location.hash.length > 1
  return session.kind === 'nobody' || isInvited ? <SignInScreen /> : children
}

/** True when the signed-in person may do that; for buttons and screens that would only be refused. */
export function useMay(scope: string): boolean {
  const { data } = useSession()
  return data !== undefined && (data.scopes.includes('*') || data.scopes.includes(scope))
}

/** Who is signed in, and the way out; nothing for this machine's owner, who needs no sign-in. */
export function SignedIn() {
  const { data: session } = useSession()
  const { mutate, isPending } = useSignOut()
  if (session?.kind !== 'user') return null
  return (
    <Button variant="subtle" color="gray" size="compact-sm" loading={isPending} onClick={() => mutate()}>
      <Box component="span" visibleFrom="lg">
        {t('{{name}}, sign out', { name: session.name })}
      </Box>
      <Box component="span" hiddenFrom="lg">
        {t('Sign out')}
      </Box>
    </Button>
  )
}
