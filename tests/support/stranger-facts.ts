import type { Facts } from '#engine/facts.ts'

/** The facts of a lead of whom nothing is known, not even an address. */
export function strangerFacts(): Facts {
  return {
    leadId: 'lead-1',
    fields: {},
    stage: 'new',
    attention: 'cool',
    score: 0,
    zone: null,
    isTest: false,
    erased: false,
    tags: {},
    events: {},
    totals: {},
    answers: {},
    received: {},
    deliveries: [],
    consents: {},
    suppressed: {},
    doNot: { email: false, postcard: false, phone: false },
    own: { deliveries: {}, tasks: {}, effects: {} },
  }
}
