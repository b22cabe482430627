/** Calls that must not be made any more. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { Transaction } from '../client.ts'
import { taskLog, tasks } from '../schema/tasks.ts'

const closedReason = 'The lead must not be called any more.'

/**
 * Withdraws the open call tasks of leads whose telephone is off limits from now on, whatever journey made them. The
 * caller holds the leads' locks and sees to it that whoever rests on the tasks is woken. `at` is in each lead's own clock.
 */
export async function withdrawCalls(
  tx: Transaction,
  whom: readonly { leadId: string; at: Instant }[],
  actor: string,
): Promise<void> {
  for (const [at, leadIds] of groupByInstant(whom)) {
    const withdrawn = await tx
      .update(tasks)
      .set({ status: 'cancelled', closedReason, closedAt: new Date(at), closedBy: actor, updatedAt: sql`now()` })
      .where(and(inArray(tasks.leadId, leadIds), eq(tasks.kind, 'call'), eq(tasks.status, 'open')))
      .returning({ taskId: tasks.id })
    if (withdrawn.length === 0) continue
    await tx
      .insert(taskLog)
      .values(withdrawn.map(({ taskId }) => ({ taskId, action: 'withdrawn', actor, detail: { reason: closedReason } })))
  }
}

/** Real leads of one call share their instant: one statement for them all. */
function groupByInstant(whom: readonly { leadId: string; at: Instant }[]): Map<Instant, string[]> {
  const groups = new Map<Instant, string[]>()
  for (const { leadId, at } of whom) groups.set(at, [...(groups.get(at) ?? []), leadId])
  return groups
}
