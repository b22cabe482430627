import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** Where pictures for people go: a folder; empty = none are made. */
const pictures = process.env['TRELLIS_SCREENSHOTS'] ?? ''

/** What the page looks like now, for people, when somebody has asked for pictures. */
export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === '') return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name.replaceAll(' ', '-')}.png`) })
}
