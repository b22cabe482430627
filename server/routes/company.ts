import type { DnsResolver } from '#activities/company/dns-records.ts'
import { changeProfile, CompanyIncomplete, companyIssues } from '#activities/company/profile.ts'
import { checkSenderDomain } from '#activities/company/sender-domain.ts'
import { domainOf } from '#activities/messages/sender.ts'
import type { Database } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { getCompanyProfile, getSenderDomain, putCompanyProfile } from '../contract/company.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

/** How this installation signs and hands over its mail, as far as DNS must know. */
export interface MailSetup {
  dkim: { selector: string; domain: string; publicKey?: string } | null
  mailHost: string | null
}

export function companyRoutes(deps: {
  db: Database
  dns: DnsResolver
  mail: MailSetup
  hasSender: boolean
}): Implementation[] {
  const { db, dns, mail, hasSender } = deps
  const present = async () => {
    const profile = await readCompanyProfile(db)
    return ok({ profile, issues: companyIssues(profile, hasSender) })
  }
  return [
    implement(getCompanyProfile, present),

    implement(putCompanyProfile, async ({ body }, { actor }) => {
      try {
        await changeProfile(db, { profile: body, actor })
      } catch (error) {
        if (!(error instanceof CompanyIncomplete)) throw error
        throw new HttpProblem('COMPANY_INCOMPLETE', error.message, { issues: error.issues })
      }
      return present()
    }),

    implement(getSenderDomain, async ({ query }) => {
      const profile = await readCompanyProfile(db)
      const domain = query.domain ?? domainOf(profile.from?.email ?? '')
      if (domain === null) {
        throw new HttpProblem('SENDER_UNKNOWN', 'The company profile names no sender; fill it in, or ask for a domain.')
      }
      const dkim = query.selector === undefined ? mail.dkim : { selector: query.selector, domain }
      return ok(await checkSenderDomain(dns, { domain, dkim, mailHost: mail.mailHost }))
    }),
  ]
}
