/** Takes suppressions back: what a lead itself had stopped by its own act, anything else by a person's. */
import { and, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { ContactChannel } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { suppressions } from '../schema/deliveries.ts'
import { leads } from '../schema/leads.ts'
import { auditLog } from '../schema/tasks.ts'
import { wakeWaiting } from './announce.ts'
import { addInputs } from './inputs.ts'
import type { LeadRow } from './facts.ts'
import { forgetAddresses } from './suppression-memory.ts'

/**
 * Lifts the lead's own suppressions on these channels, audited; who waits on them looks again. For the lead's own act only
 * (the preference centre): a suppression is never lifted by a journey. Poke `leadIds` after the commit.
 */
export async function liftOwnSuppressions(
  tx: Transaction,
  { leadId, channels, actor, at }: { leadId: string; channels: readonly ContactChannel[]; actor: string; at: Instant },
): Promise<Lifted> {
  return lift(tx, { leadId, channels, actor, at, reason: null }, eq(suppressions.reason, 'unsubscribed'))
}

/**
 * Lifts suppressions whoever set them, and what is remembered of the lead's addresses: a person's act with a reason. The
 * caller holds the lead's lock. Poke `leadIds` after the commit.
 */
export async function liftSuppressions(
  tx: Transaction,
  request: { lead: LeadRow; channels: readonly ContactChannel[]; reason: string; actor: string; at: Instant },
): Promise<Lifted> {
  const { lead, channels, reason, actor, at } = request
  await forgetAddresses(tx, { ...lead, leadId: lead.id }, channels)
  return lift(tx, { leadId: lead.id, channels, actor, at, reason })
}

interface Lifted {
  lifted: ContactChannel[]
  leadIds: string[]
}

async function lift(
  tx: Transaction,
  request: { leadId: string; channels: readonly ContactChannel[]; actor: string; at: Instant; reason: string | null },
  whose?: SQL,
): Promise<Lifted> {
  const { leadId, channels, actor, at, reason: why } = request
  if (channels.length === 0) return { lifted: [], leadIds: [] }
  await tx.execute(sql`select 1 from ${leads} where ${leads.id} = ${leadId} for no key update`)
  const lifted = await tx
    .delete(suppressions)
    .where(and(eq(suppressions.leadId, leadId), inArray(suppressions.channel, [...channels]), whose))
    .returning()
  if (lifted.length === 0) return { lifted: [], leadIds: [] }
  await tx.insert(auditLog).values(
    lifted.map(({ channel, reason, source, at: since }) => ({
      actor,
      action: 'suppression.lift',
      subjectKind: 'lead',
      subjectId: leadId,
      before: { channel, reason, source, at: since.toISOString() },
      after: why === null ? null : { reason: why },
    })),
  )
  const woken = await wakeWaiting(tx, [{ leadId, at, keys: lifted.map(({ channel }) => `suppression:${channel}`) }])
  await addInputs(tx, woken)
  return { lifted: lifted.map(({ channel }) => channel), leadIds: woken.map((row) => row.leadId) }
}
