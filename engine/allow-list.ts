/** Whom real mail reaches while live sending is off: addresses and whole domains (setting `allow_list`). */
import { z } from 'zod'
import type { Channel } from './vocabulary.ts'

/** `anna@example.org`, or `example.org` for everybody there. */
const entry = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(
    /^(?:[^\s@<>(),;:"[\]\\]+@)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/u,
    'Write an address (anna@example.org) or a domain (example.org).',
  )
export const allowListSchema = z.array(entry).max(1000).default([])
export const allowListEntrySchema = entry
/** Lower case, sorted, without duplicates. */
export type AllowList = readonly string[]

/** Whether an address is on the list, by itself or by its domain. Subdomains are not included. */
function isAllowed(list: AllowList, address: string | null): boolean {
  if (list.length === 0 || address === null) return false
  const email = address.trim().toLowerCase()
  const domain = email.slice(email.lastIndexOf('@') + 1)
  return email.includes('@') && (list.includes(email) || list.includes(domain))
}

/**
 * Whether a real provider may be given a message to this address: live sending is on, or the address is on the allow-list.
 * A notice to somebody without an address (a queue's name) stays in the built-in mailbox.
 */
export function mayReach(
  switches: { liveSending: boolean; allowList: AllowList },
  channel: Channel,
  address: string | null,
): boolean {
  if (channel === 'notification' && address?.includes('@') !== true) return false
  return switches.liveSending || isAllowed(switches.allowList, address)
}
