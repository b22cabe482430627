import type { Command } from 'commander'
import { systemDns } from '#activities/company/dns-records.ts'
import { changeProfile, CompanyIncomplete, companyIssues } from '#activities/company/profile.ts'
import { checkSenderDomain } from '#activities/company/sender-domain.ts'
import { domainOf } from '#activities/messages/sender.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { companyProfileSchema, type CompanyProfile } from '#engine/company.ts'
import { loadConfig } from '#server/config.ts'
import { mailSetupOf } from '#server/providers.ts'
import { addCommand, CommandError, exitCodes, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

interface ProfileOptions {
  name?: string
  postalAddress?: string
  website?: string
  privacyUrl?: string
  logoUrl?: string
  accentColour?: string
  from?: string
  replyTo?: string
  language?: string
}

/** `trellis company show|set|sender-domain`: what mails, postcards and public pages are signed with. */
export function addProfileCommands(program: Command): void {
  const company = program.command('company').description('Who the company is towards its leads')
  addCommand(
    company,
    'show',
    'The profile, and what it lacks for real mail',
    (command) => command,
    () => withInstance(async ({ database: { db } }) => shown(await readCompanyProfile(db))),
  )
  addCommand<GlobalOptions & ProfileOptions>(
    company,
    'set',
    'Change parts of the profile; an empty text takes a part away',
    (command) =>
      command
        .option('--name <text>', 'shown as the sender of everything')
        .option('--postal-address <text>', 'under marketing mail; the law wants it; \\n begins a new line')
        .option('--from <mailbox>', 'sender of mails, like "Anna Berg <anna@example.org>"')
        .option('--reply-to <mailbox>', 'where answers go, when not to the sender')
        .option('--website <url>', "the company's own website")
        .option('--privacy-url <url>', 'the privacy notice, linked under every mail')
        .option('--logo-url <url>', 'shown above mails and pages')
        .option('--accent-colour <colour>', 'buttons and links, like #1d4ed8')
        .option('--language <tag>', 'what leads without a language read, like en or de-AT'),
    (_, { actor, ...options }) =>
      withInstance(async ({ database: { db } }) => {
        const profile = changed(await readCompanyProfile(db), options)
        try {
          await changeProfile(db, { profile, actor })
        } catch (error) {
          if (error instanceof CompanyIncomplete) throw new CommandError(error.message, { code: error.code })
          throw error
        }
        return shown(profile)
      }),
  )
  addCommand<GlobalOptions & { domain?: string; selector?: string }>(
    company,
    'sender-domain',
    "SPF, DKIM, DMARC and MX of the sender's domain, with the records to paste",
    (command) =>
      command
        .option('--domain <domain>', "another one than that of the profile's sender")
        .option('--selector <name>', 'the DKIM selector, where a mail provider signs'),
    (_, { domain: asked, selector }) =>
      withInstance(async ({ database: { db } }) => {
        const domain = asked ?? domainOf((await readCompanyProfile(db)).from?.email ?? '')
        if (domain === null) {
          throw new CommandError('The profile names no sender; set one (--from) or name a --domain.', {
            code: 'SENDER_UNKNOWN',
          })
        }
        const setup = await mailSetupOf(loadConfig())
        const dkim = selector === undefined ? setup.dkim : { selector, domain }
        const report = await checkSenderDomain(systemDns(), { domain, dkim, mailHost: setup.mailHost })
        const marks = { ok: 'ok     ', warning: 'warn   ', error: 'WRONG  ', unknown: '?      ' }
        const lines = report.checks.flatMap(({ check, status, message, found, records }) => [
          `${marks[status]}  ${check.toUpperCase().padEnd(5)}  ${message}`,
          ...found.map((record) => `                  now: ${record}`),
          ...records.map(({ host, type, value }) => `                  paste: ${host}  ${type}  "${value}"`),
        ])
        return {
          data: report,
          text: [`${domain}:`, ...lines].join('\n'),
          exitCode: report.status === 'error' ? exitCodes.refused : exitCodes.ok,
        }
      }),
  )
}

function shown(profile: CompanyProfile) {
  const issues = companyIssues(profile)
  const mailbox = (one: CompanyProfile['from']): string | undefined =>
    one === undefined ? undefined : `${one.name} <${one.email}>`.trim()
  const rows: [string, string | undefined][] = [
    ['Name', profile.name],
    ['Postal address', profile.postalAddress.replaceAll('\n', ', ')],
    ['Sender', mailbox(profile.from)],
    ['Answers to', mailbox(profile.replyTo)],
    ['Website', profile.website],
    ['Privacy', profile.privacyUrl],
    ['Logo', profile.logoUrl],
    ['Colour', profile.accentColour],
    ['Language', profile.language],
  ]
  const lines = rows.map(([label, value]) => `${label.padEnd(15)} ${value === undefined || value === '' ? '-' : value}`)
  return { data: { profile, issues }, text: [...lines, ...issues.map(({ message }) => `! ${message}`)].join('\n') }
}

/** @throws {CommandError} when a part cannot be used. */
function changed(before: CompanyProfile, options: ProfileOptions): CompanyProfile {
  const { from, replyTo, postalAddress, ...texts } = options
  const wanted: Record<string, unknown> = { ...before }
  const known = new Set(Object.keys(companyProfileSchema.shape))
  for (const [key, value] of Object.entries(texts)) {
    if (known.has(key)) wanted[key] = value === '' ? undefined : value
  }
  if (postalAddress !== undefined) wanted['postalAddress'] = postalAddress.replaceAll('\\n', '\n')
  if (from !== undefined) wanted['from'] = mailboxOf(from)
  if (replyTo !== undefined) wanted['replyTo'] = mailboxOf(replyTo)
  const parsed = companyProfileSchema.safeParse(wanted)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new CommandError(`The profile cannot be used. ${problems.join(' ')}`, { code: 'PROFILE_INVALID' })
}

/** `Anna Berg <anna@example.org>` or just the address; nothing for an empty text. */
function mailboxOf(text: string): { name: string; email: string } | undefined {
  if (text.trim() === '') return undefined
  const [, name = '', email] = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? []
  return { name: name.trim(), email: (email ?? text).trim() }
}
