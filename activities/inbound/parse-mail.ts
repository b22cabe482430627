/** A raw message (RFC 5322) as the facts that classifying looks at. */
import { createHash } from 'node:crypto'
import {
  simpleParser,
  type AddressObject,
  type Attachment,
  type HeaderLines,
  type HeaderValue,
  type Headers,
} from 'mailparser'
import { cleanText, cutText } from '#engine/text.ts'

/** Fields of a machine-readable block, names in lower case; of a repeated field the first counts. */
export type ReportFields = Readonly<Record<string, string>>

/** The machine part of a report: delivery status (RFC 3464) or feedback (RFC 5965). */
export interface MailReport {
  kind: 'delivery_status' | 'feedback'
  /** Per message first, then one per recipient (delivery status); one block (feedback). */
  blocks: ReportFields[]
  /** Headers of the message it is about, where they were sent back. */
  original: ReportFields
}

/** What came in. Addresses are lower case, without names; texts have no NUL. */
export interface ParsedMail {
  /** Its Message-ID, else a hash of its bytes: the same however often it is fetched. */
  key: string
  messageId: string | null
  from: string
  /** Every address it was sent or handed to: To, Cc, Delivered-To, X-Original-To, Envelope-To. */
  to: string[]
  subject: string
  /** The plain words, quotes included. */
  text: string
  /** In-Reply-To and References, nearest first, without angle brackets. */
  references: string[]
  /** Headers that tell a machine from a person, by lower-case name. */
  signs: Readonly<Record<string, string>>
  report: MailReport | null
}

const signNames = [
  'auto-submitted',
  'x-autoreply',
  'x-autorespond',
  'x-auto-reply-from',
  'x-mail-autoreply',
  'precedence',
  'return-path',
  'x-failed-recipients',
] as const

/** Longest text that is kept, in characters. */
const longestText = 20_000

/**
 * Reads a message. Attachments other than reports are ignored. Nested content is bounded by the parser's own limits.
 * @throws when the bytes are no message at all: to be taken in as `unreadable`.
 */
export async function parseMail(raw: Buffer): Promise<ParsedMail> {
  const mail = await simpleParser(raw, {
    keepDeliveryStatus: true,
    skipImageLinks: true,
    skipTextToHtml: true,
    maxHtmlLengthToParse: 500_000,
  })
  const { headers } = mail
  const messageId = mail.messageId === undefined ? null : bare(mail.messageId)
  return {
    key: messageId === null || messageId === '' ? hashKey(raw) : `id:${cutText(messageId, 900)}`,
    messageId,
    from: addressesOf(mail.from)[0] ?? '',
    to: recipientsOf(headers),
    subject: cutText((mail.subject ?? '').trim(), 500),
    text: cutText((mail.text ?? '').trim(), longestText),
    references: referencesOf(mail.inReplyTo, mail.references),
    signs: signsOf(mail.headerLines),
    report: reportOf(headers, mail.attachments),
  }
}

/** What names a message without Message-ID, or one that cannot be read. */
export function hashKey(raw: Buffer): string {
  return `sha256:${createHash('sha256').update(raw).digest('hex')}`
}

function clean(text: string): string {
  return cleanText(text).trim()
}

function bare(id: string): string {
  return clean(id).replace(/^</, '').replace(/>$/, '')
}

function addressesOf(header: AddressObject | AddressObject[] | undefined): string[] {
  const objects = header === undefined ? [] : Array.isArray(header) ? header : [header]
  return objects
    .flatMap(({ value }) =>
      value.flatMap(({ address, group }) => [address, ...(group ?? []).map((one) => one.address)]),
    )
    .flatMap((address) => (address === undefined || address === '' ? [] : [clean(address).toLowerCase()]))
}

function recipientsOf(headers: Headers): string[] {
  const named = ['to', 'cc', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to'].flatMap((name) => {
    const value = headers.get(name)
    if (value === undefined) return []
    const found = isAddresses(value)
      ? addressesOf(value)
      : textOf(value)
          .toLowerCase()
          .match(/[^\s<>,;"]+@[^\s<>,;"]+/g)
    return found ?? []
  })
  return [...new Set(named)]
}

function isAddresses(value: HeaderValue): value is AddressObject | AddressObject[] {
  const [one] = Array.isArray(value) ? value : [value]
  return typeof one === 'object' && 'value' in one && Array.isArray(one.value)
}

function referencesOf(inReplyTo: string | undefined, references: string | string[] | undefined): string[] {
  const older = references === undefined ? [] : Array.isArray(references) ? references : references.split(/\s+/)
  const all = [...(inReplyTo ?? '').split(/\s+/), ...older.toReversed()].map(bare).filter((id) => id !== '')
  return [...new Set(all)].slice(0, 50)
}

/** As they stand: the parser would turn the null return path `<>` into nothing. */
function signsOf(lines: HeaderLines): Record<string, string> {
  return Object.fromEntries(
    signNames.flatMap((name) => {
      const line = lines.find(({ key }) => key === name)?.line
      return line === undefined ? [] : [[name, clean(line.slice(name.length + 1)).toLowerCase()]]
    }),
  )
}

function textOf(value: HeaderValue): string {
  const [one] = Array.isArray(value) ? value : [value]
  if (typeof one === 'string') return clean(one)
  if (typeof one === 'object' && 'text' in one && typeof one.text === 'string') return clean(one.text)
  return ''
}

function reportOf(headers: Headers, attachments: readonly Attachment[]): MailReport | null {
  const contentType = headers.get('content-type')
  const isReport =
    typeof contentType === 'object' &&
    'params' in contentType &&
    typeof contentType.value === 'string' &&
    contentType.value.toLowerCase() === 'multipart/report'
  if (!isReport) return null
  const part = (...types: string[]): string | null => {
    const found = attachments.find((attachment) => types.includes(attachment.contentType.toLowerCase()))
    return found === undefined ? null : found.content.toString('utf8')
  }
  const original = readBlocks(
    part('message/rfc822', 'text/rfc822-headers', 'message/rfc822-headers', 'message/global') ?? '',
  )
  const status = part('message/delivery-status', 'message/global-delivery-status')
  if (status !== null) return { kind: 'delivery_status', blocks: readBlocks(status), original: original[0] ?? {} }
  const feedback = part('message/feedback-report')
  if (feedback !== null) return { kind: 'feedback', blocks: readBlocks(feedback), original: original[0] ?? {} }
  return null
}

/** Header-like lines, folded ones joined, parted by blank lines. At most 100 blocks of 64 KB are looked at. */
function readBlocks(text: string): ReportFields[] {
  return clean(text)
    .slice(0, 64_000)
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .slice(0, 100)
    .map((block) => {
      const fields: Record<string, string> = {}
      for (const line of block.replaceAll(/\n[ \t]+/g, ' ').split('\n')) {
        const match = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line)
        if (match?.[1] !== undefined) fields[match[1].toLowerCase()] ??= (match[2] ?? '').trim()
      }
      return fields
    })
    .filter((fields) => Object.keys(fields).length > 0)
}
