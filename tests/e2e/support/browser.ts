import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

export interface TestBrowser {
  context: BrowserContext
  open(address: string, size?: { width: number; height: number }): Promise<Page>
  /** What the pages complained about: exceptions, failed requests, violations of the page's policy. */
  complaints: string[]
  close(): Promise<void>
}

/** Where Chromium is: CHROMIUM_PATH, else where Debian puts it. Its absence fails the test, it never skips. */
const executablePath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium'

/** A headless browser with a profile of its own that talks to nobody but the page. */
export async function openBrowser(colorScheme: 'light' | 'dark' = 'light'): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'trellis-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    colorScheme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/London',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  // Patience, not speed: a slow machine shows the same, later.
  context.setDefaultTimeout(60_000)
  const complaints: string[] = []
  return {
    context,
    complaints,
    async open(address, size = { width: 1440, height: 900 }) {
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
      })
      await page.setViewportSize(size)
      await page.goto(address)
      return page
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
