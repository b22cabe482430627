/** Writes what steps do with the tasks of their visits. */
import { and, eq } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { IssuedCommand } from '#engine/interpreter/advance.ts'
import type { Command } from '#engine/steps/contract.ts'
import type { Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { insertDelivery } from '#db/repositories/deliveries.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import type { LiveEnrollment } from './live-enrollment.ts'
import type { TurnWrite } from './turn-write.ts'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** Creates the task of a visit, once. */
export async function writeTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  command: Of<'create_task'>,
): Promise<void> {
  const { lead } = write
  const id = newId()
  const written = await tx
    .insert(tasks)
    .values({
      id,
      leadId: lead.id,
      enrollmentId: live.id,
      journeyId: live.journey.id,
      stepId: issued.stepId,
      visit: issued.visit,
      kind: command.taskKind,
      title: command.title,
      reason: command.reason,
      talkTrack: command.talkTrack,
      queue: command.queue,
      assignee: command.assignee ?? lead.ownerId,
      outcomes: command.outcomes,
      escalation: command.escalation as Json,
      createdFor: new Date(issued.at),
      notBefore: command.notBefore === null ? null : new Date(command.notBefore),
      dueAt: new Date(command.dueAt),
      isTest: lead.isTest,
    })
    .onConflictDoNothing()
    .returning({ id: tasks.id })
  if (written.length > 0) await logTask(tx, write, live, id, 'created', {})
}

/** Withdraws the open task of a visit; one that is closed stays as it is. */
export async function cancelTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  reason: string,
): Promise<void> {
  const withdrawn = await tx
    .update(tasks)
    .set({
      status: 'cancelled',
      closedReason: reason,
      closedAt: new Date(issued.at),
      closedBy: `journey:${live.journey.key}`,
    })
    .where(openTaskOf(live, issued))
    .returning({ id: tasks.id })
  for (const { id } of withdrawn) await logTask(tx, write, live, id, 'withdrawn', { reason })
}

/** Puts the open task of a visit off. */
export async function postponeTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  { notBefore, dueAt, reason }: Of<'postpone_task'>,
): Promise<void> {
  const postponed = await tx
    .update(tasks)
    .set({ notBefore: new Date(notBefore), ...(dueAt === null ? {} : { dueAt: new Date(dueAt) }) })
    .where(openTaskOf(live, issued))
    .returning({ id: tasks.id })
  const detail = { reason, notBefore: new Date(notBefore).toISOString() }
  for (const { id } of postponed) await logTask(tx, write, live, id, 'postponed', detail)
}

/**
 * One rung of the ladder. `reassign` gives the task back to its queue; `remind` and `manager` tell the person who has it
 * (or the queue), or the manager, by an internal notification, which has a key of its own per rung.
 */
export async function escalateTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  { action, rung }: Of<'escalate_task'>,
): Promise<void> {
  const [task] = await tx.select().from(tasks).where(openTaskOf(live, issued))
  if (task === undefined) return
  const { lead } = write
  const to = action === 'manager' ? 'manager' : (task.assignee ?? task.queue)
  if (action === 'reassign') await tx.update(tasks).set({ assignee: null }).where(eq(tasks.id, task.id))
  await logTask(tx, write, live, task.id, 'escalated', {
    rung,
    action,
    for: new Date(issued.at).toISOString(),
    ...(action === 'reassign' ? { from: task.assignee } : { to }),
  })
  if (action === 'reassign') return
  await insertDelivery(tx, {
    leadId: lead.id,
    enrollmentId: live.id,
    journeyId: live.journey.id,
    // Not a step's own message: ids of steps hold no slash.
    stepId: `${issued.stepId}/escalation-${String(rung)}`,
    visit: issued.visit,
    channel: 'notification',
    purpose: 'internal',
    content: {
      subject: `Overdue: ${asIs(task.title)}`,
      body: `A task in the queue "${asIs(task.queue)}" was due ${task.dueAt.toISOString()}: ${asIs(task.title)}.`,
      to,
    },
    decision: { verdict: 'queued' },
    priority: live.definition.settings.priority,
    assetLineage: null,
    countsAs: null,
    queuedAt: issued.at,
    staleAt: null,
    clock: lead.clock,
    isTest: lead.isTest,
  })
}

/** Messages are Liquid templates, titles of tasks are not. */
function asIs(text: string): string {
  return `{% raw %}${text.replaceAll(/\{%-?\s*endraw/g, '')}{% endraw %}`
}

function openTaskOf(live: LiveEnrollment, { stepId, visit }: IssuedCommand) {
  return and(
    eq(tasks.enrollmentId, live.id),
    eq(tasks.stepId, stepId),
    eq(tasks.visit, visit),
    eq(tasks.status, 'open'),
  )
}

async function logTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  taskId: string,
  action: string,
  detail: Json,
): Promise<void> {
  const actor = `journey:${live.journey.key}`
  await tx.insert(taskLog).values({ taskId, action, actor, detail, at: new Date(write.realNow) })
}
