/** Every reason of the gate in plain words, and what a person can do about it. Citations where a law is behind it. */
import { gateReasons, type GateReason } from '../vocabulary.ts'

/** What is always true of a reason. */
interface ReasonText {
  /** Fits behind "because": "it is quiet hours for the lead". */
  short: string
  /** One whole sentence. */
  words: string
  remedy: string
  citation?: string
}

/** Every reason of the gate. */
export const reasonTexts: Readonly<Record<GateReason, ReasonText>> = {
  no_address: {
    short: 'no address is known for this channel',
    words: 'No address is known for this channel.',
    remedy: 'Complete the address of the lead.',
  },
  address_incomplete: {
    short: 'the postal address is not a whole one of its country',
    words: 'The postal address lacks a part that its country needs.',
    remedy: 'Complete street, city, postal code and country.',
  },
  address_unprintable: {
    short: 'the name or address has letters that cannot be printed',
    words: 'The name or address has letters that our printer cannot print.',
    remedy: 'Write name and address in letters that can be printed.',
  },
  no_consent: {
    short: 'there is no consent',
    words: 'There is no consent, or it was refused or taken back.',
    remedy: 'Ask the lead, and record the consent with its wording.',
    citation: 'GDPR Art. 6(1)(a), 7',
  },
  consent_expired: {
    short: 'the consent has expired',
    words: 'The consent has run out.',
    remedy: 'Ask the lead to renew it, and record the new consent.',
    citation: 'GDPR Art. 7; CASL s. 10',
  },
  objected: {
    short: 'the lead objects to marketing',
    words: 'The lead objects to marketing: nothing of that kind on any channel, and no scoring.',
    remedy: 'Only the lead can take the objection back.',
    citation: 'GDPR Art. 21(2), (3)',
  },
  suppressed: {
    short: 'the lead is suppressed on this channel',
    words: 'Contact on this channel was stopped.',
    remedy: 'A person may lift it with a reason, when the lead asks for contact again.',
    citation: '15 U.S.C. 7704(a)(4); GDPR Art. 21(3)',
  },
  do_not_email: {
    short: 'the lead is marked do-not-email',
    words: 'The lead is marked "do not email".',
    remedy: 'A person may clear the mark, when the lead asks for mail.',
  },
  do_not_mail: {
    short: 'the lead is marked do-not-mail',
    words: 'The lead is marked "do not mail".',
    remedy: 'A person may clear the mark, when the lead asks for post.',
  },
  do_not_call: {
    short: 'the lead is marked do-not-call',
    words: 'The lead is marked "do not call", or its number is on the company\'s own do-not-call list.',
    remedy: 'A person may clear the mark, when the lead asks to be called.',
    citation: '47 CFR 64.1200(d)(3), (6)',
  },
  dnc_listed: {
    short: 'the number is on a do-not-call list',
    words: 'The number is on a do-not-call registry.',
    remedy: 'Call only after the lead has agreed to calls: record that consent.',
    citation: '47 CFR 64.1200(c)(2)',
  },
  dnc_stale: {
    short: 'the copy of the do-not-call registry is too old',
    words: "The company's copy of the do-not-call registry is older than 31 days.",
    remedy: 'Import a new copy: trellis dnc import FILE --registry us --as-of DATE.',
    citation: '47 CFR 64.1200(c)(2)(i)(D)',
  },
  paused_by_lead: {
    short: 'the lead asked for a pause',
    words: 'The lead has asked us to pause.',
    remedy: 'Wait until the day it named; it can end the pause in its preference centre.',
  },
  lead_cadence: {
    short: 'the lead asked for fewer messages',
    words: 'The lead has asked for less: it wants no more than this for now.',
    remedy: 'Wait; the lead can change how often in its preference centre.',
  },
  topic_refused: {
    short: 'the lead wants nothing about this topic',
    words: 'The lead has asked for nothing more about this topic.',
    remedy: 'Send something else; the lead can choose the topic again in its preference centre.',
  },
  cap_reached: {
    short: 'the lead had enough messages for now',
    words: 'The lead has had as many messages as the company allows in that time.',
    remedy: 'Wait for room, or change the caps of the contact policy.',
  },
  quiet_hours: {
    short: 'it is quiet hours for the lead',
    words: 'It is quiet hours where the lead is.',
    remedy: 'Wait until they end.',
  },
  outside_window: {
    short: 'it is outside the allowed hours',
    words: 'It is outside the hours in which this may be done where the lead is.',
    remedy: "Wait for the window; complete the lead's address if it was placed wrongly.",
  },
  cool_off: {
    short: 'the lead downloaded something too recently',
    words: 'The lead downloaded something a short while ago and is not called yet.',
    remedy: 'Wait until the cool-off is over.',
  },
  reply_pending: {
    short: 'the lead has written and waits for an answer',
    words: 'The lead has written to us and is answered by a person first.',
    remedy: 'Answer the lead; marketing goes on afterwards.',
  },
  stale: {
    short: 'it came too late to be of use',
    words: 'It came too late to be of use.',
    remedy: 'Nothing: it was meant for an earlier time.',
  },
  duplicate: {
    short: 'the lead already had this',
    words: 'The lead already had this.',
    remedy: 'Nothing: once is enough.',
  },
  enrollment_ended: {
    short: 'the lead has left the journey',
    words: 'The lead has left the journey this belongs to.',
    remedy: 'Enrol the lead again, if it should go on.',
  },
  enrollment_paused: {
    short: 'the lead is paused in the journey',
    words: 'The lead is paused or waits for a person in the journey this belongs to.',
    remedy: 'Resume or retry the enrollment.',
  },
  journey_off: {
    short: 'the journey is switched off',
    words: 'The journey this belongs to is switched off.',
    remedy: 'Switch the journey on.',
  },
  live_sending_off: {
    short: 'live sending is switched off',
    words: 'Live sending is switched off.',
    remedy: 'An owner can switch it on: trellis live-sending on.',
  },
  on_hold: {
    short: 'everything is on hold',
    words: 'Everything is on hold, as after a restored backup.',
    remedy: 'Look at what would go out, then release it: trellis hold off.',
  },
  lead_erased: {
    short: 'the lead was erased',
    words: 'The lead was erased.',
    remedy: 'Nothing: nobody is there to be contacted.',
    citation: 'GDPR Art. 17',
  },
}

/** What a delivery's reason means, with what to do about it; null when it is none of the gate's (a provider's words, say). */
export function explainStoredReason(reason: string | null): string | null {
  const known = gateReasons.find((each) => each === reason)
  return known === undefined ? null : `${reasonTexts[known].words} ${reasonTexts[known].remedy}`
}
