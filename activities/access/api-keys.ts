/** Makes and knows the keys of programs. */
import { randomBytes } from 'node:crypto'
import type { Queryable } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { findApiKey, insertApiKey, noteKeyUse, type ApiKeyRow } from '#db/repositories/api-keys.ts'
import { hashSecret, isSameHash, makeSecret } from './secrets.ts'

/** `secret` keys stay on servers; `public` ones are in the source of websites and may take in events only. */
type ApiKeyKind = ApiKeyRow['kind']

const beginnings = { secret: 'trl', public: 'trw' } as const satisfies Record<ApiKeyKind, string>

/** `trl_` or `trw_`, eight characters by which it is known, and 256 random bits. */
const keyPattern = /^(tr[lw]_[0-9a-f]{8})_[\w-]{43}$/

export interface NewApiKey {
  name: string
  kind: ApiKeyKind
  scopes: readonly string[]
  expiresAt: Date | null
  actor: string
}

/** Makes a key. It is in the answer and nowhere else: what is kept is its hash. */
export async function createApiKey(tx: Queryable, request: NewApiKey): Promise<{ row: ApiKeyRow; key: string }> {
  const { name, kind, scopes, expiresAt, actor } = request
  const prefix = `${beginnings[kind]}_${randomBytes(4).toString('hex')}`
  const key = `${prefix}_${makeSecret()}`
  const row = await insertApiKey(tx, {
    id: newId(),
    name,
    kind,
    prefix,
    hash: hashSecret(key),
    scopes: [...scopes],
    createdBy: actor,
    expiresAt,
  })
  return { row, key }
}

export type KnownKey =
  | { known: true; row: ApiKeyRow }
  | { known: false; reason: 'malformed' | 'unknown' | 'revoked' | 'expired' }

/** Whose key this is. Its use is noted to the minute. */
export async function recognizeApiKey(db: Queryable, key: string, now: number): Promise<KnownKey> {
  const prefix = keyPattern.exec(key)?.[1]
  if (prefix === undefined) return { known: false, reason: 'malformed' }
  const row = await findApiKey(db, prefix)
  if (row === null || !isSameHash(row.hash, hashSecret(key))) return { known: false, reason: 'unknown' }
  if (row.revokedAt !== null) return { known: false, reason: 'revoked' }
  if (row.expiresAt !== null && row.expiresAt.getTime() <= now) return { known: false, reason: 'expired' }
  if (row.lastUsedAt === null || now - row.lastUsedAt.getTime() > 60_000) await noteKeyUse(db, row.id)
  return { known: true, row }
}
