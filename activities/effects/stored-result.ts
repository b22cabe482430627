/** Turns what `perform` returned into what Postgres stores, or says why it cannot. */
import type { Json } from '#engine/facts.ts'
import { cleanText } from '#engine/text.ts'
import { ActivityFailure } from '../activity-failure.ts'
import type { ActivityResult } from '../custom-activity.ts'

/** A result is an answer, not a document: larger ones belong in the other system, with a link. */
export const maxOutputBytes = 64 * 1024

/** What `effects` stores. */
export interface StoredResult {
  port: string
  output: Json
}

/**
 * Checks a result against the ports and the size limit.
 * @throws {ActivityFailure} EFFECT_PORT_UNKNOWN, EFFECT_OUTPUT_INVALID or EFFECT_OUTPUT_TOO_LARGE; retrying cannot help.
 */
export function toStoredResult(result: ActivityResult | void, ports: readonly string[]): StoredResult {
  const { port = ports[0] ?? 'next', output, fields, tags } = result ?? {}
  if (!ports.includes(port)) {
    const known = ports.map((id) => `"${id}"`).join(', ')
    throw refuse('EFFECT_PORT_UNKNOWN', `perform() returned the port "${port}"; it has ${known}.`)
  }
  if (tags !== undefined && !(Array.isArray(tags) && tags.every(isTag))) {
    throw refuse('EFFECT_OUTPUT_INVALID', 'perform() returned tags that are not texts of 1–100 characters.')
  }
  const text = serialise({ output, fields, tags })
  const bytes = Buffer.byteLength(text)
  if (bytes > maxOutputBytes) {
    throw refuse(
      'EFFECT_OUTPUT_TOO_LARGE',
      `perform() returned ${bytes} bytes; at most ${maxOutputBytes} are stored. Return a link or less of it.`,
    )
  }
  return { port, output: JSON.parse(text) as Json }
}

function isTag(tag: unknown): boolean {
  return typeof tag === 'string' && tag.length > 0 && tag.length <= 100
}

/** JSON without what Postgres cannot store in `jsonb`: NUL and lone surrogates are cleaned out of texts and keys. */
function serialise(value: Record<string, unknown>): string {
  try {
    return JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'string') return cleanText(part)
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
      return Object.fromEntries(Object.entries(part).map(([key, inner]) => [cleanText(key), inner]))
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw refuse('EFFECT_OUTPUT_INVALID', `perform() returned something that is not JSON: ${why}`)
  }
}

function refuse(code: string, message: string): ActivityFailure {
  return new ActivityFailure(code, message, { retry: false })
}
