/** The company's promises about contact. */
import { contactPolicySchema } from '#engine/library.ts'
import { defineRoute } from './route.ts'

export const getContactPolicy = defineRoute({
  name: 'getContactPolicy',
  method: 'GET',
  path: '/api/v1/company/contact-policy',
  tag: 'Company',
  summary: 'How often, when and how leads are contacted, and what they may choose',
  responses: { 200: contactPolicySchema },
})

export const putContactPolicy = defineRoute({
  name: 'putContactPolicy',
  method: 'PUT',
  path: '/api/v1/company/contact-policy',
  tag: 'Company',
  summary: 'Replace the contact policy',
  description:
    'Caps, quiet hours, call hours, cool-off, consent, the topics and cadences of the preference centre, and link tracking. What is left out takes its default. It binds from then on, also what is queued.',
  body: contactPolicySchema,
  example: {
    caps: [{ channel: 'email', max: 3, within: 'P7D' }],
    preferences: { topics: [{ key: 'cheese', label: 'Cheese' }] },
    tracking: { links: true },
  },
  responses: { 200: contactPolicySchema },
})
