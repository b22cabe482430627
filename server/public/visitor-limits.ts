/** Limits per visitor without knowing the visitor: addresses are counted under a keyed hash that changes every day. */
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Request } from 'express'
import type { Database } from '#db/client.ts'
import { countRequest } from '#db/repositories/request-counts.ts'
import { PageProblem } from './problem.ts'

interface Limit {
  /** What is limited, part of the bucket's name. */
  what: string
  most: number
  seconds: number
}

/** @throws {PageProblem} too_many when the visitor's network has done it more often than that. */
export async function limitVisitor(
  { db, secret, now }: { db: Database; secret: string; now: number },
  request: Request,
  limits: readonly Limit[],
): Promise<void> {
  for (const { what, most, seconds } of limits) {
    const count = await countRequest(db, `${what}:${hashAddress(secret, request.ip ?? '', now)}`, seconds)
    if (count > most) throw new PageProblem('too_many')
  }
}

/** Without the secret nobody gets from a hash to an address, and tomorrow the same address has another one. */
export function hashAddress(secret: string, address: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10)
  return createHmac('sha256', secret)
    .update(`visitor:${day}:${network(address)}`)
    .digest('base64url')
    .slice(0, 22)
}

/** IPv6 visitors have a whole /64 each (RFC 6177 §2), so that it is counted as one. */
function network(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...zeros, ...last].slice(0, 4).join(':')
}
