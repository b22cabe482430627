/** Turns of leads that are no longer there: erased, or part of another lead. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '#db/client.ts'
import type { LeadRow } from '#db/repositories/facts.ts'
import { followMerges } from '#db/repositories/identities.ts'
import { leadInputs, leadPokes } from '#db/schema/inputs.ts'

/**
 * True when the lead is gone; then what came in for it (by a sender that had looked it up just before) is settled: entries
 * go to the lead it became, with a poke row that the reconciler finds; of an erased lead nothing is kept.
 */
export async function settleGone(tx: Transaction, lead: LeadRow): Promise<boolean> {
  if (lead.erasedAt === null && lead.mergedInto === null) return false
  const waiting = and(eq(leadInputs.leadId, lead.id), isNull(leadInputs.consumedAt))
  if (lead.erasedAt !== null) {
    await tx
      .update(leadInputs)
      .set({ payload: {}, consumedAt: sql`now()`, outcome: 'refused: the lead was erased' })
      .where(waiting)
    return true
  }
  const survivor = (await followMerges(tx, [lead.id])).get(lead.id)
  if (survivor !== undefined) {
    const moved = await tx
      .update(leadInputs)
      .set({ leadId: survivor })
      .where(and(waiting, eq(leadInputs.kind, 'enroll')))
      .returning({ id: leadInputs.id })
    if (moved.length > 0) await tx.insert(leadPokes).values({ leadId: survivor }).onConflictDoNothing()
  }
  await tx
    .update(leadInputs)
    .set({ consumedAt: sql`now()`, outcome: 'ignored: the lead was merged' })
    .where(waiting)
  return true
}
