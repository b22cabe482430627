/**
 * A worked example of a custom activity: asks a CRM how large the lead's company is and writes it to the lead. To use it,
 * copy it to `activities/custom/`, define a number field `company_size` and set CRM_API_KEY where the worker runs.
 */
import { z } from 'zod'
import { ActivityFailure, defineActivity } from '#activities/define-activity.ts'

/** Addresses that say nothing about a company. */
const mailboxProviders = new Set(['gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'gmx.net', 'proton.me'])

/** What the CRM answers; anything else is its mistake, not the lead's. */
const answerSchema = z.object({ name: z.string(), employees: z.int().min(0) })

/** The step "Look up the company". */
export const crmLookup = defineActivity({
  type: 'crm_lookup',
  title: 'Look up the company',
  category: 'lead',
  icon: 'database-search',
  description: "Asks the CRM how large the lead's company is, and writes it to the lead.",
  synonyms: ['enrich', 'company size', 'crm'],
  config: z.strictObject({
    address: z
      .url({ protocol: /^https?$/ })
      .meta({ title: 'CRM', description: 'Its address, for example https://crm.example.' }),
    field: z
      .string()
      .default('company_size')
      .meta({ title: 'Write to', description: 'The number field that gets the size.', picks: 'field' }),
    large: z
      .int()
      .min(1)
      .default(250)
      .meta({ title: 'Large from', description: 'From this many people on, the lead leaves by "Large".' }),
  }),
  ports: [
    { id: 'small', label: 'Small' },
    { id: 'large', label: 'Large' },
    { id: 'unknown', label: 'Not known' },
  ],
  summary: 'Company size from the CRM, large from {large}',
  needs: { fields: ['email'] },
  simulate: [
    { port: 'small', weight: 70, after: 'PT2S' },
    { port: 'large', weight: 20, after: 'PT2S' },
    { port: 'unknown', weight: 10, after: 'PT2S' },
  ],
  check: ({ address }) =>
    address.startsWith('http://') && !address.startsWith('http://localhost')
      ? [{ path: ['address'], message: `"${address}" would send the key in the clear; use https.` }]
      : [],
  retry: { maxAttempts: 5 },
  timeout: 'PT20S',
  async perform({ lead, idempotencyKey, signal, log }, { address, field, large }) {
    const domain = companyDomain(lead.fields['email'])
    if (domain === null) return { port: 'unknown' }

    const url = new URL(`/companies/${encodeURIComponent(domain)}`, address)
    const response = await fetch(url, {
      signal,
      headers: { authorization: `Bearer ${process.env['CRM_API_KEY'] ?? ''}`, 'x-request-id': idempotencyKey },
    })
    if (response.status === 404) return { port: 'unknown' }
    if (response.status === 401 || response.status === 403) {
      throw new ActivityFailure('CRM_KEY_REFUSED', 'The CRM refuses the key; check CRM_API_KEY.', { retry: false })
    }
    if (!response.ok) throw new ActivityFailure('CRM_UNAVAILABLE', `The CRM answered ${response.status}.`)

    const answer = answerSchema.safeParse(await response.json())
    if (!answer.success) throw new ActivityFailure('CRM_ANSWER_UNREADABLE', 'The CRM answered in an unknown form.')
    const { name, employees } = answer.data
    log.info('Looked up a company.', { employees })
    return {
      port: employees >= large ? 'large' : 'small',
      fields: { [field]: employees },
      output: { company: name, employees },
    }
  },
})

/** `ada@acme.example` → `acme.example`; null for private mailboxes and for what is no address. */
function companyDomain(email: unknown): string | null {
  if (typeof email !== 'string') return null
  const domain = email.split('@').at(1)?.trim().toLowerCase() ?? ''
  return domain.includes('.') && !mailboxProviders.has(domain) ? domain : null
}
