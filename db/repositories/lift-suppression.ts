/** Takes back what a lead itself had stopped. What others stopped (a bounce, a complaint, a person) stays stopped. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Instant } from '#engine/facts.ts'
import type { ContactChannel } from '#engine/vocabulary.ts'
import type { Transaction } from '../client.ts'
import { suppressions } from '../schema/deliveries.ts'
import { leads } from '../schema/leads.ts'
import { auditLog } from '../schema/tasks.ts'
import { wakeWaiting } from './announce.ts'
import { addInputs } from './inputs.ts'

/**
 * Lifts the lead's own suppressions on these channels, audited; who waits on them looks again. For the lead's own act only
 * (the preference centre): a suppression is never lifted by a journey. Poke `leadIds` after the commit.
 */
export async function liftOwnSuppressions(
  tx: Transaction,
  { leadId, channels, actor, at }: { leadId: string; channels: readonly ContactChannel[]; actor: string; at: Instant },
): Promise<{ lifted: ContactChannel[]; leadIds: string[] }> {
  if (channels.length === 0) return { lifted: [], leadIds: [] }
  await tx.execute(sql`select 1 from ${leads} where ${leads.id} = ${leadId} for no key update`)
  const lifted = await tx
    .delete(suppressions)
    .where(
      and(
        eq(suppressions.leadId, leadId),
        inArray(suppressions.channel, [...channels]),
        eq(suppressions.reason, 'unsubscribed'),
      ),
    )
    .returning()
  if (lifted.length === 0) return { lifted: [], leadIds: [] }
  await tx.insert(auditLog).values(
    lifted.map(({ channel, reason, source, at: since }) => ({
      actor,
      action: 'suppression.lift',
      subjectKind: 'lead',
      subjectId: leadId,
      before: { channel, reason, source, at: since.toISOString() },
      after: null,
    })),
  )
  const woken = await wakeWaiting(tx, [{ leadId, at, keys: lifted.map(({ channel }) => `suppression:${channel}`) }])
  await addInputs(tx, woken)
  return { lifted: lifted.map(({ channel }) => channel), leadIds: woken.map((row) => row.leadId) }
}
