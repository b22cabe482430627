/**
 * The living demo: a made-up year of leads as test leads on one fast clock, the four example journeys, some leads under
 * way at once. Written once; nothing of it can reach anybody, since test leads only ever get the built-in mailbox.
 */
import { readFile, readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { eq } from 'drizzle-orm'
import { enrollMatching } from '#activities/enrollments/enroll-matching.ts'
import { createEntrySchedules, type EntrySchedules } from '#activities/entry/schedules.ts'
import { startTestRun } from '#activities/entry/test-run.ts'
import { importJourneyFile } from '#activities/journeys/journey-files.ts'
import { publishJourney } from '#activities/journeys/publish.ts'
import { createPoker, type Poker } from '#activities/poker.ts'
import { createDatabase, type Database, type DatabaseHandle } from '#db/client.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { createTestRun, findTestRun } from '#db/repositories/test-runs.ts'
import type { LeadClock } from '#db/schema/leads.ts'
import { settings } from '#db/schema/library.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { nextLocalTime } from '#engine/schedule/next.ts'
import { createStepRegistry, type StepRegistry } from '#engine/steps/catalogue.ts'
import { loadConfig } from '../config.ts'
import { createDataConverter } from '../payload-codec.ts'
import { loadStepRegistry } from '../step-registry.ts'
import { seedColleagues } from './colleagues.ts'
import { generateYear, type YearOptions } from './generate.ts'
import { writeDemoLeads } from './write-leads.ts'

export interface DemoDependencies {
  database: Pick<DatabaseHandle, 'db'>
  poker: Poker
  client: Client
  schedules: EntrySchedules
  /** @default the built-in steps */
  registry?: StepRegistry
  now: () => number
  say: (message: string) => void
  /** Isolates test runs that share a server. */
  queuePrefix?: string
}

export interface DemoOptions extends Partial<Omit<YearOptions, 'endsAt'>> {
  /**
   * Virtual seconds per second. @default 1200: a Friday comes every eight minutes. Each brings thousands of invitations,
   * which take a small machine a minute or two; faster, and it would do nothing else.
   */
  speed?: number
}

const actor = 'demo'
/** `{ testRunId, isWhole }`: a start that was interrupted goes on with the same run, whose leads it then finds. */
const seededKey = 'demo_seeded'
const yearMs = 365 * 86_400_000
/** Before the first Friday morning, so that its sweeps fire within seconds. */
const leadTimeMs = 20 * 60_000

/** Makes the demo, unless it is there. Takes seconds; safe to run again after a kill. */
export async function seedDemo(
  deps: DemoDependencies,
  options: DemoOptions = {},
): Promise<{ seeded: boolean; leads: number }> {
  const { db } = deps.database
  const { speed = 1200, ...year } = options
  const run = await beginDemo(db, deps.now(), speed)
  if (run === null) return { seeded: false, leads: 0 }
  await introduceCompany(db)
  await seedColleagues(db, actor)
  const journeys = await publishExamples(deps)
  const { virtualStart } = run.clock
  const leads = generateYear({ seed: 2026, ...year, endsAt: virtualStart })
  await writeDemoLeads(db, leads, run)
  deps.say(`Demo: ${String(leads.length)} invented test leads and ${String(journeys.length)} journeys`)
  await enrolSome(deps, run.id)
  await startTestRun(deps.client, {
    testRunId: run.id,
    until: virtualStart + yearMs,
    ...(deps.queuePrefix === undefined ? {} : { queuePrefix: deps.queuePrefix }),
  })
  await db
    .update(settings)
    .set({ value: { testRunId: run.id, isWhole: true } })
    .where(eq(settings.key, seededKey))
  return { seeded: true, leads: leads.length }
}

/** The demo's test run: a new one, or that of an interrupted start; null when the demo is whole. */
async function beginDemo(db: Database, now: number, speed: number): Promise<{ id: string; clock: LeadClock } | null> {
  return db.transaction(async (tx) => {
    const [known] = await tx.select().from(settings).where(eq(settings.key, seededKey))
    const { testRunId, isWhole } = (known?.value ?? {}) as { testRunId?: string; isWhole?: boolean }
    if (isWhole === true) return null
    const begun = testRunId === undefined ? null : await findTestRun(tx, testRunId)
    if (begun !== null) return begun
    const friday = nextLocalTime({ after: now, zone: 'Europe/London', days: ['fri'], time: '08:30' })
    const run = await createTestRun(tx, { name: 'Demo: a year of leads', virtualStart: friday - leadTimeMs, speed })
    await tx.insert(settings).values({ key: seededKey, value: { testRunId: run.id, isWhole: false } })
    return run
  })
}

/** An invented company, so that mails and pages look like somebody's; one that has said who it is stays who it is. */
async function introduceCompany(db: Database): Promise<void> {
  const [known] = await db.select().from(settings).where(eq(settings.key, 'company_profile'))
  if (known !== undefined) return
  const profile = companyProfileSchema.parse({
    name: 'Meridian Courses',
    postalAddress: 'Meridian Courses Ltd\n14 Harbour Lane\nBristol BS1 5TY\nUnited Kingdom',
    website: 'https://meridian.example',
    privacyUrl: 'https://meridian.example/privacy',
    accentColour: '#0f766e',
    from: { name: 'Mara at Meridian Courses', email: 'mara@meridian.example' },
  })
  await db.transaction((tx) => saveCompanyProfile(tx, { profile, actor }))
}

/** Brings in and publishes the example journeys. Returns their keys. */
async function publishExamples({
  database: { db },
  schedules,
  registry = createStepRegistry(),
}: DemoDependencies): Promise<string[]> {
  const folder = new URL('../../examples/journeys/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  const keys: string[] = []
  for (const name of names) {
    const imported = await importJourneyFile({ db }, JSON.parse(await readFile(new URL(name, folder), 'utf8')), {
      actor,
    })
    if (!imported.imported)
      throw new Error(`The example journey ${name} cannot be read: ${imported.issues[0]?.message ?? ''}`)
    keys.push(imported.key)
  }
  for (const journey of keys) {
    const result = await publishJourney({ db, registry, schedules }, { journey, actor, note: 'The example as shipped' })
    if (!result.published)
      throw new Error(`The example journey "${journey}" cannot be published: ${result.issues[0]?.message ?? ''}`)
  }
  return keys
}

/** A few leads under way before the first Friday, so that the page shows life at once. */
async function enrolSome({ database: { db }, poker }: DemoDependencies, testRunId: string): Promise<void> {
  const common = { entryKey: 'demo', actor, testRunId }
  await enrollMatching(
    { db, poker },
    {
      ...common,
      journey: 'win-back-survey',
      rule: { kind: 'in_segment', segment: 'several-interactions-never-bought' },
      limit: 150,
    },
  )
  await enrollMatching(
    { db, poker },
    {
      ...common,
      journey: 'instant-thank-you',
      rule: { kind: 'compare', field: 'stage', op: 'is', value: 'new' },
      limit: 30,
    },
  )
}

async function main(): Promise<void> {
  const config = loadConfig()
  if (config.databaseUrl === undefined || config.temporalAddress === undefined) {
    throw new Error('The demo needs DATABASE_URL and TEMPORAL_ADDRESS; `npm start` sets both for you.')
  }
  const database = createDatabase(config.databaseUrl, { max: 4, applicationName: 'trellis-demo' })
  const connection = await Connection.connect({ address: config.temporalAddress })
  const client = new Client({
    connection,
    namespace: config.temporalNamespace,
    ...createDataConverter(config.payloadKey),
  })
  try {
    await seedDemo({
      database,
      client,
      poker: createPoker(client),
      schedules: createEntrySchedules(client, { db: database.db }),
      registry: await loadStepRegistry((problem) => process.stderr.write(`${problem}\n`)),
      now: Date.now,
      say: (message) => process.stdout.write(`${message}\n`),
    })
  } finally {
    await connection.close()
    await database.close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  })
}
