/** What every act on a task begins with: the lead's lock, then the task as it stands. */
import { eq, sql } from 'drizzle-orm'
import type { Instant, Json } from '#engine/facts.ts'
import type { Database, Transaction } from '#db/client.ts'
import { databaseNow, lockLeads, type LockedLead } from '#db/repositories/lead-locks.ts'
import { auditLog, taskLog, tasks } from '#db/schema/tasks.ts'
import { transact } from '#db/transact.ts'
import type { TaskRow } from './record-assignment.ts'

/** Why an act on a task was refused; the API has a problem of each name. */
export type TaskRefusalCode =
  | 'TASK_NOT_FOUND'
  | 'TASK_CLOSED'
  | 'TASK_CLAIMED'
  | 'TASK_NOT_YOURS'
  | 'CHOOSING_FORBIDDEN'
  | 'CALL_REFUSED'
  | 'CALL_NOT_NOW'
  | 'SNOOZE_INVALID'
  | 'PERSON_NOT_FOUND'
  | 'PERSON_UNAVAILABLE'
  | 'QUEUE_NOT_FOUND'
  | 'OUTCOME_UNKNOWN'
  | 'UNDO_TOO_LATE'

export interface TaskRefusal {
  done: false
  code: TaskRefusalCode
  /** What happened, the offending value, what to do. */
  message: string
}

export function refuse(code: TaskRefusalCode, message: string): TaskRefusal {
  return { done: false, code, message }
}

/** A task under the lock of its lead, which is taken first by everybody: the turn, the keeper, people. */
export interface LockedTask {
  tx: Transaction
  task: TaskRow
  lead: LockedLead
  /** In the lead's own clock. */
  now: Instant
  /** Wall clock, UTC ms. */
  realNow: Instant
}

/** Runs `act` in one transaction; TASK_NOT_FOUND for an unknown one. */
export async function withTask<Result extends { done: boolean }>(
  db: Database,
  taskId: string,
  act: (locked: LockedTask) => Promise<Result>,
): Promise<Result | TaskRefusal> {
  const missing = refuse('TASK_NOT_FOUND', `There is no task "${taskId}".`)
  return transact(db, async (tx): Promise<Result | TaskRefusal> => {
    const [found] = await tx.select({ leadId: tasks.leadId }).from(tasks).where(eq(tasks.id, taskId))
    if (found === undefined) return missing
    await lockLeads(tx, [found.leadId])
    const [row] = await tx.select({ task: tasks, realNow: databaseNow }).from(tasks).where(eq(tasks.id, taskId))
    // Merged since it was found: the task has moved to the lead it became, which is locked now, too.
    const lead = row === undefined ? undefined : (await lockLeads(tx, [row.task.leadId])).get(row.task.leadId)
    if (lead === undefined || row === undefined) return missing
    return act({ tx, task: row.task, lead, now: lead.now, realNow: row.realNow })
  })
}

/** TASK_CLOSED when nothing can be done with it any more; null while it is open. */
export function refuseClosed(task: TaskRow): TaskRefusal | null {
  if (task.status === 'open') return null
  const how = task.closedReason === null ? `is ${task.status} already` : `was closed: ${task.closedReason}`
  return refuse('TASK_CLOSED', `Task "${task.title}" ${how}`.replace(/\.?$/, '; reload the list.'))
}

/** Writes columns of the task and what was done, by whom, to its log and to the audit log. */
export async function writeAct(
  { tx, task, realNow }: LockedTask,
  change: Partial<TaskRow>,
  log: { action: string; actor: string; detail?: Record<string, Json>; before?: Record<string, Json> },
): Promise<void> {
  const { action, actor, detail = {}, before = null } = log
  await tx
    .update(tasks)
    .set({ ...change, updatedAt: sql`now()` })
    .where(eq(tasks.id, task.id))
  await tx.insert(taskLog).values({ taskId: task.id, action, actor, detail, at: new Date(realNow) })
  await tx
    .insert(auditLog)
    .values({ actor, action: `task.${action}`, subjectKind: 'task', subjectId: task.id, before, after: detail })
}
