/** What a pause held goes on, when a journey is live again: by resuming it, or by publishing it. */
import type { Database, Transaction } from '#db/client.ts'
import { releaseHeld } from '#db/repositories/deliveries.ts'
import { findMarkedLeads, markJourneyLeads } from '#db/repositories/reconcile.ts'
import type { Poker } from '../poker.ts'

/** In the transaction that makes the journey live: leads and messages it held. Poke with `pokeHeld` after the commit. */
export async function letHeldGo(tx: Transaction, journeyId: string): Promise<void> {
  await markJourneyLeads(tx, journeyId)
  await releaseHeld(tx, { journeyId })
}

/** Pokes them, paced. Without it the reconciler does. */
export async function pokeHeld({ db, poker }: { db: Database; poker: Poker }, journeyId: string): Promise<void> {
  for (let after: string | null = null; ;) {
    const leadIds: string[] = await findMarkedLeads(db, journeyId, after, 1000)
    await poker.poke(leadIds, { priority: 4 })
    after = leadIds.at(-1) ?? null
    if (after === null) return
  }
}
