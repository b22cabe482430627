/** The commands that are there on every screen, and what shows all of them. */
import { UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../sign-in/session-gate.tsx'
import { goTo } from '../ui/route.tsx'
import classes from './commands.module.css'
import { KeyCaps } from './key-caps.tsx'
import { allCommands, useCommands, type Command } from './registry.ts'
import { ShortcutSheet } from './shortcut-sheet.tsx'
import { useCommandKeys } from './use-command-keys.ts'

// Fetched when it is first wanted: it is no part of what a screen needs to be shown.
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))

/** Palette, sheet and keyboard; once, around all screens. */
export function PageCommands() {
  const { t } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const [isSheetOpen, sheet] = useDisclosure(false)
  const [request, setRequest] = useState(0)
  const may = {
    overview: useMay('status:read'),
    journeys: useMay('journeys:read'),
    leads: useMay('leads:read'),
    segments: useMay('segments:read'),
    messages: useMay('deliveries:read'),
    tasks: useMay('tasks:read'),
  }
  const screen = (id: keyof typeof may, title: string, path: string): Command[] =>
    may[id] ? [{ id: `go.${id}`, title, group: 'Go to', run: () => goTo(path) }] : []
  const scheme = (value: 'light' | 'dark' | 'auto', title: string): Command => ({
    id: `view.${value}`,
    title,
    group: 'View',
    run: () => setColorScheme(value),
  })
  useCommands([
    ...screen('overview', t('Overview'), '/'),
    ...screen('journeys', t('Journeys'), '/journeys'),
    ...screen('leads', t('Leads'), '/leads'),
    ...screen('segments', t('Segments'), '/segments'),
    ...screen('messages', t('Messages'), '/messages'),
    ...screen('tasks', t('Inbox'), '/tasks'),
    {
      id: 'help.palette',
      title: t('Find anything'),
      group: 'Help',
      keys: ['mod+k'],
      worksInFields: true,
      run: () => setRequest((before) => before + 1),
    },
    { id: 'help.keys', title: t('Keyboard'), group: 'Help', keys: ['?'], run: sheet.open },
    scheme('light', t('Light colours')),
    scheme('dark', t('Dark colours')),
    scheme('auto', t('Colours as this device has them')),
  ])
  useCommandKeys()
  return (
    <>
      {request === 0 ? null : (
        <Suspense fallback={null}>
          <Palette request={request} />
        </Suspense>
      )}
      <ShortcutSheet isOpen={isSheetOpen} onClose={sheet.close} />
    </>
  )
}

/** The way to the palette for whoever uses the mouse. */
export function FindButton() {
  const { t } = useTranslation()
  const open = () =>
    allCommands()
      .find(({ id }) => id === 'help.palette')
      ?.run()
  return (
    <UnstyledButton className={classes['search'] ?? ''} onClick={open}>
      <IconSearch size={16} aria-hidden />
      <VisuallyHidden>{t('Find anything')}</VisuallyHidden>
      <KeyCaps keys="mod+k" />
    </UnstyledButton>
  )
}
