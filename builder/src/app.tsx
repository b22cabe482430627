import { AppShell, Container } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { LiveProvider, useLiveStream } from './api/live.ts'
import { Header } from './shell/header.tsx'
import { Banners } from './shell/banners.tsx'
import classes from './shell/shell.module.css'
import { Navigation } from './shell/navigation.tsx'
import { JourneysScreen } from './journeys/journeys-screen.tsx'
import { LeadScreen } from './leads/lead-screen.tsx'
import { LeadsScreen } from './leads/leads-screen.tsx'
import { MailDrawer } from './messages/mail-drawer.tsx'
import { MessagesScreen } from './messages/messages-screen.tsx'
import { OverviewScreen } from './overview/overview-screen.tsx'
import { useMay } from './sign-in/session-gate.tsx'
import { TasksScreen } from './tasks/tasks-screen.tsx'
import { Empty, Loading } from './ui/states.tsx'
import { Link, useAddress } from './ui/route.tsx'

// The editor is most of the page's script; who does not look at a journey does not wait for it.
const EditorScreen = lazy(async () => {
  const { EditorScreen: screen } = await import('./editor/editor-screen.tsx')
  return { default: screen }
})

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
          <Screen />
        </AppShell.Main>
        <AppShell.Footer hiddenFrom="sm">
          <Navigation place="foot" />
        </AppShell.Footer>
      </AppShell>
      <MailDrawer />
    </LiveProvider>
  )
}

/** The right each section's screens read with. */
const rights: Record<string, string> = {
  '': 'status:read',
  journeys: 'journeys:read',
  leads: 'leads:read',
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
      <Empty title="This is not yours to see">
        What you may do here was set by the owner of this installation. Ask for the right “{right}” if you need it.
      </Empty>
    )
  }
  if (section === 'journeys' && id !== undefined) {
    return (
      <Suspense fallback={<Loading rows={6} height={48} />}>
        <EditorScreen key={id} journeyKey={id} />
      </Suspense>
    )
  }
  if (section === 'tasks') return <TasksScreen />
  return (
    <Container size={section === 'journeys' ? 1440 : 1280} w="100%" px={{ base: 12, sm: 24 }} py={{ base: 12, sm: 20 }}>
      {section === '' ? <OverviewScreen /> : null}
      {section === 'journeys' ? <JourneysScreen /> : null}
      {section === 'leads' ? id === undefined ? <LeadsScreen /> : <LeadScreen key={id} id={id} /> : null}
      {section === 'messages' ? <MessagesScreen /> : null}
      {['', 'journeys', 'leads', 'messages'].includes(section) ? null : (
        <Empty title="There is nothing at this address">
          <Link to="/">Go to the overview</Link>
        </Empty>
      )}
    </Container>
  )
}
