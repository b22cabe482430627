/** A running engine for a test: its own database and task queues, on the servers of the run. */
import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Definition, DefinitionStep } from '#engine/definition/types.ts'
import { settingsSchema, type Tries } from '#engine/graph/schema.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import type { Trigger } from '#engine/steps/entry.ts'
import type { Performer } from '#activities/effects/performer.ts'
import { ensureMailrooms } from '#activities/mailroom/ensure-mailrooms.ts'
import { createPoker, type Poker } from '#activities/poker.ts'
import type { TurnDependencies } from '#activities/turn/turn.ts'
import { createDatabase, type Database, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { addInputs, type AddressedInput, type LeadInput } from '#db/repositories/inputs.ts'
import { leadInputs } from '#db/schema/inputs.ts'
import { enrollments, journeys, journeyVersions } from '#db/schema/journeys.ts'
import { leads, type LeadClock } from '#db/schema/leads.ts'
import { createEngineActivities, type EngineParts } from '#server/engine-activities.ts'
import { startEngine, type Engine } from '#server/engine.ts'
import { leadWorkflowId } from '#workflows/messages.ts'
import { createTestDatabase } from './database.ts'
import { temporalAddress } from './temporal.ts'

export interface TestEngine {
  db: Database
  handle: DatabaseHandle
  databaseUrl: string
  client: Client
  poker: Poker
  queuePrefix: string
  /** Starts (again) the worker; `overrides` reach the turn, e.g. its failpoints. */
  startWorker(overrides?: Partial<TurnDependencies>): Promise<void>
  stopWorker(): Promise<void>
  stop(): Promise<void>
}

export interface TestEngineOptions {
  /** Step types beside the built-in ones. */
  steps?: StepType[]
  /** What custom steps' effects do. */
  performers?: Performer[]
  /** In place of the custom queue's own activities. */
  activities?(parts: { db: Database }): { custom: object }
  /** In place of the mailroom's own, e.g. a provider. */
  mailroom?: Partial<EngineParts['mailroom']>
  /** Leave messages queued. @default false */
  withoutMailroom?: boolean
  /** Activities of the segments queue. */
  segments?(parts: { db: Database; poker: Poker; client: Client; queuePrefix: string }): object
  /** False: the test starts the worker itself. @default true */
  start?: boolean
  /** A migrated database to use and leave; outside vitest there is no other way. @default one of its own, dropped at the end */
  databaseUrl?: string
  /** Another Temporal server than the one of the run. */
  address?: string
  /** Spans of the worker's workflows and activities. */
  tracing?: Parameters<typeof startEngine>[0]['tracing']
  /** How payloads are sealed. */
  dataConverter?: DataConverter
}

/** Once per process: errors only, and vitest keeps its signals. */
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] })

/** Starts an engine; call `stop` when done. */
export async function createTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const { databaseUrl } = options
  const database =
    databaseUrl === undefined ? await createTestDatabase() : { url: databaseUrl, drop: () => Promise.resolve() }
  const handle = createDatabase(database.url, { max: 10 })
  const turns = createDatabase(database.url, { max: 10, prepare: true })
  const address = options.address ?? temporalAddress()
  const converter = options.dataConverter ? { dataConverter: options.dataConverter } : {}
  const connection = await Connection.connect({ address })
  const native = await NativeConnection.connect({ address })
  const client = new Client({ connection, ...converter })
  const queuePrefix = `${randomUUID().slice(0, 8)}-`
  const poker = createPoker(client, { queuePrefix })
  const registry = createStepRegistry(options.steps ?? [])
  let worker: Engine | null = null
  const engine: TestEngine = {
    db: handle.db,
    handle,
    databaseUrl: database.url,
    client,
    poker,
    queuePrefix,
    async startWorker(overrides = {}) {
      const { leads, mailroom, custom } = createEngineActivities({
        db: handle.db,
        poker,
        queuePrefix,
        stepType: (type) => registry.get(type),
        performers: options.performers ?? [],
        mailroom: {
          links: { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) },
          highWater: null,
          idleMs: 50,
          ...options.mailroom,
        },
        log: { info() {}, warn() {} },
        turn: { db: turns.db, ...overrides },
      })
      const segments = options.segments?.({ db: handle.db, poker, client, queuePrefix })
      worker = await startEngine({
        connection: native,
        namespace: 'default',
        queuePrefix,
        activities: {
          leads,
          custom: options.activities?.({ db: handle.db }).custom ?? custom,
          ...(options.withoutMailroom ? {} : { mailroom }),
          ...(segments ? { segments } : {}),
        },
        maxCachedWorkflows: 500,
        ...(options.tracing ? { tracing: options.tracing } : {}),
        ...converter,
      })
      if (!options.withoutMailroom) await ensureMailrooms(client, { queuePrefix })
    },
    async stopWorker() {
      await worker?.stop()
      worker = null
    },
    async stop() {
      await engine.stopWorker()
      await native.close()
      await connection.close()
      await turns.close()
      await handle.close()
      await database.drop()
    },
  }
  if (options.start !== false) await engine.startWorker()
  return engine
}

/** Steps of a hand-made definition: `wait: ['wait', { duration: 'P1D' }, { next: 'mail' }]`. */
export type TestSteps = Record<
  string,
  [type: string, config: Record<string, unknown>, next?: Record<string, string>, tries?: Tries]
>

const builtIn = createStepRegistry()

export interface TestJourney {
  key?: string
  steps: TestSteps
  settings?: Record<string, unknown>
  needs?: Partial<Definition['needs']>
  watch?: Definition['watch']
  triggers?: Trigger[]
}

/** Publishes a definition as it is, past the compiler. The entry leads to the first step. */
export async function publishDefinition(db: Database, journey: TestJourney): Promise<string> {
  const id = newId()
  const [first] = Object.keys(journey.steps)
  const triggers: Trigger[] = journey.triggers ?? [{ id: 'manual', kind: 'manual' }]
  const steps: Record<string, DefinitionStep> = {
    entry: {
      type: 'entry',
      name: 'Entry',
      config: { triggers, enrolExisting: false },
      next: first === undefined ? {} : { next: first },
    },
  }
  for (const [stepId, [type, config, next, tries]] of Object.entries(journey.steps)) {
    const known = builtIn.get(type)
    steps[stepId] = {
      type,
      name: stepId,
      config: (known?.config.parse(config) ?? config) as Record<string, unknown>,
      next: next ?? {},
      ...(tries === undefined ? {} : { tries }),
    }
  }
  const settings = settingsSchema.parse({ reenrollment: { policy: 'always' }, spreadMinutes: 0, ...journey.settings })
  const definition: Definition = {
    format: 1,
    entry: 'entry',
    triggers,
    steps,
    settings,
    segments: [],
    needs: { events: [], surveys: [], deliveries: true, received: true, ...journey.needs },
    watch: journey.watch ?? [],
  }
  await db.insert(journeys).values({
    id,
    key: journey.key ?? `journey-${id.slice(-8)}`,
    name: 'Test journey',
    status: 'live',
    liveVersion: 1,
    draftGraph: { format: 1, nodes: [], edges: [], settings },
    draftLayout: { positions: {}, notes: [] },
  })
  await db.insert(journeyVersions).values({
    journeyId: id,
    version: 1,
    hash: id,
    graph: { format: 1, nodes: [], edges: [], settings },
    layout: { positions: {}, notes: [] },
    definition,
    publishedBy: 'test',
  })
  return id
}

/** A virtual clock that starts now at `from` and runs `speed` times as fast (86 400 = a day per second). */
export function fastClock(from: string, speed: number): LeadClock {
  return { realStart: Date.now(), virtualStart: Date.parse(from), speed }
}

/** A lead with an address; a test lead when it has a clock. */
export async function addLead(db: Database, fields: Partial<typeof leads.$inferInsert> = {}): Promise<string> {
  const id = newId()
  await db
    .insert(leads)
    .values({ id, email: `lead-${id}@example.test`, firstName: 'Ada', isTest: fields.clock !== undefined, ...fields })
  return id
}

/** Writes inputs and pokes, as every sender does. */
export async function send(engine: TestEngine, leadId: string, at: number, ...inputs: LeadInput[]): Promise<void> {
  const rows: AddressedInput[] = inputs.map((input) => ({ leadId, at, input }))
  await engine.db.transaction((tx) => addInputs(tx, rows, 1))
  await engine.poker.poke([leadId])
}

/** Enrols a lead by hand. */
export async function enrol(
  engine: TestEngine,
  leadId: string,
  journeyId: string,
  at: number,
  entryKey: string = randomUUID(),
): Promise<void> {
  await send(engine, leadId, at, { kind: 'enroll', journeyId, triggerId: 'manual', entryKey })
}

/** Polls until the condition holds; fails after `seconds` with what was being waited for. */
export async function until(what: string, condition: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Until no enrollment of these leads is active and no input is unconsumed. */
export async function untilFinished(engine: TestEngine, leadIds: string[], seconds = 60): Promise<void> {
  await until(
    'the leads have finished',
    async () => {
      // Inputs first: a turn that consumes one in between shows in the second look.
      const waiting = await engine.db
        .select({ id: leadInputs.id })
        .from(leadInputs)
        .where(and(inArray(leadInputs.leadId, leadIds), isNull(leadInputs.consumedAt)))
        .limit(1)
      const open = await engine.db
        .select({ id: enrollments.id })
        .from(enrollments)
        .where(and(inArray(enrollments.leadId, leadIds), eq(enrollments.status, 'active')))
        .limit(1)
      return open.length === 0 && waiting.length === 0
    },
    seconds,
  )
}

/** Event names of the lead's latest run, in order (`workflowExecutionSignaled`, `timerStarted`…). */
export async function historyOf(engine: TestEngine, leadId: string): Promise<string[]> {
  const history = await engine.client.workflow.getHandle(leadWorkflowId(leadId)).fetchHistory()
  return (history.events ?? []).map((event) => {
    const key = Object.keys(event).find((name) => name.endsWith('EventAttributes'))
    return key?.replace('EventAttributes', '') ?? 'unknown'
  })
}
