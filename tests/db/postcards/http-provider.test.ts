import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpPostcardProvider } from '#activities/postcards/http-provider.ts'
import { emptyCompanyProfile } from '#engine/company.ts'
import { resolveUnknown } from '#db/repositories/delivery-results.ts'
import { until } from '../../support/engine.ts'
import { fateOf, openWorld, rowOf, setPolicy, type World } from '../deliveries/given.ts'
import { cardFor, turnLive, withPostcards } from './given.ts'

interface Call {
  key: string
  body: { reference: string; to: { lines: string[] }; message: string; pdf: string }
}
type Answer = (response: ServerResponse, request: IncomingMessage) => void

let world: World
let server: Server
let calls: Call[]
let answers: Answer[]
const reply =
  (status: number, body: unknown = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body))

beforeEach(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  await turnLive(world)
  calls = []
  answers = []
  server = createServer((request, response) => {
    void json(request).then((body) => {
      calls.push({ key: String(request.headers['idempotency-key']), body: body as Call['body'] })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      answer?.(response, request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await world.close()
})

const urlOf = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/cards`
const provider = (url = urlOf()) =>
  createHttpPostcardProvider({
    url,
    apiKey: 'key',
    timeoutMs: 400,
    company: () => Promise.resolve(emptyCompanyProfile()),
  })
const quick = { retryPauses: { firstMs: 30, longestMs: 60 }, health: { firstPauseMs: 30, longestPauseMs: 60 } }

const run = (done: () => Promise<void>, url?: string) =>
  withPostcards(world, { providers: { postcard: provider(url) }, ...quick }, done)
const untilStatus = (id: string, status: string) =>
  until(`it is ${status}`, async () => (await fateOf(world, id))[0] === status)

describe('a print-and-mail service', () => {
  test('gets address, texts and the finished PDF, and its id is kept', async () => {
    answers = [reply(201, { id: 'card_1' })]
    const { deliveryId } = await cardFor(world)
    await run(() => untilStatus(deliveryId, 'accepted'))
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({
      key: deliveryId,
      body: {
        reference: deliveryId,
        message: 'We miss you, Ada.',
        to: { lines: ['Ada Lovelace', '1 High Street', 'Leeds', 'LS1 1AA', 'UNITED KINGDOM'] },
      },
    })
    expect(
      Buffer.from(calls[0]?.body.pdf ?? '', 'base64')
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect((await rowOf(world, deliveryId)).providerId).toBe('card_1')
  })

  test('that answers 409 has it already: accepted under the id it says', async () => {
    answers = [reply(409, { id: 'card_0' })]
    const { deliveryId } = await cardFor(world)
    await run(() => untilStatus(deliveryId, 'accepted'))
    expect((await rowOf(world, deliveryId)).providerId).toBe('card_0')
  })

  test('is asked again with the same key when it says "not now"', async () => {
    answers = [reply(503), reply(429), reply(200, { id: 7 })]
    const { deliveryId } = await cardFor(world)
    await run(() => untilStatus(deliveryId, 'accepted'))
    expect(calls.map((call) => call.key)).toEqual([deliveryId, deliveryId, deliveryId])
  })

  test('that refuses a card fails that card, with its words', async () => {
    answers = [reply(422, { error: 'no such street' })]
    const { deliveryId } = await cardFor(world)
    await run(() => untilStatus(deliveryId, 'failed'))
    expect((await fateOf(world, deliveryId))[1]).toBe('http_422: {"error":"no such street"}')
    expect(calls).toHaveLength(1)
  })

  test.each<[string, Answer]>([
    ['answers 500', reply(500)],
    ['answers 200 without an id', reply(200, 'thanks')],
    ['redirects', reply(302)],
    ['hangs up', (response) => response.destroy()],
    ['hangs', () => undefined],
  ])('that %s may have printed it: nobody tries again until a person has said', async (_how, answer) => {
    answers = [answer]
    const { deliveryId } = await cardFor(world)
    await run(async () => {
      await untilStatus(deliveryId, 'unknown')
      const other = await cardFor(world)
      answers = [reply(200, { id: 'other' })]
      await untilStatus(other.deliveryId, 'accepted')
    })
    expect(calls.filter((call) => call.key === deliveryId)).toHaveLength(1)
    answers = [reply(200, { id: 'again' })]
    await world.db.transaction((tx) => resolveUnknown(tx, { deliveryId, resolution: 'send_again', actor: 'ada' }))
    await run(() => untilStatus(deliveryId, 'accepted'))
    expect(calls.filter((call) => call.key === deliveryId)).toHaveLength(2)
  })

  test.each<[string, Answer | null]>([
    ['cannot be reached', null],
    ['refuses our key', reply(401)],
  ])('that %s keeps cards in the queue, no attempt used up', async (_how, answer) => {
    const { deliveryId } = await cardFor(world)
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    await once(closed, 'close')
    answers = answer === null ? [] : [answer]
    await run(
      () => until('it was tried', async () => (await fateOf(world, deliveryId))[1] === 'provider_unavailable', 20),
      answer === null ? `http://127.0.0.1:${String(port)}/cards` : undefined,
    )
    expect(await rowOf(world, deliveryId)).toMatchObject({ status: 'queued', attempts: 0 })
    answers = [reply(200, { id: 'later' })]
    await run(() => untilStatus(deliveryId, 'accepted'))
  })
})
