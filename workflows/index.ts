/** Every workflow function, nothing else. */
export { leadWorkflow } from './lead.ts'
