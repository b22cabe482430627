/** DNS as the sender check asks for it, and the parts of records it reads. */
import { createPublicKey } from 'node:crypto'
import { Resolver } from 'node:dns/promises'

/** What is asked of DNS; node's own resolver fits. */
export interface DnsResolver {
  resolveTxt(name: string): Promise<string[][]>
  resolveMx(name: string): Promise<{ exchange: string; priority: number }[]>
  resolve4(name: string): Promise<string[]>
  resolve6(name: string): Promise<string[]>
}

/** This machine's DNS, with little patience: a check is looked at by a person who waits. */
export function systemDns(): DnsResolver {
  return new Resolver({ timeout: 2000, tries: 2 })
}

/** Thrown when DNS gave no answer; what is not there is no failure but an empty answer. */
export class DnsFailure extends Error {
  readonly code = 'DNS_FAILURE'
}

const absent: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'NXDOMAIN', 'NODATA'])

/** The answer, empty when the name or the record does not exist. @throws {DnsFailure} */
export async function ask<Answer>(name: string, question: () => Promise<Answer[]>): Promise<Answer[]> {
  try {
    return await question()
  } catch (error) {
    if (absent.has((error as { code?: unknown }).code)) return []
    const reason = error instanceof Error ? error.message : String(error)
    throw new DnsFailure(`DNS did not answer for "${name}" (${reason}).`, { cause: error })
  }
}

/** TXT records as whole texts. */
export async function askTxt(dns: DnsResolver, name: string): Promise<string[]> {
  const records = await ask(name, () => dns.resolveTxt(name))
  return records.map((parts) => parts.join(''))
}

/** `v=DKIM1; k=rsa; p=…` as a map (RFC 6376 §3.2): names as written, blanks around and inside values dropped. */
export function readTags(record: string): Map<string, string> {
  return new Map(
    record.split(';').flatMap((part): [string, string][] => {
      const [name = '', ...rest] = part.split('=')
      return name.trim() === '' ? [] : [[name.trim().toLowerCase(), rest.join('=').replaceAll(/\s+/g, '')]]
    }),
  )
}

/** Bits of the RSA key in a DKIM record's `p`; 256 for Ed25519 (RFC 8463); null when it is no key. */
export function keyBits(type: string, value: string): number | null {
  const bytes = Buffer.from(value, 'base64')
  if (type === 'ed25519') return bytes.length === 32 ? 256 : null
  try {
    const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' })
    return key.asymmetricKeyDetails?.modulusLength ?? null
  } catch {
    return null
  }
}
