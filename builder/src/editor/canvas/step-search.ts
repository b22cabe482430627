/** Finding a step to add by a few letters: over its name, the words people use for it, and its kind. */
import type { StepManifest } from '#server/contract/steps.ts'
import { categoryLooks } from '../../ui/step-look.ts'

/** Best first; all of them, in the palette's order, for an empty text. */
export function searchSteps(steps: readonly StepManifest[], text: string): StepManifest[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return [...steps]
  return steps
    .map((step, index) => ({ step, index, score: scoreOf(step, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ step }) => step)
}

function scoreOf({ title, synonyms, category, description }: StepManifest, wanted: string): number {
  const best = Math.max(
    match(title, wanted),
    ...synonyms.map((word) => match(word, wanted) * 0.8),
    match(categoryLooks[category].word, wanted) * 0.5,
  )
  return best > 0 ? best : description.toLowerCase().includes(wanted) ? 0.1 : 0
}

/** 1 for the whole, less for a beginning, a word's beginning, a part, and letters in order. */
function match(text: string, wanted: string): number {
  const lower = text.toLowerCase()
  if (lower === wanted) return 1
  if (lower.startsWith(wanted)) return 0.9
  const at = lower.indexOf(wanted)
  if (at > 0) return lower[at - 1] === ' ' ? 0.8 : 0.6
  if (wanted.length < 2) return 0
  let position = -1
  let first = -1
  for (const letter of wanted) {
    position = lower.indexOf(letter, position + 1)
    if (position < 0) return 0
    if (first < 0) first = position
  }
  const span = position - first + 1
  // Letters strewn over a long name are no match.
  return span > wanted.length * 3 ? 0 : (0.4 * wanted.length) / span
}

const key = 'trellis.recent-steps'

/** Types that were added last, newest first. */
export function recentSteps(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string').slice(0, 5) : []
  } catch {
    return []
  }
}

export function rememberStep(type: string): void {
  try {
    localStorage.setItem(key, JSON.stringify([type, ...recentSteps().filter((one) => one !== type)].slice(0, 5)))
  } catch {
    // A browser that stores nothing has no recent steps.
  }
  dispatchEvent(new Event(recentChanged))
}

/** Told to the window when the recent steps change. */
export const recentChanged = 'trellis:recent-steps'
