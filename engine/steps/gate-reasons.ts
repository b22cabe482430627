/** The gate's verdict in plain words, for the step log. */
import { reasonTexts } from '../gate/reason-texts.ts'
import type { GateDecision } from '../gate/types.ts'
import type { GateReason } from '../vocabulary.ts'

/** `cap_reached` → "the lead had enough messages for now". */
export function describeGateReason(reason: GateReason): string {
  return reasonTexts[reason].short
}

/** "Email queued." · "Email held back: …" · "Email left out: …". */
export function describeDecision(what: string, decision: GateDecision): string {
  switch (decision.verdict) {
    case 'queued':
      return `${what} queued.`
    case 'deferred':
      return `${what} held back for now: ${describeGateReason(decision.reason)}.`
    case 'skipped':
      return `${what} left out: ${describeGateReason(decision.reason)}.`
  }
}
