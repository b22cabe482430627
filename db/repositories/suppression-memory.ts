/**
 * Addresses that stay suppressed when their lead is gone (GDPR Art. 17(3)(b), 21(3)): remembered by fingerprint at an
 * erasure, recalled whenever a lead arrives or changes its address, whoever brings it, and forgotten only when a person
 * lifts the suppression.
 */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { companyDncList } from '#engine/gate/gate.ts'
import type { Instant } from '#engine/facts.ts'
import { contactChannels, type ContactChannel } from '#engine/vocabulary.ts'
import type { Queryable, Transaction } from '../client.ts'
import { suppressions } from '../schema/deliveries.ts'
import { dncNumbers, suppressedAddresses } from '../schema/do-not-contact.ts'
import { leadIdentities, leads } from '../schema/leads.ts'
import { findFingerprintKey, fingerprintOf, obtainFingerprintKey, readPhone } from './fingerprints.ts'
import { jsonRows } from './json-rows.ts'

/** Suppressions that were recalled say so. */
export const rememberedSource = 'remembered address'

/**
 * Remembers the addresses of leads that are about to be erased, on every channel: who asked to be forgotten does not come
 * back with the next import. Test leads have made-up addresses and are not remembered. Call before they are scrubbed.
 */
export async function rememberAddresses(tx: Transaction, leadIds: readonly string[]): Promise<void> {
  const people = await tx
    .select({ id: leads.id, email: leads.email, phone: leads.phone, country: leads.country })
    .from(leads)
    .where(and(inArray(leads.id, [...leadIds]), eq(leads.isTest, false)))
  if (people.length === 0) return
  const ids = people.map(({ id }) => id)
  const [emails, stops] = await Promise.all([
    tx
      .select({ leadId: leadIdentities.leadId, value: leadIdentities.value })
      .from(leadIdentities)
      .where(and(inArray(leadIdentities.leadId, ids), eq(leadIdentities.kind, 'email'))),
    tx.select().from(suppressions).where(inArray(suppressions.leadId, ids)),
  ])
  const reasons = new Map(stops.map(({ channel, reason }) => [channel, reason]))
  const rows = new Map<string, typeof suppressedAddresses.$inferInsert>()
  const key = await obtainFingerprintKey(tx)
  const add = (kind: 'email' | 'phone', address: string, channel: ContactChannel): void => {
    const fingerprint = fingerprintOf(key, kind, address)
    const reason = codeOf(reasons.get(channel)) ?? 'erased'
    rows.set(`${kind} ${fingerprint} ${channel}`, { kind, fingerprint, channel, reason, at: new Date() })
  }
  for (const email of [...people.flatMap((one) => one.email ?? []), ...emails.map((one) => one.value)]) {
    for (const channel of contactChannels) add('email', email, channel)
  }
  for (const { phone, country } of people) {
    const number = readPhone(phone, country)
    if (number !== null) add('phone', number, 'phone')
  }
  if (rows.size > 0)
    await tx
      .insert(suppressedAddresses)
      .values([...rows.values()])
      .onConflictDoNothing()
}

/** Reasons that are our codes tell nothing of the person; people's own words are not kept. */
function codeOf(reason: string | undefined): string | null {
  return reason !== undefined && /^[a-z0-9_]+$/.test(reason) ? reason : null
}

/** A lead with the addresses it now has. */
export interface Addressed {
  leadId: string
  email: string | null
  phone: string | null
  country: string | null
}

/** What is remembered of these addresses, per lead: channel → reason. Two statements, one when nothing was ever kept. */
export async function recallAddresses(
  tx: Queryable,
  whom: readonly Addressed[],
): Promise<Map<string, Map<ContactChannel, string>>> {
  const found = new Map<string, Map<ContactChannel, string>>()
  const asked = whom.filter(({ email, phone }) => email !== null || phone !== null)
  const key = asked.length === 0 ? null : await findFingerprintKey(tx)
  if (key === null) return found
  const rows = asked.flatMap(({ leadId, email, phone, country }) => {
    const number = readPhone(phone, country)
    return [
      ...(email === null ? [] : [{ lead_id: leadId, kind: 'email', fingerprint: fingerprintOf(key, 'email', email) }]),
      ...(number === null
        ? []
        : [{ lead_id: leadId, kind: 'phone', fingerprint: fingerprintOf(key, 'phone', number) }]),
    ]
  })
  const remembered = await tx.execute<{ lead_id: string; channel: ContactChannel; reason: string }>(sql`
    select r.lead_id, s.channel, s.reason
      from ${jsonRows(rows, 'r', 'lead_id uuid, kind text, fingerprint text')}
      join suppressed_addresses s on s.kind = r.kind and s.fingerprint = r.fingerprint
     order by r.lead_id`)
  for (const { lead_id: leadId, channel, reason } of remembered) {
    const channels = found.get(leadId) ?? new Map<ContactChannel, string>()
    found.set(leadId, channels.set(channel, reason))
  }
  return found
}

/** Puts numbers on the company's own do-not-call list, for good (47 CFR 64.1200(d)(6) asks for five years). */
export async function listNumbers(
  tx: Transaction,
  whom: readonly { phone: string | null; country: string | null }[],
  at: Instant,
): Promise<void> {
  const numbers = whom.flatMap(({ phone, country }) => readPhone(phone, country) ?? [])
  if (numbers.length === 0) return
  const key = await obtainFingerprintKey(tx)
  await tx
    .insert(dncNumbers)
    .values(
      [...new Set(numbers)].map((number) => ({
        fingerprint: fingerprintOf(key, 'phone', number),
        registry: companyDncList,
        asOf: new Date(at),
      })),
    )
    .onConflictDoNothing()
}

/** Forgets what was remembered of a lead's addresses on these channels: a person has lifted it. */
export async function forgetAddresses(
  tx: Transaction,
  lead: Addressed,
  channels: readonly ContactChannel[],
): Promise<void> {
  const key = await findFingerprintKey(tx)
  if (key === null || channels.length === 0) return
  const number = readPhone(lead.phone, lead.country)
  const fingerprints = [
    ...(lead.email === null ? [] : [fingerprintOf(key, 'email', lead.email)]),
    ...(number === null ? [] : [fingerprintOf(key, 'phone', number)]),
  ]
  if (fingerprints.length === 0) return
  await tx
    .delete(suppressedAddresses)
    .where(
      and(inArray(suppressedAddresses.fingerprint, fingerprints), inArray(suppressedAddresses.channel, [...channels])),
    )
  if (channels.includes('phone') && number !== null) {
    await tx
      .delete(dncNumbers)
      .where(
        and(eq(dncNumbers.fingerprint, fingerprintOf(key, 'phone', number)), eq(dncNumbers.registry, companyDncList)),
      )
  }
}
