import { AppShell, Container } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { LiveProvider, useLiveStream } from './api/live.ts'
import { PageCommands } from './commands/page-commands.tsx'
import { Header } from './shell/header.tsx'
import { Banners } from './shell/banners.tsx'
import classes from './shell/shell.module.css'
import { Navigation } from './shell/navigation.tsx'
import { useMay } from './sign-in/session-gate.tsx'
import { ScreenBoundary } from './ui/screen-boundary.tsx'
import { Empty, Loading } from './ui/states.tsx'
import { Link, useAddress } from './ui/route.tsx'
import { t } from './i18n/t.ts'

// One file per screen: who looks at the inbox does not wait for the canvas.
const MailDrawer = lazy(async () => ({ default: (await import('./messages/mail-drawer.tsx')).MailDrawer }))
const OverviewScreen = lazy(async () => ({ default: (await import('./overview/overview-screen.tsx')).OverviewScreen }))
const JourneysScreen = lazy(async () => ({ default: (await import('./journeys/journeys-screen.tsx')).JourneysScreen }))
const EditorScreen = lazy(async () => ({ default: (await import('./editor/editor-screen.tsx')).EditorScreen }))
const LeadsScreen = lazy(async () => ({ default: (await import('./leads/leads-screen.tsx')).LeadsScreen }))
const LeadScreen = lazy(async () => ({ default: (await import('./leads/lead-screen.tsx')).LeadScreen }))
const MessagesScreen = lazy(async () => ({ default: (await import('./messages/messages-screen.tsx')).MessagesScreen }))
const SegmentsScreen = lazy(async () => ({ default: (await import('./segments/segments-screen.tsx')).SegmentsScreen }))
const SegmentScreen = lazy(async () => ({ default: (await import('./segments/segment-screen.tsx')).SegmentScreen }))
const TasksScreen = lazy(async () => ({ default: (await import('./tasks/tasks-screen.tsx')).TasksScreen }))

/** The page: one header, one screen by the address, and the mail drawer that any screen may open. */
export function App() {
  const stream = useLiveStream()
  const { pathname } = useAddress()
  // Screens that fill the window and scroll within.
  const isDrawing = pathname.startsWith('/journeys/') || pathname === '/tasks'
  return (
    <LiveProvider value={stream}>
      <AppShell header={{ height: 52 }} footer={{ height: { base: 52, sm: 0 } }} padding={0}>
        <AppShell.Header>
          <Header />
        </AppShell.Header>
        <AppShell.Main bg="var(--canvas)" className={classes['main'] ?? ''} mod={{ drawing: isDrawing }}>
          <Banners />
          <ScreenBoundary of={pathname}>
            <Suspense fallback={<Loading rows={6} height={48} />}>
              <Screen />
            </Suspense>
          </ScreenBoundary>
        </AppShell.Main>
        <AppShell.Footer hiddenFrom="sm">
          <Navigation place="foot" />
        </AppShell.Footer>
      </AppShell>
      <AskedMail />
      <PageCommands />
    </LiveProvider>
  )
}

/** The right each section's screens read with. */
const rights: Record<string, string> = {
  '': 'status:read',
  journeys: 'journeys:read',
  leads: 'leads:read',
  segments: 'segments:read',
  messages: 'deliveries:read',
  tasks: 'tasks:read',
}

function Screen() {
  const address = useAddress()
  const [, section = '', id] = address.pathname.split('/').map(decodeURIComponent)
  const right = rights[section]
  const may = useMay(right ?? '')
  if (right !== undefined && !may) {
    return (
      <Empty title={t('This is not yours to see')}>
        {t(
          'What you may do here was set by the owner of this installation. Ask for the right “{{right}}” if you need it.',
          { right },
        )}
      </Empty>
    )
  }
  if (section === 'journeys' && id !== undefined) {
    return <EditorScreen key={id} journeyKey={id} />
  }
  if (section === 'tasks') return <TasksScreen />
  return (
    <Container size={section === 'journeys' ? 1440 : 1280} w="100%" px={{ base: 12, sm: 24 }} py={{ base: 12, sm: 20 }}>
      {section === '' ? <OverviewScreen /> : null}
      {section === 'journeys' ? <JourneysScreen /> : null}
      {section === 'leads' ? id === undefined ? <LeadsScreen /> : <LeadScreen key={id} id={id} /> : null}
      {section === 'segments' && id === undefined ? <SegmentsScreen /> : null}
      {section === 'segments' && id !== undefined ? <SegmentScreen key={id} segmentKey={id} /> : null}
      {section === 'messages' ? <MessagesScreen /> : null}
      {['', 'journeys', 'leads', 'segments', 'messages'].includes(section) ? null : (
        <Empty title={t('There is nothing at this address')}>
          <Link to="/">{t('Go to the overview')}</Link>
        </Empty>
      )}
    </Container>
  )
}

/** The drawer comes with the first message that is asked for, and stays for its own way out. */
function AskedMail() {
  const isAsked = useAddress().searchParams.has('mail')
  const [wasAsked, setAsked] = useState(isAsked)
  if (isAsked && !wasAsked) setAsked(true)
  return wasAsked || isAsked ? (
    <Suspense fallback={null}>
      <MailDrawer />
    </Suspense>
  ) : null
}
