/** Every workflow function, nothing else. */
export { inboundWorkflow } from './inbound.ts'
export { leadWorkflow } from './lead.ts'
export { mailroomWorkflow } from './mailroom.ts'
export { reconcileWorkflow } from './reconcile.ts'
export { segmentSweepWorkflow } from './segment-sweep.ts'
export { taskKeeperWorkflow } from './task-keeper.ts'
export { testRunWorkflow } from './test-run.ts'
export { triggerSweepWorkflow } from './trigger-sweep.ts'
