/** Events of trackers through HTTP, against a hand-written service that writes the same rows in all tables. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { createApiKey } from '#activities/access/api-keys.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import type { Benchmark } from './benchmark.ts'
import { withServers } from './servers.ts'
import { startBaseline } from './baselines/ingest.ts'
import { median, rounded, spread } from './statistics.ts'

const leastRatio = 0.5
const perBatch = 250
const connections = 4
const eventsPerVisitor = 10

export const ingest: Benchmark = {
  name: 'ingest',
  run: ({ rounds = 5, leads = 1000 }) =>
    withServers(async ({ postgres, temporal }) => {
      const ours = createDatabase(await postgres.createDatabase('ingest_ours'), { max: 10 })
      const theirs = createDatabase(await postgres.createDatabase('ingest_theirs'), { max: 10 })
      const gateway = createTemporalGateway({ address: temporal.address, namespace: 'default' })
      const make = async (db: typeof ours.db) =>
        (
          await createApiKey(db, {
            name: 'b',
            kind: 'secret',
            scopes: ['ingest:write'],
            expiresAt: null,
            actor: 'bench',
          })
        ).key
      const app = createServer(
        createApp({
          database: ours,
          temporal: gateway,
          registry: createStepRegistry(),
          logger: pino({ level: 'silent' }),
          boundTo: '127.0.0.1',
          links: { baseUrl: 'http://127.0.0.1', secret: 'x'.repeat(32) },
          pageFolder: null,
          version: 'bench',
          rateLimits: { perMinute: 1e9, ingestPerMinute: 1e9 },
        }),
      )
      const baseline = startBaseline(theirs.sql)
      try {
        const sides = [
          { name: 'ours', url: await listen(app), key: await make(ours.db), rates: [] as number[] },
          { name: 'theirs', url: await listen(baseline), key: await make(theirs.db), rates: [] as number[] },
        ]
        // The first round warms both up and is not counted.
        for (let round = 0; round <= rounds; round += 1) {
          for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
            const rate = await load(side.url, side.key, makeBatches(round, leads))
            if (round > 0) side.rates.push(rate)
          }
        }
        const counts = await Promise.all(
          [ours, theirs].map(
            ({ sql }) => sql`
          select (select count(*) from events)::int as events, (select count(*) from leads)::int as leads,
                 (select sum(count) from event_totals)::int as counted, (select count(*) from audit_log where action = 'ingest')::int as audited`,
          ),
        )
        if (JSON.stringify(counts[0]) !== JSON.stringify(counts[1])) {
          throw new Error(`Both sides must write the same rows: ${JSON.stringify(counts)}`)
        }
        const [mine = [], other = []] = sides.map(({ rates }) => rates)
        const ratios = mine.map((rate, round) => rate / (other[round] ?? Number.NaN))
        const ratio = rounded(median(ratios))
        const rate = Math.round(median(mine))
        return [
          {
            name: 'ingest: track batches through HTTP',
            value: ratio,
            unit: 'x',
            target: `>= ${String(leastRatio)}`,
            comparedTo: `a hand-written service at ${String(Math.round(median(other)))} events/s; rounds ${spread(ratios)}`,
            met: ratio >= leastRatio,
          },
          {
            name: 'ingest: events taken in',
            value: rate,
            unit: 'events/s',
            comparedTo: `batches of ${String(perBatch)}, ${String(connections)} at once`,
          },
        ]
      } finally {
        app.close()
        baseline.close()
        app.closeAllConnections()
        baseline.closeAllConnections()
        await gateway.close()
        await ours.close()
        await theirs.close()
      }
    }),
}

/** New visitors each round, ten events each, as they come: those of one visitor spread over batches. */
function makeBatches(round: number, visitors: number): string[] {
  const timestamp = new Date(Date.now() - 60_000).toISOString()
  const messages = Array.from({ length: visitors * eventsPerVisitor }, (_, index) => ({
    type: 'track',
    anonymousId: `visitor-${String(round)}-${String(index % visitors)}`,
    event: ['page_viewed', 'video_watched', 'downloaded'][index % 3],
    messageId: `m-${String(round)}-${String(index)}`,
    timestamp,
    properties: { path: `/articles/${String(index % 50)}`, seconds: index % 600, topic: 'drying' },
  }))
  return Array.from({ length: Math.ceil(messages.length / perBatch) }, (_, index) =>
    JSON.stringify({ batch: messages.slice(index * perBatch, (index + 1) * perBatch) }),
  )
}

/** Sends all batches, a few at once. Events per second. */
async function load(url: string, key: string, batches: string[]): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`
  const queue = [...batches]
  const startedAt = performance.now()
  const work = async (): Promise<void> => {
    for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
      const response = await fetch(`${url}/v1/batch`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
      })
      const answer = await response.text()
      if (answer !== '{"success":true}') throw new Error(`${url} answered ${String(response.status)}: ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  return (batches.length * perBatch * 1000) / (performance.now() - startedAt)
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
}
