/** The journey of journey.ts as two hand-written workflows. What they are compared with: ../lead-cpu.ts. */
import { proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow'
import type { createPerStepActivities } from './per-step-activities.ts'
import type { createTunedActivities } from './tuned-activities.ts'

export interface BaselineInput {
  leadId: string
  journeyId: string
  enrollmentId: string
}

const steps = proxyActivities<ReturnType<typeof createPerStepActivities>>({ startToCloseTimeout: '10 seconds' })

/** The usual way: one activity per step. */
export async function perStepWorkflow(input: BaselineInput): Promise<void> {
  await steps.begin(input)
  let { wakeAt } = await steps.sendMail1(input)
  await sleep(Math.max(1, wakeAt - Date.now()))
  if (await steps.branch({ ...input, since: wakeAt })) await steps.addTag(input)
  ;({ wakeAt } = await steps.sendMail2(input))
  await sleep(Math.max(1, wakeAt - Date.now()))
  ;({ wakeAt } = await steps.sendMail3({ ...input, since: wakeAt }))
  await sleep(Math.max(1, wakeAt - Date.now()))
  await steps.createTask({ ...input, since: wakeAt })
  await steps.finish(input)
}

const wakes = proxyLocalActivities<ReturnType<typeof createTunedActivities>>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: 100 },
})

/** Tuned: one local activity with one transaction per wake. */
export async function tunedWorkflow(input: BaselineInput): Promise<void> {
  let { wakeAt } = await wakes.beginAndMail1(input)
  await sleep(Math.max(1, wakeAt - Date.now()))
  ;({ wakeAt } = await wakes.tagAndMail2({ ...input, since: wakeAt }))
  await sleep(Math.max(1, wakeAt - Date.now()))
  ;({ wakeAt } = await wakes.mail3({ ...input, since: wakeAt }))
  await sleep(Math.max(1, wakeAt - Date.now()))
  await wakes.taskAndFinish({ ...input, since: wakeAt })
}

/** Does nothing: what a raw signal-with-start costs. */
export async function emptyWorkflow(): Promise<void> {}
