import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { DnsResolver } from '#activities/company/dns-records.ts'
import { checkSenderDomain, type SenderDomainRequest } from '#activities/company/sender-domain.ts'

/** DNS as a table: `TXT example.org` → answers. `fail` = a server failure; what is not listed does not exist. */
function dnsOf(zone: Record<string, readonly string[] | 'fail'>): DnsResolver {
  const look = async (type: string, name: string): Promise<readonly string[]> => {
    const found = zone[`${type} ${name}`]
    if (found === 'fail') throw Object.assign(new Error(`query${type} ESERVFAIL ${name}`), { code: 'ESERVFAIL' })
    if (found === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
    return found
  }
  return {
    // Long records come in pieces, as DNS gives them.
    resolveTxt: async (name) => (await look('TXT', name)).map((text) => text.match(/[\s\S]{1,200}/g) ?? []),
    resolveMx: async (name) =>
      (await look('MX', name)).map((text) => {
        const [priority = '', exchange = ''] = text.split(' ')
        return { priority: Number(priority), exchange }
      }),
    resolve4: async (name) => [...(await look('A', name))],
    resolve6: async (name) => [...(await look('AAAA', name))],
  }
}

function rsa(bits: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
}

const key = rsa(2048)
const good = {
  'TXT tea.example': ['google-site-verification=x', 'v=spf1 include:mail.example ~all'],
  'TXT mail.example': ['v=spf1 ip4:192.0.2.1 -all'],
  'TXT s1._domainkey.tea.example': [`v=DKIM1; k=rsa; p=${key}`],
  'TXT _dmarc.tea.example': ['v=DMARC1; p=quarantine; rua=mailto:d@tea.example'],
  'MX tea.example': ['10 mx.mail.example'],
}
const request: SenderDomainRequest = {
  domain: 'tea.example',
  dkim: { selector: 's1', domain: 'tea.example', publicKey: key },
  mailHost: 'smtp.mail.example',
}

async function look(zone: Record<string, readonly string[] | 'fail'>, more: Partial<SenderDomainRequest> = {}) {
  const report = await checkSenderDomain(dnsOf({ ...good, ...zone }), { ...request, ...more })
  const by = (name: string) => {
    const found = report.checks.find(({ check }) => check === name)
    if (found === undefined) throw new Error(`no check "${name}"`)
    return found
  }
  return { status: report.status, spf: by('spf'), dkim: by('dkim'), dmarc: by('dmarc'), mx: by('mx') }
}

describe('the check of the sender’s domain', () => {
  test('a domain that is set up well has nothing to paste', async () => {
    const { status, spf, dkim, dmarc, mx } = await look({})
    expect(status).toBe('ok')
    expect([spf, dkim, dmarc, mx].flatMap(({ records }) => records)).toEqual([])
  })

  test('a domain with nothing gets the records to paste', async () => {
    const report = await checkSenderDomain(dnsOf({}), request)
    expect(report.status).toBe('error')
    expect(report.checks.flatMap(({ records }) => records)).toEqual([
      { host: 'tea.example', type: 'TXT', value: 'v=spf1 a:smtp.mail.example ~all' },
      { host: 's1._domainkey.tea.example', type: 'TXT', value: `v=DKIM1; k=rsa; p=${key}` },
      { host: '_dmarc.tea.example', type: 'TXT', value: 'v=DMARC1; p=none; rua=mailto:postmaster@tea.example' },
    ])
  })

  test('what DNS does not answer is unknown, not wrong', async () => {
    const { status, spf, mx } = await look({ 'TXT tea.example': 'fail' })
    expect([status, spf.status, mx.status]).toEqual(['unknown', 'unknown', 'ok'])
    expect(spf.message).toMatch(/ESERVFAIL/)
  })

  describe('SPF', () => {
    test('several records are none (RFC 7208 §4.5); the merged one is offered', async () => {
      const { spf } = await look({
        'TXT tea.example': ['v=spf1 include:mail.example -all', 'v=spf1 ip4:192.0.2.9 ~all'],
      })
      expect(spf.status).toBe('error')
      expect(spf.records[0]?.value).toBe('v=spf1 include:mail.example ip4:192.0.2.9 ~all')
    })

    const chain = (length: number): Record<string, string[]> => ({
      'TXT tea.example': ['v=spf1 include:n1.example ~all'],
      ...Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `TXT n${String(index + 1)}.example`,
          [`v=spf1 ${index + 1 === length ? 'ip4:192.0.2.1' : `include:n${String(index + 2)}.example`} -all`],
        ]),
      ),
    })
    test('10 look-ups are fine, 11 are not (§4.6.4)', async () => {
      expect((await look(chain(10))).spf).toMatchObject({
        status: 'ok',
        message: expect.stringContaining('10 of at most 10') as string,
      })
      expect((await look(chain(11))).spf).toMatchObject({
        status: 'error',
        message: expect.stringContaining('more than 10') as string,
      })
    })

    test.each([
      ['an include without a record', 'v=spf1 include:none.example ~all', /none\.example/],
      ['an include of itself', 'v=spf1 include:tea.example ~all', /includes itself/],
      ['a word that is none', 'v=spf1 ip5:1.2.3.4 ~all', /ip5:1\.2\.3\.4/],
      ['names that lead nowhere', 'v=spf1 a:x1.example a:x2.example mx:x3.example ~all', /lead nowhere/],
      ['the whole world', 'v=spf1 +all', /every server/],
    ])('%s is an error', async (_, record, message) => {
      const { spf } = await look({ 'TXT tea.example': [record] })
      expect(spf.status).toBe('error')
      expect(spf.message).toMatch(message)
    })

    test('no end is a warning; a redirect is followed; macros are not asked', async () => {
      expect((await look({ 'TXT tea.example': ['v=spf1 ip4:192.0.2.1'] })).spf).toMatchObject({
        status: 'warning',
        records: [{ value: 'v=spf1 ip4:192.0.2.1 ~all' }],
      })
      expect((await look({ 'TXT tea.example': ['v=spf1 redirect=mail.example'] })).spf.status).toBe('ok')
      expect((await look({ 'TXT tea.example': ['v=spf1 exists:%{i}.x.example ~all'] })).spf.status).toBe('ok')
    })
  })

  describe('DKIM', () => {
    test.each([
      ['revoked', 'v=DKIM1; p=', 'error', /revoked/],
      ['cut off', `v=DKIM1; p=${key.slice(0, 60)}`, 'error', /cut off/],
      ['another', `v=DKIM1; p=${rsa(2048)}`, 'error', /not the one/],
      ['too short', `v=DKIM1; p=${rsa(512)}`, 'error', /512 bits/],
    ])('a key that is %s', async (_, record, status, message) => {
      const { dkim } = await look({ 'TXT s1._domainkey.tea.example': [record] })
      expect(dkim.status).toBe(status)
      expect(dkim.message).toMatch(message)
    })

    test('1024 bits are a warning, 2048 and Ed25519 are fine; a trial key counts for nothing', async () => {
      const elsewhere = { dkim: { selector: 's1', domain: 'tea.example' } }
      const at = async (record: string) => (await look({ 'TXT s1._domainkey.tea.example': [record] }, elsewhere)).dkim
      expect((await at(`p=${rsa(1024)}`)).status).toBe('warning')
      expect((await at(`p=${key}`)).status).toBe('ok')
      expect((await at(`k=ed25519; p=${Buffer.alloc(32, 7).toString('base64')}`)).status).toBe('ok')
      expect((await at(`t=y; p=${key}`)).message).toMatch(/t=y/)
    })

    test('unsigned mail cannot be judged', async () => {
      expect((await look({}, { dkim: null })).dkim).toMatchObject({ status: 'unknown', records: [] })
    })
  })

  describe('DMARC', () => {
    test('p=none is enough, but a mail that aligns with nothing fails it', async () => {
      const none = { 'TXT _dmarc.tea.example': ['v=DMARC1; p=none'] }
      expect((await look(none)).dmarc).toMatchObject({
        status: 'ok',
        message: expect.stringContaining('rua') as string,
      })
      const apart = { envelopeDomain: 'bounce.example', dkim: { selector: 's1', domain: 'other.example' } }
      const zone = { 'TXT bounce.example': ['v=spf1 -all'], 'TXT s1._domainkey.other.example': [`p=${key}`] }
      expect((await look({ ...none, ...zone }, apart)).dmarc.status).toBe('warning')
      expect((await look(zone, apart)).dmarc).toMatchObject({
        status: 'error',
        message: expect.stringContaining('put it into spam') as string,
      })
    })

    test('a subdomain aligns unless the record is strict', async () => {
      const sub = { envelopeDomain: 'bounce.example', dkim: { selector: 's1', domain: 'mail.tea.example' } }
      const at = async (record: string) => (await look({ 'TXT _dmarc.tea.example': [record] }, sub)).dmarc.status
      expect(await at('v=DMARC1; p=reject')).toBe('ok')
      expect(await at('v=DMARC1; p=reject; adkim=s')).toBe('error')
    })

    test('the record of the domain above counts, by its policy for subdomains', async () => {
      const { dmarc } = await look(
        { 'TXT _dmarc.tea.example': ['v=DMARC1; p=none; sp=reject'], 'TXT news.tea.example': ['v=spf1 -all'] },
        { domain: 'news.tea.example' },
      )
      expect(dmarc).toMatchObject({ status: 'ok', message: expect.stringContaining('p=reject') as string })
    })

    test('two records are none; a wrong policy is said', async () => {
      expect((await look({ 'TXT _dmarc.tea.example': ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] })).dmarc.status).toBe(
        'error',
      )
      expect((await look({ 'TXT _dmarc.tea.example': ['v=DMARC1; p=maybe'] })).dmarc.status).toBe('error')
    })
  })

  test('a domain that takes no mail is no sender (RFC 7505)', async () => {
    expect((await look({ 'MX tea.example': ['0 '] })).mx.status).toBe('error')
    expect((await look({ 'MX tea.example': [], 'A tea.example': ['192.0.2.1'] })).mx.status).toBe('warning')
    expect((await look({ 'MX tea.example': [] })).mx.status).toBe('error')
  })
})
