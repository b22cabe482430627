/** The example journeys on a running engine, with test leads on one virtual clock that a test moves on. */
import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { createEntryActivities } from '#activities/entry/entry-activities.ts'
import { createEntrySchedules } from '#activities/entry/schedules.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { createTestRun, moveRunClock, readBacklog } from '#db/repositories/test-runs.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import { toRealTime } from '#engine/clock.ts'
import type { FieldValue } from '#engine/facts.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { Stage } from '#engine/vocabulary.ts'
import { createTestEngine, until, type TestEngine } from './engine.ts'

/** An engine with all queues at work, and these journeys live. */
export async function createTemplateEngine(...keys: string[]): Promise<TestEngine> {
  const engine = await createTestEngine({
    segments: ({ db, poker, client, queuePrefix }) =>
      createEntryActivities({ db, poker, schedules: createEntrySchedules(client, { db, queuePrefix }) }),
  })
  for (const journey of keys) {
    const path = new URL(`../../examples/journeys/${journey}.json`, import.meta.url)
    const imported = await importJourneyFile(engine, JSON.parse(readFileSync(path, 'utf8')), { actor: 'test' })
    if (!imported.imported) throw new Error(`${journey} cannot be read`)
    // No Temporal Schedules: these tests bring leads in by test runs and by hand.
    const deps = { db: engine.db, registry: createStepRegistry(), schedules: null }
    const { published } = await publishJourney(deps, { journey, actor: 'test' })
    if (!published) throw new Error(`${journey} cannot be published`)
  }
  return engine
}

export interface TemplateLead {
  fields?: Record<string, FieldValue>
  stage?: Stage
  /** Events before the run: how many of each type. */
  did?: Record<string, number>
}

/** Test leads by name, on one clock that stands at `start`. */
export interface TemplateRun {
  id: string
  clock: LeadClock
  leadIds: Record<string, string>
}

/** Makes the leads. All have an address unless their fields say otherwise; their events are a month old and older. */
export async function createTemplateRun(
  { db }: TestEngine,
  start: string,
  leads: Record<string, TemplateLead>,
  speed = 2_000_000,
): Promise<TemplateRun> {
  const virtualStart = Date.parse(start)
  const { id, clock } = await createTestRun(db, { name: 'template', virtualStart, speed })
  const names = Object.keys(leads)
  const library = await readLibrary(db)
  const leadIds = await db.transaction(async (tx) => {
    const { rows } = await upsertLeads(
      tx,
      Object.entries(leads).map(([name, { fields, stage }]) => ({
        externalId: name,
        fields: { email: `${name}@x.example`, first_name: name, zone: 'Europe/London', ...fields },
        ...(stage === undefined ? {} : { stage }),
        test: { runId: id, clock },
      })),
      { library, actor: 'test', enroll: false },
    )
    const ids = Object.fromEntries(names.map((name, index) => [name, rows[index]?.leadId ?? '']))
    const events = Object.entries(leads).flatMap(([name, { did = {} }]) =>
      Object.entries(did).flatMap(([type, count]) =>
        Array.from({ length: count }, (_, index) => ({
          lead: { id: ids[name] },
          type,
          occurredAt: virtualStart - (30 + index * 7) * 86_400_000,
        })),
      ),
    )
    await ingestEvents(tx, events, { library, enroll: false })
    return ids
  })
  return { id, clock, leadIds }
}

/** Lets the run's clock go on to an instant and waits until everything due by then has happened. */
export async function advance(engine: TestEngine, run: TemplateRun, to: string): Promise<void> {
  const at = Date.parse(to)
  await engine.poker.poke(await moveRunClock(engine.db, run.id, at))
  const [row] = await engine.db.execute<{ clock: LeadClock }>(sql`select clock from test_runs where id = ${run.id}`)
  const realAt = toRealTime(row?.clock ?? run.clock, at)
  await until(
    `the run has settled at ${to}`,
    async () =>
      Date.now() >= realAt && Object.values(await readBacklog(engine.db, run.id, at)).every((count) => count === 0),
    90,
  )
}

/** What a test asserts about one lead, from Postgres alone. */
export interface LeadOutcome {
  stage: string
  attention: string
  tags: string[]
  suppressed: string[]
  /** Latest enrollment per journey: where it stands or how it ended. */
  journeys: Record<string, { status: string; step: string; goalMet: boolean; reason: string | null }>
  /** `channel status[:reason] asset-or-subject`, oldest first. */
  messages: string[]
  /** `kind status[:outcome]`, oldest first. */
  tasks: string[]
}

/** Reads the outcome of every lead of the run, by name. */
export async function readOutcomes({ db }: TestEngine, run: TemplateRun): Promise<Record<string, LeadOutcome>> {
  const rows = await db.execute<{ name: string } & Record<keyof LeadOutcome, unknown>>(sql`
    select l.first_name as name, l.stage, l.attention,
           array(select tag from lead_tags t where t.lead_id = l.id order by tag) as tags,
           array(select s.channel::text from suppressions s where s.lead_id = l.id order by 1) as suppressed,
           coalesce((select jsonb_object_agg(e.key, e.stands) from (
             select distinct on (j.key) j.key, jsonb_build_object('status', en.status, 'step', en.step_id,
                    'goalMet', en.goal_met, 'reason', en.exit_reason) as stands
               from enrollments en join journeys j on j.id = en.journey_id
              where en.lead_id = l.id order by j.key, en.entered_at desc, en.id desc) e), '{}') as journeys,
           array(select d.channel || ' ' || d.status || coalesce(':' || d.reason, '') || ' ' || coalesce(d.asset_lineage, d.content->>'subject', '')
                   from deliveries d where d.lead_id = l.id and d.purpose <> 'internal' order by d.queued_at, d.id) as messages,
           array(select t.kind || ' ' || t.status || coalesce(':' || t.outcome, '')
                   from tasks t where t.lead_id = l.id order by t.created_for, t.id) as tasks
      from leads l where l.test_run_id = ${run.id}`)
  return Object.fromEntries(rows.map(({ name, ...outcome }) => [name, outcome as LeadOutcome]))
}
