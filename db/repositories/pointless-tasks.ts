/**
 * Tasks that their lead made pointless close themselves, in the transaction of the fact that did it, with the reason in
 * words; who rests on them is woken by an input.
 */
import { and, arrayContains, eq, inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import { closedBecause } from '#engine/tasks/pointless.ts'
import type { TaskEnd } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { taskLog, tasks } from '../schema/tasks.ts'
import type { AddressedInput } from './inputs.ts'

/** What a lead did, and when, in its own clock. */
export interface TaskEnding {
  leadId: string
  at: Instant
  end: TaskEnd
}

/**
 * Closes the open tasks that say they end with this. Call holding the leads' locks. The inputs are for the caller to add
 * (`addInputs`); inside a turn, too, which finds them when it looks again.
 */
export async function closePointless(
  tx: Transaction,
  endings: readonly TaskEnding[],
  actor: string,
): Promise<AddressedInput[]> {
  const inputs: AddressedInput[] = []
  // Real leads of one call share their instant: one statement for them all.
  for (const [, group] of Map.groupBy(endings, ({ end, at }) => `${end}:${String(at)}`)) {
    const [first] = group
    if (first === undefined) continue
    const { end, at } = first
    const reason = closedBecause(end, at)
    const leadIds = group.map((ending) => ending.leadId)
    const closed = await tx
      .update(tasks)
      .set({
        status: 'cancelled',
        closedReason: reason,
        closedAt: new Date(at),
        closedBy: actor,
        claimedBy: null,
        updatedAt: sql`now()`,
      })
      .where(and(inArray(tasks.leadId, leadIds), eq(tasks.status, 'open'), arrayContains(tasks.closeOn, [end])))
      .returning({ id: tasks.id, leadId: tasks.leadId, enrollmentId: tasks.enrollmentId })
    if (closed.length === 0) continue
    await tx
      .insert(taskLog)
      .values(closed.map(({ id }) => ({ taskId: id, action: 'closed', actor, detail: { reason } })))
    for (const { id, leadId, enrollmentId } of closed)
      if (enrollmentId !== null) inputs.push({ leadId, at, input: { kind: 'task', taskId: id } })
  }
  return inputs
}
