/** Publishes that wait for their instant: what goes live, when, and what became of it. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { publications } from '../schema/publishing.ts'

export type PublicationRow = typeof publications.$inferSelect
export type NewPublication = Omit<
  typeof publications.$inferInsert,
  'id' | 'status' | 'version' | 'problem' | 'createdAt' | 'finishedAt'
>

export async function addPublication(tx: Queryable, publication: NewPublication): Promise<PublicationRow> {
  const [row] = await tx
    .insert(publications)
    .values({ ...publication, id: newId() })
    .returning()
  if (row === undefined) throw new Error('The scheduled publish was not written.')
  return row
}

export async function findPublication(db: Queryable, id: string): Promise<PublicationRow | null> {
  const [row] = await db.select().from(publications).where(eq(publications.id, id))
  return row ?? null
}

/** Newest first, without what they publish. */
export async function listPublications(db: Queryable, journeyId: string, limit = 50) {
  return db
    .select(listedColumns)
    .from(publications)
    .where(eq(publications.journeyId, journeyId))
    .orderBy(desc(publications.createdAt), desc(publications.id))
    .limit(limit)
}

const listedColumns = {
  id: publications.id,
  revision: publications.revision,
  fromVersion: publications.fromVersion,
  baseVersion: publications.baseVersion,
  note: publications.note,
  policies: publications.policies,
  publishAt: publications.publishAt,
  zone: publications.zone,
  status: publications.status,
  version: publications.version,
  problem: publications.problem,
  requestedBy: publications.requestedBy,
  createdAt: publications.createdAt,
  finishedAt: publications.finishedAt,
}

type Ending =
  | { status: 'published'; version: number }
  | { status: 'failed'; problem: { code: string; message: string } }
  | { status: 'cancelled' }

/** Ends one that still waits. False when it does not any more. */
export async function endPublication(tx: Transaction, id: string, ending: Ending): Promise<boolean> {
  const ended = await tx
    .update(publications)
    .set({ ...ending, finishedAt: sql`clock_timestamp()` })
    .where(and(eq(publications.id, id), eq(publications.status, 'scheduled')))
    .returning({ id: publications.id })
  return ended.length > 0
}

/** Calls off all that wait in a journey; their ids. */
export async function cancelPublications(tx: Transaction, journeyId: string): Promise<string[]> {
  const cancelled = await tx
    .update(publications)
    .set({ status: 'cancelled', finishedAt: sql`clock_timestamp()` })
    .where(and(eq(publications.journeyId, journeyId), eq(publications.status, 'scheduled')))
    .returning({ id: publications.id })
  return cancelled.map(({ id }) => id)
}

/** Those whose instant has passed without anybody publishing them: their timer was lost. */
export async function findOverduePublications(db: Queryable): Promise<{ id: string; publishAt: Date }[]> {
  return db
    .select({ id: publications.id, publishAt: publications.publishAt })
    .from(publications)
    .where(and(eq(publications.status, 'scheduled'), sql`${publications.publishAt} < now() - interval '30 seconds'`))
    .orderBy(publications.publishAt)
    .limit(100)
}
