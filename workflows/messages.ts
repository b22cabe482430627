/** Names that cross the Temporal border: workflow ids, signals, inputs. Ids only, never personal data. */

/** Someone wrote an input for this lead: look. Carries nothing, on purpose (inputs are rows). */
export const pokeSignal = 'poke'

/** One execution per lead. */
export function leadWorkflowId(leadId: string): string {
  return `lead:${leadId}`
}

export interface LeadWorkflowInput {
  leadId: string
}
