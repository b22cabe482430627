/** A task has somebody, or nobody and why: written, logged, and told to the person. */
import { eq, sql, type InferSelectModel } from 'drizzle-orm'
import type { VirtualClock } from '#engine/clock.ts'
import type { Instant } from '#engine/facts.ts'
import type { Transaction } from '#db/client.ts'
import { findPeople } from '#db/repositories/people.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import { notifyPerson } from '../notifications/notify-person.ts'

export type TaskRow = InferSelectModel<typeof tasks>

/** Where a task is seen, below this installation's address. */
export function taskPath(taskId: string): string {
  return `/tasks?task=${taskId}`
}

export interface AssignmentRecord {
  task: TaskRow
  assignee: string | null
  /** Why nobody has it. */
  reason: string | null
  actor: string
  lead: { id: string; isTest: boolean; clock: VirtualClock | null }
  /** In the lead's own clock. */
  at: Instant
  /** Wall clock, for the log. */
  realNow: Instant
  /** Who gave it to themselves need not be told. @default true */
  tell?: boolean
}

/**
 * Writes who has the task from now on. Somebody else's claim ends with it. A task that stays with nobody for the same
 * reason is left as it is. Returns whether anything changed.
 */
export async function recordAssignment(tx: Transaction, record: AssignmentRecord): Promise<boolean> {
  const { task, assignee, reason, actor, lead, at, realNow, tell = true } = record
  if (assignee === task.assignee && reason === task.unassignedReason) return false
  await tx
    .update(tasks)
    .set({
      assignee,
      unassignedReason: assignee === null ? reason : null,
      assignedAt: assignee === null ? null : new Date(at),
      ...(task.claimedBy !== null && task.claimedBy !== assignee ? { claimedBy: null, claimedAt: null } : {}),
      updatedAt: sql`now()`,
    })
    .where(eq(tasks.id, task.id))
  if (assignee === task.assignee || (assignee === null && reason === null && task.assignee === null)) return true
  const [logged] = await tx
    .insert(taskLog)
    .values({
      taskId: task.id,
      action: assignee === null ? 'unassigned' : 'assigned',
      actor,
      detail: { ...(assignee === null ? { reason } : { to: assignee }), from: task.assignee },
      at: new Date(realNow),
    })
    .returning({ id: taskLog.id })
  // A name that no person here has: there is nobody to tell.
  if (assignee === null || !tell || !(await findPeople(tx, [assignee])).has(assignee)) return true
  await notifyPerson(tx, assignee, {
    kind: 'assigned',
    key: `task:${task.id}:assigned:${String(logged?.id ?? 0)}`,
    subject: task.title,
    body: `${task.reason}\n\nDue ${task.dueAt.toISOString()}.`.trim(),
    path: taskPath(task.id),
    taskId: task.id,
    lead,
    enrollment:
      task.enrollmentId === null || task.journeyId === null
        ? null
        : { id: task.enrollmentId, journeyId: task.journeyId },
    at,
  })
  return true
}
