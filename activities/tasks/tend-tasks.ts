/**
 * What happens to tasks with nobody acting: those put off wake up, those nobody had are tried again (capacity is free,
 * an absence is over), those of people who went away go on to others, and webhooks to people are sent. Run by a Temporal
 * Schedule every half minute; each step is its own transaction, and running it twice does no harm.
 */
import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import { absenceAt } from '#engine/tasks/choose-person.ts'
import type { Database } from '#db/client.ts'
import { assignTask } from '#db/repositories/assignment.ts'
import { listPeople } from '#db/repositories/people.ts'
import { leads } from '#db/schema/leads.ts'
import { queues } from '#db/schema/people.ts'
import { tasks } from '#db/schema/tasks.ts'
import { notifyPerson } from '../notifications/notify-person.ts'
import { sendWebhooks, type WebhookSender } from '../notifications/send-webhooks.ts'
import { recordAssignment, taskPath } from './record-assignment.ts'
import { withTask, writeAct } from './with-task.ts'

export interface KeeperDependencies {
  db: Database
  /** How webhooks to people are sent. @default signed HTTP */
  send?: WebhookSender
  /** Called for one task or webhook that could not be dealt with; the others go on. */
  onFailure?: (failure: { what: string; error: unknown }) => void
}

export interface KeeperCounts {
  woken: number
  assigned: number
  handedOn: number
  webhooks: number
}

/** Tasks looked at in one run and for one purpose; the next run goes on. */
const atOnce = 500
const actor = 'task-keeper'

/** One round. */
export async function tendTasks(deps: KeeperDependencies, heartbeat: () => void = () => {}): Promise<KeeperCounts> {
  const { db, onFailure } = deps
  const each = async (ids: readonly string[], what: string, act: (id: string) => Promise<boolean>): Promise<number> => {
    let done = 0
    for (const id of ids) {
      try {
        if (await act(id)) done += 1
      } catch (error) {
        onFailure?.({ what: `${what} ${id}`, error })
      }
      heartbeat()
    }
    return done
  }
  const woken = await each(await findSlept(db), 'task', (id) => wake(db, id))
  const handedOn = await each(await findDeserted(db), 'task', (id) => handOn(db, id))
  const assigned = await each(await findUnassigned(db), 'task', (id) => assign(db, id))
  const webhooks = await sendWebhooks(deps, heartbeat)
  return { woken, assigned, handedOn, webhooks }
}

/** Open tasks whose snooze is over, each by its lead's own clock. */
async function findSlept(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: tasks.id, until: tasks.snoozedUntil, clock: leads.clock })
    .from(tasks)
    .innerJoin(leads, eq(leads.id, tasks.leadId))
    .where(
      and(
        eq(tasks.status, 'open'),
        isNotNull(tasks.snoozedUntil),
        sql`(${leads.clock} is not null or ${tasks.snoozedUntil} <= now())`,
      ),
    )
    .orderBy(asc(tasks.snoozedUntil))
    .limit(atOnce)
  const now = Date.now()
  return rows
    .filter(({ until, clock }) => until !== null && until.getTime() <= toLeadTime(clock, now))
    .map(({ id }) => id)
}

async function wake(db: Database, taskId: string): Promise<boolean> {
  const result = await withTask(db, taskId, async (locked) => {
    const { tx, task, lead, now } = locked
    if (task.status !== 'open' || task.snoozedUntil === null || task.snoozedUntil.getTime() > now)
      return { done: false }
    await writeAct(locked, { snoozedUntil: null, snoozeReason: null }, { action: 'woken', actor })
    if (task.assignee !== null)
      await notifyPerson(tx, task.assignee, {
        kind: 'snooze_over',
        key: `task:${task.id}:woken:${String(task.snoozedUntil.getTime())}`,
        subject: `Back again: ${task.title}`,
        body: `${task.reason}${task.snoozeReason === null ? '' : `\n\nPut off because: ${task.snoozeReason}`}`,
        path: taskPath(task.id),
        taskId: task.id,
        lead: lead.row,
        enrollment: enrollmentOf(task),
        at: now,
      })
    return { done: true }
  })
  return result.done
}

/** Open tasks nobody has although their queue's rule would give them to somebody. */
async function findUnassigned(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: tasks.id })
    .from(tasks)
    .innerJoin(queues, eq(queues.key, tasks.queue))
    .where(
      and(
        eq(tasks.status, 'open'),
        isNull(tasks.assignee),
        isNull(tasks.claimedBy),
        inArray(queues.rule, ['round_robin', 'owner_first']),
      ),
    )
    .orderBy(asc(tasks.dueAt), asc(tasks.id))
    .limit(atOnce)
  return rows.map(({ id }) => id)
}

async function assign(db: Database, taskId: string): Promise<boolean> {
  const result = await withTask(db, taskId, async ({ tx, task, lead, now, realNow }) => {
    if (task.status !== 'open' || task.assignee !== null) return { done: false }
    const chosen = await assignTask(tx, {
      queue: task.queue,
      wanted: null,
      ownerId: lead.row.ownerId,
      isTest: task.isTest,
      now,
    })
    await recordAssignment(tx, { task, ...chosen, actor, lead: lead.row, at: now, realNow })
    return { done: chosen.assignee !== null }
  })
  return result.done
}

/** Open tasks of people who left, or who come back only after the task is due. */
async function findDeserted(db: Database): Promise<string[]> {
  const now = Date.now()
  const gone = (await listPeople(db)).flatMap(({ key, active, absences }) => {
    if (!active) return [{ key, until: Number.POSITIVE_INFINITY }]
    const away = absenceAt(
      absences.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
      now,
    )
    return away === null ? [] : [{ key, until: away.until }]
  })
  if (gone.length === 0) return []
  const until = new Map(gone.map((person) => [person.key, person.until]))
  const rows = await db
    .select({ id: tasks.id, assignee: tasks.assignee, dueAt: tasks.dueAt })
    .from(tasks)
    .where(
      and(
        eq(tasks.status, 'open'),
        eq(tasks.isTest, false),
        inArray(tasks.assignee, [...until.keys()]),
        isNull(tasks.claimedBy),
        isNull(tasks.snoozedUntil),
      ),
    )
    .orderBy(asc(tasks.dueAt))
    .limit(atOnce)
  return rows.filter(({ assignee, dueAt }) => dueAt.getTime() < (until.get(assignee ?? '') ?? 0)).map(({ id }) => id)
}

async function handOn(db: Database, taskId: string): Promise<boolean> {
  const result = await withTask(db, taskId, async ({ tx, task, lead, now, realNow }) => {
    if (task.status !== 'open' || task.assignee === null || task.claimedBy !== null) return { done: false }
    const before = task.assignee
    // Meant for this person: whoever stands in comes first, then the queue.
    const chosen = await assignTask(tx, {
      queue: task.queue,
      wanted: before,
      ownerId: lead.row.ownerId,
      isTest: task.isTest,
      now,
    })
    if (chosen.assignee === before) return { done: false }
    await recordAssignment(tx, { task, ...chosen, actor, lead: lead.row, at: now, realNow })
    return { done: true }
  })
  return result.done
}

function enrollmentOf(task: { enrollmentId: string | null; journeyId: string | null }) {
  return task.enrollmentId === null || task.journeyId === null
    ? null
    : { id: task.enrollmentId, journeyId: task.journeyId }
}
