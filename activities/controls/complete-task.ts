/** A person closes a task with one of its outcomes, which are the ports of the step that made it. */
import { toLeadTime } from '#engine/clock.ts'
import type { Database } from '#db/client.ts'
import { addInputs } from '#db/repositories/inputs.ts'
import { decideCall } from '../tasks/call-gate.ts'
import { refuse, refuseClosed, withTask, writeAct, type TaskRefusal } from '../tasks/with-task.ts'
import { describeGateReason } from '#engine/steps/gate-reasons.ts'
import type { Poker } from '../poker.ts'

export type TaskCompletion =
  | {
      done: true
      leadId: string
      /** Until when it can be taken back, in the lead's own clock; null = it counts already. */
      effectiveAt: number | null
      /** What was odd about it (a call outside the hours it may be made in); recorded with it. */
      warning: string | null
    }
  | TaskRefusal

export interface CompletionRequest {
  taskId: string
  outcome: string
  note?: string
  actor: string
  /** Whose lock it may be: who acts under another key is refused a claimed task. @default nobody is checked */
  person?: string
  /** Seconds in which it can be taken back, of real time. @default 0 */
  undoSeconds?: number
}

/**
 * Closes an open task and moves its lead at once, or when the time to take it back is over. Refuses unknown outcomes,
 * tasks that are closed already and those somebody else works on. A call that was made outside the hours it may be made
 * in is recorded all the same (it cannot be unmade), with a warning in the log.
 */
export async function completeTask(
  { db, poker }: { db: Database; poker: Poker },
  request: CompletionRequest,
): Promise<TaskCompletion> {
  const { outcome, actor, person, undoSeconds = 0 } = request
  const result = await withTask(db, request.taskId, async (locked): Promise<TaskCompletion> => {
    const { tx, task, lead, now, realNow } = locked
    if (task.outcomes.length > 0 && !task.outcomes.some(({ id }) => id === outcome)) {
      const known = task.outcomes.map(({ id }) => `"${id}"`).join(', ')
      return refuse('OUTCOME_UNKNOWN', `"${outcome}" is not an outcome of this task; choose one of ${known}.`)
    }
    const closed = refuseClosed(task)
    if (closed !== null) return closed
    if (person !== undefined && task.claimedBy !== null && task.claimedBy !== person)
      return refuse('TASK_CLAIMED', `"${task.claimedBy}" works on this task.`)
    const warning = task.kind === 'call' && task.claimedBy === null ? await oddHour(locked) : null
    const effectiveAt = undoSeconds > 0 ? toLeadTime(lead.row.clock, realNow + undoSeconds * 1000) : null
    await writeAct(
      locked,
      {
        status: 'done',
        outcome,
        note: request.note ?? null,
        closedAt: new Date(now),
        closedBy: actor,
        effectiveAt: effectiveAt === null ? null : new Date(effectiveAt),
        snoozedUntil: null,
        snoozeReason: null,
      },
      {
        action: 'done',
        actor,
        before: { status: 'open' },
        detail: { outcome, ...(person === undefined ? {} : { by: person }), ...(warning === null ? {} : { warning }) },
      },
    )
    if (task.enrollmentId !== null)
      await addInputs(tx, [{ leadId: task.leadId, at: now, input: { kind: 'task', taskId: task.id } }], 1)
    return { done: true, leadId: task.leadId, effectiveAt, warning }
  })
  if (result.done) await poker.poke([result.leadId], { priority: 1 })
  return result
}

async function oddHour({ tx, task, lead, now }: Parameters<Parameters<typeof withTask>[2]>[0]): Promise<string | null> {
  const decision = await decideCall(tx, task, lead.row, now)
  return decision.verdict === 'queued'
    ? null
    : `Recorded at a time at which the lead may not be called: ${describeGateReason(decision.reason)}.`
}

/** Takes an outcome back that does not count yet: the task is open again, with whoever had it. */
export async function undoOutcome(
  { db, poker }: { db: Database; poker: Poker },
  request: { taskId: string; actor: string },
): Promise<{ done: true; leadId: string } | TaskRefusal> {
  const result = await withTask(
    db,
    request.taskId,
    async (locked): Promise<{ done: true; leadId: string } | TaskRefusal> => {
      const { tx, task, now } = locked
      if (task.status !== 'done' || task.effectiveAt === null || task.effectiveAt.getTime() <= now)
        return refuse('UNDO_TOO_LATE', 'The outcome counts already; the lead has gone on.')
      await writeAct(
        locked,
        { status: 'open', outcome: null, note: null, closedAt: null, closedBy: null, effectiveAt: null },
        { action: 'undone', actor: request.actor, before: { outcome: task.outcome } },
      )
      if (task.enrollmentId !== null)
        await addInputs(tx, [{ leadId: task.leadId, at: now, input: { kind: 'task', taskId: task.id } }], 1)
      return { done: true, leadId: task.leadId }
    },
  )
  if (result.done) await poker.poke([result.leadId], { priority: 1 })
  return result
}
