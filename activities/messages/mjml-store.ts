/** Compiled MJML for those who render: from memory, else from the database. */
import { createHash } from 'node:crypto'
import type { Queryable } from '#db/client.ts'
import { readMessageBodies, saveMessageBodies } from '#db/repositories/message-bodies.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { kindOfBody } from './body-kind.ts'
import { compileMjml, mjmlCompilerVersion } from './compile-mjml.ts'

/** Texts kept; a few kB each. */
const mostKept = 500

export interface MjmlStore {
  /** The compiled HTML of every MJML text in these messages, by its source. */
  read(db: Queryable, contents: readonly DeliveryContent[]): Promise<ReadonlyMap<string, string>>
}

/** The MJML texts of a message, in all its languages. */
export function mjmlOf({
  body,
  variants,
  verbatim,
}: Pick<DeliveryContent, 'body' | 'variants' | 'verbatim'>): string[] {
  if (verbatim !== undefined) return []
  return [body, ...Object.values(variants ?? {}).map((variant) => variant.body)].filter(
    (text) => kindOfBody(text) === 'mjml',
  )
}

/** The key a text is kept by. */
export function hashOfSource(source: string): string {
  return createHash('sha256').update(source).digest('hex')
}

/**
 * Publishing has compiled what journeys say; what is missing all the same (a restored part, a custom step's own text) is
 * compiled now and kept. A text that does not compile is absent, and rendering it fails with a reason.
 */
export function createMjmlStore(): MjmlStore {
  const kept = new Map<string, string>()
  return {
    async read(db, contents) {
      const wanted = [...new Set(contents.flatMap(mjmlOf))]
      const missing = wanted.filter((source) => !kept.has(source))
      if (missing.length > 0) {
        if (kept.size + missing.length > mostKept) kept.clear()
        const stored = await readMessageBodies(db, missing.map(hashOfSource))
        for (const source of missing) {
          const html = stored.get(hashOfSource(source)) ?? (await compileAndKeep(db, source))
          if (html !== null) kept.set(source, html)
        }
      }
      return kept
    },
  }
}

async function compileAndKeep(db: Queryable, source: string): Promise<string | null> {
  const { html } = await compileMjml(source)
  if (html !== null) await saveMessageBodies(db, [{ hash: hashOfSource(source), html }], mjmlCompilerVersion)
  return html
}
