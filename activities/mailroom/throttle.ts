/**
 * Rates: so many a second in all, and so many a second to each domain. Evenly spaced (the generic cell rate algorithm):
 * after an hour of silence there is no saved-up hour to send at once, only the few that may go together.
 */

export interface Rates {
  /** Messages a second in all; null = as fast as it goes. */
  perSecond: number | null
  /** Messages a second to one domain (lower case); null = as fast as it goes. */
  forDomain(domain: string): number | null
}

/** As many may go together as belong into this many ms: a tenth of a second's worth, at least one. */
const togetherMs = 100

/** One rate: when the next one is due, counted as if all so far had been evenly spaced. */
interface Pace {
  intervalMs: number
  toleranceMs: number
  /** The instant at which the pace is fully recovered. */
  busyUntil: number
}

export interface Throttle {
  /** Takes a place for a message to this domain, or takes none. */
  take(domain: string | null): boolean
  /** Gives a place back that was not used. */
  giveBack(domain: string | null): void
  /** Domains without a place now. */
  fullDomains(): string[]
  /** Whether there is no place for anybody. */
  isFull(): boolean
  /** When the first place becomes free for somebody who has none now; null when nobody waits. Ms of the given clock. */
  freeAt(): number | null
}

/** @param now a clock in ms that never goes back */
export function createThrottle(rates: Rates, now: () => number = () => performance.now()): Throttle {
  const all = rates.perSecond === null ? null : paceOf(rates.perSecond)
  const byDomain = new Map<string, Pace>()
  const paceFor = (domain: string | null): Pace | null => {
    if (domain === null) return null
    const known = byDomain.get(domain)
    if (known !== undefined) return known
    const perSecond = rates.forDomain(domain)
    if (perSecond === null) return null
    forgetIdle(byDomain, now())
    const pace = paceOf(perSecond)
    byDomain.set(domain, pace)
    return pace
  }
  const concerned = (domain: string | null): Pace[] => [all, paceFor(domain)].filter((pace) => pace !== null)

  return {
    take(domain) {
      const at = now()
      const paces = concerned(domain)
      if (paces.some((pace) => !hasRoom(pace, at))) return false
      for (const pace of paces) pace.busyUntil = Math.max(pace.busyUntil, at) + pace.intervalMs
      return true
    },
    giveBack(domain) {
      for (const pace of concerned(domain)) pace.busyUntil -= pace.intervalMs
    },
    fullDomains() {
      const at = now()
      return [...byDomain].flatMap(([domain, pace]) => (hasRoom(pace, at) ? [] : [domain]))
    },
    isFull: () => all !== null && !hasRoom(all, now()),
    freeAt() {
      const at = now()
      const full = [...(all === null ? [] : [all]), ...byDomain.values()].filter((pace) => !hasRoom(pace, at))
      if (full.length === 0) return null
      const frees = full.map((pace) => pace.busyUntil - pace.toleranceMs)
      // While nobody may go, the first domain to recover changes nothing.
      return all !== null && full.includes(all) ? all.busyUntil - all.toleranceMs : Math.min(...frees)
    },
  }
}

function paceOf(perSecond: number): Pace {
  const intervalMs = 1000 / perSecond
  const together = Math.max(1, Math.floor(togetherMs / intervalMs))
  return { intervalMs, toleranceMs: (together - 1) * intervalMs, busyUntil: -Infinity }
}

/** A rounding error of floating point must not cost a place. */
const grain = 1e-6

function hasRoom(pace: Pace, at: number): boolean {
  return pace.busyUntil - at <= pace.toleranceMs + grain
}

/** Beyond this many domains, those that have long recovered are forgotten. */
const mostDomains = 10_000

function forgetIdle(byDomain: Map<string, Pace>, at: number): void {
  if (byDomain.size < mostDomains) return
  for (const [domain, pace] of byDomain) if (pace.busyUntil <= at) byDomain.delete(domain)
}
