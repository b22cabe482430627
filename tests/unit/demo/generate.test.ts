import { describe, expect, test } from 'vitest'
import { generateYear, type DemoLead } from '#server/demo/generate.ts'

const endsAt = Date.parse('2026-11-20T08:00:00Z')
const year = generateYear({ seed: 7, endsAt })
const count = (lead: DemoLead, type: string) => lead.events.filter((event) => event.type === type).length

describe('generateYear()', () => {
  test('gives the same year for a seed and another one for another seed', () => {
    expect(generateYear({ seed: 7, endsAt })).toEqual(year)
    expect(generateYear({ seed: 8, endsAt, leads: 50 })).not.toEqual(year.slice(0, 50))
  })

  test('has the playbook’s proportions: 500 customers, 1,000 with several interactions, the rest with one', () => {
    const bought = year.filter((lead) => count(lead, 'purchased') > 0)
    const own = (lead: DemoLead) => lead.events.filter((event) => event.type !== 'invited').length
    const others = year.filter((lead) => count(lead, 'purchased') === 0)
    expect(year).toHaveLength(5000)
    expect(bought).toHaveLength(500)
    expect(bought.every((lead) => lead.stage === 'customer')).toBe(true)
    expect(others.filter((lead) => own(lead) > 1)).toHaveLength(1000)
    expect(others.filter((lead) => own(lead) === 1 && count(lead, 'downloaded') === 1)).toHaveLength(3500)
  })

  test('keeps every event inside the year, in time, and nobody buys before having shown interest', () => {
    for (const { events } of year) {
      const times = events.map((event) => event.occurredAt)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times[0]).toBeGreaterThanOrEqual(endsAt - 365 * 86_400_000)
      expect(times.at(-1)).toBeLessThan(endsAt)
      expect(events[0]?.type).not.toBe('purchased')
    }
  })

  test('uses reserved addresses only, each once, and leaves a few people who must not be contacted', () => {
    const emails = year.map((lead) => String(lead.fields['email']))
    expect(new Set(emails).size).toBe(5000)
    expect(emails.filter((email) => !/^[a-z.0-9-]+@[a-z-]+\.example$/.test(email))).toEqual([])
    for (const flag of ['do_not_email', 'do_not_call', 'do_not_mail']) {
      const flagged = year.filter((lead) => lead.fields[flag] === true).length
      expect(flagged).toBeGreaterThan(20)
      expect(flagged).toBeLessThan(400)
    }
  })

  test('spreads people over zones and leaves some zones unknown', () => {
    const zones = new Set(year.map((lead) => lead.fields['zone']))
    expect(zones.size).toBeGreaterThan(10)
    expect(zones.has(undefined)).toBe(true)
    expect(() =>
      [...zones].map((zone) => new Intl.DateTimeFormat('en', { timeZone: zone as string | undefined })),
    ).not.toThrow()
  })
})
