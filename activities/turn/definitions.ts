/** Published definitions never change, so a worker reads each once. */
import { and, eq } from 'drizzle-orm'
import type { Definition } from '#engine/definition/types.ts'
import { EngineError } from '#engine/errors.ts'
import type { Queryable } from '#db/client.ts'
import { journeyVersions } from '#db/schema/journeys.ts'

/** Definitions kept per worker; the least recently used go first. */
const mostKept = 500

export interface DefinitionCache {
  /** @throws {EngineError} DEFINITION_UNREADABLE when the version does not exist. */
  get(db: Queryable, journeyId: string, version: number): Promise<Definition>
}

export function createDefinitionCache(): DefinitionCache {
  const kept = new Map<string, Definition>()
  return {
    async get(db, journeyId, version) {
      const key = `${journeyId}:${version}`
      const cached = kept.get(key)
      if (cached !== undefined) {
        kept.delete(key)
        kept.set(key, cached)
        return cached
      }
      const rows = await db
        .select({ definition: journeyVersions.definition })
        .from(journeyVersions)
        .where(and(eq(journeyVersions.journeyId, journeyId), eq(journeyVersions.version, version)))
      const definition = rows[0]?.definition
      if (definition === undefined) {
        throw new EngineError(
          'DEFINITION_UNREADABLE',
          `Version ${version} of journey "${journeyId}" does not exist; publish it again.`,
          {
            journeyId,
            version,
          },
        )
      }
      kept.set(key, definition)
      if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
      return definition
    },
  }
}
