import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { playTestCases } from '#activities/journeys/play-test-cases.ts'
import { runTestCases } from '#activities/journeys/run-test-cases.ts'
import { defineActivity } from '#activities/define-activity.ts'
import type { Definition } from '#engine/definition/types.ts'
import { settingsSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { personaFacts } from '#engine/simulation/persona.ts'
import { fromFacts, type TestCaseInput } from '#engine/simulation/schemas.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'

const crm = defineActivity({
  type: 'acme_crm',
  title: 'Tell the CRM',
  description: 'Tells the CRM.',
  category: 'custom',
  icon: 'plug',
  config: z.object({ list: z.string().default('leads') }),
  ports: [
    { id: 'known', label: 'Known' },
    { id: 'new', label: 'New' },
  ],
  summary: 'Tell the CRM',
  simulate: [{ port: 'known', weight: 100, after: 'PT1H' }],
  perform: () => Promise.resolve(),
})
const registry = createStepRegistry([crm.step])
const definition: Definition = {
  format: 1,
  entry: 'entry',
  triggers: [{ id: 'manual', kind: 'manual' }],
  steps: {
    entry: {
      type: 'entry',
      name: 'Entry',
      config: { triggers: [{ id: 'manual', kind: 'manual' }], enrolExisting: false },
      next: { next: 'crm' },
    },
    crm: { type: 'acme_crm', name: 'Tell the CRM', config: { list: 'leads' }, next: { known: 'end', new: 'other' } },
    end: { type: 'exit', name: 'End', config: {}, next: {} },
    other: { type: 'exit', name: 'Other end', config: {}, next: {} },
  },
  settings: settingsSchema.parse({ spreadMinutes: 0 }),
  segments: [],
  needs: { events: [], surveys: [], deliveries: true, received: true },
  watch: [],
}
const startAt = Date.parse('2026-03-02T09:00:00Z')
const input: TestCaseInput = {
  lead: fromFacts(personaFacts({ name: 'Grace Hopper', zone: 'Europe/London' }, startAt)),
  startAt,
  until: startAt + 30 * 86_400_000,
  entries: [{ at: startAt }],
  triggers: true,
  happenings: [],
  assume: 'likely',
  seed: '',
  replyHold: null,
}
const expectations = {
  path: [
    { stepId: 'entry', port: 'next' },
    { stepId: 'crm', port: 'known' },
    { stepId: 'end', port: null },
  ],
  end: { status: 'completed' as const, stepId: 'end' },
  messages: [],
}
const ground = { definition, library: emptyLibrary(), journey: { id: 'j', key: 'j' } }
const cases = [
  { id: 'a', name: 'Known', input, expectations },
  {
    id: 'b',
    name: 'Elsewhere',
    input,
    expectations: { ...expectations, end: { status: 'completed' as const, stepId: 'other' } },
  },
]

describe('test cases in a thread of their own', () => {
  test('come out as in this one, custom steps included', async () => {
    const here = runTestCases({ ...ground, stepType: (type) => registry.get(type) }, cases)
    expect(here.map(({ passed }) => passed)).toEqual([true, false])
    const [one, other] = await Promise.all([
      playTestCases({ ...ground, registry }, cases),
      playTestCases({ ...ground, registry }, cases.slice(1)),
    ])
    expect(one).toEqual(here)
    expect(other).toEqual(here.slice(1))
  })

  test('what cannot be handed over has failed, with the reason; the next is played', async () => {
    const broken = { ...ground, library: { ...ground.library, extra: () => 'code' } }
    const [red] = await playTestCases({ ...broken, registry }, cases)
    expect(red).toMatchObject({ id: 'a', passed: false })
    expect(red?.differences[0]).toContain('It cannot be played')
    expect((await playTestCases({ ...ground, registry }, cases))[0]).toMatchObject({ passed: true })
  })

  test('without cases nothing is started', async () => {
    expect(await playTestCases({ ...ground, registry }, [])).toEqual([])
  })
})
