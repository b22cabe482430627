/** What people do with a task before it ends: take it, give it back, put it off, pass it on, say something about it. */
import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { whyNot } from '#engine/tasks/choose-person.ts'
import type { Database } from '#db/client.ts'
import { assignTask } from '#db/repositories/assignment.ts'
import { findPeople, findQueue, type PersonRow } from '#db/repositories/people.ts'
import { tasks } from '#db/schema/tasks.ts'
import { refuseCall } from './call-gate.ts'
import { recordAssignment } from './record-assignment.ts'
import { refuse, refuseClosed, withTask, writeAct, type LockedTask, type TaskRefusal } from './with-task.ts'

/** Who acts: `person` is the key under which tasks are theirs, `actor` what the audit log keeps. */
export interface Worker {
  person: string
  actor: string
  /** Owners and managers may act on tasks of others. @default false */
  overrides?: boolean
}

export type TaskAct = { done: true } | TaskRefusal

export interface TaskDependencies {
  db: Database
}

/**
 * Locks the task for one person: of two who claim at once the one who comes first has it, the other is told who.
 * A call is claimed only when the lead may be called. Claiming one's own again is harmless.
 */
export async function claimTask({ db }: TaskDependencies, taskId: string, worker: Worker): Promise<TaskAct> {
  return withTask(db, taskId, (locked) => claim(locked, worker, 'chosen'))
}

async function claim(locked: LockedTask, worker: Worker, how: 'chosen' | 'handed_out'): Promise<TaskAct> {
  const { tx, task, lead, now, realNow } = locked
  const { person, actor } = worker
  const closed = refuseClosed(task)
  if (closed !== null) return closed
  if (task.claimedBy === person) return { done: true }
  if (task.claimedBy !== null) {
    const since = task.claimedAt === null ? '' : ` since ${task.claimedAt.toISOString()}`
    return refuse('TASK_CLAIMED', `${await nameOf(locked, task.claimedBy)} works on this task${since}; take another.`)
  }
  if (task.assignee !== null && task.assignee !== person && worker.overrides !== true) {
    const whose = await nameOf(locked, task.assignee)
    return refuse('TASK_NOT_YOURS', `This is a task of ${whose}; have it reassigned first.`)
  }
  if (task.assignee === null && how === 'chosen' && worker.overrides !== true) {
    const queue = await findQueue(tx, task.queue)
    if (queue?.choosing === false)
      return refuse('CHOOSING_FORBIDDEN', `Tasks of "${queue.name}" are handed out; ask for the next one.`)
  }
  if (task.kind === 'call') {
    const refusal = await refuseCall(tx, task, lead.row, now)
    if (refusal !== null) return refusal
  }
  if (task.assignee !== person)
    await recordAssignment(tx, {
      task,
      assignee: person,
      reason: null,
      actor,
      lead: lead.row,
      at: now,
      realNow,
      tell: false,
    })
  await writeAct(
    locked,
    { claimedBy: person, claimedAt: new Date(now), touchedAt: new Date(now), snoozedUntil: null, snoozeReason: null },
    { action: 'claimed', actor, detail: { by: person, how } },
  )
  return { done: true }
}

/** Gives a claimed task back: it stays assigned, and others who may can take it. */
export async function releaseTask({ db }: TaskDependencies, taskId: string, worker: Worker): Promise<TaskAct> {
  return withTask(db, taskId, async (locked): Promise<TaskAct> => {
    const { task } = locked
    const refusal = refuseClosed(task) ?? (await refuseForeign(locked, worker))
    if (refusal !== null) return refusal
    if (task.claimedBy === null) return { done: true }
    await writeAct(
      locked,
      { claimedBy: null, claimedAt: null },
      { action: 'released', actor: worker.actor, detail: { by: worker.person } },
    )
    return { done: true }
  })
}

/** Longest a task can be put off. */
const longestSnoozeMs = 180 * 86_400_000

/** Puts a task off; the keeper wakes it. Past its deadline only with a reason. `until` is in the lead's own clock. */
export async function snoozeTask(
  { db }: TaskDependencies,
  taskId: string,
  request: { until: number; reason?: string | undefined },
  worker: Worker,
): Promise<TaskAct> {
  return withTask(db, taskId, async (locked): Promise<TaskAct> => {
    const { task, now } = locked
    const refusal = refuseClosed(task) ?? (await refuseForeign(locked, worker))
    if (refusal !== null) return refusal
    const { until } = request
    const reason = request.reason?.trim() ?? ''
    const when = new Date(until).toISOString()
    if (until <= now) return refuse('SNOOZE_INVALID', `"${when}" has passed; choose a later time.`)
    if (until > now + longestSnoozeMs)
      return refuse('SNOOZE_INVALID', `"${when}" is more than 180 days away; choose an earlier time.`)
    if (until > task.dueAt.getTime() && reason === '')
      return refuse(
        'SNOOZE_INVALID',
        `The task is due ${task.dueAt.toISOString()}, before "${when}"; say why it can wait.`,
      )
    await writeAct(
      locked,
      {
        snoozedUntil: new Date(until),
        snoozeReason: reason === '' ? null : reason,
        touchedAt: new Date(now),
        claimedBy: null,
        claimedAt: null,
      },
      {
        action: 'snoozed',
        actor: worker.actor,
        detail: { by: worker.person, until: when, ...(reason === '' ? {} : { reason }) },
      },
    )
    return { done: true }
  })
}

/** Takes a snooze back. */
export async function wakeTask({ db }: TaskDependencies, taskId: string, worker: Worker): Promise<TaskAct> {
  return withTask(db, taskId, async (locked): Promise<TaskAct> => {
    const refusal = refuseClosed(locked.task) ?? (await refuseForeign(locked, worker))
    if (refusal !== null) return refusal
    if (locked.task.snoozedUntil === null) return { done: true }
    await writeAct(
      locked,
      { snoozedUntil: null, snoozeReason: null },
      { action: 'woken', actor: worker.actor, detail: { by: worker.person } },
    )
    return { done: true }
  })
}

/**
 * Passes a task on: to a person who is there (room or not: a person decides), to another queue, or back to its own, whose
 * rule then chooses somebody else.
 */
export async function reassignTask(
  { db }: TaskDependencies,
  taskId: string,
  request: { person?: string | undefined; queue?: string | undefined; reason?: string | undefined },
  worker: Worker,
): Promise<TaskAct> {
  return withTask(db, taskId, async (locked): Promise<TaskAct> => {
    const { tx, task, lead, now, realNow } = locked
    const refusal = refuseClosed(task) ?? (await refuseForeign(locked, worker))
    if (refusal !== null) return refusal
    const queue = request.queue ?? task.queue
    if (request.queue !== undefined && (await findQueue(tx, request.queue)) === null)
      return refuse('QUEUE_NOT_FOUND', `There is no queue "${request.queue}".`)
    let assignee: string | null
    let why: string | null = null
    if (request.person !== undefined) {
      const person = (await findPeople(tx, [request.person])).get(request.person)
      if (person === undefined) return refuse('PERSON_NOT_FOUND', `There is no person "${request.person}".`)
      const refusalOfPerson = whyNot({ ...presence(person), capacity: null, open: 0, lastTurn: 0 }, now)
      if (refusalOfPerson !== null) return refuse('PERSON_UNAVAILABLE', `${refusalOfPerson}; choose somebody else.`)
      assignee = person.key
    } else {
      const chosen = await assignTask(tx, {
        queue,
        wanted: null,
        ownerId: lead.row.ownerId,
        isTest: task.isTest,
        now,
        except: task.assignee,
      })
      assignee = chosen.assignee
      why = chosen.reason
    }
    const { actor } = worker
    await writeAct(
      locked,
      { queue, claimedBy: null, claimedAt: null, snoozedUntil: null, snoozeReason: null },
      {
        action: 'reassigned',
        actor,
        before: { assignee: task.assignee, queue: task.queue },
        detail: {
          by: worker.person,
          to: assignee,
          queue,
          ...(request.reason === undefined ? {} : { reason: request.reason }),
        },
      },
    )
    await recordAssignment(tx, {
      task: { ...task, queue, claimedBy: null },
      assignee,
      reason: why,
      actor,
      lead: lead.row,
      at: now,
      realNow,
      tell: assignee !== worker.person,
    })
    return { done: true }
  })
}

/** A word about a task, kept in its log. */
export async function commentTask(
  { db }: TaskDependencies,
  taskId: string,
  text: string,
  worker: Worker,
): Promise<TaskAct> {
  return withTask(db, taskId, async (locked): Promise<TaskAct> => {
    const isHolder =
      locked.task.status === 'open' && [locked.task.assignee, locked.task.claimedBy].includes(worker.person)
    await writeAct(locked, isHolder ? { touchedAt: new Date(locked.now) } : {}, {
      action: 'commented',
      actor: worker.actor,
      detail: { text },
    })
    return { done: true }
  })
}

/** How many of the most urgent are tried: some cannot be called at this hour. */
const mostTried = 25

/**
 * Hands out the most urgent task of a queue that this person may work on now (nobody picks: PLAYBOOK C6) and claims it.
 * Null with a reason when there is none.
 */
export async function takeNext(
  deps: TaskDependencies,
  queueKey: string,
  worker: Worker,
): Promise<{ done: true; taskId: string | null; reason: string | null } | TaskRefusal> {
  const { db } = deps
  if ((await findQueue(db, queueKey)) === null) return refuse('QUEUE_NOT_FOUND', `There is no queue "${queueKey}".`)
  const [mine] = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.queue, queueKey), eq(tasks.status, 'open'), eq(tasks.claimedBy, worker.person)))
    .limit(1)
  if (mine !== undefined) return { done: true, taskId: mine.id, reason: null }
  const candidates = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(
        eq(tasks.queue, queueKey),
        eq(tasks.status, 'open'),
        eq(tasks.isTest, false),
        isNull(tasks.claimedBy),
        or(isNull(tasks.assignee), eq(tasks.assignee, worker.person)),
        or(isNull(tasks.snoozedUntil), lte(tasks.snoozedUntil, sql`now()`)),
        or(isNull(tasks.notBefore), lte(tasks.notBefore, sql`now()`)),
      ),
    )
    .orderBy(asc(tasks.dueAt), asc(tasks.id))
    .limit(mostTried)
  let last: string | null = null
  for (const { id } of candidates) {
    const result = await withTask(db, id, (locked) => claim(locked, worker, 'handed_out'))
    if (result.done) return { done: true, taskId: id, reason: null }
    last = result.message
  }
  return { done: true, taskId: null, reason: last ?? 'Nothing is waiting in this queue.' }
}

async function refuseForeign(locked: LockedTask, worker: Worker): Promise<TaskRefusal | null> {
  const { claimedBy, assignee } = locked.task
  if (worker.overrides === true || (claimedBy ?? assignee ?? worker.person) === worker.person) return null
  if (claimedBy !== null) return refuse('TASK_CLAIMED', `${await nameOf(locked, claimedBy)} works on this task.`)
  return refuse('TASK_NOT_YOURS', `This is a task of ${await nameOf(locked, assignee ?? '')}.`)
}

async function nameOf({ tx }: LockedTask, key: string): Promise<string> {
  return (await findPeople(tx, [key])).get(key)?.name ?? `"${key}"`
}

function presence({ key, active, absences }: PersonRow) {
  return {
    key,
    active,
    absences: absences.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
  }
}
