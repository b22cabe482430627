/** Who has which journey open. Time is the database's own, so that processes need not agree on a clock. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { journeyPresence } from '../schema/presence.ts'

type PresenceRow = typeof journeyPresence.$inferSelect

export type NewPresence = Pick<PresenceRow, 'journeyId' | 'tab' | 'actor' | 'name' | 'stepId' | 'mode'>

/** Notes that a page is there, and forgets all that have been silent for longer than `lifetimeMs`. */
export async function notePresence(db: Queryable, presence: NewPresence, lifetimeMs: number): Promise<void> {
  const { actor, name, stepId, mode } = presence
  await db
    .insert(journeyPresence)
    .values(presence)
    .onConflictDoUpdate({
      target: [journeyPresence.journeyId, journeyPresence.tab],
      set: {
        actor,
        name,
        stepId,
        mode,
        seenAt: sql`now()`,
        // Who was at a step first may edit it: it counts from when they came to it.
        since: sql`case when ${journeyPresence.stepId} is not distinct from excluded.step_id
                         and ${journeyPresence.mode} = excluded.mode then ${journeyPresence.since} else now() end`,
      },
    })
  // Not waiting for rows that another process is writing or deleting: they are not old, or gone already.
  const old = db
    .select({ journeyId: journeyPresence.journeyId, tab: journeyPresence.tab })
    .from(journeyPresence)
    .where(sql`${journeyPresence.seenAt} < ${ago(lifetimeMs)}`)
    .limit(100)
    .for('update', { skipLocked: true })
  await db.delete(journeyPresence).where(sql`(${journeyPresence.journeyId}, ${journeyPresence.tab}) in ${old}`)
}

/** True when it was there. Only whoever opened a page can say that it is closed. */
export async function removePresence(
  db: Queryable,
  { journeyId, tab, actor }: Pick<PresenceRow, 'journeyId' | 'tab' | 'actor'>,
): Promise<boolean> {
  const gone = await db
    .delete(journeyPresence)
    .where(
      and(eq(journeyPresence.journeyId, journeyId), eq(journeyPresence.tab, tab), eq(journeyPresence.actor, actor)),
    )
    .returning({ tab: journeyPresence.tab })
  return gone.length > 0
}

/** Pages of these journeys that were heard of within `lifetimeMs`, in an order that stays as people go from step to step. */
export async function listPresence(
  db: Queryable,
  journeyIds: readonly string[],
  lifetimeMs: number,
): Promise<PresenceRow[]> {
  if (journeyIds.length === 0) return []
  return db
    .select()
    .from(journeyPresence)
    .where(
      and(inArray(journeyPresence.journeyId, [...journeyIds]), sql`${journeyPresence.seenAt} >= ${ago(lifetimeMs)}`),
    )
    .orderBy(journeyPresence.actor, journeyPresence.tab)
}

const ago = (ms: number) => sql`now() - make_interval(secs => ${ms / 1000})`
