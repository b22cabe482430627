import { afterAll, beforeAll, expect, test } from 'vitest'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import pino from 'pino'
import supertest from 'supertest'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import { startTracing, type Tracing } from '#server/telemetry/tracing.ts'
import { createTemporalGateway, type TemporalGateway } from '#server/temporal.ts'
import {
  addLead,
  createTestEngine,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
} from '../support/engine.ts'
import { temporalAddress } from '../support/temporal.ts'

const exporter = new InMemorySpanExporter()
let engine: TestEngine
let tracing: Tracing
let temporal: TemporalGateway

beforeAll(async () => {
  const processor = new SimpleSpanProcessor(exporter)
  tracing = startTracing({ service: 'test', version: '0', endpoint: 'http://unused.test', processor })
  const { workflowModule, workerOptions } = tracing
  engine = await createTestEngine({ tracing: { workflowModules: [workflowModule], workerOptions } })
  temporal = createTemporalGateway({
    address: temporalAddress(),
    namespace: 'default',
    queuePrefix: engine.queuePrefix,
    interceptors: tracing.clientInterceptors,
  })
})
afterAll(async () => {
  await temporal.close()
  await engine.stop()
  await tracing.stop()
})

test('one trace goes from the request through the workflow to the turn, and names no lead’s data', async () => {
  const journeyId = await publishDefinition(engine.db, { key: 'traced', steps: { tag: ['add_tag', { tag: 'seen' }] } })
  const leadId = await addLead(engine.db, { email: 'traced@example.org' })
  const app = createApp({
    database: engine.handle,
    temporal,
    registry: createStepRegistry(),
    logger: pino({ level: 'silent' }),
    boundTo: '127.0.0.1',
    links: { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) },
    pageFolder: null,
    version: '0',
    traceRequests: tracing.requests,
  })
  await supertest(app)
    .post('/api/v1/enrollments')
    .send({ journey: journeyId, lead: { id: leadId } })
    .expect(202)
  await untilFinished(engine, [leadId])
  const name = (wanted: RegExp) => exporter.getFinishedSpans().find((span) => wanted.test(span.name))
  await until('the spans have arrived', async () => {
    return [/^POST \/api/, /^SignalWithStart/i, /^RunWorkflow/, /^RunActivity:turn/].every(
      (one) => name(one) !== undefined,
    )
  })
  const request = name(/^POST \/api/)
  expect(request?.name).toBe('POST /api/v1/enrollments')
  for (const one of [/^SignalWithStart/i, /^RunWorkflow/, /^RunActivity:turn/]) {
    expect(name(one)?.spanContext().traceId).toBe(request?.spanContext().traceId)
  }
  const all = JSON.stringify(
    exporter.getFinishedSpans().map(({ name: title, attributes, events }) => [title, attributes, events]),
  )
  expect(all).not.toContain('traced@example.org')
})
