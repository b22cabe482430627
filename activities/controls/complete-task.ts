/** A person closes a task with one of its outcomes, which are the ports of the step that made it. */
import { and, eq, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Database } from '#db/client.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { leads } from '#db/schema/leads.ts'
import { auditLog, taskLog, tasks } from '#db/schema/tasks.ts'
import type { Poker } from '../poker.ts'

export type TaskCompletion =
  | { done: true }
  | { done: false; code: 'TASK_NOT_FOUND' | 'TASK_CLOSED' | 'OUTCOME_UNKNOWN'; message: string }

/** Closes an open task and moves its lead at once. Refuses unknown outcomes and tasks that are closed already. */
export async function completeTask(
  { db, poker }: { db: Database; poker: Poker },
  request: { taskId: string; outcome: string; note?: string; actor: string },
): Promise<TaskCompletion> {
  const found = await db.transaction(async (tx): Promise<TaskCompletion & { leadId?: string }> => {
    const rows = await tx.select().from(tasks).where(eq(tasks.id, request.taskId))
    const task = rows[0]
    if (task === undefined)
      return { done: false, code: 'TASK_NOT_FOUND', message: `There is no task "${request.taskId}".` }
    if (task.outcomes.length > 0 && !task.outcomes.some((outcome) => outcome.id === request.outcome)) {
      const known = task.outcomes.map((outcome) => `"${outcome.id}"`).join(', ')
      return {
        done: false,
        code: 'OUTCOME_UNKNOWN',
        message: `"${request.outcome}" is not an outcome of this task; choose one of ${known}.`,
      }
    }
    const lead = (
      await tx
        .select({
          clock: leads.clock,
          now: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`.mapWith(Number),
        })
        .from(leads)
        .where(eq(leads.id, task.leadId))
        .for('no key update')
    )[0]
    const at = toLeadTime(lead?.clock ?? null, lead?.now ?? 0)
    const closed = await tx
      .update(tasks)
      .set({
        status: 'done',
        outcome: request.outcome,
        note: request.note ?? null,
        closedAt: new Date(at),
        closedBy: request.actor,
      })
      .where(and(eq(tasks.id, task.id), eq(tasks.status, 'open')))
      .returning({ id: tasks.id })
    if (closed.length === 0)
      return {
        done: false,
        code: 'TASK_CLOSED',
        message: `Task "${task.title}" is ${task.status} already; reload the list.`,
      }
    await tx
      .insert(taskLog)
      .values({ taskId: task.id, action: 'done', actor: request.actor, detail: { outcome: request.outcome } })
    await tx.insert(auditLog).values({
      actor: request.actor,
      action: 'task.complete',
      subjectKind: 'task',
      subjectId: task.id,
      before: { status: 'open' },
      after: { status: 'done', outcome: request.outcome },
    })
    if (task.enrollmentId !== null)
      await addInputs(tx, [{ leadId: task.leadId, at, input: { kind: 'task', taskId: task.id } }], 1)
    return { done: true, leadId: task.leadId }
  })
  if (found.done && found.leadId !== undefined) await poker.poke([found.leadId], { priority: 1 })
  return found
}
