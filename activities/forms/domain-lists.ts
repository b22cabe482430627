/** The known lists of mail domains, from npm packages that are kept up to date; read once, when first asked for. */
import { createRequire } from 'node:module'
import type { DomainLists } from '#engine/forms/screening.ts'

const require = createRequire(import.meta.url)

let lists: { free: ReadonlySet<string>; disposable: ReadonlySet<string> } | null = null

function load(): NonNullable<typeof lists> {
  lists ??= {
    free: new Set(require('email-providers/all.json') as string[]),
    disposable: new Set([
      ...(require('disposable-email-domains/index.json') as string[]),
      ...(require('disposable-email-domains/wildcard.json') as string[]),
    ]),
  }
  return lists
}

/** About 120,000 domains of throw-away addresses and 9,000 of free mail; 20 MB of memory once read. */
export const knownDomains: DomainLists = {
  isFreeMail: (domain) => load().free.has(domain),
  isDisposable: (domain) => load().disposable.has(domain),
}
