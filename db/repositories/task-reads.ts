/** Tasks as screens and the API show them. Reads only. */
import { and, asc, desc, eq, sql } from 'drizzle-orm'
import type { TaskStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'
import { journeys } from '../schema/journeys.ts'
import { leads } from '../schema/leads.ts'
import { tasks } from '../schema/tasks.ts'
import { laterThan, olderThan, type Keyset } from './keyset.ts'
import { leadNameColumns } from './lead-reads.ts'

export type JoinedTask = Awaited<ReturnType<typeof listTaskRows>>[number]

/** One page: open tasks by due time, soonest first; closed ones by creation, newest first. */
export async function listTaskRows(
  db: Queryable,
  filter: {
    status: TaskStatus
    queue?: string | undefined
    assignee?: string | undefined
    limit: number
    cursor: Keyset | null
  },
) {
  const isOpen = filter.status === 'open'
  return db
    .select({
      task: tasks,
      lead: { ...leadNameColumns, phone: leads.phone, company: leads.company, clock: leads.clock },
      journey: { id: journeys.id, key: journeys.key, name: journeys.name },
    })
    .from(tasks)
    .innerJoin(leads, eq(leads.id, tasks.leadId))
    .leftJoin(journeys, eq(journeys.id, tasks.journeyId))
    .where(
      and(
        eq(tasks.status, filter.status),
        filter.queue === undefined ? undefined : eq(tasks.queue, filter.queue),
        filter.assignee === undefined ? undefined : eq(tasks.assignee, filter.assignee),
        isOpen ? laterThan(tasks.dueAt, tasks.id, filter.cursor) : olderThan(tasks.createdAt, tasks.id, filter.cursor),
      ),
    )
    .orderBy(...(isOpen ? [asc(tasks.dueAt), asc(tasks.id)] : [desc(tasks.createdAt), desc(tasks.id)]))
    .limit(filter.limit)
}

/** Open tasks in all queues (partial index). */
export async function countOpenTasks(db: Queryable): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(tasks)
    .where(eq(tasks.status, 'open'))
  return row?.count ?? 0
}
