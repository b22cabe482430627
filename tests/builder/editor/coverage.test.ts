// Where sampled leads would go, played by the engine: a case that those above take everybody from is found out.
import { beforeEach, expect, test } from 'vitest'
import { graphSchema } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import { personaFacts } from '#engine/simulation/persona.ts'
import { fromFacts } from '#engine/simulation/schemas.ts'
import '../../../builder/src/i18n/i18n.ts'
import { addCoverage, countRun, noCoverage } from '../../../builder/src/editor/simulate/coverage.ts'
import { neverReached, neverReachedIssues } from '../../../builder/src/editor/simulate/never-reached.ts'
import { createPlayer, type Player } from '../../../builder/src/editor/simulate/player.ts'
import { toSampleInput } from '../../../builder/src/editor/simulate/settings.ts'

const startAt = Date.parse('2026-03-02T09:00:00Z')
const library = emptyLibrary()
const atLeast = (value: number) => ({ kind: 'compare', field: 'score', op: 'gte', value })

// Who has 80 has 50, too: nobody is left for the second case.
const graph = graphSchema.parse({
  format: 1,
  nodes: [
    {
      id: 'entry',
      type: 'entry',
      config: {
        triggers: [{ id: 'in', kind: 'segment_entered', segment: { kind: 'has_tag', tag: 'new' } }],
        only: { kind: 'not', rule: { kind: 'has_tag', tag: 'partner' } },
      },
    },
    {
      id: 'sort',
      type: 'branch',
      config: {
        cases: [
          { id: 'warm', name: 'Warm', when: atLeast(50) },
          { id: 'hot', name: 'Hot', when: atLeast(80) },
        ],
      },
    },
    { id: 'pause', type: 'wait', config: { duration: 'P1D' } },
    { id: 'praise', type: 'add_tag', config: { tag: 'praised' } },
    { id: 'call', type: 'add_tag', name: 'Call them', config: { tag: 'to-call' } },
    { id: 'rest', type: 'add_tag', config: { tag: 'rest' }, disabled: true },
    { id: 'done', type: 'exit', config: {} },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'sort' },
    { from: 'sort', port: 'case:warm', to: 'pause' },
    { from: 'pause', port: 'next', to: 'praise' },
    { from: 'praise', port: 'next', to: 'done' },
    { from: 'sort', port: 'case:hot', to: 'call' },
    { from: 'call', port: 'next', to: 'done' },
    { from: 'sort', port: 'else', to: 'rest' },
    { from: 'rest', port: 'next', to: 'done' },
  ],
})
const who = { kind: 'persona' as const, persona: { name: 'Sample lead' } }
const input = toSampleInput(
  { who, startAt, zone: 'Europe/London', triggerId: 'in', assume: 'chance', happenings: [] },
  graph,
  library,
  null,
)
const lead = (id: string, score: number, ...tags: string[]) => ({
  id,
  facts: fromFacts(personaFacts({ name: id, zone: 'Europe/London', score, tags: ['new', ...tags] }, startAt)),
})
const warm = lead('Ann', 60)
const hot = lead('Ben', 90)
const cold = lead('Cleo', 10)
const partner = lead('Dan', 90, 'partner')

let player: Player
beforeEach(() => {
  player = createPlayer({ manifests: [], library, journeys: [], journey: { id: 'j', key: 'sorting' } })
  expect(player.compile(graph)).toMatchObject({ problems: 0 })
})
const sample = (...leads: (typeof warm)[]) =>
  player.sample({ kind: 'sample', id: 1, leads, input, seek: null }).coverage

test('parts of a sample add up to the sample, each lead counted once per step and way out', () => {
  const all = sample(warm, hot, cold, partner)
  expect(all).toEqual({
    leads: 4,
    entered: 3,
    steps: { entry: 3, sort: 3, pause: 2, praise: 2, rest: 1, done: 3 },
    edges: {
      'entry:next': 3,
      'sort:case:warm': 2,
      'sort:else': 1,
      'pause:next': 2,
      'praise:next': 2,
      'rest:next': 1,
    },
    parked: {},
    messages: 0,
    tasks: 0,
  })
  expect(addCoverage(sample(warm, partner), sample(hot, cold))).toEqual(all)
  expect(addCoverage(noCoverage(), all)).toEqual(all)
})

test('a lead that comes by a step again counts once there', () => {
  const once = noCoverage()
  const run = player.play({ ...input, lead: warm.facts })
  countRun(once, run)
  const again = noCoverage()
  countRun(again, { ...run, steps: [...run.steps, ...run.steps] })
  expect(again).toEqual(once)
})

test('only the dead case leads to a step that nobody comes to; whom nobody lets in says nothing of any', () => {
  const coverage = sample(warm, hot, cold)
  expect(neverReached(graph, coverage).map(({ id }) => id)).toEqual(['call'])
  expect(neverReachedIssues(graph, coverage, ({ name, id }) => name ?? id)).toEqual([
    {
      code: 'STEP_NEVER_REACHED',
      severity: 'warning',
      nodeId: 'call',
      path: [],
      message: 'None of 3 rehearsed leads came to "Call them"; look whether a case above takes them all.',
    },
  ])
  // What is switched off is passed by.
  expect(neverReached(graph, sample(warm, hot)).map(({ id }) => id)).toEqual(['call'])
  const nobody = sample(partner)
  expect(nobody).toMatchObject({ leads: 1, entered: 0, steps: {} })
  expect(neverReached(graph, nobody)).toEqual([])
})

test('a lead that comes to a step is sought in order, and the search ends with the first', () => {
  const seek = (stepId: string, ...leads: (typeof warm)[]) =>
    player.sample({ kind: 'sample', id: 1, leads, input, seek: stepId })
  expect(seek('praise', cold, partner, hot, warm)).toMatchObject({ found: 'Ben', coverage: { leads: 3, entered: 2 } })
  expect(seek('call', cold, hot, warm)).toMatchObject({ found: null, coverage: { leads: 3, entered: 3 } })
})
