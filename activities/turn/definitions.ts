/** Published definitions never change, so a worker reads each once. */
import { and, eq } from 'drizzle-orm'
import type { Definition } from '#engine/definition/types.ts'
import { readDefinition } from '#engine/definition/upgrade.ts'
import { EngineError } from '#engine/errors.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import type { Queryable } from '#db/client.ts'
import { journeyVersions } from '#db/schema/journeys.ts'

/** Definitions kept per worker; the least recently used go first. */
const mostKept = 500

export interface DefinitionCache {
  /** @throws {EngineError} DEFINITION_UNREADABLE when the version does not exist. */
  get(db: Queryable, journeyId: string, version: number): Promise<Definition>
}

/** Stands in for a definition that cannot be read, so that its enrollments can be parked and taken out. */
export function emptyDefinition(): Definition {
  return {
    format: 1,
    entry: '',
    triggers: [],
    steps: {},
    settings: settingsSchema.parse({}),
    segments: [],
    needs: { events: [], surveys: [], deliveries: false, received: false },
    watch: [],
  }
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
      const stored = rows[0]?.definition
      if (stored === undefined) {
        throw new EngineError(
          'DEFINITION_UNREADABLE',
          `Version ${version} of journey "${journeyId}" does not exist; publish it again.`,
          {
            journeyId,
            version,
          },
        )
      }
      const definition = readDefinition(stored)
      kept.set(key, definition)
      if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
      return definition
    },
  }
}
