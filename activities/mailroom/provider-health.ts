/** Whether a provider can be reached: nothing is sent into an outage, and one message tries whether it is over. */

export interface ProviderHealthOptions {
  /** First pause after a failed try, ms; doubles up to the second. @default 1000 */
  firstPauseMs?: number
  /** @default 60000 */
  longestPauseMs?: number
  /** Told when it goes down (with the reason) and when it is back (null). */
  onChange?: (reason: string | null) => void
  /** A clock in ms that never goes back. */
  now?: () => number
}

export interface ProviderHealth {
  /** How many messages may be handed over now: all, one to try, none. */
  room(): number
  /** When to look again; null while it is up. */
  retryAt(): number | null
  /** A call could not be made. */
  failed(reason: string): void
  /** A call was answered, whatever the answer. */
  answered(): void
}

export function createProviderHealth(options: ProviderHealthOptions = {}): ProviderHealth {
  const { firstPauseMs = 1000, longestPauseMs = 60_000, onChange, now = () => performance.now() } = options
  let down: { tries: number; until: number } | null = null
  return {
    room() {
      if (down === null) return Infinity
      return now() < down.until ? 0 : 1
    },
    retryAt: () => down?.until ?? null,
    failed(reason) {
      // Calls that were under way together fail together: that is one failure.
      if (down !== null && now() < down.until) return
      const tries = (down?.tries ?? 0) + 1
      if (down === null) onChange?.(reason)
      down = { tries, until: now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1)) }
    },
    answered() {
      if (down === null) return
      down = null
      onChange?.(null)
    },
  }
}
