/** Every workflow function, nothing else. */
export { leadWorkflow } from './lead.ts'
export { mailroomWorkflow } from './mailroom.ts'
