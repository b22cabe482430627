/** Spam that was held: a person looks at it and lets it in or not. Nothing is dropped by itself. */
import { lockSubmission, settleSubmission, type FormSubmission } from '#db/repositories/form-submissions.ts'
import { readScreening } from '#db/repositories/screening-setting.ts'
import { auditLog } from '#db/schema/tasks.ts'
import { screen } from '#engine/forms/screening.ts'
import { takeSubmission, type FormDependencies, type HeldInput } from './submit-form.ts'

export type Decision =
  | { decided: true; leadId: string | null }
  | { decided: false; code: 'SUBMISSION_NOT_FOUND' | 'SUBMISSION_DECIDED' | 'FORM_NOT_FOUND'; message: string }

/**
 * Releases a held submission: it is taken in as if it had just come, or discards it: it stays on record. Deciding the
 * same twice is harmless; deciding otherwise than before is refused.
 */
export async function decideSubmission(
  deps: FormDependencies,
  request: { id: string; decision: 'release' | 'discard'; actor: string },
): Promise<Decision> {
  const { id, decision, actor } = request
  const wanted = decision === 'release' ? 'released' : 'discarded'
  const { forms } = await deps.library()
  const settled = await deps.db.transaction(async (tx): Promise<FormSubmission | Decision> => {
    const submission = await lockSubmission(tx, id)
    if (submission === null || submission.status === 'awaiting_confirmation' || submission.status === 'confirmed') {
      return { decided: false, code: 'SUBMISSION_NOT_FOUND', message: `No submission "${id}" is held.` }
    }
    if (submission.status === wanted && decision === 'discard') return { decided: true, leadId: null }
    if (submission.status !== 'held' && submission.status !== wanted) {
      const message = `The submission was ${submission.status} by "${submission.decidedBy ?? ''}" already.`
      return { decided: false, code: 'SUBMISSION_DECIDED', message }
    }
    if (decision === 'release' && !Object.hasOwn(forms, submission.form)) {
      const message = `The form "${submission.form}" does not exist any more; restore it, or discard the submission.`
      return { decided: false, code: 'FORM_NOT_FOUND', message }
    }
    if (submission.status === 'held') {
      await settleSubmission(tx, id, { status: wanted, actor })
      await tx.insert(auditLog).values({
        actor,
        action: `form_submission.${decision}`,
        subjectKind: 'form_submission',
        subjectId: id,
        after: { form: submission.form, status: wanted },
      })
    }
    return decision === 'discard' ? { decided: true, leadId: null } : submission
  })
  if ('decided' in settled) return settled
  const form = forms[settled.form]
  if (form === undefined) throw new Error('A form that was there is gone.')
  const input = settled.input as unknown as HeldInput
  // Marked like any other; that it is no spam was a person's decision.
  const found = screen({ email: settled.email, texts: [] }, await readScreening(deps.db), deps.domains)
  // Taken in by its own id: if we die before this, releasing once more does it.
  const leadId = await takeSubmission(deps, { form, input, submissionId: id, screening: found?.verdict ?? null })
  await deps.db.transaction((tx) => settleSubmission(tx, id, { status: 'released', actor, leadId }))
  return { decided: true, leadId }
}
