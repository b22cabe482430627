/** Every built-in step type, and how a type is found by its name. */
import { addTag } from './add-tag.ts'
import { askQuestion } from './ask-question.ts'
import { assignOwner } from './assign-owner.ts'
import { branchOnAnswer } from './branch-on-answer.ts'
import { branch } from './branch.ts'
import type { StepType } from './contract.ts'
import { createTask } from './create-task.ts'
import { demote } from './demote.ts'
import { enrollIn } from './enroll-in.ts'
import { entry } from './entry.ts'
import { escalateToCall } from './escalate-to-call.ts'
import { exit } from './exit.ts'
import { goTo } from './go-to.ts'
import { goal } from './goal.ts'
import { holdout } from './holdout.ts'
import { invite } from './invite.ts'
import { leaveJourney } from './leave-journey.ts'
import { notify } from './notify.ts'
import { promote } from './promote.ts'
import { recordEvent } from './record-event.ts'
import { removeTag } from './remove-tag.ts'
import { score } from './score.ts'
import { sendAsset } from './send-asset.ts'
import { sendEmail } from './send-email.ts'
import { sendPostcard } from './send-postcard.ts'
import { sendSurvey } from './send-survey.ts'
import { setConsent } from './set-consent.ts'
import { setField } from './set-field.ts'
import { split } from './split.ts'
import { suppress } from './suppress.ts'
import { waitForEvent } from './wait-for-event.ts'
import { waitForRule } from './wait-for-rule.ts'
import { waitUntilDate } from './wait-until-date.ts'
import { waitUntilTime } from './wait-until-time.ts'
import { wait } from './wait.ts'
import { webhook } from './webhook.ts'

/** In the order the palette shows them, category by category. */
export const builtInSteps: readonly StepType[] = [
  entry,
  sendEmail,
  sendAsset,
  invite,
  sendPostcard,
  notify,
  wait,
  waitUntilTime,
  waitUntilDate,
  waitForEvent,
  waitForRule,
  branch,
  split,
  holdout,
  goTo,
  sendSurvey,
  askQuestion,
  branchOnAnswer,
  escalateToCall,
  createTask,
  assignOwner,
  promote,
  demote,
  score,
  setField,
  addTag,
  removeTag,
  suppress,
  setConsent,
  enrollIn,
  leaveJourney,
  recordEvent,
  webhook,
  goal,
  exit,
]

/** Step types by name. */
export interface StepRegistry {
  get(type: string): StepType | undefined
  /** Built-in ones in palette order, then custom ones. */
  all(): readonly StepType[]
}

/**
 * The built-in step types and those given.
 * @throws {RangeError} when two have the same name.
 */
export function createStepRegistry(custom: readonly StepType[] = []): StepRegistry {
  const steps = [...builtInSteps, ...custom]
  const byType = new Map<string, StepType>()
  for (const step of steps) {
    if (byType.has(step.type)) throw new RangeError(`The step type "${step.type}" exists twice; rename one of them.`)
    byType.set(step.type, step)
  }
  return { get: (type) => byType.get(type), all: () => steps }
}
