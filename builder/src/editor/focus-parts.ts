/** The parts of the editor the keyboard goes between (F6), and how each is entered. */

const parts = {
  canvas: ['[data-canvas-focus]'],
  drawer: [
    '[role="treegrid"][tabindex]',
    '[data-visit]',
    '[data-part="drawer"] [data-enter]',
    '[data-part="drawer"] [role="tab"][aria-selected="true"]',
  ],
  inspector: [
    'aside[data-part="inspector"] [data-form] [data-path] :is(input:not([type=hidden]), textarea, select, button):not([disabled])',
    'aside[data-part="inspector"] :is(input, textarea, button):not([disabled])',
  ],
  palette: ['[data-palette] input', '[data-palette] button'],
} as const
export type EditorPart = keyof typeof parts

/** Stands where something is only now being fetched. */
export const comingMark = { 'data-coming': true } as const
const longestMs = 5000

/**
 * Puts the keyboard into a part, into the first thing there that takes it. Waits for a part that is only now being drawn.
 * Tells whether one was found.
 */
export async function focusPart(part: EditorPart): Promise<boolean> {
  // What opens is drawn in the first frame.
  await nextFrame()
  await nextFrame()
  // Else the keyboard would come to what stands around it.
  const until = performance.now() + longestMs
  while (regionOf(part)?.querySelector('[data-coming]') && performance.now() < until) await nextFrame()
  for (let attempt = 0; attempt < 10; attempt += 1) {
    for (const selector of parts[part]) {
      const found = document.querySelector<HTMLElement>(selector)
      if (found === null) continue
      found.focus()
      if (document.activeElement === found) return true
    }
    await nextFrame()
  }
  return false
}

const order: readonly EditorPart[] = ['canvas', 'drawer', 'inspector', 'palette']

/** To the part after the one the keyboard is in; parts that are not shown are passed over. */
export async function focusNextPart(direction: 1 | -1): Promise<void> {
  const at = order.findIndex((part) => isWithinPart(part))
  for (let step = 1; step <= order.length; step += 1) {
    const next = order.at((Math.max(0, at) + direction * step) % order.length)
    if (next !== undefined && isShown(next) && (await focusPart(next))) return
  }
}

/** Whether the keyboard is in a part. */
export function isWithinPart(part: EditorPart): boolean {
  const { activeElement } = document
  if (activeElement === null) return false
  return regionOf(part)?.contains(activeElement) === true
}

function isShown(part: EditorPart): boolean {
  return parts[part].some((selector) => document.querySelector(selector) !== null)
}

function regionOf(part: EditorPart): Element | null {
  if (part === 'canvas') return document.querySelector('[data-canvas-focus]')
  if (part === 'drawer') return document.querySelector('[data-part="drawer"]')
  if (part === 'inspector') return document.querySelector('aside[data-part="inspector"]')
  return document.querySelector('[data-palette]')
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}
