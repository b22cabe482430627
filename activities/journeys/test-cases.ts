/** Rehearsals with a name: kept with their journey, played again before each publish. */
import { and, asc, eq } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { auditJourney, lockJourney } from '#db/repositories/journeys.ts'
import { journeyTestCases } from '#db/schema/test-cases.ts'
import { transact } from '#db/transact.ts'
import type { Expectations, TestCaseInput } from '#engine/simulation/schemas.ts'
import { JourneyNotFound, JourneyStateConflict } from './errors.ts'

export type TestCaseRow = typeof journeyTestCases.$inferSelect

/** A suite that nobody would wait for is no help at a publish. */
const mostTestCases = 200

/** In the order they were saved. */
export function readTestCases(db: Queryable, journeyId: string): Promise<TestCaseRow[]> {
  return db
    .select()
    .from(journeyTestCases)
    .where(eq(journeyTestCases.journeyId, journeyId))
    .orderBy(asc(journeyTestCases.createdAt), asc(journeyTestCases.id))
}

/** What a case is called and plays, already without what tells who the lead is (`anonymise`). */
export interface NewTestCase {
  name: string
  input: TestCaseInput
  expectations: Expectations
}

/** @throws {JourneyNotFound} @throws {JourneyStateConflict} when there are too many. */
export async function addTestCase(
  db: Database,
  { journeyId, actor, ...wanted }: NewTestCase & { journeyId: string; actor: string },
): Promise<TestCaseRow> {
  return transact(db, async (tx) => {
    const journey = await lockJourney(tx, journeyId)
    if (journey === null) throw new JourneyNotFound(journeyId)
    const present = await tx
      .select({ id: journeyTestCases.id })
      .from(journeyTestCases)
      .where(eq(journeyTestCases.journeyId, journeyId))
    if (present.length >= mostTestCases) {
      throw new JourneyStateConflict(
        journey.key,
        `Journey "${journey.key}" has ${String(mostTestCases)} test cases, the most there may be; remove one first.`,
      )
    }
    const [row] = await tx
      .insert(journeyTestCases)
      .values({ id: newId(), journeyId, createdBy: actor, ...wanted })
      .returning()
    if (row === undefined) throw new Error('The test case was not written.')
    await auditJourney(tx, { actor, action: 'add_test_case', journeyId, after: { id: row.id, name: row.name } })
    return row
  })
}

/** Null when there is no such case. */
export async function changeTestCase(
  db: Database,
  { journeyId, id, actor, change }: { journeyId: string; id: string; actor: string; change: Partial<NewTestCase> },
): Promise<TestCaseRow | null> {
  return transact(db, async (tx) => {
    const [row] = await tx
      .update(journeyTestCases)
      .set({ ...change, updatedAt: new Date() })
      .where(and(eq(journeyTestCases.id, id), eq(journeyTestCases.journeyId, journeyId)))
      .returning()
    if (row === undefined) return null
    const after = { id, name: row.name, changed: Object.keys(change) }
    await auditJourney(tx, { actor, action: 'change_test_case', journeyId, after })
    return row
  })
}

/** False when there is no such case. */
export async function removeTestCase(
  db: Database,
  { journeyId, id, actor }: { journeyId: string; id: string; actor: string },
): Promise<boolean> {
  return transact(db, async (tx) => {
    const [row] = await tx
      .delete(journeyTestCases)
      .where(and(eq(journeyTestCases.id, id), eq(journeyTestCases.journeyId, journeyId)))
      .returning()
    if (row === undefined) return false
    await auditJourney(tx, { actor, action: 'remove_test_case', journeyId, before: { id, name: row.name } })
    return true
  })
}
