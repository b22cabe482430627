/**
 * Connections to one SMTP server, kept open between messages. nodemailer's own pool is not used: it queues messages by
 * itself, so that a call could begin after it was forbidden, and sends again by itself when a connection closes. Here a
 * message is given to one connection, once, and what is known about it afterwards is told exactly.
 */
import { Readable } from 'node:stream'
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'

export interface SmtpServer {
  /** Host, port, TLS: as nodemailer takes them. */
  connection: SMTPConnectionOptions
  auth: { user: string; pass: string } | null
  /** Messages per connection before it is made anew. @default 100 */
  messagesPerConnection?: number
  /** A connection unused for this long is closed, ms. @default 30000 */
  idleMs?: number
  /** For connecting, signing in and each answer before the text is asked for, ms. @default 60000 */
  answerMs?: number
  /** For the answer to the text, ms: RFC 5321 4.5.3.2.6 asks for ten minutes at least. @default 600000 */
  finalAnswerMs?: number
}

interface SmtpMessage {
  from: string
  to: string
  raw: Buffer
}

/** How far a message came before it went wrong; `error.responseCode` and `.command` tell what the server said. */
export class SmtpFailure extends Error {
  readonly responseCode: number | null
  readonly response: string
  /** `MAIL FROM`, `RCPT TO`, `DATA`…; of no meaning when the connection broke. */
  readonly command: string
  /** `session`: no message was offered. `envelope`: its text was not asked for. `text`: it may have been taken. */
  readonly stage: 'session' | 'envelope' | 'text'

  constructor(stage: SmtpFailure['stage'], cause: unknown) {
    const { message, responseCode, response, command } = cause as Partial<SmtpFailure> & { message?: string }
    super(message ?? String(cause), { cause })
    this.name = 'SmtpFailure'
    this.stage = stage
    this.responseCode = typeof responseCode === 'number' ? responseCode : null
    this.response = typeof response === 'string' ? response : ''
    this.command = typeof command === 'string' ? command : ''
  }
}

export interface SmtpConnections {
  /** Gives one message to the server and resolves with its last answer. @throws {SmtpFailure} */
  send(message: SmtpMessage): Promise<string>
  /** Closes what is idle; what is under way finishes. */
  close(): void
}

interface Session {
  connection: SMTPConnection
  sent: number
  isOver: boolean
  idle: NodeJS.Timeout | null
}

export function createSmtpConnections(server: SmtpServer): SmtpConnections {
  const { messagesPerConnection = 100, idleMs = 30_000, answerMs = 60_000, finalAnswerMs = 600_000 } = server
  const free: Session[] = []
  let isClosed = false

  const take = async (): Promise<Session> => {
    for (let session = free.pop(); session !== undefined; session = free.pop()) {
      if (session.idle !== null) clearTimeout(session.idle)
      if (!session.isOver) return session
    }
    return openSession(server, answerMs, finalAnswerMs)
  }
  const giveBack = (session: Session): void => {
    if (session.isOver) return
    if (isClosed || session.sent >= messagesPerConnection) {
      session.connection.quit()
      return
    }
    session.idle = setTimeout(() => {
      free.splice(free.indexOf(session), 1)
      session.connection.quit()
    }, idleMs).unref()
    free.push(session)
  }

  return {
    async send(message) {
      for (;;) {
        const session = await take()
        const isReused = session.sent > 0
        try {
          const answer = await sendOver(session, message, answerMs)
          giveBack(session)
          return answer
        } catch (error) {
          const failure = error as SmtpFailure
          if (isRefusal(failure)) await reset(session, giveBack)
          else session.connection.close()
          // The server had closed a connection that was waiting: nothing was sent over it, and a new one may do.
          const wasStale = isReused && failure.stage === 'envelope' && failure.responseCode === null
          if (!wasStale) throw failure
        }
      }
    },
    close() {
      isClosed = true
      for (const { connection, idle } of free.splice(0)) {
        if (idle !== null) clearTimeout(idle)
        connection.quit()
      }
    },
  }
}

async function openSession(server: SmtpServer, answerMs: number, finalAnswerMs: number): Promise<Session> {
  const connection = new SMTPConnection({
    ...server.connection,
    logger: false,
    connectionTimeout: answerMs,
    greetingTimeout: answerMs,
    dnsTimeout: answerMs,
    socketTimeout: finalAnswerMs,
  })
  const session: Session = { connection, sent: 0, isOver: false, idle: null }
  connection.once('end', () => (session.isOver = true))
  await within(answerMs, connection, 'session', (done) => {
    connection.on('error', done)
    connection.connect((error) => {
      if (error !== undefined && error !== null) return done(error)
      if (server.auth === null || !connection.allowsAuth) return done(null)
      connection.login({ credentials: { ...server.auth } }, done)
    })
  })
  return session
}

async function sendOver(session: Session, { from, to, raw }: SmtpMessage, answerMs: number): Promise<string> {
  const text = new Text(raw)
  session.sent += 1
  let answer = ''
  const stage = (): SmtpFailure['stage'] => (text.wasAskedFor ? 'text' : 'envelope')
  await within(answerMs, session.connection, stage, (done, stopClock) => {
    text.whenAskedFor = stopClock
    session.connection.send({ from, to: [to], size: raw.length }, text, (error, info) => {
      answer = info?.response ?? ''
      done(error)
    })
  })
  return answer
}

/** Runs one exchange with the server. The clock ends only what `stopClock` has not been called for. */
function within(
  ms: number,
  connection: SMTPConnection,
  stage: SmtpFailure['stage'] | (() => SmtpFailure['stage']),
  exchange: (done: (error?: unknown) => void, stopClock: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(new SmtpFailure(typeof stage === 'function' ? stage() : stage, error))
    const clock = setTimeout(() => {
      fail(new Error(`No answer within ${String(ms)} ms`))
      connection.close()
    }, ms)
    const stopClock = (): void => clearTimeout(clock)
    exchange((error) => {
      stopClock()
      if (error === undefined || error === null) resolve()
      else fail(error)
    }, stopClock)
  })
}

/** The server said no to this message and goes on listening. */
function isRefusal({ stage, responseCode }: SmtpFailure): boolean {
  return stage !== 'session' && responseCode !== null && responseCode !== 421
}

function reset(session: Session, giveBack: (session: Session) => void): Promise<void> {
  return new Promise((resolve) => {
    if (session.isOver) return resolve()
    session.connection.reset((error) => {
      if (error === null || error === undefined) giveBack(session)
      else session.connection.close()
      resolve()
    })
    session.connection.once('end', resolve)
  })
}

/** A message's text that knows whether the server has asked for it: until then it cannot have been taken. */
class Text extends Readable {
  wasAskedFor = false
  whenAskedFor: () => void = () => undefined
  readonly #raw: Buffer

  constructor(raw: Buffer) {
    super({ highWaterMark: raw.length + 1 })
    this.#raw = raw
  }

  override _read(): void {
    this.wasAskedFor = true
    this.whenAskedFor()
    this.push(this.#raw)
    this.push(null)
  }
}
