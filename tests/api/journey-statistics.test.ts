// Statistics of a journey against numbers worked out from the same rows in JavaScript, and the leads behind each number.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#db/ids.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { GoalStatistics, JourneyStatistics, LiveCounts, StepDetail } from '#server/contract/journey-statistics.ts'
import type { JourneyPerson, LeadPath } from '#server/contract/journey-people.ts'
import { addLeads, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

const key = 'win-back-survey'
const hour = 3_600_000
const day = 24 * hour

/** A row of the step log with what the oracle needs of its enrollment. */
interface Visit {
  enrollmentId: string
  stepId: string
  port: string | null
  enteredAt: number
  leftAt: number
  version: number
  visit: number
}
interface Walk {
  id: string
  leadId: string
  isTest: boolean
  status: 'active' | 'parked' | 'completed' | 'exited'
  stepId: string
  visit: number
  since: number
  enteredAt: number
  finishedAt: number | null
  goalMet: boolean
  version: number
}

let app: TestApp
let server: Server
let address: string
let now: number
let journeyId: string
let walks: Walk[]
let visits: Visit[]

/** Small and the same on every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

beforeAll(async () => {
  app = await createTestApp()
  server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  journeyId = await publishExample(app.database.db, key)
  now = Date.now()
  await seed()
}, 120_000)
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await app.close()
})

/** 400 walks over made-up steps with loops, moves, failures and both kinds of ends, over ninety days. */
async function seed(): Promise<void> {
  const random = randomFrom(42)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const leadIds = await addLeads(
    app.database.db,
    Array.from({ length: 400 }, (_, index) => `Lead${String(index)} Test`),
  )
  walks = []
  visits = []
  for (const leadId of leadIds) {
    const walk: Walk = {
      id: newId(),
      leadId,
      isTest: random() < 0.2,
      status: pick(['active', 'active', 'parked', 'completed', 'completed', 'exited']),
      stepId: 'entry',
      visit: 1,
      since: 0,
      enteredAt: now - Math.floor(random() * 90 * day),
      finishedAt: null,
      goalMet: false,
      version: random() < 0.3 ? 2 : 1,
    }
    const seen = new Map<string, number>()
    let at = walk.enteredAt
    for (let count = Math.floor(random() * 6); count >= 0; count -= 1) {
      const stepId = seen.size === 0 ? 'entry' : pick(['survey', 'answer', 'call', 'postcard'])
      const visit = (seen.get(stepId) ?? 0) + 1
      seen.set(stepId, visit)
      const leftAt = Math.min(now - 1, at + Math.floor(random() * 6 * day))
      const isLast = count === 0
      const isOver = walk.status === 'completed' || walk.status === 'exited'
      walk.stepId = stepId
      walk.visit = visit
      walk.since = at
      if (isLast && !isOver) break
      const port =
        isLast && random() < 0.8 ? null : pick(['next', 'next', 'timeout', 'error', 'skipped', isLast ? 'next' : null])
      visits.push({ enrollmentId: walk.id, stepId, port, enteredAt: at, leftAt, version: walk.version, visit })
      at = leftAt
      if (isLast) {
        walk.finishedAt = leftAt
        walk.goalMet = walk.status === 'completed' && random() < 0.6
      }
    }
    walks.push(walk)
  }
  await app.database.db.insert(enrollments).values(
    walks.map((walk) => ({
      ...walk,
      journeyId,
      since: new Date(walk.since),
      enteredAt: new Date(walk.enteredAt),
      finishedAt: walk.finishedAt === null ? null : new Date(walk.finishedAt),
      state: {
        status: walk.status,
        stepId: walk.stepId,
        visit: walk.visit,
        since: walk.since,
        rest: null,
        visits: {},
        anchorAt: 0,
        lastMessage: null,
        reason: null,
        error: null,
      },
      error: walk.status === 'parked' ? { code: 'EFFECT_FAILED', message: 'The CRM answered 401.', attempts: 1 } : null,
      triggerId: 'manual',
      entryKey: walk.id,
    })),
  )
  await app.database.db.insert(stepLog).values(
    visits.map((visit) => ({
      ...visit,
      leadId: walkOf(visit).leadId,
      journeyId,
      stepType: 'wait',
      enteredAt: new Date(visit.enteredAt),
      leftAt: new Date(visit.leftAt),
      reason: visit.port === 'skipped' ? 'No consent.' : 'Because.',
      recordedAt: new Date(visit.leftAt),
    })),
  )
}

const byId = new Map<string, Walk>()
function walkOf({ enrollmentId }: Visit): Walk {
  if (byId.size !== walks.length) for (const walk of walks) byId.set(walk.id, walk)
  const walk = byId.get(enrollmentId)
  if (walk === undefined) throw new Error('no walk')
  return walk
}

interface Scope {
  from: number
  to: number
  version: number | null
  leads: 'real' | 'test'
}

/** The same numbers, one row after the other. */
function oracle({ from, to, version, leads }: Scope) {
  const isOurs = (walk: Walk) => walk.isTest === (leads === 'test')
  const within = (at: number) => at >= from && at < to
  const ours = visits.filter(
    (visit) => isOurs(walkOf(visit)) && (version === null || visit.version === version) && visit.leftAt >= from,
  )
  const standing = walks.filter(
    (walk) => isOurs(walk) && walk.finishedAt === null && (version === null || walk.version === version),
  )
  const stepIds = [...new Set([...ours, ...standing].map(({ stepId }) => stepId))].sort()
  const steps = stepIds.map((stepId) => {
    const left = ours.filter((visit) => visit.stepId === stepId && within(visit.leftAt))
    const here = standing.filter((walk) => walk.stepId === stepId)
    const isLast = (visit: Visit) => {
      const walk = walkOf(visit)
      return walk.finishedAt !== null && walk.stepId === visit.stepId && walk.visit === visit.visit
    }
    const ended = left.filter(isLast).map(walkOf)
    const who = new Set(left.map(walkOf))
    const times = left.map((visit) => visit.leftAt - visit.enteredAt).sort((a, b) => a - b)
    return {
      stepId,
      entered:
        ours.filter((visit) => visit.stepId === stepId && within(visit.enteredAt)).length +
        here.filter(({ since }) => within(since)).length,
      left: left.length,
      enrollments: who.size,
      reachedGoal: [...who].filter(({ goalMet }) => goalMet).length,
      ended: {
        goal: ended.filter(({ goalMet }) => goalMet).length,
        path: ended.filter(({ goalMet, status }) => !goalMet && status === 'completed').length,
        early: ended.filter(({ goalMet, status }) => !goalMet && status !== 'completed').length,
      },
      taken: left.filter((visit) => visit.port === null && !isLast(visit)).length,
      medianMs: quantile(times, 0.5),
      p90Ms: quantile(times, 0.9),
      here: here.length,
      paused: 0,
      parked: here.filter(({ status }) => status === 'parked').length,
    }
  })
  const ports = new Map<string, number>()
  for (const { stepId, port, leftAt } of ours) {
    if (port !== null && within(leftAt)) ports.set(`${stepId}:${port}`, (ports.get(`${stepId}:${port}`) ?? 0) + 1)
  }
  return { steps, ports }
}

function quantile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  return Math.round(low + (high - low) * (place - Math.floor(place)))
}

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
    const expected = oracle(scope)
    // Medians between two rows are halves of milliseconds.
    const near = (a: number | null, b: number | null) => a === b || Math.abs((a ?? -9) - (b ?? -9)) <= 1
    for (const [index, step] of answer.steps.entries()) {
      const { medianMs, p90Ms, ...rest } = expected.steps[index] ?? { medianMs: null, p90Ms: null }
      expect(step).toMatchObject(rest)
      expect(near(step.medianMs, medianMs) && near(step.p90Ms, p90Ms)).toBe(true)
    }
    expect(answer.steps).toHaveLength(expected.steps.length)
    expect(new Map(answer.ports.map(({ from: step, port, left }) => [`${step}:${port}`, left]))).toEqual(expected.ports)
    const cohort = walks.filter(
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
  }, 60_000)

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
    const cohort = walks.filter(({ isTest }) => !isTest)
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
    expect(times).toEqual([...times].sort().reverse())
    return rows
  }
})

describe('a lead’s path', () => {
  test('has its visits in order, where each led, and the present stay', async () => {
    const walk = walks.find(({ id, finishedAt }) => finishedAt === null && countVisits(id) >= 3)
    const path = await read<LeadPath>(`leads/${walk?.leadId ?? ''}/paths/${key}`)
    const own = visits.filter(({ enrollmentId }) => enrollmentId === walk?.id)
    expect(path.visits.map(({ step, leftAt }) => [step.id, leftAt])).toEqual([
      ...own.map(({ stepId, leftAt }) => [stepId, iso(leftAt)]),
      [walk?.stepId, null],
    ])
    expect(path.visits.map(({ to }) => to)).toEqual([...own.slice(1).map(({ stepId }) => stepId), walk?.stepId, null])
    expect(path).toMatchObject({
      shown: walk?.id,
      isCut: false,
      enrollments: [{ id: walk?.id, version: walk?.version }],
    })
  })

  test('of a lead that was never in the journey is empty', async () => {
    const [stranger = ''] = await addLeads(app.database.db, ['No Body'])
    expect(await read<LeadPath>(`leads/${stranger}/paths/${key}`)).toMatchObject({ shown: null, visits: [] })
  })

  const countVisits = (id: string) => visits.filter(({ enrollmentId }) => enrollmentId === id).length
})

describe('people on a step', () => {
  test('are counted first; only the number agreed to is acted on, with the reason in the audit log', async () => {
    const { db } = app.database
    const ids = await addLeads(db, ['Mona One', 'Mona Two', 'Mona Three'])
    for (const leadId of ids) await placeLead(db, { leadId, journey: key, stepId: 'late-answer' })
    const send = async (body: object) => {
      const answer = await app.request
        .post(`/api/v1/journeys/${key}/controls`)
        .send({ action: 'move', step: 'late-answer', to: 'call', reason: 'They waited long enough', ...body })
      return answer.body as Record<string, unknown>
    }
    expect(await send({})).toEqual({ matching: 3, requested: 0 })
    expect(await send({ confirm: 2 })).toMatchObject({ code: 'CONFIRMATION_WRONG', status: 422 })
    expect(await send({ confirm: 3, to: 'nowhere' })).toMatchObject({ code: 'STEP_NOT_FOUND' })
    expect(await send({ action: 'exit', confirm: 3 })).toMatchObject({ code: 'CONTROL_NOT_POSSIBLE' })
    expect(await db.select().from(leadInputs).where(eq(leadInputs.kind, 'control'))).toHaveLength(0)
    expect(await send({ confirm: 3 })).toEqual({ matching: 3, requested: 3 })
    const inputs = await db.select().from(leadInputs).where(eq(leadInputs.kind, 'control'))
    expect(inputs.map(({ leadId }) => leadId).sort()).toEqual([...ids].sort())
    const lines = await db.select().from(auditLog).where(eq(auditLog.action, 'enrollment.move'))
    expect(lines).toHaveLength(3)
    expect(lines[0]?.after).toMatchObject({ reason: 'They waited long enough', stepId: 'call' })
    expect(await send({ action: 'retry', to: undefined })).toEqual({ matching: 0, requested: 0 })
  })
})

describe('the live channel', () => {
  test('tells the whole first, and then nothing but the steps and ways out that changed', async () => {
    const { db } = app.database
    const [leadId = ''] = await addLeads(db, ['Liv Ullmann'])
    const from = iso(now - 100 * day)
    const stream = await watch(`/api/v1/journeys/${key}/live?from=${from}&lead=${leadId}`)
    const first = await stream.next('counts')
    const statistics = await read<JourneyStatistics>(`journeys/${key}/statistics`, { from })
    expect(first.whole).toBe(true)
    const total = (counts: { here: number }[]) => counts.reduce((sum, { here }) => sum + here, 0)
    expect(total(first.steps)).toBe(total(statistics.steps))
    const byPort = (rows: { from: string; port: string; left: number }[]) =>
      new Map(rows.map((row) => [`${row.from}:${row.port}`, row.left]))
    expect(byPort(first.ports)).toEqual(byPort(statistics.ports))

    const id = await placeLead(db, { leadId, journey: key, stepId: 'survey' })
    const arrived = await stream.next('counts')
    expect(arrived).toMatchObject({ whole: false, ports: [] })
    expect(arrived.steps.map(({ stepId }) => stepId)).toEqual(['survey'])
    expect((await stream.next('lead')).leadId).toBe(leadId)

    const journey = await findJourney(db, key)
    await db.transaction(async (tx) => {
      await tx.update(enrollments).set({ stepId: 'answer', updatedAt: new Date() }).where(eq(enrollments.id, id))
      await tx.insert(stepLog).values({
        enrollmentId: id,
        leadId,
        journeyId: journey?.id ?? '',
        version: 1,
        stepId: 'survey',
        stepType: 'send_survey',
        visit: 1,
        enteredAt: new Date(now),
        leftAt: new Date(),
        port: 'next',
        reason: 'Sent.',
      })
    })
    const moved = await stream.next('counts')
    expect(moved.steps.map(({ stepId }) => stepId).sort()).toEqual(['answer', 'survey'])
    const before = first.ports.find(({ from: step, port }) => step === 'survey' && port === 'next')?.left ?? 0
    expect(moved.ports).toEqual([{ from: 'survey', port: 'next', left: before + 1 }])
    const survey = (counts: LiveCounts) => counts.steps.find(({ stepId }) => stepId === 'survey')
    expect(survey(moved)).toMatchObject({
      here: survey(first)?.here ?? 0,
      passed: (survey(first)?.passed ?? 0) + 1,
    })
    await stream.next('beat')
    await stream.close()
  }, 30_000)

  test('another version, other leads: nothing of it', async () => {
    const stream = await watch(`/api/v1/journeys/${key}/live?version=77&leads=test`)
    expect(await stream.next('counts')).toMatchObject({ whole: true, steps: [], ports: [] })
    await stream.close()
    expect((await fetch(`${address}/api/v1/journeys/${key}/live?version=soon`)).status).toBe(400)
    expect((await fetch(`${address}/api/v1/journeys/nope/live`)).status).toBe(404)
  })

  async function watch(path: string) {
    const response = await fetch(address + path)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader()
    let buffer = ''
    const waiting: { name: string; data: unknown }[] = []
    interface Events {
      counts: LiveCounts
      lead: { leadId: string; stamp: string }
      beat: { at: string }
    }
    /** The next event of that name; others are passed over. */
    const next = async <Name extends keyof Events>(name: Name): Promise<Events[Name]> => {
      for (;;) {
        const index = waiting.findIndex((event) => event.name === name)
        const [event] = index < 0 ? [] : waiting.splice(0, index + 1).slice(-1)
        if (event !== undefined) return event.data as Events[Name]
        const { value, done } = await reader.read()
        if (done) throw new Error('The stream ended.')
        buffer += value
        for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
          const found = /^event: (\w+)\ndata: (.*)$/m.exec(buffer.slice(0, end))
          buffer = buffer.slice(end + 2)
          if (found !== null) waiting.push({ name: found[1] ?? '', data: JSON.parse(found[2] ?? '') })
        }
      }
    }
    return { next, close: () => reader.cancel() }
  }
})
