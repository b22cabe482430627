/** What a rule names outside itself, looked up the same way by the evaluator and by SQL. */
import { EngineError } from '../errors.ts'
import type { Library } from '../library.ts'
import type { DeliveryStatus } from '../vocabulary.ts'
import type { Rule } from './schema.ts'

/** Deliveries that were sent or may yet be; skipped, failed and cancelled ones do not count. */
export const countedStatuses: readonly DeliveryStatus[] = ['queued', 'sending', 'accepted', 'unknown']

/**
 * The rule of a segment.
 * @throws {EngineError} RULE_UNCOMPILABLE when there is none of that key.
 */
export function findSegment(key: string, library: Library): Rule {
  const segment = own(library.segments, key)
  if (segment !== undefined) return segment
  throw new EngineError('RULE_UNCOMPILABLE', `Segment "${key}" does not exist.`, { segment: key })
}

/** Thrown for segments that name each other in a circle. */
export function circle(segment: string): EngineError {
  return new EngineError('RULE_UNCOMPILABLE', `Segment "${segment}" is defined by itself.`, { segment })
}

/** What copies of an asset have in common; an asset the library no longer has is its own lineage. */
export function lineageOf(asset: string, library: Library): string {
  return own(library.assets, asset)?.lineage ?? asset
}

/** A record's own entry: keys come from people, and `constructor` is a fine name for a tag. */
export function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
