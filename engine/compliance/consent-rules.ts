/**
 * Where marketing needs a consent first, as data: per country and channel, with what may stand in for a consent, since when
 * and what says so. The lead's country chooses; the company's policy may be stricter, never laxer. Not legal advice.
 */
import type { Instant } from '../facts.ts'
import type { ContactPolicy } from '../library.ts'
import { dateOf, dayMs, formatLocalDate } from '../schedule/calendar.ts'
import type { ConsentBasis, ContactChannel } from '../vocabulary.ts'

export interface ConsentRule {
  /** Stable: `eu.eprivacy.email`, `ca.casl`. */
  id: string
  countries: readonly string[]
  channel: ContactChannel
  /** Day from which it binds, `YYYY-MM-DD`, UTC. */
  since: string
  /** What satisfies it. */
  bases: readonly ConsentBasis[]
  /** True when it protects individuals only, so that it does not bind a company all of whose leads are businesses. */
  individualsOnly: boolean
  text: string
  citation: string
}

/** European Economic Area. */
const eea = [
  'AT',
  'BE',
  'BG',
  'CY',
  'CZ',
  'DE',
  'DK',
  'EE',
  'ES',
  'FI',
  'FR',
  'GR',
  'HR',
  'HU',
  'IE',
  'IS',
  'IT',
  'LI',
  'LT',
  'LU',
  'LV',
  'MT',
  'NL',
  'NO',
  'PL',
  'PT',
  'RO',
  'SE',
  'SI',
  'SK',
] as const

/** Countries and channels that are not named need no consent first: an objection, a suppression or a do-not flag binds there. */
export const consentRules: readonly ConsentRule[] = [
  {
    id: 'eu.eprivacy.email',
    countries: eea.filter((country) => country !== 'DE'),
    channel: 'email',
    since: '2003-10-31',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: true,
    text: 'In the European Economic Area marketing mail to a person needs a consent, or that they are a customer who was told and may refuse.',
    citation: 'Directive 2002/58/EC, Art. 13(1), (2), (5)',
  },
  {
    id: 'de.uwg.email',
    countries: ['DE'],
    channel: 'email',
    since: '2004-07-08',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: false,
    text: 'In Germany marketing mail needs a consent, also to businesses, or that they are a customer who was told and may refuse.',
    citation: 'UWG § 7(2) Nr. 2, § 7(3)',
  },
  {
    id: 'gb.pecr.email',
    countries: ['GB'],
    channel: 'email',
    since: '2003-12-11',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: true,
    text: 'In the United Kingdom marketing mail to a person needs a consent, or the soft opt-in of a customer.',
    citation: 'Privacy and Electronic Communications (EC Directive) Regulations 2003, reg. 22',
  },
  {
    id: 'ch.uwg.email',
    countries: ['CH'],
    channel: 'email',
    since: '2007-04-01',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: false,
    text: 'In Switzerland mass marketing mail needs a consent, or that they are a customer who was told and may refuse.',
    citation: 'UWG (SR 241) Art. 3(1)(o)',
  },
  {
    id: 'ca.casl',
    countries: ['CA'],
    channel: 'email',
    since: '2014-07-01',
    bases: ['consent', 'implied_purchase', 'implied_inquiry'],
    individualsOnly: false,
    text: 'In Canada marketing mail needs a consent; a purchase implies one for two years, an inquiry for six months.',
    citation: 'CASL (S.C. 2010, c. 23), ss. 6, 10(9), 10(10)',
  },
  {
    id: 'au.spam_act',
    countries: ['AU'],
    channel: 'email',
    since: '2004-04-10',
    bases: ['consent', 'soft_opt_in', 'implied_purchase'],
    individualsOnly: false,
    text: 'In Australia marketing mail needs a consent, given or inferred from an existing relationship.',
    citation: 'Spam Act 2003 (Cth), s. 16 and Sch. 2',
  },
  {
    id: 'nz.uema',
    countries: ['NZ'],
    channel: 'email',
    since: '2007-09-05',
    bases: ['consent', 'soft_opt_in', 'implied_purchase'],
    individualsOnly: false,
    text: 'In New Zealand marketing mail needs a consent, given, inferred or deemed.',
    citation: 'Unsolicited Electronic Messages Act 2007, ss. 4, 9',
  },
  {
    id: 'jp.email',
    countries: ['JP'],
    channel: 'email',
    since: '2008-12-01',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: false,
    text: 'In Japan marketing mail needs a consent, or an existing business relationship.',
    citation: 'Act on Regulation of Transmission of Specified Electronic Mail (Act No. 26 of 2002), Art. 3',
  },
  {
    id: 'de.uwg.phone',
    countries: ['DE'],
    channel: 'phone',
    since: '2009-08-04',
    bases: ['consent'],
    individualsOnly: true,
    text: 'In Germany consumers are called only after their express consent.',
    citation: 'UWG § 7(2) Nr. 1, § 7a',
  },
  {
    id: 'at.tkg.phone',
    countries: ['AT'],
    channel: 'phone',
    since: '2003-08-20',
    bases: ['consent'],
    individualsOnly: false,
    text: 'In Austria marketing calls need a consent.',
    citation: 'TKG 2021 § 174 (before: TKG 2003 § 107)',
  },
  {
    id: 'nl.tw.phone',
    countries: ['NL'],
    channel: 'phone',
    since: '2021-07-01',
    bases: ['consent', 'soft_opt_in'],
    individualsOnly: true,
    text: 'In the Netherlands people are called only with their consent, or as customers.',
    citation: 'Telecommunicatiewet art. 11.7',
  },
  {
    id: 'fr.phone',
    countries: ['FR'],
    channel: 'phone',
    since: '2026-08-11',
    bases: ['consent'],
    individualsOnly: true,
    text: 'In France consumers are called only after their consent.',
    citation: 'Code de la consommation art. L. 223-1 (loi n° 2025-594 du 30 juin 2025)',
  },
]

/** Whether marketing on a channel needs a consent, and why. */
export interface ConsentNeed {
  required: boolean
  /** What satisfies it; empty when nothing is required. */
  bases: readonly ConsentBasis[]
  /** Id of the rule: one of `consentRules`, `company.require_consent` or `none`. */
  rule: string
  text: string
  citation: string
}

const anyBasis: readonly ConsentBasis[] = [
  'consent',
  'soft_opt_in',
  'legitimate_interest',
  'implied_purchase',
  'implied_inquiry',
]

/** @param country ISO 3166-1 alpha-2; null = unknown: the company's policy alone decides. */
export function consentNeed(
  channel: ContactChannel,
  country: string | null,
  at: Instant,
  policy: Pick<ContactPolicy, 'requireConsent' | 'leadsAre'>,
): ConsentNeed {
  const today = formatLocalDate(dateOf(Math.floor(at / dayMs)))
  const law = consentRules.find(
    (rule) =>
      rule.channel === channel &&
      rule.since <= today &&
      country !== null &&
      rule.countries.includes(country) &&
      !(rule.individualsOnly && policy.leadsAre === 'businesses'),
  )
  if (law !== undefined) {
    const { id, bases, text, citation } = law
    return { required: true, bases, rule: id, text, citation }
  }
  const citation = "the company's contact policy"
  if (policy.requireConsent) {
    const text = 'The company contacts nobody without a recorded consent.'
    return { required: true, bases: anyBasis, rule: 'company.require_consent', text, citation }
  }
  const text = 'No consent is needed here; whoever objects is left alone.'
  return { required: false, bases: [], rule: 'none', text, citation }
}

/** How long an implied consent lasts when nothing else is said (CASL s. 10(10)); null = until it is withdrawn. */
export const basisLasts: Record<ConsentBasis, string | null> = {
  consent: null,
  soft_opt_in: null,
  legitimate_interest: null,
  implied_purchase: 'P2Y',
  implied_inquiry: 'P6M',
}
