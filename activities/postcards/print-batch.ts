/** The embedded way of posting cards: they wait in a batch until a person has sent it to the printer. */
import type { Database } from '#db/client.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import { approveBatch, keepCards, rejectCard, type Approval } from '#db/repositories/print-batches.ts'
import type { Library } from '#engine/library.ts'
import { transact } from '#db/transact.ts'
import type { Poker } from '../poker.ts'
import type { Provider, RenderedMessage } from '../providers/contract.ts'

/**
 * Takes cards into the open print batch. They are accepted when the batch is approved, so that a wait after a postcard counts
 * from there. If this call breaks off, the card is either in the batch or its delivery is of unknown fate: never both lost.
 */
export function createPrintBatchProvider(db: Database): Provider {
  return {
    name: 'print batch',
    batchSize: 50,
    concurrency: 1,
    async send(messages) {
      const cards = messages.flatMap(({ deliveryId, leadId, card }: RenderedMessage) =>
        card === undefined ? [] : [{ deliveryId, leadId, card }],
      )
      await transact(db, (tx) => keepCards(tx, cards))
      const kept = new Set(cards.map((card) => card.deliveryId))
      return messages.map(({ deliveryId }) =>
        kept.has(deliveryId)
          ? { deliveryId, outcome: 'kept' }
          : { deliveryId, outcome: 'permanent', reason: 'no_card: The message is no postcard.' },
      )
    },
  }
}

interface PrintDependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
}

export type ApprovalResult =
  | { approved: true; printed: number; removed: { deliveryId: string; reason: string }[] }
  /** `on_hold` and `live_sending_off`: the company's switches bind a printer as they bind a mail server. */
  | { approved: false; reason: Refusal['reason'] | 'on_hold' | 'live_sending_off' }

type Refusal = Extract<Approval, { approved: false }>

/** "Sent to the printer." See `approveBatch` for what is looked at again. */
export async function approvePrintBatch(
  { db, poker, library }: PrintDependencies,
  request: { batchId: string; actor: string },
): Promise<ApprovalResult> {
  const words = await library()
  const result = await transact(db, async (tx) => {
    const { hold, liveSending } = await readSwitches(tx)
    if (hold) return { approved: false as const, reason: 'on_hold' as const }
    if (!liveSending) return { approved: false as const, reason: 'live_sending_off' as const }
    return approveBatch(tx, { ...request, library: words })
  })
  if (!result.approved) return result
  const { leadIds, ...approval } = result
  if (leadIds.length > 0) await poker.poke(leadIds)
  return approval
}

/** Takes one card out. False when it does not wait in that batch. */
export async function rejectPrintCard(
  { db, poker }: Pick<PrintDependencies, 'db' | 'poker'>,
  request: Parameters<typeof rejectCard>[1],
): Promise<boolean> {
  const result = await transact(db, (tx) => rejectCard(tx, request))
  if (result === null) return false
  if (result.leadIds.length > 0) await poker.poke(result.leadIds)
  return true
}
