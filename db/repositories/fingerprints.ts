/**
 * Addresses and numbers that are kept without being known: a keyed hash (HMAC-SHA-256, RFC 2104) of the normalised text, so
 * that a list can be asked "is this one on it?" but not read. The key is made once and lives in the database, so that a
 * restored backup still recognises everyone on its lists: losing it would silently forget every opt-out (ADR 0012).
 */
import { createHmac, randomBytes } from 'node:crypto'
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import { eq } from 'drizzle-orm'
import { readCountry } from '#engine/compliance/places.ts'
import { foldText } from '#engine/text.ts'
import type { Queryable } from '../client.ts'
import { settings } from '../schema/library.ts'

const settingKey = 'fingerprint_key'

/** 128 bits: two addresses share a fingerprint once in 10^19 pairs. */
const fingerprintLength = 22

/** The installation's key; null when nothing has ever been kept by fingerprint. */
export async function findFingerprintKey(db: Queryable): Promise<string | null> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, settingKey))
  return typeof row?.value === 'string' ? row.value : null
}

/** The installation's key, made when it is first needed. Two who make it at once agree. */
export async function obtainFingerprintKey(tx: Queryable): Promise<string> {
  const known = await findFingerprintKey(tx)
  if (known !== null) return known
  await tx
    .insert(settings)
    .values({ key: settingKey, value: randomBytes(32).toString('base64url') })
    .onConflictDoNothing()
  const made = await findFingerprintKey(tx)
  if (made === null) throw new Error('The fingerprint key could not be stored; try again.')
  return made
}

/** `email` addresses are folded and trimmed as identities are; `phone` takes E.164 (`readPhone`). */
export function fingerprintOf(key: string, kind: 'email' | 'phone', address: string): string {
  const text = kind === 'email' ? foldText(address).trim() : address
  return createHmac('sha256', key).update(`${kind}:${text}`).digest('base64url').slice(0, fingerprintLength)
}

/**
 * A telephone number as people write it, in E.164 (`+12025550123`). Numbers without a country code are read as of the
 * country given, else of the United States when they look like one. Null when it is no possible number.
 */
export function readPhone(text: string | null, country: string | null): string | null {
  if (text === null || text.trim() === '') return null
  const code = readCountry(country) ?? (text.trim().startsWith('+') ? null : 'US')
  const parsed = parsePhoneNumberFromString(text, code === null ? {} : { defaultCountry: code as CountryCode })
  return parsed?.isPossible() === true ? parsed.number : null
}
