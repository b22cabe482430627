/** What comes back after a message was taken: the one way in for bounces and complaints, wherever they are read. */
import type { Database } from '#db/client.ts'
import { recordFeedback, type DeliveryFeedback, type FeedbackResult } from '#db/repositories/delivery-feedback.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { transact } from '#db/transact.ts'
import type { Poker } from '../poker.ts'

/**
 * Records a bounce or complaint of a delivery and pokes whom it concerns. A hard bounce and a complaint suppress the lead's
 * email. Repeating it changes nothing; a delivery that does not exist is answered with `isNew: false`.
 */
export async function recordDeliveryFeedback(
  { db, poker }: { db: Database; poker: Poker },
  feedback: DeliveryFeedback,
): Promise<FeedbackResult> {
  const result = await transact(db, async (tx) => recordFeedback(tx, feedback, await readLibrary(tx)))
  if (result.leadIds.length > 0) await poker.poke(result.leadIds)
  return result
}
