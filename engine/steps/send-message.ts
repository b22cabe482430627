/** What every message step does: ask the gate, put the answer on record, go on. */
import type { z } from 'zod'
import type { Instant } from '../facts.ts'
import type { GateDecision } from '../gate/types.ts'
import { addDuration } from '../schedule/duration.ts'
import type { Channel, Purpose } from '../vocabulary.ts'
import type { DeliveryContent, Outcome, Port, StepContext } from './contract.ts'
import { overCapField, staleAfterField } from './config-fields.ts'
import { describeDecision } from './gate-reasons.ts'
import { lookUp } from './lookup.ts'

/** Fields every message step's config ends with. */
export const sendingFields = { overCap: overCapField, staleAfter: staleAfterField }
type Sending = z.infer<z.ZodObject<typeof sendingFields>>

/** The message a step wants to send. */
export interface Message {
  /** For the step log: "Email", "Invitation". */
  what: string
  channel: Channel
  purpose: Purpose
  content: DeliveryContent
  assetLineage?: string
  countsAs?: string
}

/** Ways out of a message step that sends one given thing. `skipped` unwired goes on by `next`. */
export function messagePorts({ overCap }: Pick<Sending, 'overCap'>, more: Port[] = []): Port[] {
  return [
    { id: 'next', label: 'Sent' },
    ...more,
    { id: 'skipped', label: 'Not sent', optional: true },
    ...(overCap === 'escalate' ? [{ id: 'over_cap', label: 'Over the cap' }] : []),
  ]
}

/** Asks the gate whether the message may go out now. */
export function askGate(context: StepContext<Sending>, message: Message): GateDecision {
  const { now, config, library } = context
  const { assetKey } = message.content
  return context.gate({
    channel: message.channel,
    purpose: message.purpose,
    now,
    topics: assetKey === undefined ? [] : (lookUp(library.assets, assetKey)?.topics ?? []),
    staleAt: staleAt(context),
    overCap: overCapOf(config),
  })
}

/** Leaves with the message and the gate's decision on it: also a refused one is recorded, with its reason. */
export function leaveWith(context: StepContext<Sending>, message: Message, decision: GateDecision): Outcome {
  return {
    kind: 'leave',
    port: portFor(context.config, decision),
    reason: describeDecision(message.what, decision),
    ...(message.assetLineage === undefined
      ? {}
      : { detail: { asset: message.content.assetKey ?? message.assetLineage } }),
    commands: [
      {
        kind: 'deliver',
        channel: message.channel,
        purpose: message.purpose,
        content: message.content,
        decision,
        overCap: overCapOf(context.config),
        priority: context.settings.priority,
        staleAt: staleAt(context),
        assetLineage: message.assetLineage ?? null,
        countsAs: message.countsAs ?? null,
      },
    ],
  }
}

/**
 * Sends one given message. A visit whose message is already on record (a person pressed Retry) sends no second one.
 */
export function sendMessage(context: StepContext<Sending>, message: Message): Outcome {
  return alreadySent(context) ?? leaveWith(context, message, askGate(context, message))
}

/** The outcome of a visit whose message is already on record; null when there is none yet. */
export function alreadySent(context: StepContext<unknown>): Outcome | null {
  const own = lookUp(context.facts.own.deliveries, context.key)
  if (own === undefined || own.status === 'cancelled') return null
  const sent = own.status !== 'skipped' && own.status !== 'failed'
  return {
    kind: 'leave',
    port: sent ? 'next' : 'skipped',
    reason: sent
      ? 'The message of this visit is already on record.'
      : `The message was not sent (${own.reason ?? own.status}).`,
  }
}

function portFor({ overCap }: Sending, decision: GateDecision): string {
  if (decision.verdict !== 'skipped') return 'next'
  return overCap === 'escalate' && decision.reason === 'cap_reached' ? 'over_cap' : 'skipped'
}

/** "Escalate" is a skip whose way out is the port `over_cap`. */
function overCapOf({ overCap }: Sending): 'defer' | 'skip' {
  return overCap === 'defer' ? 'defer' : 'skip'
}

function staleAt({ config, now, zone }: StepContext<Sending>): Instant | null {
  return config.staleAfter === undefined ? null : addDuration(now, config.staleAfter, zone)
}
