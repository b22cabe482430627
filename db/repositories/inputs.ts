/**
 * The only way to move a lead: an input row and a poke row, written in the sender's own transaction. After the commit
 * the sender pokes the workflow (`activities/poker.ts`); if it dies before that, the reconciler does.
 */
import { sql } from 'drizzle-orm'
import type { Instant, Json } from '#engine/facts.ts'
import type { LeadInput } from '#engine/turn/inputs.ts'
import type { Queryable } from '../client.ts'
import { leadInputs, leadPokes } from '../schema/inputs.ts'

export type { LeadInput }

export interface AddressedInput {
  leadId: string
  /** The instant it is about, in the lead's own clock. */
  at: Instant
  input: LeadInput
}

/** 1 = a person's own act (a form), 3 = everyday, 5 = a bulk job. Becomes the Temporal priority of a started workflow. */
export type InputPriority = 1 | 2 | 3 | 4 | 5

/** Writes inputs and pokes. Call inside the transaction that makes them true; poke after its commit. */
export async function addInputs(
  tx: Queryable,
  inputs: readonly AddressedInput[],
  priority: InputPriority = 3,
): Promise<void> {
  if (inputs.length === 0) return
  await tx.insert(leadInputs).values(
    inputs.map(({ leadId, at, input: { kind, ...payload } }) => ({
      leadId,
      kind,
      at: new Date(at),
      payload: payload as Record<string, Json>,
    })),
  )
  await addPokes(tx, [...new Set(inputs.map((input) => input.leadId))].sort(), priority)
}

/** Pokes for inputs that are there, by lead id. For those who write inputs by statements of their own. */
export async function addPokes(tx: Queryable, leadIds: readonly string[], priority: InputPriority): Promise<void> {
  await tx
    .insert(leadPokes)
    .values(leadIds.map((leadId) => ({ leadId, priority })))
    .onConflictDoUpdate({
      target: leadPokes.leadId,
      set: { priority: sql`least(${leadPokes.priority}, excluded.priority)` },
    })
}
