/** Double opt-in: what was ticked on a form counts once its lead has said so through the mail. */
import { findSubmission, lockSubmission, settleSubmission } from '#db/repositories/form-submissions.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import type { Database } from '#db/client.ts'
import { transact } from '#db/transact.ts'
import type { Library } from '#engine/library.ts'
import type { Poker } from '../poker.ts'
import type { HeldInput } from './submit-form.ts'

/** What a confirmation is about; null when there is nothing to confirm (any more). */
export interface PendingConsent {
  wordings: string[]
  isConfirmed: boolean
}

/** Reads what would be confirmed; changes nothing. */
export async function readPendingConsent(db: Database, submissionId: string): Promise<PendingConsent | null> {
  const submission = await findSubmission(db, submissionId)
  if (submission === null) return null
  if (submission.status !== 'awaiting_confirmation' && submission.status !== 'confirmed') return null
  const { agreed = [] } = submission.input as unknown as Partial<HeldInput>
  return { wordings: agreed.map(({ wording }) => wording), isConfirmed: submission.status === 'confirmed' }
}

/** Writes the consents to the ledger, once, with the wording that was shown. False when there is nothing to confirm. */
export async function confirmConsent(
  deps: { db: Database; poker: Poker; library: () => Promise<Library> },
  request: { submissionId: string; leadId: string },
): Promise<boolean> {
  const { submissionId, leadId } = request
  const library = await deps.library()
  const done = await transact(deps.db, async (tx) => {
    const submission = await lockSubmission(tx, submissionId)
    if (submission?.status === 'confirmed') return { isThere: true, leadIds: [] }
    if (submission?.status !== 'awaiting_confirmation') return { isThere: false, leadIds: [] }
    const { agreed } = submission.input as unknown as HeldInput
    const source = `form:${submission.form}`
    const changed = await applyLeadChanges(
      tx,
      agreed.map((consent) => ({
        ...consent,
        leadId,
        kind: 'set_consent',
        state: 'granted',
        mechanism: 'double_opt_in',
        source,
      })),
      { library, actor: source, priority: 1 },
    )
    await settleSubmission(tx, submissionId, { status: 'confirmed', actor: source })
    return { isThere: true, leadIds: changed.leadIds }
  })
  await deps.poker.poke(done.leadIds, { priority: 1 })
  return done.isThere
}
