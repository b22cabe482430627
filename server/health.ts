/** Asks each dependency, now, whether it is well. */
import type { DatabaseHandle } from '#db/client.ts'
import type { DependencyHealth, Health } from './contract/health.ts'
import type { TemporalGateway } from './temporal.ts'

/** Longest any check takes; what has not answered by then counts as down. */
const timeoutMs = 2000

/** Never throws. Checks run side by side, so it answers within two seconds whatever hangs. */
export async function checkHealth(database: DatabaseHandle, temporal: TemporalGateway): Promise<Health> {
  const [postgres, server, worker] = await Promise.all([
    check(async () => `Postgres ${await postgresVersion(database)}`),
    check(async () => `Temporal ${(await temporal.checkServer()).version}`),
    check(async () => {
      const count = await temporal.countWorkers()
      if (count === 0) throw new HealthProblem('No worker polls the queue of the leads; start one (server/worker.ts).')
      return count === 1 ? '1 worker' : `${String(count)} workers`
    }),
  ])
  const allWell = [postgres, server, worker].every(({ status }) => status === 'ok')
  return {
    status: allWell ? 'ok' : postgres.status === 'ok' ? 'degraded' : 'down',
    postgres,
    temporal: server,
    worker,
  }
}

/** The health if it was checked within `maxAgeMs`, else checked anew; many callers share one check. */
export function createHealthCache(
  database: DatabaseHandle,
  temporal: TemporalGateway,
  now: () => number = Date.now,
): (maxAgeMs: number) => Promise<Health> {
  let last: { at: number; health: Promise<Health> } | null = null
  return (maxAgeMs) => {
    const at = now()
    if (last === null || at - last.at > maxAgeMs) last = { at, health: checkHealth(database, temporal) }
    return last.health
  }
}

/** Can the database answer? For `/ready`. */
export async function isDatabaseReady(database: DatabaseHandle): Promise<boolean> {
  return (await check(() => postgresVersion(database))).status === 'ok'
}

class HealthProblem extends Error {}

async function postgresVersion(database: DatabaseHandle): Promise<string> {
  const [row] = await database.sql<{ version: string }[]>`select current_setting('server_version') as version`
  return row?.version.split(' ')[0] ?? ''
}

async function check(ask: () => Promise<string>): Promise<DependencyHealth> {
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HealthProblem('Did not answer within two seconds.')), timeoutMs)
  })
  try {
    const detail = await Promise.race([ask(), late])
    return { status: 'ok', detail, tookMs: Math.round(performance.now() - startedAt) }
  } catch (error) {
    return { status: 'down', detail: explain(error), tookMs: Math.round(performance.now() - startedAt) }
  } finally {
    clearTimeout(timer)
  }
}

/** Error texts may hold addresses and passwords; only codes and our own words are shown. */
function explain(error: unknown): string {
  if (error instanceof HealthProblem) return error.message
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? `Does not answer (${code}).` : 'Does not answer.'
}
