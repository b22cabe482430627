import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instantsOfWall, nextChange, offsetAt, toInstant, toLocal, toWall } from '#engine/schedule/zone.ts'
import { awkwardZones, changeDays, wallByIntl, zoneAndInstant } from './awkward-zones.ts'

const seed = 20_261_122
const dayMs = 86_400_000

describe('zones', () => {
  test('the remembered offset is what Intl says, before, at and after every change of 27 years', () => {
    let changes = 0
    for (const zone of awkwardZones) {
      for (const day of changeDays(zone)) {
        const change = nextChange(day - 1, day + dayMs, zone)
        expect(change).not.toBeNull()
        changes += 1
        for (const shift of [-3_600_001, -1000, -1, 0, 1, 1000, 3_600_000]) {
          const instant = (change ?? 0) + shift
          expect([zone, instant + offsetAt(instant, zone)]).toEqual([zone, wallByIntl(instant, zone)])
        }
      }
    }
    expect(changes).toBeGreaterThan(400)
  })

  test('toLocal() shows what Intl shows', () => {
    fc.assert(
      fc.property(zoneAndInstant, ({ zone, instant }) => {
        const { year, month, day, hour, minute, second, millisecond } = toLocal(instant, zone)
        expect(Date.UTC(year, month - 1, day, hour, minute, second, millisecond)).toBe(wallByIntl(instant, zone))
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('toInstant() undoes toLocal(), but for the second of two equal readings, which gives the first', () => {
    fc.assert(
      fc.property(zoneAndInstant, ({ zone, instant }) => {
        const back = toInstant(toLocal(instant, zone), zone)
        expect(back).toBeLessThanOrEqual(instant)
        expect(wallByIntl(back, zone)).toBe(wallByIntl(instant, zone))
        const readings = instantsOfWall(toWall(instant, zone), zone)
        expect(readings).toContain(instant)
        expect(readings[0]).toBe(back)
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('a wall reading no clock ever shows becomes the first instant after it, and the millisecond before is earlier', () => {
    fc.assert(
      fc.property(zoneAndInstant, ({ zone, instant: wall }) => {
        const local = toLocal(wall, 'UTC')
        const found = toInstant(local, zone)
        if (wallByIntl(found, zone) === wall) return
        expect(wallByIntl(found, zone)).toBeGreaterThan(wall)
        expect(wallByIntl(found - 1, zone)).toBeLessThan(wall)
        expect(instantsOfWall(wall, zone)).toEqual([])
      }),
      { seed, numRuns: 5000 },
    )
  })
})
