/** SPF (RFC 7208) as far as it can be judged without a message: is there one record, and can receivers evaluate it. */
import { ask, askTxt, type DnsResolver } from './dns-records.ts'

/** RFC 7208 §4.6.4: receivers give up (permerror) after this many look-ups, and after this many that find nothing. */
const mostLookups = 10
const mostVoid = 2

export interface SpfReading {
  /** SPF records of the domain itself. */
  records: string[]
  /** Terms that ask DNS, through all includes. */
  lookups: number
  /** What makes the record useless to receivers; null when nothing does. */
  error: string | null
  /** How it ends: `-`, `~`, `?`, `+`; null without `all` and `redirect`. */
  all: string | null
}

/** Reads the record of the domain and, in turn, of those it includes. @throws {DnsFailure} */
export async function readSpf(dns: DnsResolver, domain: string): Promise<SpfReading> {
  const state: Walk = { dns, lookups: 0, void: 0, open: new Set() }
  const records = await spfRecords(dns, domain)
  if (records.length === 0) return { records, lookups: 0, error: null, all: null }
  const walked = await walk(state, domain, records)
  return { records, lookups: state.lookups, ...walked }
}

interface Walk {
  dns: DnsResolver
  lookups: number
  void: number
  open: Set<string>
}

type Walked = Pick<SpfReading, 'error' | 'all'>

async function spfRecords(dns: DnsResolver, domain: string): Promise<string[]> {
  return (await askTxt(dns, domain)).filter((record) => /^v=spf1(\s|$)/i.test(record))
}

async function walk(state: Walk, domain: string, records: readonly string[]): Promise<Walked> {
  const failed = (error: string): Walked => ({ error, all: null })
  const [record] = records
  if (records.length > 1) {
    return failed(
      `"${domain}" has ${String(records.length)} SPF records, so receivers use none (RFC 7208 §4.5); merge them into one.`,
    )
  }
  if (record === undefined) return failed(`"${domain}" is included but has no SPF record (RFC 7208 §5.2); take it out.`)
  if (state.open.has(domain)) return failed(`"${domain}" includes itself; take that out.`)
  state.open.add(domain)
  let all: string | null = null
  let redirect: string | null = null
  for (const term of record.trim().split(/\s+/).slice(1)) {
    const parsed = /^([+\-~?])?(all|include|a|mx|ptr|ip4|ip6|exists)(?:[:/](.*))?$/i.exec(term)
    const modifier = /^([a-z][\w.-]*)=(.*)$/i.exec(term)
    if (parsed === null) {
      if (modifier === null)
        return failed(`"${term}" in the SPF record of "${domain}" is not understood; correct or remove it.`)
      if (modifier[1]?.toLowerCase() === 'redirect') redirect = modifier[2] ?? ''
      continue
    }
    const [, qualifier = '+', mechanism = '', rest = ''] = parsed
    const kind = mechanism.toLowerCase()
    if (kind === 'all') {
      all = qualifier
      break
    }
    if (kind === 'ip4' || kind === 'ip6') continue
    const problem = await follow(state, kind, rest.replace(/\/.*$/, '') || domain)
    if (problem !== null) return failed(problem)
  }
  if (all === null && redirect !== null) {
    const problem = countLookup(state)
    if (problem !== null) return failed(problem)
    const next = await walk(state, redirect, await spfRecords(state.dns, redirect))
    state.open.delete(domain)
    return next
  }
  state.open.delete(domain)
  return { error: null, all }
}

/** A term that asks DNS. What holds macros (`%{i}`) is counted, but cannot be asked without a message. */
async function follow(state: Walk, kind: string, target: string): Promise<string | null> {
  const tooMany = countLookup(state)
  if (tooMany !== null || target.includes('%')) return tooMany
  if (kind === 'include') return (await walk(state, target, await spfRecords(state.dns, target))).error
  if (kind !== 'a' && kind !== 'mx') return null
  const found: readonly unknown[] =
    kind === 'mx'
      ? await ask(target, () => state.dns.resolveMx(target))
      : [
          ...(await ask(target, () => state.dns.resolve4(target))),
          ...(await ask(target, () => state.dns.resolve6(target))),
        ]
  if (found.length > 0) return null
  state.void += 1
  return state.void > mostVoid
    ? `More than ${String(mostVoid)} names in the SPF record lead nowhere, "${target}" among them (RFC 7208 §4.6.4); take them out.`
    : null
}

function countLookup(state: Walk): string | null {
  state.lookups += 1
  return state.lookups > mostLookups
    ? `The SPF record needs more than ${String(mostLookups)} look-ups, so receivers give up on it (RFC 7208 §4.6.4); take out what is not used, or list addresses (ip4:).`
    : null
}
