import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { liveSchema, type Live } from '#server/contract/status.ts'
import { addLeads, addMessage, placeLead, publishExample } from '../support/seed-world.ts'
import { createTestApp, type TestApp } from './support/test-app.ts'

let app: TestApp
let server: Server
let address: string
const stopping = new AbortController()

beforeAll(async () => {
  app = await createTestApp({
    stopping: stopping.signal,
    streamLimits: { total: 60, perCaller: 50, lifetimeMs: 600_000 },
  })
  await publishExample(app.database.db, 'win-back-survey')
  server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api/v1/stream`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await app.close()
})

test('fifty watchers cost one poller; a caller gets no more than its share; who has the state is not sent it again', async () => {
  const statements = vi.spyOn(app.database.db, 'execute')
  const many = await Promise.all(Array.from({ length: 50 }, () => watch()))
  for (const one of many) expect(countIn(await one.next())).toBe(0)
  // A look has three of them, and there is one a second, however many watch.
  expect(statements.mock.calls.length).toBeLessThan(45)
  statements.mockRestore()
  const refused = await fetch(address)
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ code: 'STREAMS_EXHAUSTED' })
  const { id } = many[0] ?? {}
  for (const one of many.splice(1)) await one.close()
  await expect.poll(async () => (await fetch(address, { signal: AbortSignal.timeout(3000) })).status).toBe(200)
  const again = await fetch(address, { headers: { 'Last-Event-ID': id?.() ?? '' } })
  const reader = (again.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes(': as before')) {
    const { value, done } = await reader.read()
    expect(done).toBe(false)
    text += value ?? ''
    expect(text).not.toContain('event: live')
  }
  await reader.cancel()
  await many[0]?.close()
})

test('tells each watcher the present state and then each change, and ends when the process stops', async () => {
  const [one, two] = [await watch(), await watch()]
  expect(countIn(await one.next())).toBe(0)
  expect(countIn(await two.next())).toBe(0)

  const [leadId = ''] = await addLeads(app.database.db, ['Ada Lovelace'])
  const place = { leadId, journey: 'win-back-survey', stepId: 'answer' }
  const enrollmentId = await placeLead(app.database.db, place)
  for (const watcher of [one, two]) expect(countIn(await watcher.next())).toBe(1)

  await addMessage(app.database.db, { ...place, enrollmentId, subject: 'Hello' })
  const live = await one.next()
  expect(live?.deliveries).toMatchObject([{ subject: 'Hello', lead: { name: 'Ada Lovelace' } }])

  const late = await watch()
  expect((await late.next())?.deliveries).toHaveLength(1)

  stopping.abort()
  expect(await two.untilEnd()).toBe(true)
})

function countIn(live: Live | null): number {
  return (
    live?.journeys.find(({ key }) => key === 'win-back-survey')?.steps.reduce((sum, { here }) => sum + here, 0) ?? 0
  )
}

async function watch() {
  const response = await fetch(address)
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  let lastId = ''
  /** The next `live` event; null at the end. Comments are passed over. */
  const next = async (): Promise<Live | null> => {
    for (;;) {
      const end = buffer.indexOf('\n\n')
      if (end >= 0) {
        const block = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data !== undefined) return liveSchema.parse(JSON.parse(data))
      } else {
        const { value, done } = await reader.read()
        if (done) return null
        buffer += value
      }
    }
  }
  return {
    next,
    id: () => lastId,
    close: async () => reader.cancel().catch(() => undefined),
    untilEnd: async (): Promise<boolean> => {
      while ((await next()) !== null);
      return true
    },
  }
}
