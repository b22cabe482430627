import '@fontsource-variable/inter'
import './ui/mantine-styles.ts'
import '@mantine/notifications/styles.css'
import './ui/tokens.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { App } from './app.tsx'
import { loadLanguage } from './i18n/i18n.ts'
import { SessionGate } from './sign-in/session-gate.tsx'
import { theme } from './ui/theme.ts'

// The page's policy allows no eval; zod would otherwise try whether it may compile its schemas.
z.config({ jitless: true })

const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 2000, retry: 1, refetchOnWindowFocus: true } },
})

const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no element "root".')
await loadLanguage()
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-center" limit={3} />
        <SessionGate>
          <App />
        </SessionGate>
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
)
