/** The main job, step by step: real leads as test leads through T2 and T3, on the installation that runs here. */
import { readFile } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { completeTask } from '#activities/controls/complete-task.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { importLeads, type ImportReport } from '#activities/imports/import-leads.ts'
import type { MappedLead } from '#activities/imports/map-row.ts'
import { parseMapping, type Mapping } from '#activities/imports/mapping.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { readTestRunStatus } from '#activities/test-runs/watch-test-run.ts'
import { applyLeadChanges } from '#db/repositories/lead-changes.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { createTestRun } from '#db/repositories/test-runs.ts'
import { compileRule } from '#db/rules/compile.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { loadStepRegistry } from '#server/step-registry.ts'
import { requireTemporal, type Instance } from '../cli/instance.ts'

/** Virtual seconds per second. The clock waits for the leads at each Friday, so that more would not be less work. */
const speed = 1_000_000
const actor = 'main-job'

/** The mapping of the real file, as shipped. */
export async function readShippedMapping(): Promise<Mapping> {
  const file = new URL('../../examples/mappings/x-education.json', import.meta.url)
  return parseMapping(JSON.parse(await readFile(file, 'utf8')))
}

/** Brings in and publishes T2 and T3; publishing what is live already changes nothing. */
export async function publishTemplates(instance: Instance): Promise<void> {
  const { db } = instance.database
  const schedules = createEntrySchedules(requireTemporal(instance), { db })
  const registry = await loadStepRegistry((problem) => process.stderr.write(`${problem}\n`))
  for (const journey of ['friday-sampler', 'last-chance-call']) {
    const file = new URL(`../../examples/journeys/${journey}.json`, import.meta.url)
    await importJourneyFile({ db }, JSON.parse(await readFile(file, 'utf8')), { actor })
    const result = await publishJourney({ db, registry, schedules }, { journey, actor })
    if (!result.published) throw new Error(`"${journey}" cannot be published: ${result.issues[0]?.message ?? ''}`)
  }
}

/** Imports into a test run of its own whose clock stands at the day the file describes. */
export async function importRun(
  { database, poker }: Instance,
  request: {
    name: string
    file: string
    mapping: Mapping
    omit?: string[]
    take?: { fits: (lead: MappedLead) => boolean; count: number }
  },
): Promise<{ runId: string; start: number; report: ImportReport }> {
  const { name, ...rest } = request
  const start = Date.parse(request.mapping.asOf)
  const run = await createTestRun(database.db, { name, virtualStart: start, speed })
  const test = { runId: run.id, clock: run.clock }
  return { runId: run.id, start, report: await importLeads({ database, poker }, { ...rest, actor, test }) }
}

/** A lead the sampler is for: one download, and neither bought, lost, unqualified nor in talks. */
export function hasOneDownload({ events, stage }: MappedLead): boolean {
  const downloads = events.filter(({ type }) => type === 'downloaded').length
  return downloads === 1 && (stage === null || stage === 'engaged')
}

/** Who the product finds for this Friday, by the segment of the shipped journey. */
export async function fridayBySegment({ database: { db } }: Instance, runId: string, at: number): Promise<string[]> {
  const library = await readLibrary(db)
  const rule = compileRule(
    { kind: 'in_segment', segment: 'friday-sampler' },
    { library, now: new Date(at), zone: 'Europe/London' },
  )
  const rows = await db.execute<{ id: string }>(
    sql`select id from leads where test_run_id = ${runId} and ${rule} order by id`,
  )
  return rows.map(({ id }) => id)
}

/**
 * Marks every nth lead do-not-call. The file has two such leads only, both customers, so that the rule would otherwise
 * not be put to the test.
 */
export async function forbidSomeCalls({ database: { db } }: Instance, runId: string, nth: number): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      select id from (select id, row_number() over (order by id) as n from leads where test_run_id = ${runId}) numbered
       where n % ${nth} = 0`)
    const library = await readLibrary(tx)
    const changes = rows.map(({ id }) => ({
      leadId: id,
      kind: 'set_field' as const,
      field: 'do_not_call',
      value: true,
    }))
    await applyLeadChanges(tx, changes, { library, actor, enroll: false })
    return rows.length
  })
}

/** Lets the run's clock go for so long and waits until it is there. */
export async function walk(
  instance: Instance,
  run: { runId: string; start: number },
  length: string,
  say: (line: string) => void,
): Promise<void> {
  const { db } = instance.database
  await startTestRun(requireTemporal(instance), { testRunId: run.runId, until: addDuration(run.start, length, 'UTC') })
  for (let looks = 0; ; looks += 1) {
    const status = await readTestRunStatus(db, run.runId)
    if (status === null) throw new Error('The test run is gone.')
    if (status.finished) return
    if (looks % 10 === 9) {
      say(
        `  ${status.now.slice(0, 10)}: ${String(status.deliveries['accepted'] ?? 0)} messages accepted, ${String(status.tasks['open'] ?? 0)} tasks open`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

const outcomes = ['demo', 'later', 'no', 'unreachable', 'stop'] as const

/** Closes every open task of the run: calls with one outcome after the other, other tasks as done. */
export async function closeTasks(
  instance: Instance,
  runId: string,
): Promise<{ demo: number; stop: number; closed: number }> {
  const { db } = instance.database
  const rows = await db.execute<{ id: string; kind: string }>(sql`
    select t.id, t.kind from tasks t join leads l on l.id = t.lead_id
     where l.test_run_id = ${runId} and t.status = 'open' order by t.kind, t.id`)
  const counts = { demo: 0, stop: 0, closed: 0 }
  const queue = rows.map((task, index) => ({
    ...task,
    outcome: task.kind === 'call' ? (outcomes[index % outcomes.length] ?? 'no') : 'done',
  }))
  const work = async (): Promise<void> => {
    for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
      const result = await completeTask(
        { db, poker: instance.poker },
        { taskId: task.id, outcome: task.outcome, actor },
      )
      if (!result.done) throw new Error(result.message)
      counts.closed += 1
      if (task.outcome === 'demo' || task.outcome === 'stop') counts[task.outcome] += 1
    }
  }
  await Promise.all(Array.from({ length: 6 }, work))
  return counts
}

/** Waits until no enrollment of T2 and T3 is open and no input unread. */
export async function awaitEnd({ database: { db } }: Instance, runId: string, seconds = 300): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline;) {
    const [row] = await db.execute<{ open: number }>(sql`
      select ((select count(*) from enrollments e join leads l on l.id = e.lead_id join journeys j on j.id = e.journey_id
                where l.test_run_id = ${runId} and j.key in ('friday-sampler', 'last-chance-call') and e.status = 'active')
            + (select count(*) from lead_inputs i join leads l on l.id = i.lead_id
                where l.test_run_id = ${runId} and i.consumed_at is null))::int as open`)
    if (row?.open === 0) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
