/** Many leads rehearsed over a year on one core, as the coverage of a journey does it: no database, no clock. */
import { readFileSync } from 'node:fs'
import { compile } from '#engine/compiler/compile.ts'
import { parseJourneyFile } from '#engine/graph/journey-file.ts'
import { emptyLibrary, type Library } from '#engine/library.ts'
import { personaFacts } from '#engine/simulation/persona.ts'
import { simulate } from '#engine/simulation/simulate.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
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
    const ground = readFridaySampler()
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
        const input = { ...ground.input, lead, startAt, entries: [], happenings: [], assume: 'chance' as const }
        const { steps, deliveries } = simulate({ ...input, seed: lead.leadId }, ground.stepType, startAt + year)
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

function readFridaySampler() {
  const path = new URL('../../examples/journeys/friday-sampler.json', import.meta.url)
  const { file } = parseJourneyFile(JSON.parse(readFileSync(path, 'utf8')))
  if (file === null) throw new Error('The shipped Friday sampler cannot be read.')
  const { fields, segments, assets, pools, surveys, forms } = file.resources
  const byKey = <Value extends { key: string }>(values: readonly Value[]) =>
    Object.fromEntries(values.map((value) => [value.key, value]))
  const library: Library = {
    ...emptyLibrary(),
    fields: byKey(fields),
    segments: Object.fromEntries(segments.map(({ key, rule }) => [key, rule])),
    assets: byKey(assets),
    pools: byKey(pools),
    surveys: byKey(surveys),
    forms: byKey(forms),
  }
  const registry = createStepRegistry()
  const { definition, issues } = compile(file.graph, { library, journeys: new Set([file.key]), registry })
  if (definition === null) throw new Error(`The Friday sampler does not compile: ${JSON.stringify(issues)}`)
  return {
    input: { definition, library, journey: { id: 'friday', key: file.key } },
    stepType: (type: string) => registry.get(type),
  }
}
