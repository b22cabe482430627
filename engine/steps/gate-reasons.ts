/** The gate's verdict in plain words, for the step log. */
import type { GateDecision } from '../gate/types.ts'
import type { GateReason } from '../vocabulary.ts'

const texts = {
  no_address: 'no address is known for this channel',
  address_incomplete: 'the postal address is not a whole one of its country',
  address_unprintable: 'the name or address has letters that cannot be printed',
  no_consent: 'there is no consent',
  consent_expired: 'the consent has expired',
  objected: 'the lead objects to marketing',
  suppressed: 'the lead is suppressed on this channel',
  do_not_email: 'the lead is marked do-not-email',
  do_not_mail: 'the lead is marked do-not-mail',
  do_not_call: 'the lead is marked do-not-call',
  dnc_listed: 'the number is on a do-not-call list',
  dnc_stale: 'the copy of the do-not-call registry is too old',
  paused_by_lead: 'the lead asked for a pause',
  lead_cadence: 'the lead asked for fewer messages',
  cap_reached: 'the lead had enough messages for now',
  quiet_hours: 'it is quiet hours for the lead',
  outside_window: 'it is outside the allowed hours',
  cool_off: 'the lead downloaded something too recently',
  reply_pending: 'the lead has written and waits for an answer',
  stale: 'it came too late to be of use',
  duplicate: 'the lead already had this',
  enrollment_ended: 'the lead has left the journey',
  enrollment_paused: 'the lead is paused in the journey',
  journey_off: 'the journey is switched off',
  live_sending_off: 'live sending is switched off',
  on_hold: 'everything is on hold',
  lead_erased: 'the lead was erased',
} satisfies Record<GateReason, string>

/** `cap_reached` → "the lead had enough messages for now". */
export function describeGateReason(reason: GateReason): string {
  return texts[reason]
}

/** "Email queued." · "Email held back: …" · "Email left out: …". */
export function describeDecision(what: string, decision: GateDecision): string {
  switch (decision.verdict) {
    case 'queued':
      return `${what} queued.`
    case 'deferred':
      return `${what} held back for now: ${texts[decision.reason]}.`
    case 'skipped':
      return `${what} left out: ${texts[decision.reason]}.`
  }
}
