/** Email by SMTP: one message to one recipient per call, and an honest word on what became of it. */
import DKIM from 'nodemailer/lib/dkim'
import MailComposer from 'nodemailer/lib/mail-composer'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import type { Mailbox } from '#engine/company.ts'
import type { Rates } from '../mailroom/throttle.ts'
import type { Provider, RenderedMessage, SendResult } from './contract.ts'
import { createSmtpConnections, SmtpFailure, type SmtpServer } from './smtp-connections.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS when offered), `smtps://…:465`; nodemailer's options as its query. */
  url: string
  /** The sender of messages that name none; null = there is none yet. */
  sender(): Promise<Mailbox | null>
  /** Where mail that cannot be delivered comes back to; each message's own by a tag (`bounces+<id>@…`). @default the sender */
  bounceAddress?: string
  /** Connections, and so calls under way at once. @default 10 */
  connections?: number
  rates?: Rates
  dkim?: { domain: string; selector: string; privateKey: string }
  /** See SmtpServer. */
  limits?: Pick<SmtpServer, 'messagesPerConnection' | 'idleMs' | 'answerMs' | 'finalAnswerMs'>
}

/**
 * What is signed: all that a mail program shows or acts on. RFC 8058 §4 asks for List-Unsubscribe and List-Unsubscribe-Post
 * to be covered; the list a library signs by itself has only the former.
 */
const signedFields =
  'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:' +
  'In-Reply-To:References:Feedback-ID:Auto-Submitted:List-Id:List-Unsubscribe:List-Unsubscribe-Post'

/** A provider that hands mail to an SMTP server. `close` it when the worker stops. */
export function createSmtpProvider(options: SmtpOptions): Provider & { close(): void } {
  const connections = createSmtpConnections({ ...readUrl(options.url), ...options.limits })
  const signer =
    options.dkim === undefined
      ? null
      : new DKIM({
          domainName: options.dkim.domain,
          keySelector: options.dkim.selector,
          privateKey: options.dkim.privateKey,
          headerFieldNames: signedFields,
        })

  const sendOne = async (message: RenderedMessage): Promise<SendResult> => {
    const { deliveryId } = message
    // Nothing of a test lead ever reaches a real server, whoever calls.
    if (message.isTest) return { deliveryId, outcome: 'permanent', reason: 'TEST_LEAD: test leads get no real mail.' }
    const from = message.from ?? (await options.sender())
    if (from === null) {
      return { deliveryId, outcome: 'unavailable', reason: 'NO_SENDER: the company profile names no sender (from).' }
    }
    const unfit = findUnfit(message, from)
    if (unfit !== null) return { deliveryId, outcome: 'permanent', reason: unfit }
    try {
      const raw = await compose(message, from, signer)
      const envelopeFrom = message.envelopeFrom ?? bounceAddressOf(options.bounceAddress, deliveryId) ?? from.email
      const answer = await connections.send({ from: envelopeFrom, to: message.to, raw })
      return { deliveryId, outcome: 'accepted', providerId: answer.slice(0, 200) }
    } catch (error) {
      if (error instanceof SmtpFailure) return { deliveryId, ...classify(error) }
      return { deliveryId, outcome: 'permanent', reason: `MESSAGE_INVALID: ${String(error)}` }
    }
  }

  return {
    name: 'smtp',
    batchSize: 1,
    concurrency: options.connections ?? 10,
    ...(options.rates === undefined ? {} : { rates: options.rates }),
    send: (messages) => Promise.all(messages.map(sendOne)),
    close: () => connections.close(),
  }
}

/** `bounces@example.org` → `bounces+<32 hex digits>@example.org`, by which a bounce is matched (activities/inbound). */
function bounceAddressOf(address: string | undefined, deliveryId: string): string | null {
  const at = address?.lastIndexOf('@') ?? -1
  if (address === undefined || at < 1) return null
  return `${address.slice(0, at)}+${deliveryId.replaceAll('-', '')}${address.slice(at)}`
}

function readUrl(url: string): Pick<SmtpServer, 'connection' | 'auth'> {
  const { auth, ...connection } = parseConnectionUrl(url)
  const { user, pass } = auth ?? {}
  return { connection, auth: user ? { user, pass: pass ?? '' } : null }
}

/** Codes of RFC 3463 that say: there is no such mailbox, and there will be none. */
const badAddressCodes = /\b5\.1\.(?:1|2|3|6|10)\b|\b5\.2\.1\b/
const badAddressWords =
  /user unknown|unknown (?:user|recipient)|no such (?:user|mailbox|recipient|address)|does not exist/i
/** The server wants a login (RFC 4954 §6, RFC 2554): about us, not about the message. */
const loginCodes = new Set([454, 530, 534, 535, 538])

type Verdict = SendResult extends infer Result ? Omit<Result & object, 'deliveryId'> : never

/**
 * What a failed call means. Said outright by the server: 4xx temporary, 5xx permanent (RFC 5321 4.2.1). Nothing said: before
 * the text was asked for the message cannot have been taken; afterwards nobody knows.
 */
function classify(
  failure: SmtpFailure,
): Verdict & { outcome: Exclude<SendResult['outcome'], 'accepted'>; reason: string } {
  const { stage, responseCode, response, command, message } = failure
  if (stage === 'session') return { outcome: 'unavailable', reason: `SMTP_UNREACHABLE: ${message}` }
  if (responseCode === null) {
    if (command === 'API') return { outcome: 'permanent', reason: `MESSAGE_INVALID: ${message}` }
    if (stage === 'envelope') return { outcome: 'unavailable', reason: `SMTP_CONNECTION_LOST: ${message}` }
    return { outcome: 'unknown', reason: `SMTP_NO_ANSWER: ${message}` }
  }
  const reason = `SMTP_${String(responseCode)}: ${response || message}`
  if (loginCodes.has(responseCode) && stage === 'envelope') return { outcome: 'unavailable', reason }
  if (responseCode < 500) return { outcome: 'temporary', reason }
  const isAddress =
    command === 'RCPT TO' &&
    (badAddressCodes.test(response) || (!/\b5\.\d+\.\d+\b/.test(response) && badAddressWords.test(response)))
  return { outcome: 'permanent', reason, ...(isAddress || badAddressCodes.test(response) ? { badAddress: true } : {}) }
}

const control = /\p{Cc}/u
const bareAddress = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/u

/** Whether something in the message could write headers or recipients of its own (CWE-93). It should not come this far. */
function findUnfit({ to, replyTo, envelopeFrom, subject, headers }: RenderedMessage, from: Mailbox): string | null {
  const addresses = [to, from.email, replyTo?.email, envelopeFrom].filter((address) => address !== undefined)
  if (addresses.some((address) => !bareAddress.test(address) || control.test(address)))
    return 'ADDRESS_INVALID: an address of the message is not a single plain address.'
  const lines = [subject, from.name, replyTo?.name ?? '', ...Object.values(headers)]
  if (lines.some((line) => control.test(line)) || Object.keys(headers).some((name) => !/^[\w-]+$/.test(name)))
    return 'HEADER_INVALID: a header of the message has a line break or control character.'
  return null
}

async function compose(message: RenderedMessage, from: Mailbox, signer: DKIM | null): Promise<Buffer> {
  const { 'Message-ID': messageId, ...headers } = message.headers
  const { replyTo } = message
  const raw = await new MailComposer({
    from: { name: from.name, address: from.email },
    to: { name: '', address: message.to },
    ...(replyTo === undefined ? {} : { replyTo: { name: replyTo.name, address: replyTo.email } }),
    ...(messageId === undefined ? {} : { messageId }),
    subject: message.subject,
    text: message.plain,
    html: message.html,
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
  if (signer === null) return raw
  const chunks: Buffer[] = []
  for await (const chunk of signer.sign(raw)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
