/** What people were told. Reads only. */
import { and, desc, eq } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { notifications } from '../schema/people.ts'
import { olderThan, type Keyset } from './keyset.ts'

/** A person's, newest first. */
export async function listNotificationRows(
  db: Queryable,
  person: string,
  { limit, cursor }: { limit: number; cursor: Keyset | null },
) {
  return db
    .select()
    .from(notifications)
    .where(and(eq(notifications.person, person), olderThan(notifications.at, notifications.id, cursor)))
    .orderBy(desc(notifications.at), desc(notifications.id))
    .limit(limit)
}
