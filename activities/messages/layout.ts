/** The layout around plain and HTML bodies, and what every mail knows about the company. */
import { readFileSync } from 'node:fs'
import type { CompanyProfile } from '#engine/company.ts'
import type { Purpose } from '#engine/vocabulary.ts'
import { readableOn, textOn } from './colours.ts'
import { directionOf, wordsIn } from './words.ts'

const [before = '', after = ''] = readFileSync(new URL('./layout.liquid', import.meta.url), 'utf8').split('%content%')
/** The compiled layout, parted where the body goes: two Liquid templates. */
export const layoutParts = { before, after }

/** `company` in templates: all texts, empty where the profile says nothing, the postal address in one line. */
export function companyScope(company: CompanyProfile): Record<string, string> {
  return {
    name: company.name,
    postal_address: addressLine(company),
    website: company.website ?? '',
    privacy_url: company.privacyUrl ?? '',
    logo_url: company.logoUrl ?? '',
    email: company.replyTo?.email ?? company.from?.email ?? '',
  }
}

/** What authors may name as `company.<name>`. */
export const companyVariables = ['name', 'postal_address', 'website', 'privacy_url', 'logo_url', 'email'] as const

/** The postal address in one line; empty when there is none. */
export function addressLine({ postalAddress }: Pick<CompanyProfile, 'postalAddress'>): string {
  return postalAddress
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(', ')
}

/** Name and postal address in one line; an address that begins with the name says it once. */
function signatureOf(company: Pick<CompanyProfile, 'name' | 'postalAddress'>): string {
  const address = addressLine(company)
  if (address === '') return company.name
  return address.toLowerCase().startsWith(company.name.toLowerCase()) ? address : `${company.name}, ${address}`
}

/** `mail` in the layout; no author's business. */
export interface MailScope {
  subject: string
  language: string
  direction: 'ltr' | 'rtl'
  words: { unsubscribe: string; preferences: string; privacy: string }
  reason: string
  /** The company's name and postal address. */
  signature: string
  is_marketing: boolean
  shows_unsubscribe: boolean
  links_shown: boolean
  accent: string
  on_accent: string
  accent_on_dark: string
}

const paper = '#ffffff'
const darkPaper = '#1d2128'

/** What the layout says in one mail. `because` replaces the usual reason, in the author's words. */
export function mailScope(
  company: CompanyProfile,
  mail: { subject: string; language: string; purpose: Purpose; because: string | undefined },
): MailScope {
  const words = wordsIn(mail.language)
  const isMarketing = mail.purpose === 'nurture' || mail.purpose === 'promotional'
  const reason = (isMarketing ? words.reason : words.asked).replace('{company}', () => company.name)
  const accent = readableOn(company.accentColour, paper)
  return {
    subject: mail.subject,
    language: mail.language,
    direction: directionOf(mail.language),
    words,
    reason: mail.because ?? reason,
    signature: signatureOf(company),
    is_marketing: isMarketing,
    shows_unsubscribe: isMarketing,
    links_shown: isMarketing || company.privacyUrl !== undefined,
    accent,
    on_accent: textOn(accent),
    accent_on_dark: readableOn(company.accentColour, darkPaper),
  }
}
