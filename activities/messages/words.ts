/** What the layout itself says in a mail, by language. */

/** The fixed words of a mail. `reason` says why it comes; `{company}` is the company's name. */
export interface MailWords {
  unsubscribe: string
  preferences: string
  privacy: string
  reason: string
  asked: string
}

const english: MailWords = {
  unsubscribe: 'Unsubscribe',
  preferences: 'Choose what you get',
  privacy: 'Privacy',
  reason: 'You get this because you have been in touch with {company}.',
  asked: 'You get this because of something you asked {company} for.',
}

const words: Readonly<Record<string, MailWords>> = {
  en: english,
  de: {
    unsubscribe: 'Abmelden',
    preferences: 'Auswählen, was Sie erhalten',
    privacy: 'Datenschutz',
    reason: 'Sie erhalten dies, weil Sie mit {company} in Kontakt waren.',
    asked: 'Sie erhalten dies, weil Sie {company} darum gebeten haben.',
  },
  fr: {
    unsubscribe: 'Se désabonner',
    preferences: 'Choisir ce que vous recevez',
    privacy: 'Confidentialité',
    reason: 'Vous recevez ce message car vous avez été en contact avec {company}.',
    asked: 'Vous recevez ce message à la suite de votre demande à {company}.',
  },
  es: {
    unsubscribe: 'Darse de baja',
    preferences: 'Elegir lo que recibe',
    privacy: 'Privacidad',
    reason: 'Recibe este mensaje porque ha estado en contacto con {company}.',
    asked: 'Recibe este mensaje porque lo solicitó a {company}.',
  },
  it: {
    unsubscribe: 'Annulla iscrizione',
    preferences: 'Scegli cosa ricevere',
    privacy: 'Privacy',
    reason: 'Riceve questo messaggio perché è stato in contatto con {company}.',
    asked: 'Riceve questo messaggio in seguito a una richiesta fatta a {company}.',
  },
  nl: {
    unsubscribe: 'Afmelden',
    preferences: 'Kies wat u ontvangt',
    privacy: 'Privacy',
    reason: 'U ontvangt dit omdat u contact hebt gehad met {company}.',
    asked: 'U ontvangt dit naar aanleiding van uw verzoek aan {company}.',
  },
  pt: {
    unsubscribe: 'Cancelar subscrição',
    preferences: 'Escolher o que recebe',
    privacy: 'Privacidade',
    reason: 'Recebe esta mensagem porque esteve em contacto com {company}.',
    asked: 'Recebe esta mensagem na sequência de um pedido que fez a {company}.',
  },
}

/** The words in a language (BCP 47), by its first part; English where there are none. */
export function wordsIn(language: string): MailWords {
  const base = language.toLowerCase().split('-')[0] ?? ''
  return Object.hasOwn(words, base) ? (words[base] ?? english) : english
}

const rightToLeft: ReadonlySet<string> = new Set(['ar', 'fa', 'he', 'ur', 'yi', 'ps', 'sd', 'ug'])

/** The direction a language is written in. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return rightToLeft.has(language.toLowerCase().split('-')[0] ?? '') ? 'rtl' : 'ltr'
}
