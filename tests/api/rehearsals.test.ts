/** Leads to rehearse with, and test cases that are asked at each publish. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { personaFacts } from '#engine/simulation/persona.ts'
import { fromFacts, type TestCaseInput } from '#engine/simulation/schemas.ts'
import { expectationsOf, playTestCase } from '#engine/simulation/test-case.ts'
import type { ResultOf } from '#server/contract/route.ts'
import type { listTestCases, readRehearsalLeads, runTestCases } from '#server/contract/rehearsals.ts'
import type { Problem } from '#server/contract/problem.ts'
import { readExample, stepType } from '../support/example-journeys.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const key = 'last-chance-call'
const path = `/api/v1/journeys/${key}`
let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
  const text = readFileSync(new URL(`../../examples/journeys/${key}.json`, import.meta.url), 'utf8')
  await importJourneyFile(app.database, JSON.parse(text), { actor: 'test' })
  for (let index = 0; index < 12; index += 1) {
    const body = { email: `lead-${String(index)}@acme.example`, firstName: `Ada ${String(index)}`, fields: {} }
    await app.request.post('/api/v1/leads').send(body).expect(201)
  }
})
afterAll(() => app.close())

const needs = { events: ['invited', 'downloaded'], surveys: [], deliveries: true, received: false }
type Leads = ResultOf<typeof readRehearsalLeads>
const leadsOf = async (body: object): Promise<Leads> =>
  (
    await app.request
      .post(`${path}/rehearsal-leads`)
      .send({ needs, ...body })
      .expect(200)
  ).body as Leads

test('a sample comes in parts and tells nobody who the leads are; a chosen lead comes as it is', async () => {
  const found: Leads['items'] = []
  for (let part = 0; part < 10; part += 1) {
    const { items, isLast } = await leadsOf({ part })
    expect(isLast).toBe(part === 9)
    found.push(...items)
  }
  expect(new Set(found.map(({ id }) => id)).size).toBe(12)
  expect(JSON.stringify(found.map(({ facts }) => facts))).not.toMatch(/acme|Ada/)
  expect(found[0]?.facts.fields).toMatchObject({ email: 'sample@example.com', first_name: 'Sample' })
  const id = found[3]?.id ?? ''
  const [whole] = (await leadsOf({ leads: [id] })).items
  expect(whole?.facts.fields['email']).toMatch(/@acme\.example$/)
  const nobody = { part: 0, rule: { kind: 'compare', field: 'stage', op: 'is', value: 'customer' } }
  expect((await leadsOf(nobody)).items).toEqual([])
})

test('a rule that names what does not exist is refused at its place', async () => {
  const rule = { kind: 'compare', field: 'shoe_size', op: 'is', value: 44 }
  const { body, status } = await app.request.post(`${path}/rehearsal-leads`).send({ needs, rule })
  expect([status, (body as Problem).code]).toEqual([422, 'RULE_INVALID'])
})

/** The journey of somebody who mixed up two outcomes. */
const swapped: Record<string, string> = { 'outcome:demo': 'back-later', 'outcome:later': 'ready' }

/** A lead that wants a demo after three days. */
function demoCase(): { input: TestCaseInput; expectations: ReturnType<typeof expectationsOf> } {
  const startAt = Date.parse('2026-03-02T09:00:00Z')
  const persona = { name: 'Grace Hopper', zone: 'Europe/London', did: [{ event: 'invited', times: 8 }] }
  const input: TestCaseInput = {
    lead: fromFacts(personaFacts({ ...persona, fields: { phone: '+442079460000' } }, startAt)),
    startAt,
    until: startAt + 30 * 86_400_000,
    entries: [{ at: startAt }],
    triggers: true,
    happenings: [{ at: startAt + 3 * 86_400_000, act: { kind: 'task', outcome: 'demo' } }],
    assume: 'nothing',
    seed: '',
    replyHold: null,
  }
  const { definition, library } = readExample(key)
  const run = playTestCase(input, { definition, library, journey: { id: key, key }, stepType })
  return { input, expectations: expectationsOf(run) }
}

test('a case is kept without names, is green until the journey does something else, and stops a publish then', async () => {
  const { input, expectations } = demoCase()
  expect(expectations.end).toEqual({ status: 'completed', stepId: 'won' })
  const { body: saved } = await app.request
    .post(`${path}/test-cases`)
    .send({ name: 'Wants a demo', input, expectations })
    .expect(201)
  expect(JSON.stringify(saved)).not.toContain('Grace')
  const { id } = saved as { id: string }
  const run = async (graph?: object) =>
    (
      (
        await app.request
          .post(`${path}/test-cases/run`)
          .send(graph ? { graph } : {})
          .expect(200)
      ).body as ResultOf<typeof runTestCases>
    ).items
  expect(await run()).toEqual([{ id, name: 'Wants a demo', passed: true, differences: [] }])

  const { body: draft } = await app.request.get(`${path}/draft`).expect(200)
  const { graph, layout, name, description, revision } = draft as ReturnType<typeof JSON.parse>
  const elsewhere = structuredClone(graph) as { edges: { from: string; port: string; to: string }[] }
  for (const edge of elsewhere.edges) edge.to = swapped[edge.port] ?? edge.to
  const [red] = await run(elsewhere)
  expect(red?.passed).toBe(false)
  expect(red?.differences.join(' ')).toContain('At the end: expected completed at')

  await app.request
    .put(`${path}/draft`)
    .send({ baseRevision: revision, name, description, graph: elsewhere, layout })
    .expect(200)
  const publish = (more: object) =>
    app.request.post(`${path}/publish`).send({ revision: (revision as number) + 1, ...more })
  const refused = await publish({})
  expect([refused.status, (refused.body as Problem).code]).toEqual([422, 'TEST_CASES_FAILED'])
  expect((refused.body as Problem).detail).toContain('"Wants a demo"')
  expect((refused.body as Problem).issues?.[0]?.path).toEqual([id])
  expect((await app.request.get(path)).body).toMatchObject({ status: 'draft' })

  await publish({ despiteTestCases: true }).expect(200)

  // What it does now is right: accepted, it is green again, and the next publish is asked nothing.
  const { definition, library } = readExample(key)
  const moved = { ...definition, steps: { ...definition.steps } }
  const call = moved.steps['call']
  if (call !== undefined) moved.steps['call'] = { ...call, next: { ...call.next, ...swapped } }
  const now = playTestCase(input, { definition: moved, library, journey: { id: key, key }, stepType })
  await app.request
    .patch(`${path}/test-cases/${id}`)
    .send({ expectations: expectationsOf(now) })
    .expect(200)
  expect(await run()).toMatchObject([{ passed: true }])
  await publish({}).expect(200)

  await app.request.delete(`${path}/test-cases/${id}`).expect(200)
  const { body: left } = await app.request.get(`${path}/test-cases`).expect(200)
  expect((left as ResultOf<typeof listTestCases>).items).toEqual([])
  await app.request.delete(`${path}/test-cases/${id}`).expect(404)
})

test('a graph that does not compile cannot be played', async () => {
  const graph = { format: 1, nodes: [], edges: [] }
  const { status, body } = await app.request.post(`${path}/test-cases/run`).send({ graph })
  expect([status, (body as Problem).code]).toEqual([422, 'JOURNEY_INVALID'])
})
