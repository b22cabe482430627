/** Working a page by its keyboard alone. */
import type { Page } from 'playwright-core'

/** What a screen reader would call the focused control, its own text included. */
export async function focusedName(tab: Page): Promise<string> {
  return tab.evaluate(() => {
    const { document } = globalThis as unknown as { document: FocusedDocument }
    const element = document.activeElement
    if (element === null) return ''
    const labels = [...(element.labels ?? [])].map((label) => label.textContent)
    const named = (element.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
    return [element.getAttribute('aria-label'), ...labels, ...named, element.textContent, element.value]
      .filter(Boolean)
      .join(' ')
  })
}
interface FocusedElement {
  labels?: ArrayLike<{ textContent: string }> & Iterable<{ textContent: string }>
  textContent: string
  value?: string
  getAttribute(name: string): string | null
}
interface FocusedDocument {
  activeElement: FocusedElement | null
  getElementById(id: string): { textContent: string } | null
}

/** Presses Tab (or another key) until the focused control is called that. @throws when it never is. */
export async function keyTo(tab: Page, name: RegExp, key = 'Tab', most = 60): Promise<void> {
  const passed: string[] = []
  for (let count = 0; count < most; count += 1) {
    await tab.keyboard.press(key)
    const present = await focusedName(tab)
    if (name.test(present)) return
    passed.push(present.slice(0, 40))
  }
  throw new Error(`${key} never came to ${String(name)}; it came to ${passed.join(' | ')}`)
}

/** Runs a command from the palette. */
export async function command(tab: Page, title: string): Promise<void> {
  await tab.keyboard.press('Control+k')
  await tab.getByRole('dialog').waitFor()
  await tab.keyboard.type(title)
  await tab.getByRole('dialog').getByText(title, { exact: false }).first().waitFor()
  await tab.keyboard.press('Enter')
}

/** What the page says aloud. */
export async function heard(tab: Page, words: RegExp): Promise<void> {
  await tab.locator('#announcements').filter({ hasText: words }).waitFor({ state: 'attached' })
}
