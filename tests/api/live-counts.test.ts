// A lead's path, what is done about all who stand on a step, and the live channel.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { auditLog } from '#db/schema/tasks.ts'
import type { JourneyStatistics, LiveCounts } from '#server/contract/journey-statistics.ts'
import type { LeadPath } from '#server/contract/journey-people.ts'
import { createLiveCounts } from '#server/live-counts.ts'
import { addLeads, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'
import { day, seedWalks, type Walked } from './support/walks.ts'

const key = 'win-back-survey'
let app: TestApp
let server: Server
let address: string
let now: number
let walked: Walked

beforeAll(async () => {
  app = await createTestApp()
  server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const journeyId = await publishExample(app.database.db, key)
  now = Date.now()
  walked = await seedWalks(app, journeyId, now)
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await app.close()
})

const iso = (at: number) => new Date(at).toISOString()

async function read<Body>(path: string, query: object = {}): Promise<Body> {
  const { status, body } = await app.request.get(`/api/v1/${path}`).query(query)
  expect({ status, body: status === 200 ? null : (body as unknown) }).toEqual({ status: 200, body: null })
  return body as Body
}

describe('a lead’s path', () => {
  test('has its visits in order, where each led, and the present stay', async () => {
    const walk = walked.walks.find(({ id, finishedAt }) => finishedAt === null && countVisits(id) >= 3)
    const path = await read<LeadPath>(`leads/${walk?.leadId ?? ''}/paths/${key}`)
    const own = walked.visits.filter(({ enrollmentId }) => enrollmentId === walk?.id)
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

  const countVisits = (id: string) => walked.visits.filter(({ enrollmentId }) => enrollmentId === id).length
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
  })

  test('a message left out counts as not done, like in lists; a view that cannot be counted holds nobody up', async () => {
    const { db } = app.database
    const [leadId = ''] = await addLeads(db, ['Left Out'])
    const enrollmentId = await placeLead(db, { leadId, journey: key, stepId: 'call' })
    const journeyId = (await findJourney(db, key))?.id ?? ''
    const feed = createLiveCounts({ db, logger: pino({ level: 'silent' }), now: Date.now })
    const heard: LiveCounts[] = []
    const watching = (onCounts: (counts: LiveCounts) => void) => ({
      onCounts,
      onBeat: () => undefined,
      onLead: () => undefined,
      onEnd: () => undefined,
    })
    const view = { journeyId, version: null, isTest: false, from: new Date(now - 100 * day) }
    const leaveBroken = feed.watch(
      { ...view, from: new Date(Number.NaN) },
      null,
      watching(() => expect.unreachable()),
    )
    const leave = feed.watch(
      view,
      null,
      watching((counts) => heard.push(counts)),
    )
    try {
      await expect.poll(() => heard.length).toBe(1)
      const failed = (counts: LiveCounts | undefined) =>
        counts?.steps.find(({ stepId }) => stepId === 'survey')?.failed ?? 0
      const visit = { leadId, journeyId, version: 1, visit: 1, enteredAt: new Date(now), leftAt: new Date() }
      await db.insert(stepLog).values({
        ...visit,
        enrollmentId,
        stepId: 'survey',
        stepType: 'send_survey',
        port: 'skipped',
        reason: 'No consent.',
      })
      await expect.poll(() => failed(heard[1])).toBe(failed(heard[0]) + 1)
    } finally {
      leave()
      leaveBroken()
    }
  })

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
