import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createProviderHealth } from '#activities/mailroom/provider-health.ts'
import { createThrottle } from '#activities/mailroom/throttle.ts'

/** A throttle with a clock that the test moves. */
function throttleAt(perSecond: number | null, domains: Record<string, number> = {}) {
  let now = 0
  const throttle = createThrottle({ perSecond, forDomain: (domain) => domains[domain] ?? null }, () => now)
  return { throttle, pass: (ms: number) => (now += ms), now: () => now }
}

describe('a rate', () => {
  test('lets a tenth of a second’s worth go together and then one per interval, also after an hour of silence', () => {
    const { throttle, pass } = throttleAt(20)
    const takeAll = () => {
      let taken = 0
      while (throttle.take(null)) taken += 1
      return taken
    }
    expect(takeAll()).toBe(2)
    pass(49)
    expect(takeAll()).toBe(0)
    expect(throttle.freeAt()).toBeCloseTo(50)
    pass(1)
    expect(takeAll()).toBe(1)
    pass(3_600_000)
    expect(takeAll()).toBe(2)
  })

  test('below one a second never lets two go together', () => {
    const { throttle, pass } = throttleAt(0.5)
    expect([throttle.take(null), throttle.take(null)]).toEqual([true, false])
    pass(1999)
    expect(throttle.take(null)).toBe(false)
    pass(1)
    expect(throttle.take(null)).toBe(true)
  })

  test('of one domain holds up no other; a refused message takes nothing of the rate of all', () => {
    const { throttle } = throttleAt(20, { 'gmail.com': 1 })
    expect(throttle.take('gmail.com')).toBe(true)
    expect(throttle.take('gmail.com')).toBe(false)
    expect(throttle.fullDomains()).toEqual(['gmail.com'])
    expect([throttle.isFull(), throttle.take('yahoo.com'), throttle.isFull()]).toEqual([false, true, true])
  })

  test('a place given back can be taken again', () => {
    const { throttle } = throttleAt(10, { 'gmail.com': 1 })
    expect(throttle.take('gmail.com')).toBe(true)
    throttle.giveBack('gmail.com')
    expect([throttle.fullDomains(), throttle.take('gmail.com'), throttle.take(null)]).toEqual([[], true, false])
  })

  test('is never exceeded over any stretch of time, however the asking goes', () => {
    const asked = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 400 }), times: fc.integer({ min: 0, max: 20 }) }),
    )
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 60 }), (steps, perSecond) => {
        const { throttle, pass, now } = throttleAt(null, { 'gmail.com': perSecond })
        const taken: number[] = []
        for (const { after, times } of steps) {
          pass(after)
          for (let n = 0; n < times; n += 1) if (throttle.take('gmail.com')) taken.push(now())
        }
        const together = Math.max(1, Math.floor(perSecond / 10))
        for (const [first, from] of taken.entries()) {
          for (const [index, to] of taken.slice(first).entries())
            expect(index + 1).toBeLessThanOrEqual(together + ((to - from) / 1000) * perSecond + 1e-6)
        }
      }),
    )
  })
})

describe('a provider that cannot be reached', () => {
  test('is tried by one message after pauses that double, and is back with the first answer', () => {
    let now = 0
    const told: (string | null)[] = []
    const health = createProviderHealth({
      firstPauseMs: 1000,
      longestPauseMs: 4000,
      now: () => now,
      onChange: (reason) => told.push(reason),
    })
    expect(health.room()).toBe(Infinity)
    const pauses: number[] = []
    for (let tries = 0; tries < 4; tries += 1) {
      health.failed('refused')
      // Calls that were under way together fail together.
      health.failed('refused')
      expect(health.room()).toBe(0)
      pauses.push((health.retryAt() ?? 0) - now)
      now = health.retryAt() ?? 0
      expect(health.room()).toBe(1)
    }
    expect(pauses).toEqual([1000, 2000, 4000, 4000])
    health.answered()
    expect([health.room(), health.retryAt()]).toEqual([Infinity, null])
    expect(told).toEqual(['refused', null])
  })
})
