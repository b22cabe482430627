/** Brings a setting into view and puts the keyboard there. */

const listeners = new Set<(path: string) => void>()

/** Parts that fold hear what is to be shown, and open. */
export function onReveal(listener: (path: string) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Focuses the control of a setting in the form that is shown, opening what hides it; the control around it when it has
 * none of its own. Tells whether one was found. Waits for a form that is only now being drawn.
 */
export async function focusField(path: readonly (string | number)[]): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    for (const listener of listeners) listener(path.join('.'))
    // Two frames: what opens is drawn in the first.
    await nextFrame()
    await nextFrame()
    const place = findPlace(path)
    if (place !== null) {
      place.scrollIntoView({ block: 'center', behavior: 'instant' })
      const control = place.querySelector<HTMLElement>(
        'input:not([type=hidden]):not([disabled]), textarea:not([disabled]), select, button:not([disabled]), [tabindex="0"]',
      )
      ;(control ?? place).focus({ preventScroll: true })
      place.dataset['flash'] = 'true'
      setTimeout(() => delete place.dataset['flash'], 1200)
      return true
    }
  }
  return false
}

function findPlace(path: readonly (string | number)[]): HTMLElement | null {
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join('.')
    const place = document.querySelector<HTMLElement>(`[data-form] [data-path="${CSS.escape(name)}"]`)
    if (place !== null) return place
  }
  return null
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}
