import { ActionIcon, Box, Group, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '@tabler/icons-react'
import { FindButton } from '../commands/page-commands.tsx'
import { SignedIn } from '../sign-in/session-gate.tsx'
import { Link } from '../ui/route.tsx'
import { HealthButton } from './health-button.tsx'
import { Navigation } from './navigation.tsx'
import classes from './shell.module.css'
import { t } from '../i18n/t.ts'

/** Where one is, what runs, and light or dark. */
export function Header() {
  return (
    <Group h="100%" px={{ base: 12, sm: 16, lg: 24 }} gap={16} wrap="nowrap" justify="space-between">
      <Group gap={20} wrap="nowrap" miw={0}>
        <Link to="/" underline="never" aria-label={t('Trellis, overview')}>
          <Group gap={8} wrap="nowrap">
            <img src="/trellis.svg" alt="" width={26} height={26} />
            <Text fw={650} size="md" className={classes['word'] ?? ''}>
              Trellis
            </Text>
          </Group>
        </Link>
        <Box visibleFrom="sm">
          <Navigation place="header" />
        </Box>
      </Group>
      <Group gap={8} wrap="nowrap">
        <FindButton />
        <SignedIn />
        <HealthButton />
        <SchemeButton />
      </Group>
    </Group>
  )
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={t('Use {{other}} colours', { other })}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={t('Use {{other}} colours', { other })}
        onClick={() => setColorScheme(other)}
      >
        {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}
