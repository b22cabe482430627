import { BlockList } from 'node:net'
import { describe, expect, test } from 'vitest'
import { judgeClick, suspectAtOnce, type Click } from '#activities/links/click-filter.ts'
import { trackingSchema } from '#engine/tracking.ts'

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
const request = {
  method: 'GET',
  headers: { 'user-agent': phone } as Record<string, string>,
  address: '203.0.113.7',
  networks: null,
  url: 'https://example.com/',
}

describe('what tells by itself', () => {
  const networks = new BlockList()
  networks.addSubnet('203.0.113.0', 24, 'ipv4')
  networks.addSubnet('2001:db8::', 32, 'ipv6')

  test.each([
    ['a person with a phone', request, null],
    ['HEAD', { ...request, method: 'HEAD' }, 'head_request'],
    ['no user agent', { ...request, headers: {} }, 'no_user_agent'],
    ['a crawler', { ...request, headers: { 'user-agent': 'BarracudaCentral' } }, 'bot_user_agent'],
    ['a command line', { ...request, headers: { 'user-agent': 'curl/8.5.0' } }, 'bot_user_agent'],
    [
      'a browser that fetches ahead',
      { ...request, headers: { 'user-agent': phone, 'sec-purpose': 'prefetch;prerender' } },
      'prefetch',
    ],
    ['an older one', { ...request, headers: { 'user-agent': phone, 'x-moz': 'prefetch' } }, 'prefetch'],
    ['a known network', { ...request, networks }, 'scanner_network'],
    ['a known network, IPv6', { ...request, address: '2001:db8::1', networks }, 'scanner_network'],
    ['another network', { ...request, address: '198.51.100.1', networks }, null],
    ['the link nobody sees', { ...request, url: '' }, 'honeypot'],
  ] as const)('%s', (_name, given, reason) => {
    expect(suspectAtOnce(given)).toBe(reason)
  })
})

describe('what tells in company', () => {
  const accepted = 1_000_000
  const tracking = trackingSchema.parse({})
  let id = 0
  const click = (at: number, url = 'https://example.com/a', suspicion: string | null = null): Click => ({
    id: (id += 1),
    url,
    at: accepted + at,
    suspicion,
  })
  const judge = (one: Click, ...others: Click[]) =>
    judgeClick(one, { all: [one, ...others], acceptedAt: accepted, tracking })

  test('a click within 5 s of acceptance is nobody’s; at 5 s it is somebody’s', () => {
    expect(judge(click(4999))).toBe('too_soon')
    expect(judge(click(5000))).toBeNull()
  })

  test('three different links within 5 s are a scanner’s, whichever of them is asked about; two are not', () => {
    const three = [click(60_000, 'https://a.test'), click(62_000, 'https://b.test'), click(65_000, 'https://c.test')]
    for (const one of three) {
      expect(judge(one, ...three.filter((other) => other !== one))).toBe('burst')
    }
    const slow = [click(60_000, 'https://a.test'), click(62_000, 'https://b.test'), click(65_001, 'https://c.test')]
    expect(judge(slow[0] as Click, ...slow.slice(1))).toBeNull()
    expect(judge(click(60_000), click(60_100), click(60_200), click(60_300))).toBeNull()
  })

  test('a click after the scanner’s burst is a person’s', () => {
    const burst = ['a', 'b', 'c', 'd'].map((name) => click(1000, `https://${name}.test`, null))
    expect(judge(click(120_000, 'https://a.test'), ...burst)).toBeNull()
  })

  test('who opens the honeypot opened the rest as well', () => {
    expect(judge(click(70_000), click(12_000, '', 'honeypot'))).toBe('honeypot')
    expect(judge(click(73_000), click(12_000, '', 'honeypot'))).toBeNull()
  })

  test('what was suspect at once stays so; without an acceptance nothing is too soon', () => {
    expect(judge(click(60_000, 'https://a.test', 'prefetch'))).toBe('prefetch')
    expect(judgeClick(click(0), { all: [], acceptedAt: null, tracking })).toBeNull()
  })
})
