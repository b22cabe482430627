/**
 * Will mail from this domain be believed? SPF, DKIM, DMARC and MX of the sender's domain, in plain words, with the records
 * to paste. What Gmail and Yahoo ask of bulk senders since February 2024, and Outlook.com since May 2025 (5,000 mails a day
 * and more): SPF and DKIM pass, a DMARC record of at least p=none, and the From domain aligned with one of them.
 */
import { ask, askTxt, DnsFailure, keyBits, readTags, type DnsResolver } from './dns-records.ts'
import { readSpf } from './spf.ts'

/** `unknown`: it could not be looked at. */
type CheckStatus = 'ok' | 'warning' | 'error' | 'unknown'

/** A record to paste into the domain's DNS. */
interface DnsRecord {
  host: string
  type: 'TXT' | 'MX'
  value: string
}

interface DomainCheck {
  check: 'spf' | 'dkim' | 'dmarc' | 'mx'
  status: CheckStatus
  /** One or more plain sentences: what is so, why it matters, what to do. */
  message: string
  /** The records as they are. */
  found: string[]
  /** The records as they should be; empty when nothing is to be done, or only others know. */
  records: DnsRecord[]
}

export interface SenderDomainReport {
  domain: string
  /** The worst of the checks. */
  status: CheckStatus
  checks: DomainCheck[]
}

export interface SenderDomainRequest {
  /** Of the From address, as DNS knows it. */
  domain: string
  /** Where mails are signed: `s` and `d` of the signature; null when mails are signed elsewhere or not at all. */
  dkim: { selector: string; domain: string; publicKey?: string } | null
  /** The mail server's host, to be named in a first SPF record; null when it is not known. */
  mailHost: string | null
  /** Domain of the bounce address. @default the From domain */
  envelopeDomain?: string
}

/** Asks DNS four questions at once. Never throws: what DNS does not answer is `unknown`. */
export async function checkSenderDomain(dns: DnsResolver, request: SenderDomainRequest): Promise<SenderDomainReport> {
  const checks = await Promise.all(
    Object.entries(checkers).map(([name, check]) => safely(name as DomainCheck['check'], check, dns, request)),
  )
  const order: CheckStatus[] = ['error', 'unknown', 'warning', 'ok']
  return {
    domain: request.domain,
    status: order.find((status) => checks.some((one) => one.status === status)) ?? 'ok',
    checks,
  }
}

type Check = (dns: DnsResolver, request: SenderDomainRequest) => Promise<DomainCheck>

const checkers = { spf: checkSpf, dkim: checkDkim, dmarc: checkDmarc, mx: checkMx }

async function safely(
  name: DomainCheck['check'],
  check: Check,
  dns: DnsResolver,
  request: SenderDomainRequest,
): Promise<DomainCheck> {
  try {
    return await check(dns, request)
  } catch (error) {
    if (!(error instanceof DnsFailure)) throw error
    return { check: name, status: 'unknown', message: `${error.message} Try again later.`, found: [], records: [] }
  }
}

async function checkSpf(
  dns: DnsResolver,
  { domain, mailHost, envelopeDomain = domain }: SenderDomainRequest,
): Promise<DomainCheck> {
  const { records: found, error, all, lookups } = await readSpf(dns, envelopeDomain)
  const suggested: DnsRecord = {
    host: envelopeDomain,
    type: 'TXT',
    value: `v=spf1 ${mailHost === null ? 'mx' : `a:${mailHost}`} ~all`,
  }
  const say = (status: CheckStatus, message: string, records: DnsRecord[] = []): DomainCheck => ({
    check: 'spf',
    status,
    message,
    found,
    records,
  })
  if (found.length === 0) {
    return say(
      'error',
      `"${envelopeDomain}" does not say which servers may send its mail (SPF). Gmail, Yahoo and Outlook.com want it from bulk senders. Add the record; where a provider sends for you, use the one it names (include:…).`,
      [suggested],
    )
  }
  if (error !== null) return say('error', error, found.length > 1 ? [{ ...suggested, value: merged(found) }] : [])
  if (all === '+')
    return say('error', 'The SPF record lets every server in the world send for you (+all); end it with ~all.', [
      { ...suggested, value: ended(found[0] ?? '') },
    ])
  if (all === null || all === '?')
    return say('warning', 'The SPF record does not say what to make of other servers; end it with ~all.', [
      { ...suggested, value: ended(found[0] ?? '') },
    ])
  return say(
    'ok',
    `SPF is set, and takes ${String(lookups)} of at most 10 look-ups. That it names your mail server is only seen in a mail's headers: send yourself a test.`,
  )
}

/** Several records as one: every term once, one `all` at the end. */
function merged(records: readonly string[]): string {
  const terms = records.flatMap((record) => record.trim().split(/\s+/).slice(1))
  const others = terms.filter((term) => !/^[+\-~?]?all$/i.test(term))
  return `v=spf1 ${[...new Set(others)].join(' ')} ~all`.replaceAll(/ {2,}/g, ' ')
}

function ended(record: string): string {
  return merged([record])
}

async function checkDkim(dns: DnsResolver, { dkim }: SenderDomainRequest): Promise<DomainCheck> {
  const say = (status: CheckStatus, message: string, found: string[] = [], records: DnsRecord[] = []): DomainCheck => ({
    check: 'dkim',
    status,
    message,
    found,
    records,
  })
  if (dkim === null) {
    return say(
      'unknown',
      'Trellis signs no mail (DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY_FILE are not set). Either set them, or make sure that your mail provider signs for the From domain: Gmail and Yahoo want every bulk mail signed.',
    )
  }
  const host = `${dkim.selector}._domainkey.${dkim.domain}`
  const wanted: DnsRecord[] =
    dkim.publicKey === undefined ? [] : [{ host, type: 'TXT', value: `v=DKIM1; k=rsa; p=${dkim.publicKey}` }]
  const found = await askTxt(dns, host)
  const keys = found.map(readTags).filter((tags) => tags.has('p'))
  const [key] = keys
  if (key === undefined) {
    return say(
      'error',
      `The public key of the signature is not in DNS: there is no DKIM record at "${host}", so every signature fails. Add it.`,
      found,
      wanted,
    )
  }
  if (keys.length > 1) {
    return say(
      'error',
      `There are ${String(keys.length)} DKIM keys at "${host}"; which one counts is undefined (RFC 6376 §3.6.2.2). Keep one.`,
      found,
      wanted,
    )
  }
  const value = key.get('p') ?? ''
  if (value === '')
    return say('error', `The key at "${host}" is revoked (p= is empty); publish the one in use.`, found, wanted)
  const type = key.get('k') ?? 'rsa'
  const bits = keyBits(type, value)
  if (bits === null)
    return say('error', `The key at "${host}" cannot be read; it was perhaps cut off. Paste it again.`, found, wanted)
  if (type === 'rsa' && bits < 1024) {
    return say(
      'error',
      `The key at "${host}" has ${String(bits)} bits; receivers ignore signatures of less than 1024 (RFC 8301 §3.2). Make one of 2048.`,
      found,
    )
  }
  if (dkim.publicKey !== undefined && value !== dkim.publicKey) {
    return say(
      'error',
      `The key at "${host}" is not the one that Trellis signs with, so every signature fails. Replace it.`,
      found,
      wanted,
    )
  }
  if (key.get('t')?.split(':').includes('y') === true) {
    return say(
      'warning',
      `The key at "${host}" says that signing is only being tried out (t=y); receivers then treat mails as unsigned. Take it out.`,
      found,
    )
  }
  if (type === 'rsa' && bits < 2048)
    return say('warning', `The key at "${host}" has ${String(bits)} bits; 2048 are recommended (RFC 8301 §3.2).`, found)
  return say('ok', `Mails are signed for "${dkim.domain}", and the key is in DNS.`, found)
}

async function checkDmarc(dns: DnsResolver, request: SenderDomainRequest): Promise<DomainCheck> {
  const { domain, dkim, envelopeDomain = domain } = request
  const { at, records: found } = await findDmarc(dns, domain)
  const say = (status: CheckStatus, message: string, records: DnsRecord[] = []): DomainCheck => ({
    check: 'dmarc',
    status,
    message,
    found,
    records,
  })
  const suggested: DnsRecord = {
    host: `_dmarc.${domain}`,
    type: 'TXT',
    value: `v=DMARC1; p=none; rua=mailto:postmaster@${domain}`,
  }
  const [record] = found
  if (record === undefined) {
    return say(
      'error',
      `"${domain}" has no DMARC record. Gmail, Yahoo and Outlook.com want one of at least p=none from bulk senders; the reports it asks for show who sends in your name.`,
      [suggested],
    )
  }
  if (found.length > 1)
    return say(
      'error',
      `There are ${String(found.length)} DMARC records at "_dmarc.${at}", so receivers use none (RFC 7489 §6.6.3); keep one.`,
    )
  const tags = readTags(record)
  const policy = (at === domain ? tags.get('p') : (tags.get('sp') ?? tags.get('p')))?.toLowerCase()
  if (policy === undefined || !['none', 'quarantine', 'reject'].includes(policy)) {
    return say(
      'error',
      `The DMARC record "${record}" has no valid policy (p=none, quarantine or reject); correct it.`,
      [suggested],
    )
  }
  const strict = (tag: string): boolean => tags.get(tag)?.toLowerCase() === 's'
  const spfAligned = isAligned(domain, envelopeDomain, at, strict('aspf'))
  const dkimAligned = dkim === null ? null : isAligned(domain, dkim.domain, at, strict('adkim'))
  if (!spfAligned && dkimAligned === false) {
    return say(
      policy === 'none' ? 'warning' : 'error',
      `Neither the bounce address ("${envelopeDomain}") nor the signature ("${dkim?.domain ?? ''}") is of the From domain "${domain}", so DMARC fails for every mail${policy === 'none' ? '; Gmail wants one of them aligned from bulk senders' : ` and receivers ${policy === 'reject' ? 'refuse it' : 'put it into spam'}`}. Sign for "${domain}".`,
    )
  }
  if (!spfAligned && dkimAligned === null) {
    return say(
      'warning',
      `The bounce address is of "${envelopeDomain}", not of "${domain}", so DMARC hangs on the signature; make sure that mails are signed for "${domain}".`,
    )
  }
  if (policy === 'none') {
    return say(
      'ok',
      `DMARC is set to watch only (p=none), which is what bulk senders need at least.${tags.has('rua') ? ' When the reports show only your own servers, raise it to p=quarantine.' : ' Add rua=mailto:… so that you get reports of who sends in your name.'}`,
    )
  }
  return say(
    'ok',
    `DMARC is set: receivers ${policy === 'reject' ? 'refuse' : 'put into spam'} what is not really yours (p=${policy}).`,
  )
}

/** The record of the domain, else of the nearest domain above it (the tree walk of DMARC's revision; no list of suffixes). */
async function findDmarc(dns: DnsResolver, domain: string): Promise<{ at: string; records: string[] }> {
  const labels = domain.split('.')
  for (let cut = 0; cut <= labels.length - 2; cut += 1) {
    const at = labels.slice(cut).join('.')
    const records = (await askTxt(dns, `_dmarc.${at}`)).filter((record) => /^v=DMARC1\s*(;|$)/i.test(record))
    if (records.length > 0) return { at, records }
  }
  return { at: domain, records: [] }
}

/** Relaxed: both below the domain whose record counts. Strict: the same. */
function isAligned(from: string, other: string, organisation: string, strict: boolean): boolean {
  if (from === other) return true
  return !strict && (other === organisation || other.endsWith(`.${organisation}`))
}

async function checkMx(dns: DnsResolver, { domain }: SenderDomainRequest): Promise<DomainCheck> {
  const records = await ask(domain, () => dns.resolveMx(domain))
  const found = records
    .toSorted((one, other) => one.priority - other.priority)
    .map(({ priority, exchange }) => `${String(priority)} ${exchange === '' ? '.' : exchange}`)
  const say = (status: CheckStatus, message: string): DomainCheck => ({
    check: 'mx',
    status,
    message,
    found,
    records: [],
  })
  if (records.some(({ exchange }) => exchange === '' || exchange === '.')) {
    return say(
      'error',
      `"${domain}" says that it takes no mail at all (RFC 7505), so answers and bounces are lost, and receivers may refuse mail from it. Send from a domain that takes mail.`,
    )
  }
  if (records.length > 0) return say('ok', 'Answers and bounces can be delivered.')
  const hosts = [...(await ask(domain, () => dns.resolve4(domain))), ...(await ask(domain, () => dns.resolve6(domain)))]
  return hosts.length > 0
    ? say(
        'warning',
        `"${domain}" has no MX record; mail to it goes to its web server (RFC 5321 §5.1), which rarely takes any. Add the record of your mail server, so that answers arrive.`,
      )
    : say(
        'error',
        `"${domain}" takes no mail: it has neither an MX record nor an address, so answers and bounces are lost. Correct the sender's domain.`,
      )
}
