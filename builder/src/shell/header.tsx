import { ActionIcon, Group, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '@tabler/icons-react'
import { useLive } from '../api/live.ts'
import { Link, useAddress } from '../ui/route.tsx'
import { formatNumber } from '../ui/words.ts'
import { HealthButton } from './health-button.tsx'
import classes from './shell.module.css'

const sections = [
  { path: '/', label: 'Overview' },
  { path: '/leads', label: 'Leads' },
  { path: '/messages', label: 'Messages' },
  { path: '/tasks', label: 'Tasks' },
]

/** Where one is, what runs, and light or dark. */
export function Header() {
  const { pathname } = useAddress()
  const { live } = useLive()
  const isCurrent = (path: string) =>
    path === '/' ? pathname === '/' || pathname.startsWith('/journeys') : pathname.startsWith(path)
  return (
    <Group h="100%" px={{ base: 12, sm: 24 }} gap={16} wrap="nowrap" justify="space-between">
      <Group gap={20} wrap="nowrap" className={classes['left']}>
        <Link to="/" underline="never" aria-label="Trellis, overview">
          <Group gap={8} wrap="nowrap">
            <img src="/trellis.svg" alt="" width={26} height={26} />
            <Text fw={650} size="md" visibleFrom="sm">
              Trellis
            </Text>
          </Group>
        </Link>
        <nav className={classes['nav']} aria-label="Sections">
          {sections.map(({ path, label }) => (
            <Link
              key={path}
              to={path}
              underline="never"
              className={classes['tab'] ?? ''}
              mod={{ current: isCurrent(path) }}
              {...(isCurrent(path) ? { 'aria-current': 'page' as const } : {})}
            >
              {label}
              {path === '/tasks' && live !== null && live.openTasks > 0 ? (
                <span className={classes['badge']}>{formatNumber(live.openTasks)}</span>
              ) : null}
            </Link>
          ))}
        </nav>
      </Group>
      <Group gap={8} wrap="nowrap">
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
    <Tooltip label={`Use ${other} colours`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={`Use ${other} colours`}
        onClick={() => setColorScheme(other)}
      >
        {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}
