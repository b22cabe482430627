import { describe, expect, test } from 'vitest'
import { classifyMail, referencesOf } from '#activities/inbound/classify.ts'
import { parseMail } from '#activities/inbound/parse-mail.ts'
import { rawBounce, rawComplaint, rawMail, type RawMail } from './raw-mail.ts'

const delivery = '01997f0a-1234-7abc-8def-0123456789ab'
const ours = `<${delivery}@leads.example.org>`

const kindOf = async (raw: Buffer) => classifyMail(await parseMail(raw))

describe('classifyMail(): replies', () => {
  test('keeps the own words of a reply, without quotes and signature', async () => {
    const text = [
      'Sounds good.',
      '',
      'Next week?',
      '',
      'On Mon, 2 Nov 2026 at 10:00, Company <hello@company.example>',
      'wrote:',
      '> Hello Ada',
      '> unsubscribe: https://x.example/u/1',
    ].join('\n')
    expect(await kindOf(rawMail({ text }))).toEqual({ kind: 'reply', words: 'Sounds good.\n\nNext week?' })
    expect(await kindOf(rawMail({ text: 'Ja, gern.\n-- \nAda\nstop' }))).toEqual({ kind: 'reply', words: 'Ja, gern.' })
    const german = 'Passt.\n\nAm 02.11.2026 um 10:00 schrieb Company <hello@company.example>:\n> STOP'
    expect(await kindOf(rawMail({ text: german }))).toEqual({ kind: 'reply', words: 'Passt.' })
  })

  test('reads HTML-only mail as its text', async () => {
    const raw = rawMail({ text: '<p>Hi <b>there</b></p>', headers: { 'Content-Type': 'text/html; charset=utf-8' } })
    expect(await kindOf(raw)).toEqual({ kind: 'reply', words: 'Hi there' })
  })

  test.each([
    'I will not stop by on Monday.',
    'Please cancel the demo, we bought it already.',
    'At the end we said no.',
  ])('a sentence with a stop word in it is a reply: %s', async (text) => {
    expect(await kindOf(rawMail({ text }))).toMatchObject({ kind: 'reply' })
  })
})

describe('classifyMail(): asking for no more', () => {
  test.each([
    'STOP',
    'Stop!',
    'please unsubscribe',
    'Unsubscribe me, thanks',
    'opt-out',
    'Quit.\n\nOn Mon, 2 Nov 2026, Company wrote:\n> Hello',
    'Abmelden bitte',
    'Bitte keine E-Mails mehr',
    'Désinscription svp',
    'Baja, por favor',
    'Please remove me from your list. I never asked for this.',
    'stop emailing me',
    'I revoke my consent.',
  ])('%j', async (text) => {
    expect(await kindOf(rawMail({ text }))).toMatchObject({ kind: 'unsubscribe' })
  })

  test('by the subject of an unsubscribe mail; "Re: Unsubscribe" alone is none', async () => {
    expect(await kindOf(rawMail({ subject: 'unsubscribe', text: '' }))).toMatchObject({ kind: 'unsubscribe' })
    expect(await kindOf(rawMail({ subject: 'Re: Unsubscribe', text: 'What does this do?' }))).toMatchObject({
      kind: 'reply',
    })
  })
})

describe('classifyMail(): machines', () => {
  test.each<[string, RawMail]>([
    ['RFC 3834', { headers: { 'Auto-Submitted': 'auto-replied' } }],
    ['RFC 3834 with a comment', { headers: { 'Auto-Submitted': 'auto-generated (rejected)' } }],
    ['X-Autoreply', { headers: { 'X-Autoreply': 'yes' } }],
    ['Precedence', { headers: { Precedence: 'auto_reply' } }],
    ['null return path', { headers: { 'Return-Path': '<>' } }],
    ['English', { subject: 'Automatic reply: Hello' }],
    ['English office', { subject: 'Out of Office Re: Hello' }],
    ['German', { subject: 'Automatische Antwort: Hallo' }],
    ['German absence', { subject: 'Abwesenheitsnotiz' }],
    ['French', { subject: 'Réponse automatique : Bonjour', headers: { 'Content-Language': 'fr' } }],
  ])('out of office by %s, even when it says stop', async (_by, mail) => {
    expect(await kindOf(rawMail({ text: 'STOP', ...mail }))).toMatchObject({ kind: 'auto_reply' })
  })

  test('"Auto-Submitted: no" is a person', async () => {
    expect(await kindOf(rawMail({ headers: { 'Auto-Submitted': 'no' } }))).toMatchObject({ kind: 'reply' })
  })

  test('our own message, come back as a copy, is nothing', async () => {
    expect(await kindOf(rawMail({ id: ours }))).toEqual({ kind: 'other', reason: 'own_message' })
  })

  test('a bounce without a machine part is shown, not acted on', async () => {
    expect(await kindOf(rawMail({ from: 'Mailer-Daemon@mx.example', text: '550 no such user' }))).toEqual({
      kind: 'other',
      reason: 'bounce_without_report',
    })
  })
})

describe('classifyMail(): bounces (RFC 3464)', () => {
  test.each([
    ['5.1.1', undefined, 'hard_bounce', '5.1.1'],
    ['5.2.1', undefined, 'hard_bounce', '5.2.1'],
    ['5.4.4', undefined, 'hard_bounce', '5.4.4'],
    ['5.2.2', undefined, 'soft_bounce', '5.2.2'],
    ['5.7.1', undefined, 'soft_bounce', '5.7.1'],
    ['4.2.2', undefined, 'soft_bounce', '4.2.2'],
    ['4.4.7', undefined, 'soft_bounce', '4.4.7'],
    ['5.0.0', '550 5.1.1 user unknown', 'hard_bounce', '5.1.1'],
    ['5.0.0', '552 5.2.2 over quota', 'soft_bounce', '5.2.2'],
    ['', '550 no such user here', 'hard_bounce', '550'],
    ['', 'something odd', 'soft_bounce', 'unknown'],
  ])('status %j, diagnostic %j: %s', async (status, diagnostic, kind, code) => {
    const raw = rawBounce({ messageId: ours, status, ...(diagnostic === undefined ? {} : { diagnostic }) })
    expect(await kindOf(raw)).toEqual({ kind: 'bounce', feedback: { kind, code }, recipients: ['ada@example.org'] })
  })

  test.each(['delayed', 'delivered', 'relayed', 'expanded'])('"Action: %s" is nothing to act on', async (action) => {
    expect(await kindOf(rawBounce({ messageId: ours, action }))).toMatchObject({ kind: 'bounce', feedback: null })
  })
})

describe('classifyMail(): complaints (RFC 5965)', () => {
  test.each(['abuse', 'fraud', 'other'])('feedback type "%s"', async (type) => {
    expect(await kindOf(rawComplaint({ messageId: ours, type }))).toEqual({ kind: 'complaint', code: type })
  })
  test('"not-spam" takes one back and is for a person', async () => {
    expect(await kindOf(rawComplaint({ messageId: ours, type: 'not-spam' }))).toMatchObject({ kind: 'other' })
  })
})

describe('referencesOf()', () => {
  const refs = async (raw: Buffer) => referencesOf(await parseMail(raw))

  test('finds our Message-ID in In-Reply-To, References, and what a report sent back', async () => {
    const found = { byReference: [delivery], byAddress: [] }
    expect(await refs(rawMail({ headers: { 'In-Reply-To': ours } }))).toEqual(found)
    expect(await refs(rawMail({ headers: { References: `<a@b.example>\r\n ${ours} <c@d.example>` } }))).toEqual(found)
    expect(await refs(rawBounce({ messageId: ours }))).toEqual(found)
    expect(await refs(rawComplaint({ messageId: ours }))).toEqual(found)
  })

  test('finds the delivery in the address, wherever it was handed to', async () => {
    const tag = delivery.replaceAll('-', '')
    expect(await refs(rawMail({ to: `replies+${tag}@company.example` }))).toEqual({
      byReference: [],
      byAddress: [delivery],
    })
    expect(await refs(rawMail({ headers: { 'Delivered-To': `bounce-${tag}@company.example` } }))).toMatchObject({
      byAddress: [delivery],
    })
  })

  test("finds nothing in other people's ids", async () => {
    expect(await refs(rawMail({ headers: { 'In-Reply-To': '<CA+abc@mail.example>' } }))).toEqual({
      byReference: [],
      byAddress: [],
    })
  })
})

describe('parseMail()', () => {
  test('the key is the Message-ID, without one a hash of the bytes', async () => {
    expect((await parseMail(rawMail())).key).toBe('id:r1@example.org')
    const first = await parseMail(rawMail({ id: '' }))
    expect(first.key).toMatch(/^sha256:/)
    expect((await parseMail(rawMail({ id: '' }))).key).toBe(first.key)
    expect((await parseMail(rawMail({ id: '', text: 'Other' }))).key).not.toBe(first.key)
  })

  test('hostile bytes are read as text: NUL, broken encodings, a header injected by folding', async () => {
    const raw = Buffer.concat([rawMail({ text: 'a\0b' }), Buffer.from([0xff, 0xfe, 0xc3])])
    expect((await parseMail(raw)).text).not.toContain('\0')
    const empty = await parseMail(Buffer.alloc(0))
    expect(empty).toMatchObject({ from: '', subject: '', text: '', report: null })
  })

  test('a nested message is bounded', async () => {
    const deep = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'.concat(
      '--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'.repeat(3000),
    )
    const parsed = await parseMail(Buffer.from(deep)).catch((error: unknown) => error)
    expect(parsed).toBeDefined()
  })
})
