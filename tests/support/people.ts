/** People and queues for tests. */
import { asc, eq } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { savePerson, saveQueue, type PersonValues, type QueueValues } from '#db/repositories/people.ts'
import { taskLog, tasks } from '#db/schema/tasks.ts'

/** Somebody of sales who is there and takes everything. */
export async function addPerson(db: Database, key: string, values: Partial<PersonValues> = {}): Promise<void> {
  const person: PersonValues = {
    name: key[0]?.toUpperCase() + key.slice(1),
    email: `${key}@company.example`,
    role: 'sales',
    zone: 'UTC',
    workingHours: null,
    capacity: null,
    absences: [],
    manager: null,
    phone: null,
    active: true,
    notifications: { email: true, webhookUrl: null },
    ...values,
  }
  await db.transaction((tx) => savePerson(tx, key, person, 'test'))
}

export async function addQueue(
  db: Database,
  key: string,
  members: string[],
  values: Partial<QueueValues> = {},
): Promise<void> {
  const queue: QueueValues = {
    name: key,
    members,
    rule: 'round_robin',
    choosing: true,
    hours: null,
    zone: null,
    ...values,
  }
  await db.transaction((tx) => saveQueue(tx, key, queue, 'test'))
}

export async function taskOf(db: Database, leadId: string): Promise<typeof tasks.$inferSelect> {
  const [task] = await db.select().from(tasks).where(eq(tasks.leadId, leadId))
  if (task === undefined) throw new Error('The lead has no task.')
  return task
}

/** `action` of each entry of a task's log, with the detail where asked for. */
export async function taskLogOf(db: Database, taskId: string) {
  return db.select().from(taskLog).where(eq(taskLog.taskId, taskId)).orderBy(asc(taskLog.id))
}
