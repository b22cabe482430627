/** Random secrets that are shown once and kept as hashes, and passwords. */
import { createHash, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** SHA-256 in hex: enough for 256 random bits, which nobody can guess by trying. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares two hashes in a time that does not tell how much of them is equal. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** 256 random bits, in 43 characters that stand in addresses and headers as they are. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** scrypt's cost: 32 MB and about 60 ms of one core (OWASP's second choice: N = 2^15, r = 8, p = 3 are 96 MB·rounds). */
const cost = { N: 2 ** 15, r: 8, p: 3 } as const
const hashBytes = 32

/** `scrypt$N$r$p$salt$hash`: the parameters stay with the hash, so that they can rise later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, hashBytes, cost)
  const { N, r, p } = cost
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** True when it is the password. A hash that cannot be read is nobody's. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [kind, N, r, p, salt = '', hash = ''] = stored.split('$')
  const wanted = Buffer.from(hash, 'base64url')
  if (kind !== 'scrypt' || wanted.length === 0) return false
  const options = { N: Number(N), r: Number(r), p: Number(p) }
  const given = await derive(password, Buffer.from(salt, 'base64url'), wanted.length, options)
  return timingSafeEqual(given, wanted)
}

/** Takes as long as `isPassword`: for addresses nobody has, so that time does not tell which exist. */
export async function pretendToCheck(password: string): Promise<false> {
  await derive(password, Buffer.alloc(16), hashBytes, cost)
  return false
}

/** One look of a password, whichever way its accents were typed. */
function derive(password: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, { ...options, maxmem: 256 * 1024 * 1024 }, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
