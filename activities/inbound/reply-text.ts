/** What a person wrote themselves, without what their mail program quoted below it. */

/** Lines with which mail programs begin what they quote, in the languages we know. */
const quoteStarts = [
  /^-{2,}\s*(original message|ursprüngliche nachricht|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original)\s*-{2,}/i,
  /^_{5,}$/,
  /^on .{4,200} wrote:$/i,
  /^am .{4,200} schrieb .*:$/i,
  /^le .{4,200} a écrit\s*:$/i,
  /^el .{4,200} escribió:$/i,
  /^il .{4,200} ha scritto:$/i,
  /^op .{4,200} schreef .*:$/i,
  /^em .{4,200} escreveu:$/i,
  /^(from|von|de|da|van|från|fra):\s.+@.+$/i,
]

/** A signature's first line: `-- ` (RFC 3676 §4.3), or what telephones add. */
const signatureStarts = [
  /^-- ?$/,
  /^(sent from my|von meinem .* gesendet|envoyé de mon|enviado desde mi|inviato da)\b/i,
]

/** The text above the first quote or signature; quoted lines are left out. Empty when there is nothing but quotes. */
export function ownWords(text: string): string {
  const lines = text.replaceAll(/\r\n?/g, '\n').split('\n')
  const own: string[] = []
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim()
    // "On Monday, 3 November 2026, Trellis <x@y> \n wrote:" is broken over two lines by some programs.
    const joined = `${trimmed} ${lines[index + 1]?.trim() ?? ''}`
    const isStart = quoteStarts.some(
      (start) => start.test(trimmed) || (/^(on|am|le|el|il|op|em) /i.test(trimmed) && start.test(joined)),
    )
    if (isStart || signatureStarts.some((start) => start.test(trimmed))) break
    if (!trimmed.startsWith('>')) own.push(line)
  }
  return own
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/**
 * Words that end contact when they are all that somebody writes. English: the words the rule for revoking consent names
 * (47 CFR 64.1200(a)(10): stop, quit, end, revoke, opt out, cancel, unsubscribe); others: what people write for them.
 */
const stopWords = new Set(
  [
    ['stop', 'stop all', 'stopall', 'quit', 'end', 'revoke', 'opt out', 'optout', 'cancel', 'unsubscribe'],
    [
      'unsubscribe all',
      'remove',
      'take me off',
      'no more',
      'no more mail',
      'no more mails',
      'no more emails',
      'leave me alone',
    ],
    [
      'stopp',
      'abmelden',
      'abbestellen',
      'austragen',
      'widerruf',
      'ich widerrufe',
      'keine mails mehr',
      'keine e mails mehr',
      'bitte keine werbung',
      'keine werbung',
    ],
    [
      'désabonner',
      'desabonner',
      'se désabonner',
      'désabonnement',
      'désinscription',
      'désinscrire',
      'arrêter',
      'arrêtez',
    ],
    ['baja', 'darse de baja', 'darme de baja', 'dar de baja', 'cancelar', 'cancelar suscripción', 'parar'],
    ['disiscrivi', 'disiscrivimi', 'cancellami', 'annulla iscrizione', 'basta'],
    ['afmelden', 'uitschrijven', 'stoppen'],
    ['descadastrar', 'cancelar inscrição', 'remover', 'pare'],
    ['avregistrera', 'avsluta', 'avmeld', 'afmeld', 'meld meg av'],
    [
      'wypisz',
      'rezygnuję',
      'rezygnacja',
      'zrezygnuj',
      'odhlásit',
      'leiratkozás',
      'dezabonare',
      'отписаться',
      'стоп',
      'διαγραφή',
    ],
  ].flat(),
)

/** What may stand beside a stop word without making it a message. */
const fillers =
  /\b(hi|hello|hallo|bonjour|hola|ciao|please|pls|bitte|merci|gracias|grazie|thanks|thank you|thx|danke|now|immediately|me|mich|from (this|your|the) (mailing )?list|kindly|regards|sofort|s['’]il (vous|te) pla[iî]t|svp|por favor|per favore|alstublieft)\b/g

/** Asking plainly within a short message; a single "stop" in a sentence is not enough. */
const plainRequests = [
  /\bunsubscribe (me|us|this (address|email|e-mail))\b/,
  /\b(remove|delete|take) (me|us|my (address|name|e-?mail( address)?)) (off|from) (your|this|the|all)\b/,
  /\b(stop|quit) (sending|e-?mailing|mailing|contacting|writing( to)?|spamming)\b/,
  /\b(do not|don['’]t|never) (e-?mail|mail|contact|write( to)?|send) (me|us|to me)\b/,
  /\bopt (me |us )?out\b/,
  /\b(i|we) (revoke|withdraw) (my|our) consent\b/,
  /\bkeine (weiteren )?(e-?mails?|mails|newsletter|nachrichten|werbung) mehr\b/,
  /\b(bitte )?(melden sie mich|nehmen sie mich|nimm mich|tragen sie mich) .{0,40}\b(ab|heraus|raus|aus)\b/,
  /\b(je souhaite|veuillez|merci de) .{0,20}\bme (désabonner|désinscrire|retirer)\b/,
  /\bne (m['’]envoyez|me contactez) plus\b/,
  /\b(no me (envíen|escriban|contacten) más|quiero darme de baja)\b/,
  /\bnon (scrivetemi|contattatemi|inviatemi) più\b/,
]

/** Longer messages are read by a person, whatever words are in them. */
const longestRequest = 60

/**
 * Does somebody ask for no more mail? True when nothing but stop words and courtesies are there, or when a short message
 * asks plainly. Consent may be revoked by any reasonable means (47 CFR 64.1200(a)(10)); withdrawing it must be as easy as
 * giving it (GDPR Art. 7(3)). Wrong the other way round, a person can let the lead's mail go on again.
 */
export function asksToStop(words: string): boolean {
  const folded = words.toLowerCase().normalize('NFC')
  const only = folded
    .replaceAll(fillers, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  if (stopWords.has(only)) return true
  // "STOP STOP STOP", "unsubscribe. stop."
  if (only !== '' && only.length <= 60 && only.split(' ').every((word) => stopWords.has(word))) return true
  return folded.split(/\s+/).length <= longestRequest && plainRequests.some((request) => request.test(folded))
}
