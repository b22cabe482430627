import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/**
 * Serious and critical findings of axe (WCAG 2.2 A and AA and its best practices), as `rule: element`; of the whole page, or
 * of the part that a selector names.
 */
export async function seriousFindings(page: Page, part = 'html'): Promise<string[]> {
  // The page's own policy allows no script; this one comes by the debugger, past it, and stays until the page is left.
  if (!(await page.evaluate<boolean>('"axe" in globalThis')))
    await page.evaluate(await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'))
  return page.evaluate(async (selector) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(selector: string): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run(selector)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`))
  }, part)
}
