/**
 * Who the company is towards its leads: what mails, postcards and public pages show and are signed with. One JSON
 * setting (`company_profile`); read whole.
 */
import { z } from 'zod'

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'Colours are written like #1d4ed8.')
const webAddress = z.url({ protocol: /^https?$/, error: 'Web addresses begin with https:// or http://.' })
/** A name and an address as mail headers show them; no line breaks, so that nobody's name begins a new header. */
const headerText = z
  .string()
  .max(200)
  .regex(/^\P{Cc}*$/u, 'One line only.')

export const mailboxSchema = z.strictObject({
  name: headerText.default('').meta({ title: 'Name' }),
  email: z.email().meta({ title: 'Email address' }),
})
/** A sender or recipient: `Anna Berg <anna@example.org>`. */
export type Mailbox = z.infer<typeof mailboxSchema>

export const companyProfileSchema = z.strictObject({
  /** Shown as the sender of everything. @default 'Trellis' */
  name: z.string().min(1).max(200).default('Trellis'),
  /** Physical address, as it stands under marketing mail (CAN-SPAM, 16 CFR 316.2(p)). Empty: such mail cannot be published. */
  postalAddress: z.string().max(500).default(''),
  /** Where the company's own website is. */
  website: webAddress.optional(),
  privacyUrl: webAddress.optional(),
  logoUrl: webAddress.optional(),
  /** Buttons and links of public pages and mails. */
  accentColour: colour.default('#1d4ed8'),
  /** Default sender. Absent: real mail cannot be sent. */
  from: mailboxSchema.optional(),
  replyTo: mailboxSchema.optional(),
  /** BCP 47; what a lead without a language reads. @default 'en' */
  language: z.string().max(35).default('en'),
})
export type CompanyProfile = z.infer<typeof companyProfileSchema>

/** A company that has said nothing about itself. */
export function emptyCompanyProfile(): CompanyProfile {
  return companyProfileSchema.parse({})
}
