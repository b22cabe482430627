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

/** `cleanText`, then cut to at most `longest` UTF-16 units, never within a character outside the BMP: an emoji stays whole. */
export function cutText(text: string, longest: number): string {
  return cleanText(text)
    .slice(0, longest)
    .replace(/[\uD800-\uDBFF]$/, '')
}

/** `cleanText` of every text in a JSON value, names too: Postgres refuses `jsonb` with a lone surrogate or NUL (22P02). */
export function cleanJson<Value>(value: Value): Value
export function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map((inner: unknown) => cleanJson(inner))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanText(name), cleanJson(inner)]))
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
