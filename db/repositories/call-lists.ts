/** Do-not-call lists as the gate sees them for one lead: is the number listed, and how old is the copy it was held against. */
import { eq } from 'drizzle-orm'
import { placeOf } from '#engine/compliance/places.ts'
import type { CallLists } from '#engine/facts.ts'
import { companyDncList } from '#engine/gate/gate.ts'
import type { Queryable } from '../client.ts'
import { dncNumbers, dncRegistries } from '../schema/do-not-contact.ts'
import { findFingerprintKey, fingerprintOf, readPhone } from './fingerprints.ts'

interface Callee {
  phone: string | null
  country: string | null
  region: string | null
  postalCode: string | null
  zone: string | null
}

/**
 * Null when the lead has no number or no list is kept. A registry covers the leads of its country, and those whose country
 * is not known. Three small statements, of which only the first when no list was ever kept.
 */
export async function readCallLists(db: Queryable, lead: Callee): Promise<CallLists | null> {
  if (lead.phone === null) return null
  const key = await findFingerprintKey(db)
  if (key === null) return null
  const number = readPhone(lead.phone, lead.country)
  const [registries, listed] = await Promise.all([
    db.select({ registry: dncRegistries.registry, asOf: dncRegistries.asOf }).from(dncRegistries),
    number === null
      ? []
      : db
          .select({ registry: dncNumbers.registry })
          .from(dncNumbers)
          .where(eq(dncNumbers.fingerprint, fingerprintOf(key, 'phone', number))),
  ])
  const { country } = placeOf(lead, 'UTC', Date.now())
  return {
    listedOn: listed.map((row) => row.registry).sort(),
    registries: registries
      .filter(({ registry }) => registry !== companyDncList && (country === null || registry === country.toLowerCase()))
      .map(({ registry, asOf }) => ({ registry, asOf: asOf.getTime() })),
  }
}
