import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { toLeadTime, toRealTime } from '#engine/clock.ts'

const seed = 20_261_122
const instant = fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2040-01-01T00:00:00Z') })

test('a timer set for an instant of a fast clock fires when the clock shows it, and at most a millisecond late', () => {
  fc.assert(
    fc.property(
      instant,
      instant,
      fc.constantFrom(1, 2, 60, 3600, 86_400, 604_800),
      fc.integer({ min: 0, max: 400 * 86_400_000 }),
      (realStart, virtualStart, speed, after) => {
        const clock = { realStart, virtualStart, speed }
        const real = toRealTime(clock, virtualStart + after)
        expect(toLeadTime(clock, real)).toBeGreaterThanOrEqual(virtualStart + after)
        expect(toLeadTime(clock, real - 1)).toBeLessThan(virtualStart + after)
      },
    ),
    { seed, numRuns: 20_000 },
  )
})
