/** Effects: work that leaves the database, from `open` to its result. */
import { and, eq, sql } from 'drizzle-orm'
import { toLeadTime } from '#engine/clock.ts'
import type { Json } from '#engine/facts.ts'
import type { Database, Queryable } from '../client.ts'
import { effects } from '../schema/inputs.ts'
import { leads } from '../schema/leads.ts'
import { addInputs } from './inputs.ts'

/** An effect as whoever performs it needs it. */
export interface EffectRow {
  id: string
  leadId: string
  enrollmentId: string
  stepId: string
  visit: number
  type: string
  status: (typeof effects.$inferSelect)['status']
  input: Json
  timeoutMs: number
  heartbeatMs: number | null
  maxAttempts: number
  /** A person's retry raises it; what an earlier generation brings is not taken any more. */
  generation: number
  isTest: boolean
}

/** The effect, or null. */
export async function readEffect(db: Queryable, effectId: string): Promise<EffectRow | null> {
  const [row] = await db
    .select({
      id: effects.id,
      leadId: effects.leadId,
      enrollmentId: effects.enrollmentId,
      stepId: effects.stepId,
      visit: effects.visit,
      type: effects.type,
      status: effects.status,
      input: effects.input,
      timeoutMs: effects.timeoutMs,
      heartbeatMs: effects.heartbeatMs,
      maxAttempts: effects.maxAttempts,
      generation: effects.generation,
      isTest: leads.isTest,
    })
    .from(effects)
    .innerJoin(leads, eq(leads.id, effects.leadId))
    .where(eq(effects.id, effectId))
  return row ?? null
}

/** What came of an effect. */
export type EffectEnd =
  | { status: 'done'; port: string; output: Json }
  | { status: 'failed'; error: { code: string; message: string } }

/**
 * Stores the end of an effect together with the lead's input, in one transaction. False when the effect is no longer open
 * or was started anew meanwhile: the result is then dropped. Safe to repeat.
 */
export async function finishEffect(
  db: Database,
  effect: { id: string; generation: number; leadId: string },
  end: EffectEnd,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [lead] = await tx
      .select({
        clock: leads.clock,
        now: sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`.mapWith(Number),
      })
      .from(leads)
      .where(eq(leads.id, effect.leadId))
      // First of all locks, as everywhere: a turn under way could otherwise take the input without seeing the result.
      .for('no key update')
    const at = toLeadTime(lead?.clock ?? null, lead?.now ?? 0)
    const finished = await tx
      .update(effects)
      .set({ ...end, finishedAt: new Date(at) })
      .where(and(eq(effects.id, effect.id), eq(effects.status, 'open'), eq(effects.generation, effect.generation)))
      .returning({ leadId: effects.leadId })
    if (finished[0] === undefined) return false
    await addInputs(tx, [{ leadId: finished[0].leadId, at, input: { kind: 'effect', effectId: effect.id } }], 2)
    return true
  })
}
