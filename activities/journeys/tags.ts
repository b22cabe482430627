/** Words people sort journeys under. */
import { eq } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { auditJourney, lockJourney } from '#db/repositories/journeys.ts'
import { journeys } from '#db/schema/journeys.ts'
import { transact } from '#db/transact.ts'
import { JourneyNotFound } from './errors.ts'

/** Replaces a journey's tags; each once, in the order given. Audited. @throws {JourneyNotFound} */
export async function tagJourney(
  db: Database,
  { journeyId, tags, actor }: { journeyId: string; tags: readonly string[]; actor: string },
): Promise<string[]> {
  return transact(db, async (tx) => {
    const journey = await lockJourney(tx, journeyId)
    if (journey === null) throw new JourneyNotFound(journeyId)
    const wanted = [...new Set(tags)]
    if (JSON.stringify(wanted) === JSON.stringify(journey.tags)) return wanted
    await tx.update(journeys).set({ tags: wanted }).where(eq(journeys.id, journeyId))
    const change = { before: { tags: journey.tags }, after: { tags: wanted } }
    await auditJourney(tx, { actor, action: 'tag', journeyId, ...change })
    return wanted
  })
}
