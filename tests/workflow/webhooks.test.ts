import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureWebhooks } from '#activities/webhooks/ensure-webhooks.ts'
import { createEndpoint } from '#activities/webhooks/endpoints.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '../support/engine.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await createTestEngine()
})
afterAll(() => engine.stop())

test('what a journey does is told by the worker, across a restart of it', async () => {
  const told: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told.push((JSON.parse(body) as { type: string }).type)
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const url = `http://127.0.0.1:${String(typeof at === 'object' && at !== null ? at.port : 0)}/`
  await createEndpoint(engine.db, { url, description: '', types: ['enrollment.*'], includeTest: false }, 'test')
  await ensureWebhooks(engine.client, { queuePrefix: engine.queuePrefix })
  const journeyId = await publishDefinition(engine.db, { steps: { tag: ['add_tag', { tag: 'seen' }] } })

  const [first, second] = [await addLead(engine.db), await addLead(engine.db)]
  await enrol(engine, first, journeyId, Date.now())
  await until('the first is told of', () => Promise.resolve(told.length === 2))
  await engine.stopWorker()
  await enrol(engine, second, journeyId, Date.now())
  await engine.startWorker()
  await untilFinished(engine, [second])
  await until('the second is told of', () => Promise.resolve(told.length === 4))
  expect(told.toSorted()).toEqual([
    'enrollment.finished',
    'enrollment.finished',
    'enrollment.started',
    'enrollment.started',
  ])
  server.close()
})
