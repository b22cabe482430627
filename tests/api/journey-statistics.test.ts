// Statistics of a journey against numbers worked out from the same rows in JavaScript, and the leads behind each number.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GoalStatistics, JourneyStatistics, StepDetail } from '#server/contract/journey-statistics.ts'
import type { JourneyPerson } from '#server/contract/journey-people.ts'
import { publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'
import { day, oracle, seedWalks, type Scope, type Walked } from './support/walks.ts'

const key = 'win-back-survey'
let app: TestApp
let now: number
let walked: Walked

beforeAll(async () => {
  app = await createTestApp()
  const journeyId = await publishExample(app.database.db, key)
  now = Date.now()
  walked = await seedWalks(app, journeyId, now)
})
afterAll(() => app.close())

const iso = (at: number) => new Date(at).toISOString()

async function read<Body>(path: string, query: object = {}): Promise<Body> {
  const { status, body } = await app.request.get(`/api/v1/${path}`).query(query)
  expect({ status, body: status === 200 ? null : (body as unknown) }).toEqual({ status: 200, body: null })
  return body as Body
}

describe('statistics', () => {
  const scopes: [string, (at: number) => Scope][] = [
    ['the last month', (at) => ({ from: at - 30 * day, to: at + day, version: null, leads: 'real' })],
    ['the month before it', (at) => ({ from: at - 60 * day, to: at - 30 * day, version: null, leads: 'real' })],
    ['one version', (at) => ({ from: at - 100 * day, to: at + day, version: 2, leads: 'real' })],
    ['test leads', (at) => ({ from: at - 100 * day, to: at + day, version: null, leads: 'test' })],
  ]
  test.each(scopes)('%s: every number is what the rows say', async (_, make) => {
    const scope = make(now)
    const { from, to, version, leads } = scope
    const query = { from: iso(from), to: iso(to), leads, ...(version === null ? {} : { version }) }
    const answer = await read<JourneyStatistics>(`journeys/${key}/statistics`, query)
    const expected = oracle(walked, scope)
    // Medians between two rows are halves of milliseconds.
    const near = (a: number | null, b: number | null) => a === b || Math.abs((a ?? -9) - (b ?? -9)) <= 1
    for (const [index, step] of answer.steps.entries()) {
      const { medianMs, p90Ms, ...rest } = expected.steps[index] ?? { medianMs: null, p90Ms: null }
      expect(step).toMatchObject(rest)
      expect(near(step.medianMs, medianMs) && near(step.p90Ms, p90Ms)).toBe(true)
    }
    expect(answer.steps).toHaveLength(expected.steps.length)
    expect(new Map(answer.ports.map(({ from: step, port, left }) => [`${step}:${port}`, left]))).toEqual(expected.ports)
    const cohort = walked.walks.filter(
      (walk) =>
        walk.isTest === (leads === 'test') &&
        walk.enteredAt >= from &&
        walk.enteredAt < to &&
        (version === null || walk.version === version),
    )
    expect(answer.cohort).toMatchObject({
      entered: cohort.length,
      open: cohort.filter(({ finishedAt }) => finishedAt === null).length,
      reachedGoal: cohort.filter(({ goalMet }) => goalMet).length,
    })
    const sum = answer.cohort
    expect(sum.open + sum.reachedGoal + sum.endedByPath + sum.endedEarly).toBe(sum.entered)
  })

  test('two versions over the same time, side by side: each is what its rows say', async () => {
    for (const version of [1, 2]) {
      const scope: Scope = { from: now - 30 * day, to: now + day, version, leads: 'real' }
      const query = { from: iso(scope.from), to: iso(scope.to), version }
      const answer = await read<JourneyStatistics>(`journeys/${key}/statistics`, query)
      expect(answer.steps.map(({ stepId, left, entered }) => ({ stepId, left, entered }))).toEqual(
        oracle(walked, scope).steps.map(({ stepId, left, entered }) => ({ stepId, left, entered })),
      )
    }
  })

  test('the leads of one band, wherever they went: as the rows of those who went there say', async () => {
    const range = { from: now - 60 * day, to: now + day }
    const query = { from: iso(range.from), to: iso(range.to) }
    const ofLeads = (visit: Walked['visits'][number]) => walked.byId.get(visit.enrollmentId)?.isTest === false
    const went = walked.visits.filter(
      (visit) => ofLeads(visit) && visit.stepId === 'survey' && visit.port === 'timeout' && visit.leftAt >= range.from,
    )
    const stand = walked.walks.filter(
      ({ isTest, finishedAt, stepId }) => !isTest && finishedAt === null && stepId === 'call',
    )
    const bands = [
      { what: 'left', step: 'survey', port: 'timeout', only: went.map(({ enrollmentId }) => enrollmentId) },
      { what: 'here', step: 'call', only: stand.map(({ id }) => id) },
    ]
    for (const { only, ...band } of bands) {
      expect(only.length).toBeGreaterThan(5)
      const answer = await read<JourneyStatistics>(`journeys/${key}/statistics`, { ...query, ...band })
      const expected = oracle(walked, { ...range, version: null, leads: 'real', only: new Set(only) })
      const counted = ({
        stepId,
        entered,
        left,
        enrollments,
        reachedGoal,
        here,
        ended,
      }: JourneyStatistics['steps'][number]) => [stepId, entered, left, enrollments, reachedGoal, here, ended] as const
      expect(answer.steps.map(counted)).toEqual(expected.steps.map(counted))
      expect(new Map(answer.ports.map(({ from, port, left }) => [`${from}:${port}`, left]))).toEqual(expected.ports)
    }
  })

  test('behind each number stand as many rows, page by page, none twice', async () => {
    const query = { from: iso(now - 60 * day), to: iso(now + day) }
    const { steps, ports } = await read<JourneyStatistics>(`journeys/${key}/statistics`, query)
    for (const step of steps) {
      const ended = step.ended.goal + step.ended.path + step.ended.early
      const failed = ports
        .filter(({ from, port }) => from === step.stepId && ['error', 'skipped'].includes(port))
        .reduce((sum, { left }) => sum + left, 0)
      const numbers = { here: step.here, parked: step.parked, entered: step.entered, left: step.left, ended, failed }
      for (const [what, count] of Object.entries(numbers)) {
        expect({
          what,
          step: step.stepId,
          rows: (await everybody({ ...query, step: step.stepId, what })).length,
        }).toEqual({
          what,
          step: step.stepId,
          rows: count,
        })
      }
    }
    for (const { from, port, left } of ports) {
      expect(await everybody({ ...query, step: from, what: 'left', port })).toHaveLength(left)
    }
  })

  test('one step tells what went wrong and its visits over time', async () => {
    const query = { from: iso(now - 60 * day), to: iso(now + day) }
    const { steps } = await read<JourneyStatistics>(`journeys/${key}/statistics`, query)
    const detail = await read<StepDetail>(`journeys/${key}/statistics/steps/answer`, query)
    const answer = steps.find(({ stepId }) => stepId === 'answer')
    const sum = (name: 'entered' | 'left') => detail.trend.reduce((total, row) => total + row[name], 0)
    expect({ entered: sum('entered'), left: sum('left') }).toEqual({ entered: answer?.entered, left: answer?.left })
    expect(detail.bucket).toBe('day')
    expect(detail.failures.find(({ kind }) => kind === 'parked')).toEqual({
      kind: 'parked',
      code: 'EFFECT_FAILED',
      reason: 'The CRM answered 401.',
      count: answer?.parked,
    })
    expect(detail.failures).toContainEqual(expect.objectContaining({ kind: 'not_sent', reason: 'No consent.' }))
  })

  test('the goal tells how far the cohort came, how fast, and how sure the share is', async () => {
    const query = { from: iso(now - 100 * day), to: iso(now + day) }
    const goals = await read<GoalStatistics>(`journeys/${key}/statistics/goals`, query)
    const cohort = walked.walks.filter(({ isTest }) => !isTest)
    const reached = cohort.filter(({ goalMet }) => goalMet)
    expect(goals.cohort).toMatchObject({ entered: cohort.length, reachedGoal: reached.length })
    const { share = 0, low = 0, high = 0 } = goals.share ?? {}
    expect(share).toBeCloseTo(reached.length / cohort.length)
    expect(low < share && share < high).toBe(true)
    const [entry] = goals.reach
    expect(entry).toMatchObject({ stepId: 'entry', leads: cohort.length })
    for (const { withinMs, leads } of goals.times) {
      expect(leads).toBe(reached.filter((walk) => (walk.finishedAt ?? 0) - walk.enteredAt <= withinMs).length)
    }
  })

  test('a range that is too long, or empty, is refused in words', async () => {
    const ask = async (query: object) =>
      (await app.request.get(`/api/v1/journeys/${key}/statistics`).query(query)).body as { code: string }
    expect((await ask({ from: iso(now - 500 * day) })).code).toBe('RANGE_TOO_LARGE')
    expect((await ask({ from: iso(now), to: iso(now - day) })).code).toBe('REQUEST_INVALID')
  })

  async function everybody(query: object): Promise<JourneyPerson[]> {
    const rows: JourneyPerson[] = []
    let cursor: string | null = null
    do {
      const page: { items: JourneyPerson[]; nextCursor: string | null } = await read(`journeys/${key}/people`, {
        ...query,
        limit: 17,
        ...(cursor === null ? {} : { cursor }),
      })
      rows.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    const times = rows.map(({ at }) => at)
    expect(times).toEqual([...times].sort().toReversed())
    return rows
  }
})
