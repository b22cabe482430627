/** How far each import has come, so that one that was interrupted goes on where its last commit was. */
import { eq, sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { newId } from '../ids.ts'
import { importJobs } from '../schema/leads.ts'

export type ImportJob = typeof importJobs.$inferSelect

/**
 * Begins an import, or takes up the one of the same file and mapping: where it stopped when it was interrupted, from the
 * first row when it had finished (a repeat then finds everything unchanged).
 */
export async function beginImportJob(
  tx: Queryable,
  job: { fileHash: string; mappingHash: string; actor: string },
): Promise<ImportJob> {
  const isDone = sql`${importJobs.status} = 'done'`
  const [row] = await tx
    .insert(importJobs)
    .values({ id: newId(), status: 'running', ...job })
    .onConflictDoUpdate({
      target: [importJobs.fileHash, importJobs.mappingHash],
      set: {
        status: 'running',
        rowsDone: sql`case when ${isDone} then 0 else ${importJobs.rowsDone} end`,
        counts: sql`case when ${isDone} then '{}'::jsonb else ${importJobs.counts} end`,
        actor: job.actor,
        updatedAt: sql`now()`,
      },
    })
    .returning()
  if (row === undefined) throw new Error('The import job was not written.')
  return row
}

/** Records progress in the transaction that wrote the rows. */
export async function advanceImportJob(
  tx: Queryable,
  id: string,
  progress: { rowsDone: number; counts: Record<string, number>; status?: ImportJob['status'] },
): Promise<void> {
  await tx
    .update(importJobs)
    .set({ ...progress, updatedAt: sql`now()` })
    .where(eq(importJobs.id, id))
}
