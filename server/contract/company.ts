/** Who the company is towards its leads, and whether its mail will be believed. */
import { z } from 'zod'
import { companyProfileSchema } from '#engine/company.ts'
import { defineRoute } from './route.ts'

const shownProfileSchema = z.object({
  profile: companyProfileSchema,
  /** What it lacks for mail to real people; empty = nothing. */
  issues: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['error', 'warning']),
      path: z.array(z.union([z.string(), z.number()])),
      message: z.string(),
    }),
  ),
})

export const getCompanyProfile = defineRoute({
  name: 'getCompanyProfile',
  method: 'GET',
  path: '/api/v1/company/profile',
  tag: 'Company',
  summary: 'Who the company is: name, postal address, sender, colours',
  responses: { 200: shownProfileSchema },
})

export const putCompanyProfile = defineRoute({
  name: 'putCompanyProfile',
  method: 'PUT',
  path: '/api/v1/company/profile',
  tag: 'Company',
  summary: 'Replace the company profile',
  description:
    'Mails, postcards and public pages show it from then on. While live sending is on, the postal address and the sender cannot be taken away.',
  body: companyProfileSchema,
  example: { name: 'Tea & Co', postalAddress: '1 High Street\nLeeds LS1 1AA', from: { email: 'hello@tea.example' } },
  responses: { 200: shownProfileSchema },
  problems: ['COMPANY_INCOMPLETE'],
})

const statusSchema = z.enum(['ok', 'warning', 'error', 'unknown'])

export const getSenderDomain = defineRoute({
  name: 'getSenderDomain',
  method: 'GET',
  path: '/api/v1/company/sender-domain',
  tag: 'Company',
  summary: 'SPF, DKIM, DMARC and MX of the sender’s domain, with the records to paste',
  description:
    'Asks DNS when called, so it may take some seconds. Gmail and Yahoo (since February 2024) and Outlook.com (since May 2025) want SPF, DKIM and DMARC from who sends them 5,000 mails a day and more.',
  query: z.strictObject({
    domain: z
      .string()
      .trim()
      .toLowerCase()
      .regex(
        /^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
        'Write a domain, for example example.org.',
      )
      .optional()
      .describe('Another one than that of the profile’s sender.'),
    selector: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'Write a DKIM selector, for example s1.')
      .optional()
      .describe('The DKIM selector to look at, where a mail provider signs. By default the one Trellis signs with.'),
  }),
  responses: {
    200: z.object({
      domain: z.string(),
      status: statusSchema,
      checks: z.array(
        z.object({
          check: z.enum(['spf', 'dkim', 'dmarc', 'mx']),
          status: statusSchema,
          message: z.string(),
          found: z.array(z.string()),
          records: z.array(z.object({ host: z.string(), type: z.enum(['TXT', 'MX']), value: z.string() })),
        }),
      ),
    }),
  },
  problems: ['SENDER_UNKNOWN'],
})
