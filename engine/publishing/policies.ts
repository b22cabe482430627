/** What becomes of leads that stand on a step when a new version is published. */
import { z } from 'zod'
import type { Json } from '../facts.ts'

/**
 * `finish`: they go on with the version they are on. `move`: they go on with the new version, at `to`. `exit`: they leave the
 * journey.
 */
const leadActions = ['finish', 'move', 'exit'] as const

/** One choice. Who stands on a step that no policy names finishes on the old version. */
export const leadPolicySchema = z
  .strictObject({
    stepId: z.string().min(1).max(64).describe('Where they stand.'),
    version: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .describe('Only leads of this version; absent: of every older one.'),
    action: z.enum(leadActions),
    to: z.string().min(1).max(64).optional().describe('For `move`: a step of the new version.'),
    skipReceived: z
      .boolean()
      .optional()
      .describe(
        'For `move` to a message: who has got it on this way through the journey goes on after it. Default: sent again.',
      ),
  })
  .superRefine((policy, context) => {
    if (policy.action === 'move' && policy.to === undefined)
      context.addIssue({ code: 'custom', path: ['to'], message: 'Name the step they move to.' })
  })
export type LeadPolicy = z.infer<typeof leadPolicySchema>

/** Publishes hold a few dozen; a journey with more affected places is published in parts. */
export const mostPolicies = 500

/** A policy that cannot be carried out, and why. */
export interface PolicyProblem {
  index: number
  message: string
}

/** What is wrong with policies against the version they are to lead to: unknown targets, the same leads named twice. */
export function checkPolicies(policies: readonly LeadPolicy[], stepIds: ReadonlySet<string>): PolicyProblem[] {
  const seen = new Set<string>()
  return policies.flatMap((policy, index): PolicyProblem[] => {
    const place = `${policy.stepId}@${String(policy.version ?? '*')}`
    const found: PolicyProblem[] = []
    if (seen.has(place)) found.push({ index, message: `Step "${policy.stepId}" has two policies for the same leads.` })
    seen.add(place)
    if (policy.action === 'move' && !stepIds.has(policy.to ?? ''))
      found.push({ index, message: `Step "${policy.to ?? ''}" is not in the new version; choose one that is.` })
    return found
  })
}

/** For the audit log: a policy and its figures, without what is not set. */
export function policyRecord(
  { stepId, version, action, to, skipReceived }: LeadPolicy,
  more: Record<string, Json>,
): Json {
  return {
    stepId,
    action,
    ...(version === undefined ? {} : { version }),
    ...(to === undefined ? {} : { to }),
    ...(skipReceived === true ? { skipReceived } : {}),
    ...more,
  }
}
