/** Changing who the company is, and what it owes its readers before real mail leaves. */
import type { Database } from '#db/client.ts'
import { readCompanyProfile, saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import type { CompanyProfile } from '#engine/company.ts'
import type { Issue } from '#engine/issues.ts'
import { addressLine } from '../messages/layout.ts'

/** Thrown when a change would leave real mail without what the law asks of it. */
export class CompanyIncomplete extends Error {
  readonly code = 'COMPANY_INCOMPLETE'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ message }) => message).join(' '))
    this.name = 'CompanyIncomplete'
    this.issues = issues
  }
}

/**
 * What the profile lacks for mail to real people: a postal address (CAN-SPAM, 16 CFR 316.2(p); CASL s. 6(2)(b)) and, unless
 * one is configured beside it, a sender.
 */
export function companyIssues(profile: CompanyProfile, hasSender = false): Issue[] {
  const issues: Issue[] = []
  if (addressLine(profile) === '') {
    const message = "Marketing mail must name the company's postal address; fill it in."
    issues.push({ code: 'COMPANY_ADDRESS_MISSING', severity: 'error', path: ['postalAddress'], message })
  }
  if (profile.from === undefined && !hasSender) {
    const message = 'Nobody is named as the sender of mails; fill in a name and an address.'
    issues.push({ code: 'COMPANY_FROM_MISSING', severity: 'error', path: ['from'], message })
  }
  return issues
}

/**
 * Replaces the profile, audited.
 * @throws {CompanyIncomplete} when live sending is on and the new profile takes away what real mail needs.
 */
export async function changeProfile(
  db: Database,
  { profile, actor }: { profile: CompanyProfile; actor: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    const [before, { liveSending }] = await Promise.all([readCompanyProfile(tx), readSwitches(tx)])
    // A sender that was never in the profile is configured elsewhere (SMTP_FROM).
    const issues = liveSending ? companyIssues(profile, before.from === undefined) : []
    if (issues.length > 0) throw new CompanyIncomplete(issues)
    await saveCompanyProfile(tx, { profile, actor })
  })
}
