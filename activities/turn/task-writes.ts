/** Writes what steps do with the tasks of their visits. */
import { and, eq, sql } from 'drizzle-orm'
import type { Instant, Json } from '#engine/facts.ts'
import type { IssuedCommand } from '#engine/interpreter/advance.ts'
import type { Command } from '#engine/steps/contract.ts'
import type { Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { assignTask, chooseAmong } from '#db/repositories/assignment.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { effects } from '#db/schema/inputs.ts'
import { leads } from '#db/schema/leads.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'
import { notifyManager, notifyPerson, notifyQueue, type Notice } from '../notifications/notify-person.ts'
import { recordAssignment, taskPath, type TaskRow } from '../tasks/record-assignment.ts'
import type { LiveEnrollment } from '#engine/turn/live-enrollment.ts'
import type { TurnWrite } from './turn-write.ts'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

/** Creates the task of a visit, once, and gives it to somebody by the rule of its queue. */
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
      outcomes: command.outcomes,
      escalation: command.escalation as Json,
      closeOn: command.closeOn,
      createdFor: new Date(issued.at),
      notBefore: command.notBefore === null ? null : new Date(command.notBefore),
      dueAt: new Date(command.dueAt),
      isTest: lead.isTest,
    })
    .onConflictDoNothing()
    .returning()
  const [task] = written
  if (task === undefined) return
  await logTask(tx, write, live, id, 'created', {})
  await giveTask(tx, write, live, task, { wanted: command.assignee, at: issued.at })
}

/** Chooses who gets a task, writes it and tells them. */
async function giveTask(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  task: TaskRow,
  { wanted, at, except = null }: { wanted: string | null; at: Instant; except?: string | null },
): Promise<void> {
  const { assignee, reason } = await assignTask(tx, {
    queue: task.queue,
    wanted,
    ownerId: await ownerOf(tx, write),
    isTest: task.isTest,
    now: at,
    except,
  })
  await recordAssignment(tx, {
    task,
    assignee,
    reason,
    actor: `journey:${live.journey.key}`,
    lead: write.lead,
    at,
    realNow: write.realNow,
  })
}

/** As this turn has written it: the lead may have been given an owner a step ago. */
async function ownerOf(tx: Transaction, { lead }: TurnWrite): Promise<string | null> {
  const [row] = await tx.select({ ownerId: leads.ownerId }).from(leads).where(eq(leads.id, lead.id))
  return row?.ownerId ?? null
}

/** The lead gets an owner; when nobody is free it stays as it was. */
export async function writeOwner(
  tx: Transaction,
  write: TurnWrite,
  live: LiveEnrollment,
  issued: IssuedCommand,
  { among, drawn }: Of<'assign_owner'>,
): Promise<void> {
  const { lead, session } = write
  const choice = await chooseAmong(tx, among, { isTest: lead.isTest, now: issued.at })
  const owner = choice.key ?? (choice.known === 0 ? drawn : null)
  // The result of the visit, which the step reads when it looks again; nothing leaves the database for it.
  await tx
    .insert(effects)
    .values({
      id: newId(),
      leadId: lead.id,
      enrollmentId: live.id,
      stepId: issued.stepId,
      visit: issued.visit,
      type: 'assign_owner',
      queue: '',
      status: 'done',
      input: {},
      output: choice.key === null && owner === null ? { owner, reason: choice.reason } : { owner },
      timeoutMs: 0,
      maxAttempts: 1,
      finishedAt: new Date(issued.at),
    })
    .onConflictDoNothing()
  if (owner === null) return
  await applyLeadChanges(tx, [{ kind: 'set_field', leadId: lead.id, field: 'owner_id', value: owner }], {
    library: session.library,
    actor: `journey:${live.journey.key}`,
    at: issued.at,
    skipWaiting: true,
  })
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
      claimedBy: null,
      updatedAt: sql`now()`,
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
    .set({
      notBefore: new Date(notBefore),
      ...(dueAt === null ? {} : { dueAt: new Date(dueAt) }),
      updatedAt: sql`now()`,
    })
    .where(openTaskOf(live, issued))
    .returning({ id: tasks.id })
  const detail = { reason, notBefore: new Date(notBefore).toISOString() }
  for (const { id } of postponed) await logTask(tx, write, live, id, 'postponed', detail)
}

/**
 * One rung of the ladder. `reassign` gives the task to somebody else of its queue, unless somebody has worked on it since
 * it was due (PLAYBOOK C6); `remind` and `manager` tell the person who has it (or the queue), or the manager.
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
  const at = { rung, action, for: new Date(issued.at).toISOString() }
  if (action === 'reassign') {
    const sleeps = task.snoozedUntil !== null && task.snoozedUntil.getTime() > issued.at
    if (sleeps || (task.touchedAt !== null && task.touchedAt >= task.dueAt)) {
      const kept = { ...at, keptBy: task.claimedBy ?? task.assignee, touchedAt: task.touchedAt?.toISOString() ?? null }
      await logTask(tx, write, live, task.id, 'escalated', kept)
      return
    }
    await logTask(tx, write, live, task.id, 'escalated', { ...at, from: task.assignee })
    await giveTask(tx, write, live, task, { wanted: null, at: issued.at, except: task.assignee })
    return
  }
  if (action === 'remind' && task.snoozedUntil !== null && task.snoozedUntil.getTime() > issued.at) {
    await logTask(tx, write, live, task.id, 'escalated', { ...at, snoozedUntil: task.snoozedUntil.toISOString() })
    return
  }
  const notice: Notice = {
    kind: action === 'remind' ? 'reminder' : 'escalated',
    key: `task:${task.id}:rung:${String(rung)}`,
    subject: `Overdue: ${task.title}`,
    body: `A task in the queue "${task.queue}" was due ${task.dueAt.toISOString()}: ${task.title}.`,
    path: taskPath(task.id),
    taskId: task.id,
    lead: write.lead,
    enrollment: { id: live.id, journeyId: live.journey.id },
    at: issued.at,
    priority: live.definition.settings.priority,
  }
  const told = await tellOf(tx, task, action, notice)
  const to = told.length > 0 ? told.join(', ') : action === 'manager' ? 'manager' : (task.assignee ?? task.queue)
  await logTask(tx, write, live, task.id, 'escalated', { ...at, to })
}

function tellOf(tx: Transaction, task: TaskRow, action: 'remind' | 'manager', notice: Notice): Promise<string[]> {
  if (action === 'manager') return notifyManager(tx, task, notice)
  return task.assignee === null ? notifyQueue(tx, task.queue, notice) : notifyPerson(tx, task.assignee, notice)
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
