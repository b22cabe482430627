import { createServer, type Server } from 'node:http'
import { asc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ActivityFailure, defineActivity, type ActivityContext } from '#activities/define-activity.ts'
import { performerOf } from '#activities/effects/performer.ts'
import { createEffectActivities } from '#activities/effects/run-effect.ts'
import { createWebhookPerformer, signatureHeaders } from '#activities/effects/webhook.ts'
import { setHold } from '#db/repositories/company-switches.ts'
import { effects } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leads } from '#db/schema/leads.ts'
import {
  addLead,
  createTestEngine,
  enrol,
  publishDefinition,
  until,
  untilFinished,
  type TestEngine,
  type TestSteps,
} from '#tests/support/engine.ts'

/** What the probe was asked to do, by idempotency key, attempt by attempt. */
const attempts = new Map<string, ActivityContext[]>()
const aborted: string[] = []
let release: (() => void) | null = null

const behaviour = z.enum(['succeed', 'fail_once', 'fail', 'refuse', 'hang', 'huge', 'wait', 'unknown_port', 'not_json'])

const probe = defineActivity({
  type: 'probe',
  title: 'Probe',
  description: 'Does what the test says.',
  config: z.strictObject({ behaviour: behaviour.meta({ title: 'Behaviour', description: 'What it does.' }) }),
  ports: [
    { id: 'found', label: 'Found' },
    { id: 'missing', label: 'Missing' },
  ],
  needs: { fields: ['email', 'city'] },
  retry: { maxAttempts: 3 },
  timeout: 'PT2S',
  heartbeat: 'PT1S',
  async perform(context, config) {
    const seen = [...(attempts.get(context.idempotencyKey) ?? []), context]
    attempts.set(context.idempotencyKey, seen)
    switch (config.behaviour) {
      case 'succeed':
        return {
          port: 'found',
          output: { city: 'B\0ern' },
          fields: { company: 'Acme', stage: 'customer' },
          tags: ['probed'],
        }
      case 'fail_once':
        if (context.attempt === 1) throw new Error('ada@example.test is not reachable')
        return { port: 'missing' }
      case 'fail':
        throw new ActivityFailure('CRM_DOWN', 'The CRM is down, says ada@example.test')
      case 'refuse':
        throw new ActivityFailure('CRM_CUSTOMER_UNKNOWN', 'No such customer', { retry: false })
      case 'hang':
        context.signal.addEventListener('abort', () => aborted.push(context.idempotencyKey))
        return new Promise(() => {})
      case 'huge':
        return { output: 'x'.repeat(5_000_000) }
      case 'wait':
        await new Promise<void>((resolve) => {
          release = resolve
          context.signal.addEventListener('abort', () => resolve())
        })
        return { port: 'found' }
      case 'unknown_port':
        return { port: 'nowhere' }
      case 'not_json':
        return { output: 10n as never }
    }
  },
})

const logged: unknown[] = []
const secret = `whsec_${Buffer.from('a secret of the test').toString('base64')}`
let engine: TestEngine

beforeAll(async () => {
  engine = await createTestEngine({
    steps: [probe.step],
    activities: ({ db }) => ({
      custom: createEffectActivities({
        db,
        performers: [performerOf(probe), createWebhookPerformer({ secret })],
        log: {
          info: (data, message) => logged.push([message, data]),
          warn: (data, message) => logged.push([message, data]),
        },
      }),
    }),
  })
})
afterAll(() => engine?.stop())

/** One lead through one effect step; `error` is wired when asked for. */
async function walk(step: TestSteps[string], fields: Partial<typeof leads.$inferInsert> = {}): Promise<string> {
  const journey = await publishDefinition(engine.db, {
    steps: { probe: step, end: ['exit', { reason: 'Went on.' }], failed: ['exit', { reason: 'Failed.' }] },
  })
  const lead = await addLead(engine.db, fields)
  await enrol(engine, lead, journey, Date.now())
  return lead
}
const wired = { found: 'end', missing: 'end', next: 'end', error: 'failed' }

async function logOf(leadId: string) {
  const rows = await engine.db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.filter(({ stepId }) => stepId === 'probe')
}
async function effectOf(leadId: string) {
  const [row] = await engine.db.select().from(effects).where(eq(effects.leadId, leadId))
  if (row === undefined) throw new Error('no effect was opened')
  return row
}
function seenBy(effect: { enrollmentId: string }): ActivityContext[] {
  return attempts.get(`${effect.enrollmentId}:probe:1`) ?? []
}
async function historyText(leadId: string): Promise<string> {
  const history = await engine.client.workflow.getHandle(`lead:${leadId}`).fetchHistory()
  const payloads = JSON.stringify(history, (_, part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString('utf8') : part,
  )
  return payloads
}

describe('a custom activity', () => {
  test('performs once, sees only what it asked for, and its result reaches the lead', async () => {
    const lead = await walk(['probe', { behaviour: 'succeed' }, wired], { city: 'Bern', phone: '123' })
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({ status: 'done', port: 'found', output: { output: { city: 'Bern' } } })
    expect(seenBy(effect)).toHaveLength(1)
    expect(seenBy(effect)[0]?.lead.fields).toEqual({ email: `lead-${lead}@example.test`, city: 'Bern' })
    const [row] = await engine.db.select().from(leads).where(eq(leads.id, lead))
    expect(row).toMatchObject({ company: 'Acme', stage: 'new' })
    expect(await logOf(lead)).toMatchObject([
      { port: 'found', detail: { output: { city: 'Bern' }, refused: { stage: expect.any(String) } } },
    ])
  })

  test('is tried again after a failure, under the same key', async () => {
    const lead = await walk(['probe', { behaviour: 'fail_once' }, wired])
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({ status: 'done', port: 'missing' })
    expect(seenBy(effect).map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('leaves by error after its last attempt; what the other system said stays in Postgres', async () => {
    const lead = await walk(['probe', { behaviour: 'fail' }, wired])
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({
      status: 'failed',
      error: { code: 'CRM_DOWN', message: 'The CRM is down, says ada@example.test' },
    })
    expect(seenBy(effect)).toHaveLength(3)
    expect(await logOf(lead)).toMatchObject([{ port: 'error', detail: { code: 'CRM_DOWN' } }])
    const history = await historyText(lead)
    expect(history).toContain('CRM_DOWN')
    expect(history).not.toContain('example.test')
    expect(history).not.toContain('says')
  })

  test('is tried as often, and for as long, as its step says', async () => {
    const often = await walk(['probe', { behaviour: 'fail' }, wired, { maxAttempts: 2 }])
    const briefly = await walk(['probe', { behaviour: 'hang' }, wired, { maxAttempts: 1, timeoutSeconds: 1 }])
    await untilFinished(engine, [often, briefly])
    expect(seenBy(await effectOf(often))).toHaveLength(2)
    expect(await effectOf(often)).toMatchObject({ status: 'failed', maxAttempts: 2, timeoutMs: 2000 })
    expect(seenBy(await effectOf(briefly))).toHaveLength(1)
    expect(await effectOf(briefly)).toMatchObject({ timeoutMs: 1000, error: { code: 'EFFECT_TIMED_OUT' } })
    expect(await logOf(briefly)).toMatchObject([{ port: 'error' }])
  })

  test('is not tried again when that cannot help, and parks the lead when error leads nowhere', async () => {
    const lead = await walk(['probe', { behaviour: 'refuse' }, { found: 'end' }])
    await untilFinished(engine, [lead])
    expect(seenBy(await effectOf(lead))).toHaveLength(1)
    const [row] = await engine.db.select().from(enrollments).where(eq(enrollments.leadId, lead))
    expect(row).toMatchObject({ status: 'parked', error: { code: 'CRM_CUSTOMER_UNKNOWN' } })
  })

  test('that hangs is stopped at its timeout, told so, and leaves by error', async () => {
    const lead = await walk(['probe', { behaviour: 'hang' }, wired])
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({ status: 'failed', error: { code: 'EFFECT_TIMED_OUT' } })
    expect(seenBy(effect)).toHaveLength(3)
    await until('the hanging attempts were told to stop', async () => aborted.length >= 3)
  })

  test.each([
    ['huge', 'EFFECT_OUTPUT_TOO_LARGE'],
    ['unknown_port', 'EFFECT_PORT_UNKNOWN'],
    ['not_json', 'EFFECT_OUTPUT_INVALID'],
  ] as const)('whose result is %s fails with %s at once', async (kind, code) => {
    const lead = await walk(['probe', { behaviour: kind }, wired])
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({ status: 'failed', output: null, error: { code } })
    expect(seenBy(effect)).toHaveLength(1)
  })

  test('whose settings no longer fit its code fails with a clear code', async () => {
    const lead = await walk(['probe', { behaviour: 'dance' }, wired])
    await untilFinished(engine, [lead])
    expect(await effectOf(lead)).toMatchObject({ status: 'failed', error: { code: 'EFFECT_CONFIG_OUTDATED' } })
  })

  test('touches nothing outside for a test lead', async () => {
    const lead = await walk(['probe', { behaviour: 'fail' }, wired], { isTest: true })
    await untilFinished(engine, [lead])
    const effect = await effectOf(lead)
    expect(effect).toMatchObject({ status: 'done', port: 'found', output: { output: { simulated: true } } })
    expect(seenBy(effect)).toHaveLength(0)
  })

  test('a result that comes after the effect was closed is dropped', async () => {
    const lead = await walk(['probe', { behaviour: 'wait' }, wired])
    await until('it is being performed', async () => release !== null)
    const effect = await effectOf(lead)
    await engine.db.update(effects).set({ status: 'cancelled' }).where(eq(effects.id, effect.id))
    release?.()
    await until('the late result was dropped', async () =>
      logged.some((line) => JSON.stringify(line).includes('too late') && JSON.stringify(line).includes(effect.id)),
    )
    expect(await effectOf(lead)).toMatchObject({ status: 'cancelled', output: null })
  })

  test('goes nowhere while everything is on hold, uses up no attempt, and goes out after it', async () => {
    await setHold(engine.db, { on: true, reason: 'test', actor: 'test' })
    const lead = await walk(['probe', { behaviour: 'succeed' }, wired])
    await until(
      'the effect is open',
      async () => (await engine.db.select().from(effects).where(eq(effects.leadId, lead))).length === 1,
    )
    const effect = await effectOf(lead)
    await engine.poker.poke([lead])
    expect(effect.status).toBe('open')
    expect(seenBy(effect)).toHaveLength(0)
    await setHold(engine.db, { on: false, reason: '', actor: 'test' })
    // What the reconciler does for effects that nobody works on.
    await engine.poker.poke([lead])
    await until('it is done', async () => (await effectOf(lead)).status === 'done')
    expect(seenBy(effect)).toHaveLength(1)
  })
})

describe('a webhook', () => {
  let server: Server
  let url = ''
  const received: { headers: Record<string, unknown>; body: string }[] = []
  const answers: [status: number, headers?: Record<string, string>][] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        received.push({ headers: request.headers, body })
        const [status, headers] = answers.shift() ?? [204]
        response.writeHead(status, headers).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/hook`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test('is signed so that its receiver can check it, and repeats under the same id', async () => {
    answers.push([503], [204])
    const lead = await walk(['webhook', { url, fields: ['email'], message: { kind: 'hot' } }, wired])
    await untilFinished(engine, [lead])
    expect(await effectOf(lead)).toMatchObject({ status: 'done', output: { output: { status: 204 } } })
    const [first, second] = received.splice(0)
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      leadId: lead,
      fields: { email: `lead-${lead}@example.test` },
      kind: 'hot',
    })
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = second?.headers ?? {}
    expect(id).toBe(first?.headers['webhook-id'])
    expect(signature).toBe(
      signatureHeaders(String(id), second?.body ?? '', secret, Number(at) * 1000)['webhook-signature'],
    )
  })

  test.each([
    [404, 'WEBHOOK_REFUSED'],
    [302, 'WEBHOOK_REFUSED'],
  ] as const)('answered with %d is not repeated', async (status, code) => {
    answers.push([status, { location: `${url}/elsewhere` }])
    const lead = await walk(['webhook', { url, fields: [], message: {} }, wired])
    await untilFinished(engine, [lead])
    expect(await effectOf(lead)).toMatchObject({ status: 'failed', error: { code } })
    expect(received.splice(0)).toHaveLength(1)
  })
})
