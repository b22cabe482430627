/** Who rests on a rule that names a segment looks again when the segment's rule has become another. */
import type { Database } from '#db/client.ts'
import { tellRestingPage } from '#db/repositories/resting-leads.ts'
import { transact } from '#db/transact.ts'
import type { Poker } from '../poker.ts'

const pageSize = 500

/**
 * Up to `pages` pages, each a transaction of its own: the reconciler goes on where it ends, whatever dies meanwhile. Returns
 * how many leads were told.
 */
export async function tellResting(
  { db, poker }: { db: Database; poker: Poker },
  { pages, heartbeat = () => {}, size = pageSize }: { pages: number; heartbeat?: () => void; size?: number },
): Promise<number> {
  let told = 0
  for (let page = 0; page < pages; page += 1) {
    const { leadIds, isMore } = await transact(db, (tx) => tellRestingPage(tx, size))
    if (!isMore) break
    await poker.poke(leadIds, { priority: 4 })
    told += leadIds.length
    heartbeat()
  }
  return told
}
