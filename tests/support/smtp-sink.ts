/** A real SMTP server for tests, which answers as it is told and keeps a log of what it was given. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** What the sink has seen of one message. */
export interface SinkMail {
  /** Instant of its MAIL FROM, UTC ms. */
  begunAt: number
  from: string
  to: string[]
  /** Empty when the text was not sent. */
  raw: string
  messageId: string
  /** What the sink did with it. */
  answer: SinkAnswer
}

/**
 * `accept` at once; an SMTP code with a text, to the recipient or to the text; `drop`: takes the text and closes the
 * connection without a word; `stall`: takes the text and never answers.
 */
export type SinkAnswer =
  | 'accept'
  | 'drop'
  | 'stall'
  | { at: 'sender' | 'recipient' | 'text'; code: number; text: string }

export interface SmtpSink {
  port: number
  url: string
  /** Mails whose sender was named, in that order. */
  mails: SinkMail[]
  /** Those that were taken: accepted, or dropped after the text. */
  taken(): SinkMail[]
  /** Decides about each mail when its recipient is named. */
  answer: (mail: { from: string; to: string; attempt: number }) => SinkAnswer
  /** Time each accepted text takes, ms. */
  delayMs: number
  /** Refuses connections until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

export interface SmtpSinkOptions {
  delayMs?: number
  /** User and password to ask for. */
  login?: { user: string; pass: string }
  /** @default a free one */
  port?: number
  server?: SMTPServerOptions
}

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const attempts = new Map<string, number>()
  const bySession = new Map<string, SinkMail>()
  let server: SMTPServer | null = null

  const refusal = (answer: SinkAnswer, at: 'sender' | 'recipient' | 'text'): Error | null =>
    typeof answer === 'object' && answer.at === at
      ? Object.assign(new Error(answer.text), { responseCode: answer.code })
      : null

  /** Reads a text and answers as the mail's recipient asks for. */
  const take = async (session: string, stream: Readable, callback: (error?: Error | null) => void): Promise<void> => {
    const text = await buffer(stream)
    const mail = bySession.get(session)
    if (mail === undefined) return callback(new Error('no sender'))
    mail.raw = text.toString()
    mail.messageId = /^Message-ID: *(\S+)/im.exec(mail.raw)?.[1] ?? ''
    if (mail.answer === 'stall') return
    if (mail.answer === 'drop') {
      for (const connection of server?.connections ?? []) if (connection.id === session) connection._socket.destroy()
      return
    }
    if (sink.delayMs > 0) await pause(sink.delayMs)
    callback(refusal(mail.answer, 'text'))
  }

  const listen = async (port: number): Promise<number> => {
    server = new SMTPServer({
      disabledCommands: options.login === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
      authOptional: options.login === undefined,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      logger: false,
      onAuth({ username, password }, _, callback) {
        if (username === options.login?.user && password === options.login?.pass) callback(null, { user: username })
        else callback(Object.assign(new Error('5.7.8 Authentication failed'), { responseCode: 535 }))
      },
      onMailFrom({ address }, session, callback) {
        const mail: SinkMail = {
          begunAt: Date.now(),
          from: address,
          to: [],
          raw: '',
          messageId: '',
          answer: sink.answer({ from: address, to: '', attempt: 0 }),
        }
        sink.mails.push(mail)
        bySession.set(session.id, mail)
        callback(refusal(mail.answer, 'sender'))
      },
      onRcptTo({ address }, session, callback) {
        const mail = bySession.get(session.id)
        if (mail === undefined) return callback(new Error('no sender'))
        const attempt = (attempts.get(address) ?? 0) + 1
        attempts.set(address, attempt)
        mail.to.push(address)
        mail.answer = sink.answer({ from: mail.from, to: address, attempt })
        callback(refusal(mail.answer, 'recipient'))
      },
      onData(stream, session, callback) {
        void take(session.id, stream, callback)
      },
      ...options.server,
    })
    // A client that vanishes is part of the tests.
    server.on('error', () => undefined)
    const listening = server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    return (listening.address() as AddressInfo).port
  }

  const shut = async (): Promise<void> => {
    if (server === null) return
    const closing = server
    server = null
    for (const connection of closing.connections) connection._socket.destroy()
    await new Promise<void>((resolve) => closing.close(() => resolve()))
  }

  const sink: SmtpSink = {
    port: 0,
    url: '',
    mails: [],
    taken: () => sink.mails.filter((mail) => mail.raw !== '' && typeof mail.answer === 'string'),
    answer: () => 'accept',
    delayMs: options.delayMs ?? 0,
    shut,
    async open() {
      await listen(sink.port)
    },
    close: shut,
  }
  sink.port = await listen(options.port ?? 0)
  const login = options.login === undefined ? '' : `${options.login.user}:${options.login.pass}@`
  sink.url = `smtp://${login}127.0.0.1:${String(sink.port)}`
  return sink
}
