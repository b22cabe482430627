/** One run of the random kills: start everything, let the world act and the kills fall, wait until all is over, judge. */
import { setTimeout as pause } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import postgres from 'postgres'
import { createDatabase } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { leadIdentities, leads, testRuns, type LeadClock } from '#db/schema/leads.ts'
import { act, doTasks, externalIdOf, type Ack, type DriverOptions } from './driver.ts'
import { startInstallation, type Installation } from './installation.ts'
import { publishJourneys } from './journeys.ts'
import { judge, type Verdict } from './oracle.ts'
import { drawPlan, type Kill, type Plan } from './plan.ts'
import { createRandom } from './random.ts'

export interface RunOptions {
  seed: number
  leads: number
  kills: number
  /** The kills are spread over this long. */
  killMs: number
  workers: number
  apis: number
  /** All must be over this long after the last act and kill. */
  patienceMs: number
  say?: (line: string) => void
}

export interface RunReport extends Verdict {
  seed: number
  /** `role place`, in order. */
  kills: string[]
  /** Processes that ended by themselves, because what they need was gone. */
  fell: string[]
  /** Places of failpoints a worker has died at. */
  fired: string[]
  /** Executions still running when every enrollment had ended. */
  running: string[]
  seconds: number
}

/** A day of test leads takes eight seconds. */
const speed = 10_800

/** Runs one seed. @throws when the world gets no answer, or when not all is over in time, with the processes' last words. */
export async function runRandomKills(options: RunOptions): Promise<RunReport> {
  const say = options.say ?? (() => undefined)
  const random = createRandom(options.seed)
  const plan = drawPlan(random, options)
  const began = Date.now()
  const installation = await startInstallation(options)
  const sql = postgres(installation.databaseUrl, { max: 3, onnotice: () => undefined })
  const acks: Ack[] = []
  try {
    await untilAnswering(installation)
    await installation.workersReady()
    const world = await makeWorld(installation, plan, sql, options)
    say(`everything runs after ${seconds(began)} s; ${plan.acts.length} acts, ${plan.kills.length} kills`)
    const over = new AbortController()
    const tasks = doTasks(world, createRandom(options.seed + 1), acks, over.signal)
    const kills: string[] = []
    try {
      await Promise.race([
        Promise.all([act(world, plan.acts, acks), fell(installation, plan.kills, world.startedAt, kills, say)]),
        tasks,
      ])
      say(`all acts acknowledged and all kills done after ${seconds(world.startedAt)} s`)
      await installation.allUp()
      await Promise.race([untilOver(sql, options.patienceMs), tasks])
    } finally {
      over.abort()
      await tasks.catch(() => undefined)
    }
    say(`all is over after ${seconds(world.startedAt)} s`)
    const running = await stillRunning(installation.temporalAddress)
    const verdict = await judge(sql, acks)
    return {
      ...verdict,
      seed: options.seed,
      kills,
      fell: installation.deaths.filter((death) => !death.asked).map((death) => death.role),
      fired: [...installation.fired],
      running,
      seconds: seconds(began),
    }
  } catch (error) {
    const open = `${String(acks.length)} of ${String(plan.acts.length)} acts acknowledged; ${await whatIsOpen(sql)}`
    throw new Error(`${String(error)}\n${open}\n${installation.logs()}`, { cause: error })
  } finally {
    await sql.end({ timeout: 1 })
    await installation.stop()
  }
}

/** What the database is busy with when a run does not end: who waits, and for whom. */
async function whatIsOpen(sql: postgres.Sql): Promise<string> {
  const look = sql`
    select application_name as of, pid, pg_blocking_pids(pid) as behind, state, wait_event as waits_for,
           extract(epoch from clock_timestamp() - xact_start)::int as seconds, left(query, 90) as query
      from pg_stat_activity
     where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
     order by xact_start`
  return look.then(
    (rows) => `open in Postgres: ${rows.map((row) => `\n  ${JSON.stringify(row)}`).join('') || 'nothing'}`,
    (error: unknown) => `Postgres does not answer: ${String(error)}`,
  )
}

/** Journeys and leads, and where and when the driver begins. */
async function makeWorld(
  installation: Installation,
  plan: Plan,
  sql: postgres.Sql,
  options: RunOptions,
): Promise<DriverOptions> {
  const handle = createDatabase(installation.databaseUrl, { max: 2 })
  try {
    await publishJourneys(handle.db)
    const startedAt = Date.now() + 1000
    const clock: LeadClock = { realStart: startedAt, virtualStart: Date.parse('2026-03-02T10:00:00Z'), speed }
    const testRunId = newId()
    await handle.db.insert(testRuns).values({ id: testRunId, name: 'faults', clock })
    const rows = plan.leads.map(({ isTest }, index) => ({
      id: newId(),
      email: `lead-${String(index)}@example.test`,
      firstName: `Lead ${String(index)}`,
      isTest,
      ...(isTest ? { clock, testRunId } : {}),
    }))
    await handle.db.insert(leads).values(rows)
    await handle.db
      .insert(leadIdentities)
      .values(rows.map(({ id }, index) => ({ kind: 'external_id', value: externalIdOf(index), leadId: id })))
    return {
      apiUrls: installation.apiUrls,
      sql,
      leadIds: rows.map((row) => row.id),
      clocks: plan.leads.map(({ isTest }) => (isTest ? clock : null)),
      startedAt,
      patienceMs: options.patienceMs,
    }
  } finally {
    await handle.close()
  }
}

/** Lets the kills fall at their time. A place that no worker has come to by the next one of its kind is left armed. */
async function fell(
  installation: Installation,
  kills: readonly Kill[],
  startedAt: number,
  done: string[],
  say: (line: string) => void,
): Promise<void> {
  for (const { atMs, role, downMs, place } of kills) {
    // A second of life at least between two kills, however late the last one was.
    await pause(Math.max(1000, startedAt + atMs - Date.now()))
    if (place !== undefined) {
      const before = installation.fired.length
      installation.arm(place)
      const deadline = Date.now() + 45_000
      while (installation.fired.length === before && Date.now() < deadline) await pause(50)
      done.push(`worker ${place}`)
      say(
        `${seconds(startedAt)} s: a worker ${installation.fired.length > before ? 'died' : 'did not come by'} ${place}`,
      )
      continue
    }
    // Still down from the last kill: wait for it, so that every kill of the plan happens.
    const deadline = Date.now() + 60_000
    while (!installation.kill(role, downMs) && Date.now() < deadline) await pause(100)
    done.push(role)
    say(`${seconds(startedAt)} s: killed ${role}, down for ${String(downMs)} ms`)
  }
}

async function untilAnswering({ apiUrls }: Installation): Promise<void> {
  const deadline = Date.now() + 120_000
  for (const url of apiUrls) {
    while (
      !(await fetch(`${url}/ready`).then(
        (response) => response.ok,
        () => false,
      ))
    ) {
      if (Date.now() > deadline) throw new Error(`${url} did not answer in 120 s.`)
      await pause(200)
    }
  }
}

/** Until nothing is left to be done: no enrollment, no message, no input, no poke. */
async function untilOver(sql: postgres.Sql, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs
  let left: unknown = null
  while (Date.now() < deadline) {
    const [row] = await sql<{ enrollments: number; messages: number; inputs: number; pokes: number }[]>`
      select (select count(*) from lead_inputs where consumed_at is null)::int as inputs,
             (select count(*) from enrollments where status in ('active', 'paused'))::int as enrollments,
             (select count(*) from deliveries where status in ('queued', 'sending', 'unknown'))::int as messages,
             (select count(*) from lead_pokes)::int as pokes`.catch(() => [])
    if (row !== undefined && row.enrollments + row.messages + row.inputs + row.pokes === 0) return
    left = row ?? left
    await pause(500)
  }
  const stuck = await sql`
    select e.lead_id, e.status, e.step_id, e.wake_at, e.due_at, e.state -> 'rest' as rest,
           (select json_agg(json_build_object('step', d.step_id, 'status', d.status, 'reason', d.reason, 'at', d.claimable_at))
              from deliveries d where d.enrollment_id = e.id) as messages
      from enrollments e where e.status in ('active', 'paused') limit 5`.catch((error: unknown) => String(error))
  throw new Error(
    `Not all was over in ${String(patienceMs / 1000)} s: ${JSON.stringify(left)}. Some of what stands still: ${JSON.stringify(stuck)}`,
  )
}

/** Lead workflows that have not completed a while after everything was over. */
async function stillRunning(address: string): Promise<string[]> {
  const connection = await Connection.connect({ address })
  try {
    const client = new Client({ connection })
    const deadline = Date.now() + 60_000
    for (;;) {
      const ids: string[] = []
      for await (const execution of client.workflow.list({
        query: `WorkflowType = 'leadWorkflow' and ExecutionStatus = 'Running'`,
      })) {
        ids.push(execution.workflowId)
      }
      if (ids.length === 0 || Date.now() > deadline) return ids
      await pause(1000)
    }
  } finally {
    await connection.close()
  }
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 100) / 10
}
