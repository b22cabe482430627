/** How mail leaves: the variables of the SMTP server, its rates and the DKIM key. */
import { z } from 'zod'
import { mailboxSchema, type Mailbox } from '#engine/company.ts'

const perSecond = z.coerce
  .number({ error: 'must be a number of messages a second' })
  .positive('must be more than 0')
  .max(10_000)

/** `gmail.com=10,*=20`: a domain, or a star for all others. */
const domainRates = z.string().transform((text, context): [string, number][] =>
  text.split(',').map((part) => {
    const [domain = '', rate = ''] = part.trim().toLowerCase().split('=')
    const parsed = perSecond.safeParse(rate)
    if (/^(\*|[a-z0-9.-]+)$/.test(domain) && parsed.success) return [domain, parsed.data]
    context.addIssue({ code: 'custom', message: 'must be like gmail.com=10,yahoo.com=5,*=20 (messages a second)' })
    return ['', 0]
  }),
)

/** `Anna Berg <anna@example.org>` or just the address. */
const sender = z.string().transform((text, context): Mailbox => {
  const named = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text)
  const mailbox = mailboxSchema.safeParse({ name: named?.[1] ?? '', email: (named?.[2] ?? text).trim() })
  if (mailbox.success) return mailbox.data
  context.addIssue({ code: 'custom', message: 'must be like Anna Berg <anna@example.org>' })
  return z.NEVER
})

export const smtpVariables = {
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/\S+$/, 'must be like smtp://user:password@host:587 or smtps://user:password@host:465')
    .optional()
    .describe('Mail server that real mail is handed to; unset: mail stays in the built-in mailbox'),
  SMTP_FROM: sender
    .optional()
    .describe('Sender while the company profile names none, like Anna Berg <anna@example.org>'),
  SMTP_BOUNCE_ADDRESS: z
    .email('must be an email address')
    .refine((text) => text.indexOf('@') <= 30, 'must have at most 30 characters before the @')
    .optional()
    .describe('Where undeliverable mail comes back to, with a tag per mail (bounces+…@); its mailbox must take tags'),
  SMTP_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(10).describe('Connections to the mail server'),
  SMTP_RATE: perSecond.optional().describe('Most mails a second in all; unset: as fast as the server takes them'),
  SMTP_DOMAIN_RATES: domainRates
    .optional()
    .describe('Most mails a second to a domain, like gmail.com=10,*=20; unset: no limit'),
  DKIM_DOMAIN: z.string().min(1).optional().describe('Domain that mails are signed for; with the next two'),
  DKIM_SELECTOR: z.string().min(1).optional().describe('Selector of the DKIM key'),
  DKIM_KEY_FILE: z.string().min(1).optional().describe('File with the private DKIM key (PEM)'),
}

export interface SmtpConfig {
  url: string
  from: Mailbox | null
  bounceAddress: string | null
  connections: number
  /** Messages a second. */
  rate: number | null
  /** Messages a second by domain in lower case; `*` = every other domain. */
  domainRates: ReadonlyMap<string, number>
  dkim: { domain: string; selector: string; keyFile: string } | null
}

type Values = z.output<z.ZodObject<typeof smtpVariables>>

/** Null when no mail server is set. */
export function toSmtpConfig(values: Values): SmtpConfig | null {
  if (values.SMTP_URL === undefined) return null
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_KEY_FILE: keyFile } = values
  return {
    url: values.SMTP_URL,
    from: values.SMTP_FROM ?? null,
    bounceAddress: values.SMTP_BOUNCE_ADDRESS ?? null,
    connections: values.SMTP_CONNECTIONS,
    rate: values.SMTP_RATE ?? null,
    domainRates: new Map(values.SMTP_DOMAIN_RATES ?? []),
    dkim:
      domain === undefined || selector === undefined || keyFile === undefined ? null : { domain, selector, keyFile },
  }
}

/** What is wrong although each variable by itself is right. */
export function smtpProblems(values: Values): string[] {
  const given = [values.DKIM_DOMAIN, values.DKIM_SELECTOR, values.DKIM_KEY_FILE].filter((one) => one !== undefined)
  return given.length === 0 || given.length === 3
    ? []
    : ['DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE must be set together, or none of them']
}
