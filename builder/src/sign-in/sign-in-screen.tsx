import { Alert, Box, Button, Card, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState, type FormEvent, type ReactNode } from 'react'
import { goTo } from '../ui/route.tsx'
import { useAcceptInvitation, useSignIn } from './session.ts'
import { t } from '../i18n/t.ts'

/** The door: sign in, or choose a password when the address carries an invitation (`/sign-in#…`). */
export function SignInScreen() {
  const [token] = useState(() => (location.pathname === '/sign-in' ? location.hash.slice(1) : ''))
  return token === '' ? <SignIn /> : <ChoosePassword token={token} />
}

function SignIn() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { mutate, isPending, error } = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    mutate({ name, password }, { onSuccess: leaveDoor, onError: () => setPassword('') })
  }
  return (
    <Door title={t('Sign in')} error={error} onSubmit={submit}>
      <TextInput
        label={t('E-mail address')}
        autoComplete="username"
        required
        autoFocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('Password')}
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={isPending} fullWidth>
        {t('Sign in')}
      </Button>
      <Text size="sm" c="dimmed">
        {t('Password forgotten? An owner can send you a new invitation.')}
      </Text>
    </Door>
  )
}

function ChoosePassword({ token }: { token: string }) {
  const [password, setPassword] = useState('')
  const { mutate, isPending, error } = useAcceptInvitation()
  const isShort = password.length > 0 && password.length < 15
  const submit = (event: FormEvent) => {
    event.preventDefault()
    mutate({ token, password }, { onSuccess: leaveDoor })
  }
  return (
    <Door title={t('Choose a password')} error={error} onSubmit={submit}>
      <PasswordInput
        label={t('Password')}
        description={t('At least 15 characters; a short sentence is easy to remember.')}
        autoComplete="new-password"
        required
        autoFocus
        minLength={15}
        maxLength={200}
        error={isShort ? t('{{missing}} more', { missing: 15 - password.length }) : null}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={isPending} disabled={password.length < 15} fullWidth>
        {t('Set password and sign in')}
      </Button>
    </Door>
  )
}

function leaveDoor(): void {
  if (location.pathname === '/sign-in') goTo('/')
}

interface DoorProps {
  title: string
  error: Error | null
  onSubmit: (event: FormEvent) => void
  children: ReactNode
}

function Door({ title, error, onSubmit, children }: DoorProps) {
  return (
    <Box component="main" mih="100dvh" bg="var(--canvas)" px={16} pt={{ base: 48, sm: 120 }}>
      <Card withBorder radius="md" padding="xl" maw={400} mx="auto">
        <Stack gap={16} component="form" onSubmit={onSubmit}>
          <Group gap={8} wrap="nowrap">
            <img src="/trellis.svg" alt="" width={28} height={28} />
            <Title order={1} size="h3">
              {title}
            </Title>
          </Group>
          {error === null ? null : (
            <Alert color="red" variant="light" role="alert">
              {error.message}
            </Alert>
          )}
          {children}
        </Stack>
      </Card>
    </Box>
  )
}
