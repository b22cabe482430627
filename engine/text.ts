/**
 * How text is made safe to store and ready to compare. JavaScript is the only folder: Postgres compares what was folded
 * here (`leads.folded`, `events.folded`, `survey_answers.folded`) and never calls `lower()` itself, because the two do
 * not fold alike.
 */
import type { Json } from './facts.ts'

/** Text Postgres can store: well-formed UTF-16 (lone surrogates become U+FFFD) without NUL. Idempotent. */
export function cleanText(text: string): string {
  const wellFormed = text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '') : wellFormed
}

/**
 * Text made equal for comparison: cleaned, lower-cased, NFC. `"Zoë "` and `"ZOË "` (composed or not) fold alike; accents
 * and blanks stay. Lower-casing can leave text decomposed (`J̌` → `ǰ`), hence NFC on both sides of it. Idempotent.
 */
export function foldText(text: string): string {
  return cleanText(text).normalize('NFC').toLowerCase().normalize('NFC')
}

/** The `events.folded` value of an event: its text properties, folded. Lists, numbers and empty texts are left out. */
export function foldProperties(properties: Readonly<Record<string, Json>>): Record<string, string> {
  const folded: [string, string][] = []
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'string' && value !== '') folded.push([name, foldText(value)])
  }
  return Object.fromEntries(folded)
}

/** The `survey_answers.folded` value of an answer: folded text, null for every other kind. */
export function foldAnswer(value: Json): string | null {
  return typeof value === 'string' ? foldText(value) : null
}
