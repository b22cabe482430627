/** Values as bound parameters of the type the comparison needs, so that Postgres guesses nothing. */
import { sql, type SQL } from 'drizzle-orm'
import type { Instant, Json } from '#engine/facts.ts'
import { maxInstant, minInstant } from '#engine/schedule/calendar.ts'
import { cleanText } from '#engine/text.ts'

/** Text, without what Postgres cannot hold. */
export function textParam(text: string): SQL {
  return sql`${cleanText(text)}::text`
}

/** A list of texts, as one array. */
export function textsParam(texts: readonly string[]): SQL {
  return sql`${arrayLiteral(texts.map(cleanText))}::text[]`
}

/** A double, as JavaScript holds it. */
export function numberParam(number: number): SQL {
  return sql`${number}::float8`
}

/** A list of doubles, as one array. */
export function numbersParam(numbers: readonly number[]): SQL {
  return sql`${`{${numbers.join(',')}}`}::float8[]`
}

/** An instant; before the year 1 and after 9999 it is infinitely far, which compares the same. */
export function instantParam(instant: Instant): SQL {
  if (instant < minInstant) return sql`'-infinity'::timestamptz`
  if (instant > maxInstant) return sql`'infinity'::timestamptz`
  return sql`${new Date(instant).toISOString()}::timestamptz`
}

/** A list of JSON values, as one array. */
export function jsonsParam(values: readonly Json[]): SQL {
  return sql`${arrayLiteral(values.map((value) => JSON.stringify(value)))}::jsonb[]`
}

/** A `like` pattern that matches the text itself anywhere (`anywhere`) or at the start. */
export function likeParam(text: string, place: 'anywhere' | 'start'): SQL {
  const literal = text.replaceAll(/[\\%_]/g, String.raw`\$&`)
  return textParam(place === 'anywhere' ? `%${literal}%` : `${literal}%`)
}

/** Postgres' array literal: members in quotes, with quotes and backslashes escaped. */
function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`
}
