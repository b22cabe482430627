import { createHash } from 'node:crypto'
import type { ImportRow, RowOutcome } from './write-batch.ts'

/**
 * What a dry run would otherwise get wrong: a lead that an earlier row of the file creates is not in the database, since
 * nothing was written. Keeps two numbers per lead.
 */
export interface SeenRows {
  /** The outcome as it would be had the earlier rows been written. */
  correct(row: ImportRow, outcome: RowOutcome): RowOutcome
}

/** An empty memory. */
export function createSeenRows(): SeenRows {
  const contents = new Map<number, number>()
  return {
    correct({ mapped }, outcome) {
      if (mapped.kind === 'rejected' || outcome === 'rejected') return outcome
      const keys = mapped.lead.identities.map(({ kind, value }) => hash(`${kind} ${value.toLowerCase()}`))
      const content = hash(JSON.stringify(mapped.lead))
      const earlier = keys.map((key) => contents.get(key)).find((found) => found !== undefined)
      for (const key of keys) contents.set(key, content)
      if (earlier === undefined) return outcome
      return earlier === content ? 'unchanged' : 'updated'
    },
  }
}

/** 48 bits: among a million rows two share one with a chance of 1 in 500. */
function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6)
}
