import { describe, expect, test } from 'vitest'
import { issueFormToken, readFormToken } from '#activities/forms/form-token.ts'
import { fieldsToAsk, translateForm } from '#engine/forms/ask.ts'
import { domainOf, screen, screeningSchema } from '#engine/forms/screening.ts'
import { isAllowedOrigin, isAllowedTarget } from '#engine/forms/website.ts'
import { formSchema } from '#engine/library.ts'
import { hashAddress } from '#server/public/visitor-limits.ts'

const form = formSchema.parse({
  key: 'f',
  title: 'F',
  fields: [
    { id: 'email', text: 'Email', type: 'email', field: 'email', required: true },
    ...['a', 'b', 'c'].map((id) => ({ id, text: id, type: 'text', field: id, ask: 'next' })),
    { id: 'note', text: 'Note', type: 'long_text' },
  ],
  consents: [{ id: 'news', wording: 'Yes, news.', purpose: 'promotional', channel: 'email' }],
  translations: { de: { consents: { news: 'Ja, Neues.' }, fields: { a: { text: 'Ä' } } } },
})

describe('fieldsToAsk()', () => {
  const ids = (known: string[], atMost = 2) =>
    fieldsToAsk({ ...form, progressive: { atMost } }, new Set(known)).map(({ id }) => id)

  test('asks what is always asked and the next unknown ones, in the form’s order', () => {
    expect(ids([])).toEqual(['email', 'a', 'b', 'note'])
    expect(ids(['a'])).toEqual(['email', 'b', 'c', 'note'])
    expect(ids(['a', 'c', 'email'])).toEqual(['b', 'note'])
    expect(ids(['a', 'b', 'c'], 9)).toEqual(['email', 'note'])
    expect(ids([], 0)).toEqual(['email', 'note'])
  })
})

test('a translated consent is kept as it was shown', () => {
  const { form: german, language } = translateForm(form, ['de-AT', 'en'])
  expect([language, german.consents[0]?.wording, german.fields[1]?.text]).toEqual(['de', 'Ja, Neues.', 'Ä'])
})

describe('screen()', () => {
  const lists = { isFreeMail: (d: string) => d === 'gmail.com', isDisposable: (d: string) => d === 'bin.example' }
  const settings = screeningSchema.parse({
    competitorDomains: ['Rival.Example'],
    trustedDomains: ['partner.example'],
    spamWords: ['viagra', 'free money', '彩票'],
  })
  const verdict = (email: string | null, ...texts: string[]) =>
    screen({ email, texts }, settings, lists)?.verdict ?? null

  test.each<[string | null, string[], string | null]>([
    ['a@rival.example', [], 'competitor'],
    ['A@Sub.RIVAL.example.', [], 'competitor'],
    ['a@notrival.example', [], null],
    ['a@x.bin.example', [], 'disposable'],
    ['a@gmail.com', [], 'free_mail'],
    ['a@mail.gmail.com', [], null],
    ['a@partner.example', [], null],
    // The gravest counts.
    ['a@rival.example', ['VIAGRA!'], 'spam'],
    [null, ['get FREE MONEY now'], 'spam'],
    [null, ['viagras'], null],
    [null, ['ünviagra'], null],
    [null, ['彩票'], 'spam'],
    [null, ['http://a www.b', 'https://c'], 'spam'],
    [null, ['see https://our.example'], null],
    ['no address', [], null],
  ])('%s with %j is %s', (email, texts, expected) => {
    expect(verdict(email, ...texts)).toBe(expected)
  })

  test('the domain is what stands after the last @', () => {
    expect([domainOf('"a@b"@c.example'), domainOf('a@'), domainOf('a')]).toEqual(['c.example', null, null])
  })
})

describe('websites', () => {
  const website = { origins: ['https://www.company.example', 'http://localhost:8080'] }

  test.each([
    ['https://www.company.example', true],
    ['https://www.company.example/thanks?x=1#y', true],
    ['HTTPS://WWW.Company.example/thanks', true],
    ['http://localhost:8080/x', true],
    ['https://own.example/x', true],
    ['https://www.company.example.evil.example/', false],
    ['https://www.company.example@evil.example/', false],
    ['https://www.company.example\\@evil.example/', false],
    ['https://evil.example/https://www.company.example', false],
    ['http://www.company.example/', false],
    ['javascript:alert(1)//https://www.company.example', false],
    ['//www.company.example', false],
  ])('a form may lead to %s: %s', (url, isAllowed) => {
    expect(isAllowedTarget(website, url, 'https://own.example/about')).toBe(isAllowed)
  })

  test('origins are compared exactly', () => {
    expect(isAllowedOrigin(website, 'https://www.company.example')).toBe(true)
    for (const origin of [undefined, 'null', '', 'https://company.example', 'https://www.company.example:8443']) {
      expect(isAllowedOrigin(website, origin)).toBe(false)
    }
  })
})

test('form tokens are of one form, one secret, one day and one spelling', () => {
  const now = Date.parse('2026-11-22T09:00:00Z')
  const token = issueFormToken('s'.repeat(32), 'f', now)
  expect(readFormToken('s'.repeat(32), 'f', token, now + 1000)).toMatchObject({ ok: true, issuedAt: now })
  expect(readFormToken('s'.repeat(32), 'g', token, now)).toEqual({ ok: false, reason: 'forged' })
  expect(readFormToken('t'.repeat(32), 'f', token, now)).toEqual({ ok: false, reason: 'forged' })
  expect(readFormToken('s'.repeat(32), 'f', `${token}=`, now)).toEqual({ ok: false, reason: 'forged' })
  expect(readFormToken('s'.repeat(32), 'f', token, now + 25 * 3_600_000)).toEqual({ ok: false, reason: 'expired' })
  expect(issueFormToken('s'.repeat(32), 'f', now)).not.toBe(token)
})

test('a visitor’s address counts by its network, under another name each day', () => {
  const now = Date.parse('2026-11-22T09:00:00Z')
  const of = (address: string, at = now, secret = 's') => hashAddress(secret, address, at)
  expect(of('2001:db8:1:2::1')).toBe(of('2001:db8:1:2:ffff::9'))
  expect(of('2001:db8:1:2::1')).not.toBe(of('2001:db8:1:3::1'))
  expect(of('192.0.2.1')).not.toBe(of('192.0.2.2'))
  expect(of('::ffff:192.0.2.1')).not.toBe(of('::ffff:192.0.2.2'))
  expect(of('192.0.2.1')).not.toBe(of('192.0.2.1', now + 86_400_000))
  expect(of('192.0.2.1')).not.toBe(of('192.0.2.1', now, 't'))
})
