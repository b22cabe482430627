/** Rows as the contract shows them: small things that several resources share. */
import { toLeadTime } from '#engine/clock.ts'
import type { leadNameColumns, LeadRow } from '#db/repositories/lead-reads.ts'

/** A lead's name for lists: first and last name, else the address, else the start of its id. */
export function presentLeadName(lead: Pick<LeadRow, keyof typeof leadNameColumns>) {
  const { id, email, firstName, lastName, isTest } = lead
  const name = [firstName, lastName].filter((part) => part !== null && part !== '').join(' ')
  return { id, name: name || email || `Lead ${id.slice(-8)}`, email, isTest }
}

/** What time it is for a lead whose clock is this, at wall time `now` (UTC ms). */
export function presentLeadNow(clock: LeadRow['clock'], now: number): string {
  return new Date(toLeadTime(clock, now)).toISOString()
}

/** An instant as the contract writes it. */
export function toInstant(date: Date): string {
  return date.toISOString()
}

export function toInstantOrNull(date: Date | null): string | null {
  return date === null ? null : date.toISOString()
}
