import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RenderedMessage, SendResult } from '#activities/providers/contract.ts'
import { referencesOf } from '#activities/inbound/classify.ts'
import { createSmtpProvider, type SmtpOptions } from '#activities/providers/smtp.ts'
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink.ts'

let sink: SmtpSink
let open: { close(): void }[]
beforeEach(async () => {
  sink = await startSmtpSink()
  open = []
})
afterEach(async () => {
  for (const provider of open) provider.close()
  await sink.close()
})

function provider(options: Partial<SmtpOptions> = {}) {
  const made = createSmtpProvider({
    url: sink.url,
    sender: () => Promise.resolve({ name: 'Ada Lovelace', email: 'ada@company.example' }),
    ...options,
  })
  open.push(made)
  return made
}

let made = 0
function message(more: Partial<RenderedMessage> = {}): RenderedMessage {
  made += 1
  return {
    deliveryId: `delivery-${String(made)}`,
    leadId: 'lead',
    channel: 'email',
    to: 'bob@example.org',
    subject: 'Grüße',
    html: '<p>Hello</p>',
    plain: 'Hello',
    headers: {
      'Message-ID': `<delivery-${String(made)}@company.example>`,
      'List-Unsubscribe': '<https://company.example/u/abc>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
    isTest: false,
    ...more,
  }
}

async function send(more: Partial<RenderedMessage> = {}, options: Partial<SmtpOptions> = {}): Promise<SendResult> {
  const [result] = await provider(options).send([message(more)])
  if (result === undefined) throw new Error('The provider gave no answer.')
  return result
}

const folded = (raw: string): string => raw.replaceAll(/\r\n[ \t]+/g, ' ')

describe('mail by SMTP', () => {
  test('has sender, reply address, bounce address, one recipient, both texts and the given headers', async () => {
    const result = await send({
      from: { name: 'Grace Hopper', email: 'grace@company.example' },
      replyTo: { name: '', email: 'answers@company.example' },
      envelopeFrom: 'bounce+1@mail.company.example',
    })
    expect(result).toMatchObject({ outcome: 'accepted', providerId: expect.stringMatching(/^250 /) })
    const [mail] = sink.mails
    expect(mail).toMatchObject({ from: 'bounce+1@mail.company.example', to: ['bob@example.org'] })
    const raw = folded(mail?.raw ?? '')
    for (const line of [
      'From: Grace Hopper <grace@company.example>',
      'Reply-To: answers@company.example',
      'To: bob@example.org',
      'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
      `Message-ID: ${mail?.messageId ?? ''}`,
      'List-Unsubscribe: <https://company.example/u/abc>',
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Type: text/html; charset=utf-8',
    ])
      expect(raw).toContain(`${line}\r\n`)
  })

  test('comes back, when it cannot be delivered, to an address that says which mail it was', async () => {
    const deliveryId = '01990000-0000-7000-8000-0123456789ab'
    await send({ deliveryId }, { bounceAddress: 'bounces@company.example' })
    const from = sink.mails[0]?.from ?? ''
    expect(from).toBe('bounces+019900000000700080000123456789ab@company.example')
    const rest = { key: 'k', messageId: null, from: '', subject: '', text: '', references: [], signs: {}, report: null }
    expect(referencesOf({ ...rest, to: [from] }).byAddress).toEqual([deliveryId])
  })

  test('without a sender of its own it comes from the company; without any it waits', async () => {
    await send()
    expect(sink.mails[0]?.from).toBe('ada@company.example')
    expect(await send({}, { sender: () => Promise.resolve(null) })).toMatchObject({
      outcome: 'unavailable',
      reason: expect.stringMatching(/^NO_SENDER/),
    })
    expect(sink.mails).toHaveLength(1)
  })

  test('uses a connection again, and a new one when the server has closed it meanwhile', async () => {
    const one = provider({ connections: 1 })
    const results: SendResult[] = []
    for (let n = 0; n < 3; n += 1) results.push(...(await one.send([message()])))
    await sink.shut()
    await sink.open()
    results.push(...(await one.send([message()])))
    expect(results.map((result) => result.outcome)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
    expect(sink.mails.filter((mail) => mail.raw !== '')).toHaveLength(4)
  })

  test('never sends a test lead anything', async () => {
    expect(await send({ isTest: true })).toMatchObject({ outcome: 'permanent' })
    expect(sink.mails).toEqual([])
  })

  test('a DKIM signature covers the unsubscribe headers (RFC 8058 §4)', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    await send({}, { dkim: { domain: 'company.example', selector: 's1', privateKey } })
    const signature =
      /^DKIM-Signature: (.*)$/im.exec(folded(sink.mails[0]?.raw ?? ''))?.[1]?.replaceAll(/\s/g, '') ?? ''
    expect(signature).toContain('d=company.example;')
    expect(signature).toContain('s=s1;')
    const fields = /;h=([^;]+);/i.exec(signature)?.[1]?.toLowerCase().split(':') ?? []
    expect(fields).toEqual(
      expect.arrayContaining([
        'from',
        'to',
        'subject',
        'message-id',
        'date',
        'list-unsubscribe',
        'list-unsubscribe-post',
      ]),
    )
  })
})

describe('what an SMTP server says', () => {
  test.each([
    [{ at: 'recipient', code: 450, text: '4.2.1 greylisted' }, 'temporary', undefined],
    [{ at: 'recipient', code: 451, text: 'local problem' }, 'temporary', undefined],
    [{ at: 'text', code: 452, text: '4.2.2 mailbox full' }, 'temporary', undefined],
    [{ at: 'recipient', code: 421, text: '4.7.0 too many' }, 'temporary', undefined],
    [{ at: 'recipient', code: 550, text: '5.1.1 no such user' }, 'permanent', true],
    [{ at: 'recipient', code: 550, text: 'No such user here' }, 'permanent', true],
    [{ at: 'recipient', code: 550, text: '5.7.1 blocked by policy' }, 'permanent', undefined],
    [{ at: 'text', code: 554, text: '5.7.1 looks like spam' }, 'permanent', undefined],
    [{ at: 'sender', code: 553, text: '5.1.8 sender refused' }, 'permanent', undefined],
    [{ at: 'sender', code: 530, text: '5.7.0 login first' }, 'unavailable', undefined],
  ] as const)('%o: %s', async (answer, outcome, badAddress) => {
    sink.answer = () => answer
    const result = await send()
    expect(result).toMatchObject({
      outcome,
      reason: expect.stringMatching(new RegExp(`^SMTP_${String(answer.code)}: `)),
    })
    expect('badAddress' in result ? result.badAddress : undefined).toBe(badAddress)
  })

  test('after a refusal the connection goes on', async () => {
    sink.answer = ({ to }) => (to.startsWith('bad') ? { at: 'recipient', code: 550, text: '5.1.1 unknown' } : 'accept')
    const one = provider({ connections: 1 })
    expect(await one.send([message({ to: 'bad@example.org' })])).toMatchObject([{ outcome: 'permanent' }])
    expect(await one.send([message()])).toMatchObject([{ outcome: 'accepted' }])
  })

  test('a connection lost after the text was sent is of unknown fate, never a refusal', async () => {
    sink.answer = () => 'drop'
    expect(await send()).toMatchObject({ outcome: 'unknown' })
    expect(sink.taken()).toHaveLength(1)
  })

  test('no answer to the text in time is of unknown fate, too', async () => {
    sink.answer = () => 'stall'
    expect(await send({}, { limits: { finalAnswerMs: 300 } })).toMatchObject({ outcome: 'unknown' })
  })

  test('a refused connection, an unknown host and a wrong password make the provider unavailable', async () => {
    const locked = await startSmtpSink({ login: { user: 'ada', pass: 'right' } })
    const wrong = await send({}, { url: locked.url.replace(':right@', ':wrong@') })
    const right = await send({}, { url: locked.url })
    await locked.close()
    expect(wrong).toMatchObject({ outcome: 'unavailable', reason: expect.stringMatching(/^SMTP_UNREACHABLE.*535/) })
    expect(right).toMatchObject({ outcome: 'accepted' })
    expect(await send({}, { url: locked.url })).toMatchObject({ outcome: 'unavailable' })
    expect(await send({}, { url: 'smtp://nowhere.invalid:2525' })).toMatchObject({ outcome: 'unavailable' })
  })

  test('a server that takes connections and says nothing makes the provider unavailable', async () => {
    const mute = await startSmtpSink({ server: { onConnect: () => undefined } })
    expect(await send({}, { url: mute.url, limits: { answerMs: 200 } })).toMatchObject({ outcome: 'unavailable' })
    await mute.close()
  })
})

describe('attempts to write headers or recipients', () => {
  test.each([
    ['recipient with a line break', { to: 'bob@example.org\r\nRCPT TO:<eve@evil.example>' }],
    ['two recipients', { to: 'bob@example.org,eve@evil.example' }],
    ['recipient in angle brackets', { to: 'bob@example.org> SIZE=1\r\nRCPT TO:<eve@evil.example' }],
    ['subject with a line break', { subject: 'Hello\r\nBcc: eve@evil.example' }],
    ['sender name with a line break', { from: { name: 'Ada\r\nBcc: eve@evil.example', email: 'ada@company.example' } }],
    ['bounce address with a line break', { envelopeFrom: 'b@company.example\r\nRCPT TO:<eve@evil.example>' }],
    [
      'header value with a line break',
      { headers: { 'List-Unsubscribe': '<https://x.example>\nBcc: eve@evil.example' } },
    ],
    ['header name with a line break', { headers: { 'X-A: 1\r\nBcc': 'eve@evil.example' } }],
  ] as const)('%s: nothing is sent', async (_, more) => {
    expect(await send(more as Partial<RenderedMessage>)).toMatchObject({ outcome: 'permanent' })
    expect(sink.mails).toEqual([])
  })
})
