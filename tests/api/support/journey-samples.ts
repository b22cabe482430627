/** Requests that succeed on routes about a journey: each gets a journey of its own, so that none spoils another's. */
import { newId } from '#db/ids.ts'
import { personaFacts } from '#engine/simulation/persona.ts'
import { fromFacts, type Expectations, type TestCaseInput } from '#engine/simulation/schemas.ts'
import { placeLead } from '../../support/seed-world.ts'
import type { Sample, World } from './sample.ts'

/** Somebody comes in, waits that long and leaves. */
const graphWith = (duration: string) => ({
  format: 1,
  nodes: [
    { id: 'entry', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
    { id: 'pause', type: 'wait', config: { duration } },
    { id: 'end', type: 'exit', config: {} },
  ],
  edges: [
    { from: 'entry', port: 'next', to: 'pause' },
    { from: 'pause', port: 'next', to: 'end' },
  ],
})

const startAt = Date.parse('2026-03-02T09:00:00Z')
const rehearsal: { name: string; input: TestCaseInput; expectations: Expectations } = {
  name: 'Comes and waits',
  input: {
    lead: fromFacts(personaFacts({ name: 'Grace' }, startAt)),
    startAt,
    until: startAt + 86_400_000,
    entries: [{ at: startAt }],
    triggers: true,
    happenings: [],
    assume: 'nothing',
    seed: '',
    replyHold: null,
  },
  expectations: { path: [], end: null, messages: [] },
}

type Call = World['call']

/** A draft at revision 1. Returns its key. */
async function makeDraft(call: Call): Promise<string> {
  const key = `sample-${newId()}`
  await call('post', '/api/v1/journeys', { key, name: 'Sample', graph: graphWith('P10D') })
  return key
}

async function schedule(call: Call): Promise<Sample & { params: { journey: string }; body: object }> {
  const publishAt = new Date(Date.now() + 3_600_000).toISOString()
  const body = { publishAt, zone: 'Europe/Berlin', revision: 1, baseVersion: null }
  return { params: { journey: await makeDraft(call) }, body }
}

/** A test case, as parameters of a route. */
async function addCase(call: Call): Promise<Record<string, string>> {
  const journey = await makeDraft(call)
  const { body } = await call('post', `/api/v1/journeys/${journey}/test-cases`, rehearsal)
  return { journey, id: (body as { id: string }).id }
}

export const journeySamples = {
  importJourney: () => ({
    body: {
      file: { format: 1, key: 'brought-in', name: 'Brought in', graph: graphWith('P1D') },
      onExisting: 'replace',
    },
  }),
  saveJourneyTemplate: async ({ call }) => ({ body: { journey: await makeDraft(call), name: 'Kept', replaces: true } }),
  removeJourneyTemplate: async ({ call }) => {
    const given = { journey: await makeDraft(call), name: 'Not kept' }
    const { body } = await call('post', '/api/v1/journey-templates', given)
    return { params: { id: (body as { id: string }).id } }
  },
  tagJourney: () => ({ body: { tags: ['spring'] } }),
  planPublish: () => ({ body: {} }),
  schedulePublication: ({ call }) => schedule(call),
  cancelPublication: async ({ call }) => {
    const { params, body } = await schedule(call)
    const { body: made } = await call('post', `/api/v1/journeys/${params.journey}/publications`, body)
    return { params: { ...params, id: (made as { id: string }).id } }
  },
  cancelMove: async ({ app, call, addLead }) => {
    const journey = await makeDraft(call)
    const path = `/api/v1/journeys/${journey}`
    await call('post', `${path}/publish`, { revision: 1 })
    await placeLead(app.database.db, { leadId: await addLead(), journey, stepId: 'pause' })
    const layout = { positions: {}, notes: [] }
    await call('put', `${path}/draft`, { baseRevision: 1, name: 'Sample', graph: graphWith('P20D'), layout })
    const policies = [{ stepId: 'pause', action: 'exit' }]
    const { body } = await call('post', `${path}/publish`, { revision: 2, policies })
    return { params: { journey, id: (body as { moveId: string }).moveId } }
  },
  readRehearsalLeads: () => ({
    body: { needs: { events: ['downloaded'], surveys: [], deliveries: true, received: false } },
  }),
  addTestCase: async ({ call }) => ({ params: { journey: await makeDraft(call) }, body: rehearsal }),
  changeTestCase: async ({ call }) => ({ params: await addCase(call), body: { name: 'Waits' } }),
  removeTestCase: async ({ call }) => ({ params: await addCase(call) }),
  runTestCases: async ({ call }) => ({ params: { journey: (await addCase(call))['journey'] ?? '' }, body: {} }),
} satisfies Record<string, (world: World) => Promise<Sample> | Sample>
