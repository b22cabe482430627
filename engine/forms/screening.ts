/**
 * Who is behind a form (PLAYBOOK B2): competitors and spam are told apart from leads, so that journeys can branch and
 * sales is not bothered. Marks, never drops. Pure: the lists come in.
 */
import { z } from 'zod'
import { foldText } from '../text.ts'

/** What a lead's field `screening` holds, the gravest first. A lead with nothing against it has none. */
export const screeningVerdicts = ['spam', 'competitor', 'disposable', 'free_mail'] as const
export type ScreeningVerdict = (typeof screeningVerdicts)[number]

const domainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/, 'Write a domain such as example.com.')

/** The company setting `screening`: what it adds to, and takes from, the known lists. */
export const screeningSchema = z.strictObject({
  /** Domains of competitors; their subdomains count, too. */
  competitorDomains: z.array(domainSchema).max(2000).default([]),
  /** Domains that are never marked, whatever the lists say. */
  trustedDomains: z.array(domainSchema).max(2000).default([]),
  /** Words or phrases; a submission that has one is held as spam. */
  spamWords: z.array(z.string().trim().min(2).max(100)).max(500).default([]),
  /** More links than this in all its texts is spam. */
  mostLinks: z.int().min(0).max(100).default(2),
})
export type Screening = z.infer<typeof screeningSchema>

/** Whether a domain (lower case) is on a known list. */
export interface DomainLists {
  isFreeMail(domain: string): boolean
  isDisposable(domain: string): boolean
}

/** The part after the last `@`, lower case; null when there is none. */
export function domainOf(email: string): string | null {
  const at = email.lastIndexOf('@')
  const domain =
    at === -1
      ? ''
      : email
          .slice(at + 1)
          .trim()
          .toLowerCase()
          .replace(/\.$/, '')
  return domain === '' ? null : domain
}

/**
 * The gravest thing there is to say about a submission, with why; null when there is nothing. `texts` are what was
 * written freely (not choices): spam words are looked for as whole words, whatever their case.
 */
export function screen(
  { email, texts }: { email: string | null; texts: readonly string[] },
  settings: Screening,
  lists: DomainLists,
): { verdict: ScreeningVerdict; reason: string } | null {
  const folded = texts.map((text) => foldText(text))
  const word = settings.spamWords.find((candidate) => folded.some((text) => hasWord(text, foldText(candidate))))
  if (word !== undefined) return { verdict: 'spam', reason: `It has the word "${word}".` }
  const links = folded.reduce((sum, text) => sum + (text.match(/https?:\/\/|www\.|\[url/g)?.length ?? 0), 0)
  if (links > settings.mostLinks) return { verdict: 'spam', reason: `It has ${String(links)} links.` }
  const domain = email === null ? null : domainOf(email)
  if (domain === null) return null
  const among = (list: readonly string[]): boolean =>
    list.some((entry) => domain === entry || domain.endsWith(`.${entry}`))
  if (among(settings.trustedDomains)) return null
  if (among(settings.competitorDomains)) return { verdict: 'competitor', reason: `"${domain}" is a competitor's.` }
  if (parents(domain).some((parent) => lists.isDisposable(parent))) {
    return { verdict: 'disposable', reason: `Addresses at "${domain}" are thrown away after use.` }
  }
  if (lists.isFreeMail(domain)) return { verdict: 'free_mail', reason: `"${domain}" is a free mail service.` }
  return null
}

/** `a.b.example` → itself, `b.example`. */
function parents(domain: string): string[] {
  const labels = domain.split('.')
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}

const endsInLetter = /[\p{L}\p{N}]$/u
const beginsWithLetter = /^[\p{L}\p{N}]/u

/** Whether the phrase stands in the text with no letter or digit right before or after it. */
function hasWord(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + 1)) {
    if (!endsInLetter.test(text.slice(0, at)) && !beginsWithLetter.test(text.slice(at + phrase.length))) return true
  }
  return false
}
