/** Tasks as screens and the API show them. Reads only. */
import { and, asc, desc, eq, inArray, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import type { TaskKind, TaskStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { deliveries } from '../schema/deliveries.ts'
import { surveyAnswers } from '../schema/events.ts'
import { enrollments, journeys, stepLog } from '../schema/journeys.ts'
import { leadNotes, leads } from '../schema/leads.ts'
import { queues } from '../schema/people.ts'
import { taskLog, tasks } from '../schema/tasks.ts'
import { sentSubject } from './delivery-reads.ts'
import { laterThan, olderThan, type Keyset } from './keyset.ts'
import { leadNameColumns } from './lead-reads.ts'

export type JoinedTask = Awaited<ReturnType<typeof listTaskRows>>[number]
/** Parts of the inbox; see `taskViews` of the contract. */
export type TaskViewName = 'mine' | 'team' | 'overdue' | 'snoozed' | 'unassigned'

/** What time it is for the lead of a row (engine/clock.ts in SQL). */
const leadNow = sql`case when ${leads.clock} is null then now() else to_timestamp(least(
  coalesce((${leads.clock} ->> 'until')::float8, 'infinity'::float8),
  (${leads.clock} ->> 'virtualStart')::float8 + (extract(epoch from now())::float8 * 1000
    - (${leads.clock} ->> 'realStart')::float8) * (${leads.clock} ->> 'speed')::float8) / 1000) end`

const columns = {
  task: tasks,
  lead: { ...leadNameColumns, phone: leads.phone, company: leads.company, clock: leads.clock },
  journey: { id: journeys.id, key: journeys.key, name: journeys.name },
}

function selectTasks(db: Queryable) {
  return db
    .select(columns)
    .from(tasks)
    .innerJoin(leads, eq(leads.id, tasks.leadId))
    .leftJoin(journeys, eq(journeys.id, tasks.journeyId))
}

export interface TaskFilter {
  status: TaskStatus
  view?: TaskViewName | undefined
  /** Whose view; null = everybody's. */
  person?: string | null | undefined
  queue?: string | undefined
  assignee?: string | undefined
  kind?: TaskKind | undefined
  leadId?: string | undefined
}

/** One page: open tasks by due time, soonest first; closed ones by creation, newest first. */
export async function listTaskRows(db: Queryable, filter: TaskFilter & { limit: number; cursor: Keyset | null }) {
  const isOpen = filter.status === 'open'
  return selectTasks(db)
    .where(
      and(
        eq(tasks.status, filter.status),
        filter.queue === undefined ? undefined : eq(tasks.queue, filter.queue),
        filter.assignee === undefined ? undefined : eq(tasks.assignee, filter.assignee),
        filter.kind === undefined ? undefined : eq(tasks.kind, filter.kind),
        filter.leadId === undefined ? undefined : eq(tasks.leadId, filter.leadId),
        filter.view === undefined ? undefined : inView(filter.view, filter.person ?? null),
        isOpen ? laterThan(tasks.dueAt, tasks.id, filter.cursor) : olderThan(tasks.createdAt, tasks.id, filter.cursor),
      ),
    )
    .orderBy(...(isOpen ? [asc(tasks.dueAt), asc(tasks.id)] : [desc(tasks.createdAt), desc(tasks.id)]))
    .limit(filter.limit)
}

const sleeps = sql`(${tasks.snoozedUntil} is not null and ${tasks.snoozedUntil} > ${leadNow})`

function inView(view: TaskViewName, person: string | null): SQL | undefined {
  const own = person === null ? undefined : or(eq(tasks.assignee, person), eq(tasks.claimedBy, person))
  const teams =
    person === null
      ? undefined
      : or(
          own,
          inArray(tasks.queue, sql`(select ${queues.key} from ${queues} where ${person} = any(${queues.members}))`),
        )
  switch (view) {
    case 'mine':
      return and(own, sql`not ${sleeps}`)
    case 'team':
      return and(teams, sql`not ${sleeps}`)
    case 'overdue':
      return and(teams, sql`not ${sleeps}`, sql`${tasks.dueAt} < ${leadNow}`)
    case 'snoozed':
      return and(teams, sleeps)
    case 'unassigned':
      return and(teams, sql`not ${sleeps}`, isNull(tasks.assignee), isNull(tasks.claimedBy))
  }
}

/** How many open tasks each view holds: one pass over the open ones. */
export async function countTaskViews(
  db: Queryable,
  { person, queue }: { person: string | null; queue?: string | undefined },
): Promise<Record<TaskViewName, number>> {
  const count = (view: TaskViewName) =>
    sql<number>`count(*) filter (where ${inView(view, person) ?? sql`true`})`.mapWith(Number)
  const [row] = await db
    .select({
      mine: count('mine'),
      team: count('team'),
      overdue: count('overdue'),
      snoozed: count('snoozed'),
      unassigned: count('unassigned'),
    })
    .from(tasks)
    .innerJoin(leads, eq(leads.id, tasks.leadId))
    .where(and(eq(tasks.status, 'open'), queue === undefined ? undefined : eq(tasks.queue, queue)))
  return row ?? { mine: 0, team: 0, overdue: 0, snoozed: 0, unassigned: 0 }
}

export async function findTaskRow(db: Queryable, id: string): Promise<JoinedTask | null> {
  const [row] = await selectTasks(db).where(eq(tasks.id, id))
  return row ?? null
}

/** Everything else that is needed to work on a task: few statements, each by an index on the lead or the task. */
export async function readTaskExtras(db: Queryable, task: typeof tasks.$inferSelect) {
  const { leadId, enrollmentId } = task
  const [log, notes, touches, answers, decisions, versions, queueRows] = await Promise.all([
    db.select().from(taskLog).where(eq(taskLog.taskId, task.id)).orderBy(desc(taskLog.id)).limit(100),
    db.select().from(leadNotes).where(eq(leadNotes.leadId, leadId)).orderBy(desc(leadNotes.id)).limit(10),
    db
      .select({
        id: deliveries.id,
        channel: deliveries.channel,
        status: deliveries.status,
        content: deliveries.content,
        at: deliveries.queuedAt,
        sentSubject,
      })
      .from(deliveries)
      .where(and(eq(deliveries.leadId, leadId), ne(deliveries.purpose, 'internal')))
      .orderBy(desc(deliveries.countedAt), desc(deliveries.id))
      .limit(3),
    db
      .select()
      .from(surveyAnswers)
      .where(eq(surveyAnswers.leadId, leadId))
      .orderBy(desc(surveyAnswers.answeredAt))
      .limit(50),
    enrollmentId === null
      ? []
      : db
          .select({ stepId: stepLog.stepId, at: stepLog.leftAt, reason: stepLog.reason })
          .from(stepLog)
          .where(eq(stepLog.enrollmentId, enrollmentId))
          .orderBy(desc(stepLog.id))
          .limit(6),
    enrollmentId === null
      ? []
      : db.select({ version: enrollments.version }).from(enrollments).where(eq(enrollments.id, enrollmentId)),
    db.select({ name: queues.name }).from(queues).where(eq(queues.key, task.queue)),
  ])
  return {
    log,
    notes,
    touches,
    answers,
    decisions,
    version: versions[0]?.version ?? null,
    queueName: queueRows[0]?.name ?? task.queue,
  }
}

/** Open tasks in all queues (partial index). */
export async function countOpenTasks(db: Queryable): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(tasks)
    .where(eq(tasks.status, 'open'))
  return row?.count ?? 0
}

/** When any task last changed (index on it): who watches reads the inbox again. */
export async function lastTaskChange(db: Queryable): Promise<Date | null> {
  const [row] = await db.select({ at: tasks.updatedAt }).from(tasks).orderBy(desc(tasks.updatedAt)).limit(1)
  return row?.at ?? null
}
