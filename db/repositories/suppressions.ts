/** Who must not be contacted. Binds every journey and channel it names from the moment it commits (PLAYBOOK A3). */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { ContactChannel } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { deliveries, suppressions } from '../schema/deliveries.ts'
import { leads } from '../schema/leads.ts'
import { wakeWaiting } from './announce.ts'
import { withdrawCalls } from './call-tasks.ts'
import { cancelQueued } from './deliveries.ts'
import { addInputs } from './inputs.ts'
import { listNumbers } from './suppression-memory.ts'

export interface Suppression {
  leadId: string
  channels: readonly ContactChannel[]
  /** `unsubscribed`, `hard_bounce`, `asked_to_stop`…: shown to people, kept for ever. */
  reason: string
  /** Where it came from: a journey's step, a page, the API, a person. */
  source: string
  /** In the lead's own clock. */
  at: Instant
  /** True inside a turn, which itself lets the lead's journeys look again. @default false */
  skipWaiting?: boolean
}

export interface SuppressionResult {
  /** Messages that will now never be sent. */
  cancelled: string[]
  /** Messages already with a provider when this was answered; they cannot be called back. */
  underWay: string[]
  /** Poke after the commit. */
  leadIds: string[]
}

/**
 * Stops contact on some channels: takes the lead's lock, writes the suppression (the first one stands) and cancels what
 * is queued. Once this has committed no provider call for the lead starts on these channels: the mailroom starts its
 * calls holding the same lock and looks here first. Without a telephone, open call tasks are withdrawn, and who rests on
 * them is woken. Repeating it is harmless.
 */
export async function suppressLead(tx: Transaction, suppression: Suppression): Promise<SuppressionResult> {
  const { leadId, channels, reason, source, at } = suppression
  if (channels.length === 0) return { cancelled: [], underWay: [], leadIds: [] }
  const [lead] = await tx
    .select({ phone: leads.phone, country: leads.country, isTest: leads.isTest })
    .from(leads)
    .where(eq(leads.id, leadId))
    .for('no key update')
  const added = await tx
    .insert(suppressions)
    .values([...new Set(channels)].map((channel) => ({ leadId, channel, reason, source, at: new Date(at) })))
    .onConflictDoNothing()
    .returning({ channel: suppressions.channel })
  const { cancelled, leadIds } = await cancelQueued(tx, { leadId, channels, at }, 'suppressed')
  if (channels.includes('phone') && lead?.isTest === false) await listNumbers(tx, [lead], at)
  if (channels.includes('phone')) await withdrawCalls(tx, [{ leadId, at }], source)
  const keys = added.map(({ channel }) => `suppression:${channel}`)
  const woken = suppression.skipWaiting === true ? [] : await wakeWaiting(tx, [{ leadId, at, keys }])
  await addInputs(tx, woken)
  const messageChannels = channels.filter((channel) => channel !== 'phone')
  const underWay =
    messageChannels.length === 0
      ? []
      : await tx
          .select({ id: deliveries.id })
          .from(deliveries)
          .where(
            and(
              eq(deliveries.leadId, leadId),
              inArray(deliveries.channel, messageChannels),
              eq(deliveries.status, 'sending'),
              // A card in a print batch is with nobody yet: its approval asks the gate again.
              sql`${deliveries.claimedBy} is distinct from 'print'`,
            ),
          )
  return {
    cancelled,
    underWay: underWay.map((row) => row.id),
    leadIds: [...new Set([...leadIds, ...woken.map((row) => row.leadId)])],
  }
}
