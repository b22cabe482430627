/** Submissions that wait: spam for a person, consents for their lead's confirmation. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable, Transaction } from '../client.ts'
import { formSubmissions } from '../schema/responses.ts'
import { olderThan, type Keyset } from './keyset.ts'

export type FormSubmission = typeof formSubmissions.$inferSelect
export type SubmissionStatus = FormSubmission['status']

/** Keeps one that waits. The id is the submission's own, so that a repeat keeps nothing; false then. */
export async function keepSubmission(
  tx: Queryable,
  submission: Pick<FormSubmission, 'id' | 'form' | 'status' | 'reason' | 'leadId' | 'email'> & { input: Json },
): Promise<boolean> {
  const rows = await tx
    .insert(formSubmissions)
    .values(submission)
    .onConflictDoNothing()
    .returning({ id: formSubmissions.id })
  return rows.length > 0
}

/** One of them, locked for who decides about it. */
export async function lockSubmission(tx: Transaction, id: string): Promise<FormSubmission | null> {
  const [row] = await tx.select().from(formSubmissions).where(eq(formSubmissions.id, id)).for('update')
  return row ?? null
}

/** One of them, as it is. */
export async function findSubmission(db: Queryable, id: string): Promise<FormSubmission | null> {
  const [row] = await db.select().from(formSubmissions).where(eq(formSubmissions.id, id))
  return row ?? null
}

/** What became of it. */
export async function settleSubmission(
  tx: Transaction,
  id: string,
  outcome: { status: 'released' | 'discarded' | 'confirmed'; actor: string; leadId?: string | null },
): Promise<void> {
  const { status, actor, leadId } = outcome
  await tx
    .update(formSubmissions)
    .set({ status, decidedAt: sql`now()`, decidedBy: actor, ...(leadId === undefined ? {} : { leadId }) })
    .where(eq(formSubmissions.id, id))
}

/** The latest first. */
export async function listSubmissions(
  db: Queryable,
  filter: { status: SubmissionStatus; form?: string | undefined },
  page: { after: Keyset | null; limit: number },
): Promise<FormSubmission[]> {
  return db
    .select()
    .from(formSubmissions)
    .where(
      and(
        eq(formSubmissions.status, filter.status),
        filter.form === undefined ? undefined : eq(formSubmissions.form, filter.form),
        olderThan(formSubmissions.createdAt, formSubmissions.id, page.after),
      ),
    )
    .orderBy(desc(formSubmissions.createdAt), desc(formSubmissions.id))
    .limit(page.limit)
}
