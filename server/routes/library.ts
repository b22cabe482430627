import type { Database } from '#db/client.ts'
import { libraryRevision } from '#db/repositories/library.ts'
import { journeys } from '#db/schema/journeys.ts'
import { segments } from '#db/schema/library.ts'
import type { Library } from '#engine/library.ts'
import { getLibrary } from '../contract/library.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export interface LibraryDependencies {
  db: Database
  /** The library as it is now, cached. */
  library: () => Promise<Library>
}

export function libraryRoutes({ db, library }: LibraryDependencies): Implementation[] {
  return [
    implement(getLibrary, async () => {
      const [revision, whole, named, known] = await Promise.all([
        libraryRevision(db),
        library(),
        db.select({ key: segments.key, name: segments.name }).from(segments).orderBy(segments.key),
        db
          .select({ key: journeys.key, name: journeys.name, status: journeys.status })
          .from(journeys)
          .orderBy(journeys.key),
      ])
      return ok({
        revision,
        library: { ...whole, workHours: whole.workHours ?? { queues: {}, people: {} } },
        segments: named,
        journeys: known,
      })
    }),
  ]
}
