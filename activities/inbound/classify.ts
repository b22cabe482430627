/** What a message that came in is: pure, of what `parseMail` found. */
import { cutText } from '#engine/text.ts'
import type { DeliveryFeedbackKind } from '#engine/vocabulary.ts'
import type { MailReport, ParsedMail, ReportFields } from './parse-mail.ts'
import { asksToStop, ownWords } from './reply-text.ts'

/** Which of our messages it could be about, the strongest evidence first. */
export interface References {
  /** Deliveries named by our own Message-IDs. */
  byReference: string[]
  /** Deliveries named by the address it was sent to (`replies+<id>@…`, VERP). */
  byAddress: string[]
}

export type Classification =
  | { kind: 'reply'; words: string }
  | { kind: 'auto_reply'; words: string }
  | { kind: 'unsubscribe'; words: string }
  /**
   * `feedback` null: nothing to act on (delayed, delivered, relayed). `recipients`: every address the report gives for the
   * message, final (after forwarding) and original, and the message's own To; lower case, perhaps none.
   */
  | { kind: 'bounce'; feedback: { kind: DeliveryFeedbackKind; code: string } | null; recipients: string[] }
  | { kind: 'complaint'; code: string }
  | { kind: 'other'; reason: string }

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** The deliveries a message names. Ids are as hard to guess as keys: only who got the message knows its own. */
export function referencesOf(mail: ParsedMail): References {
  const original = mail.report?.original ?? {}
  const ids = [...mail.references, original['message-id'] ?? '']
  return {
    byReference: unique(ids.map((id) => deliveryIn(id.replace(/^</, '').split('@')[0] ?? ''))),
    byAddress: unique(mail.to.map((address) => deliveryIn(tagOf(address)))),
  }
}

/** `replies+0199…@example.org` → `0199…`; also `bounce-0199…@`. */
function tagOf(address: string): string {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@')))
  return /[+=]([0-9a-f-]{32,36})$/i.exec(local)?.[1] ?? /-([0-9a-f]{32})$/i.exec(local)?.[1] ?? ''
}

function deliveryIn(text: string): string | null {
  if (!uuid.test(text)) return null
  const hex = text.replaceAll('-', '').toLowerCase()
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function unique(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids.filter((id) => id !== null))]
}

/** Machines first: an out-of-office note that quotes "unsubscribe" must not be taken for a person. */
export function classifyMail(mail: ParsedMail): Classification {
  if (mail.report?.kind === 'delivery_status') return classifyStatus(mail.report)
  if (mail.report?.kind === 'feedback') return classifyFeedback(mail.report)
  if (mail.messageId !== null && deliveryIn(mail.messageId.split('@')[0] ?? '') !== null) {
    return { kind: 'other', reason: 'own_message' }
  }
  if (/^(mailer-daemon|postmaster)@/.test(mail.from) || mail.signs['x-failed-recipients'] !== undefined) {
    // Written for people: what it says of which address is a guess, and a guess must not cost a lead its mail.
    return { kind: 'other', reason: 'bounce_without_report' }
  }
  const words = ownWords(mail.text)
  if (isAutomatic(mail)) return { kind: 'auto_reply', words }
  if (isUnsubscribeSubject(mail.subject) || asksToStop(words)) return { kind: 'unsubscribe', words }
  return { kind: 'reply', words }
}

/** The subject of a List-Unsubscribe mail (RFC 2369 §3.2), or of one who writes nothing else. "Re: …" is a reply. */
function isUnsubscribeSubject(subject: string): boolean {
  return asksToStop(subject) && !/^(re|aw|sv|antw|r)\s*:/i.test(subject)
}

/**
 * RFC 3834 §5: anything but `no` is automatic. Older signs and the subjects that office programs write are taken for it,
 * too; a null return path (`<>`) is nobody's.
 */
function isAutomatic({ signs, subject }: ParsedMail): boolean {
  const submitted = signs['auto-submitted']
  if (submitted !== undefined && submitted !== '' && !/^no\b/.test(submitted)) return true
  const isMarked = ['x-autoreply', 'x-autorespond', 'x-auto-reply-from', 'x-mail-autoreply'].some((name) => {
    const value = signs[name]
    return value !== undefined && value !== 'no'
  })
  if (isMarked || /^(auto_reply|auto-reply|junk)$/.test(signs['precedence'] ?? '') || signs['return-path'] === '<>')
    return true
  return automaticSubjects.some((pattern) => pattern.test(subject))
}

const automaticSubjects = [
  /^(automatic reply|auto(matic)?[- ]?(reply|response|generated)|autoreply|out of (the )?office|ooo\b|away from (the )?office|on (annual |parental |maternity )?leave\b|i am out of)/i,
  /^(re: )?out of (the )?office\b/i,
  /^(automatische antwort|abwesenheit(snotiz)?\b|ich bin (nicht im (haus|büro)|abwesend|im urlaub))/i,
  /^(réponse automatique|absence du bureau|je suis absent|message d['’]absence)/i,
  /^(respuesta automática|fuera de (la )?oficina)/i,
  /^(risposta automatica|fuori (sede|ufficio))/i,
  /^(automatisch antwoord|afwezig(heid)?\b)/i,
  /^(resposta automática|ausência)/i,
  /^(automatiskt? svar|autosvar|frånvaro|fravær)/i,
  /^(odpowiedź automatyczna|automatická odpověď|automaattinen vastaus)/i,
]

/**
 * RFC 3464: only `Action: failed` is a bounce. Class 5 is for good, class 4 passes (RFC 3463 §2); of class 5 a full mailbox
 * (5.2.2), a system's or network's trouble (5.3, 5.4.1–5.4.7 but "no such host", 5.4.4), the message's own form (5.6) and
 * policy (5.7) say nothing against the address, and count as soft.
 */
function classifyStatus({ blocks, original }: MailReport): Classification {
  const perRecipient = blocks.filter(
    (fields) => fields['action'] !== undefined || fields['final-recipient'] !== undefined,
  )
  const failed = perRecipient.find((fields) => /^failed/i.test(fields['action'] ?? ''))
  const about = failed ?? perRecipient[0]
  const named = [about?.['final-recipient'], about?.['original-recipient'], original['to']]
  const recipients = unique(named.map((field) => addressIn(field ?? '')))
  if (failed === undefined) return { kind: 'bounce', feedback: null, recipients }
  const code = statusOf(failed)
  const kind = isForGood(code) ? 'hard_bounce' : 'soft_bounce'
  return { kind: 'bounce', feedback: { kind, code: code ?? 'unknown' }, recipients }
}

/** `Status: 5.1.1`; else the enhanced or plain SMTP code in the diagnostic text. */
function statusOf(fields: ReportFields): string | null {
  const status = /^([245])\.\d{1,3}\.\d{1,3}/.exec(fields['status'] ?? '')?.[0]
  if (status !== undefined && !status.endsWith('.0.0')) return status
  const diagnostic = fields['diagnostic-code'] ?? ''
  return /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(diagnostic)?.[0] ?? status ?? /\b[45]\d\d\b/.exec(diagnostic)?.[0] ?? null
}

function isForGood(code: string | null): boolean {
  if (code === null || !code.startsWith('5')) return false
  if (code === '5.2.2') return false
  if (code === '5.4.4') return true
  return !/^5\.[34567]\./.test(code)
}

function addressIn(field: string): string | null {
  const text = field.split(';').at(-1)?.trim().toLowerCase() ?? ''
  const address = /<([^<>]*)>$/.exec(text)?.[1] ?? text
  return address.includes('@') ? address : null
}

/** RFC 5965 §3.1: `not-spam` takes a complaint back and is for a person; every other type means "I do not want this". */
function classifyFeedback({ blocks }: MailReport): Classification {
  const type = (blocks[0]?.['feedback-type'] ?? 'abuse').toLowerCase()
  if (type === 'not-spam' || type === 'auth-failure' || type === 'dmarc')
    return { kind: 'other', reason: `feedback_${type}` }
  return { kind: 'complaint', code: cutText(type, 40) }
}
