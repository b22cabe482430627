/** Many leads rehearsed over a year on one core, as the coverage of a journey does it: no database, no clock. */
import { personaFacts } from '#engine/simulation/persona.ts'
import { simulate } from '#engine/simulation/simulate.ts'
import { readExample, stepType } from '#tests/support/example-journeys.ts'
import type { Benchmark } from './benchmark.ts'
import { median, spread } from './statistics.ts'

const mostMs = 5000
const targetLeads = 10_000
const startAt = Date.parse('2026-11-20T06:00:00Z')
const year = 365 * 86_400_000
const zones = ['Europe/London', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney', 'America/Los_Angeles', null]

export const simulation: Benchmark = {
  name: 'simulate',
  run({ rounds = 5, leads = targetLeads }) {
    const { file, definition, library } = readExample('friday-sampler')
    const ground = { definition, library, journey: { id: 'friday', key: file.key } }
    const people = Array.from({ length: leads }, (_, index) =>
      personaFacts(
        {
          name: `Lead ${String(index)}`,
          zone: zones[index % zones.length] ?? null,
          did: [{ event: 'downloaded', times: 1, daysAgo: 1 + (index % 20) }],
        },
        startAt,
      ),
    )
    const counted = { steps: 0, messages: 0 }
    const times = Array.from({ length: rounds }, (_, round) => {
      const startedAt = performance.now()
      for (const lead of people) {
        const input = { ...ground, lead, startAt, entries: [], happenings: [], assume: 'chance' as const }
        const { steps, deliveries } = simulate({ ...input, seed: lead.leadId }, stepType, startAt + year)
        if (round > 0) continue
        counted.steps += steps.length
        counted.messages += deliveries.filter(({ status }) => status === 'sent').length
      }
      return performance.now() - startedAt
    })
    const value = Math.round(median(times))
    const done = `${String(counted.steps)} steps and ${String(counted.messages)} messages`
    return Promise.resolve([
      {
        name: 'simulate.year',
        value,
        unit: 'ms',
        target: `<= ${String(mostMs)} for ${String(targetLeads)} leads`,
        comparedTo: `the Friday sampler with ${String(leads)} leads in five zones over a year, ${done}; ${String(rounds)} rounds, spread ${spread(times, 0)} ms`,
        met: leads >= targetLeads && value <= mostMs,
      },
    ])
  },
}
