/**
 * Was it a person? Mail security products open every link of a mail, often within seconds and in a browser's guise. What
 * cannot be a person is told at once; the rest is judged some seconds later, when what else was opened is known. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { BlockList } from 'node:net'
import { isbot } from 'isbot'
import type { Tracking } from '#engine/tracking.ts'
import { honeypotTarget } from './track-links.ts'

/** Why a click is taken for a scanner's. */
export type ScanReason =
  | 'no_user_agent'
  | 'bot_user_agent'
  | 'head_request'
  | 'prefetch'
  | 'scanner_network'
  | 'honeypot'
  | 'too_soon'
  | 'burst'

/** What tells by itself; null when a person may have clicked. */
export function suspectAtOnce(request: {
  method: string
  headers: IncomingHttpHeaders
  /** Null = unknown. */
  address: string | null
  networks: BlockList | null
  url: string
}): ScanReason | null {
  const { method, headers, address, networks, url } = request
  if (url === honeypotTarget) return 'honeypot'
  if (method === 'HEAD') return 'head_request'
  if (isPrefetch(headers)) return 'prefetch'
  const agent = headers['user-agent'] ?? ''
  if (agent === '') return 'no_user_agent'
  if (isbot(agent)) return 'bot_user_agent'
  const family = address?.includes(':') === true ? 'ipv6' : 'ipv4'
  if (address !== null && networks?.check(address, family) === true) return 'scanner_network'
  return null
}

/** Browsers that fetch ahead say so (`Sec-Purpose: prefetch;prerender`, formerly `Purpose`, `X-Purpose`, `X-Moz`). */
function isPrefetch(headers: IncomingHttpHeaders): boolean {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /prefetch|prerender|preview/i.test(String(headers[name] ?? '')),
  )
}

export interface Click {
  id: number
  url: string
  /** Real time, UTC ms. */
  at: number
  suspicion: string | null
}

/** Around a honeypot's click everything is the scanner's. */
const honeypotMs = 60_000

/**
 * Judges one click by all clicks on links of the same mail.
 * @param acceptedAt when the provider took the mail, in real time; null = unknown (test leads)
 */
export function judgeClick(
  click: Click,
  { all, acceptedAt, tracking }: { all: readonly Click[]; acceptedAt: number | null; tracking: Tracking },
): ScanReason | null {
  if (click.suspicion !== null) return click.suspicion as ScanReason
  if (acceptedAt !== null && click.at - acceptedAt < tracking.ignoreFirstSeconds * 1000) return 'too_soon'
  const near = (within: number) => all.filter((other) => Math.abs(other.at - click.at) <= within)
  if (near(honeypotMs).some((other) => other.url === honeypotTarget)) return 'honeypot'
  return isInBurst(click, near(tracking.burstSeconds * 1000), tracking) ? 'burst' : null
}

/** Is there a span of `burstSeconds` that holds this click and many different links? */
function isInBurst(click: Click, near: readonly Click[], { burstLinks, burstSeconds }: Tracking): boolean {
  return near.some((first) => {
    const span = near.filter(({ at }) => at >= first.at && at <= first.at + burstSeconds * 1000)
    return span.includes(click) && new Set(span.map(({ url }) => url)).size >= burstLinks
  })
}
