/** How fast a tracked link leads on, while its click is kept, at a steady 200 requests per second. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linkTo } from '#activities/links/personal-link.ts'
import { createDatabase } from '#db/client.ts'
import { findFreePort } from '../provision/ports.ts'
import type { Benchmark, BenchmarkRow } from './benchmark.ts'
import { startBenchPostgres } from './servers.ts'
import { quantile, rounded } from './statistics.ts'
import { addLeads, pause } from './world.ts'

const perSecond = 200
const seconds = 20
const warmUpSeconds = 3
const secret = 'the secret of a benchmark, of no use elsewhere'
const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'

/** The web server as a process of its own, loaded from this one over loopback; Temporal is not there and not needed. */
export const redirect: Benchmark = { name: 'redirect', run: benchRedirect }

async function benchRedirect(): Promise<BenchmarkRow[]> {
  const postgres = await startBenchPostgres()
  const home = mkdtempSync(join(tmpdir(), 'trellis-bench-'))
  try {
    const url = await postgres.createDatabase('redirect')
    const database = createDatabase(url)
    const { sql } = database
    const paths = await addLinks(sql)
    const api = await startApi(url, home)
    try {
      await load(api.port, paths, warmUpSeconds)
      await sql`truncate link_clicks`
      const { times, failed } = await load(api.port, paths, seconds)
      const [kept] = await sql<{ count: number }[]>`select count(*)::int as count from link_clicks`
      const sent = perSecond * seconds
      const note = `${String(sent)} requests at ${String(perSecond)}/s on loopback, from when each was due; median ${String(rounded(quantile(times, 0.5)))} ms, ${String(failed)} failed`
      return [
        { name: 'redirect.p99', value: rounded(quantile(times, 0.99)), unit: 'ms', comparedTo: note },
        {
          name: 'redirect.clicks-kept',
          value: kept?.count ?? 0,
          unit: 'clicks',
          target: `= ${String(sent)}`,
          comparedTo: 'redirects answered',
          met: kept?.count === sent && failed === 0,
        },
      ]
    } finally {
      await api.stop()
      await database.close()
    }
  } finally {
    await postgres.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** A mail to each of 1,000 leads; their links. */
async function addLinks(sql: ReturnType<typeof createDatabase>['sql']): Promise<string[]> {
  const leadIds = await addLeads({ sql }, 1000)
  const rows = await sql<{ id: string }[]>`
    insert into deliveries (id, lead_id, enrollment_id, journey_id, step_id, visit, channel, purpose, status, content,
                            priority, queued_at, counted_at, accepted_at, claimable_at)
    select gen_random_uuid(), id, gen_random_uuid(), gen_random_uuid(), 'mail', 1, 'email', 'nurture', 'accepted',
           '{"body": ""}', 3, now(), now(), now() - interval '1 hour', now()
      from leads where id = any(${leadIds}::uuid[])
    returning id`
  const links = { baseUrl: 'http://localhost', secret }
  return rows.map(({ id }, index) => {
    const subject = `https://example.com/page/${String(index)}?utm_source=trellis`
    return new URL(linkTo(links, 'click', { about: 'delivery', id, subject })).pathname
  })
}

/** Requests at fixed instants, whatever becomes of those before: a slow answer delays no later request. */
async function load(
  port: number,
  paths: readonly string[],
  forSeconds: number,
): Promise<{ times: number[]; failed: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const startedAt = performance.now() + 50
  let failed = 0
  const times = await Promise.all(
    Array.from({ length: perSecond * forSeconds }, async (_, index) => {
      const dueAt = startedAt + (index * 1000) / perSecond
      await pause(Math.max(0, dueAt - performance.now()))
      const status = await get(agent, port, paths[index % paths.length] ?? '')
      if (status !== 302) failed += 1
      return performance.now() - dueAt
    }),
  )
  agent.destroy()
  return { times: times.toSorted((one, other) => one - other), failed }
}

function get(agent: Agent, port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { agent, host: '127.0.0.1', port, path, headers: { 'user-agent': browser } }
    request(options, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
      .once('error', () => resolve(0))
      .end()
  })
}

async function startApi(databaseUrl: string, home: string): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await findFreePort()
  const child = spawn(process.execPath, ['server/api.ts'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TRELLIS_HOME: home,
      TRELLIS_SECRET: secret,
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  const deadline = performance.now() + 60_000
  for (;;) {
    const answers = await fetch(`http://127.0.0.1:${String(port)}/robots.txt`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) return { port, stop }
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`The web server on port ${String(port)} did not come up.`)
    }
    await pause(100)
  }
}
