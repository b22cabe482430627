/** Turns without Temporal: a database, journeys as they are written, and leads whose clock stands where a test puts it. */
import { randomUUID } from 'node:crypto'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { createDatabase, type Database } from '#db/client.ts'
import { addInputs, type LeadInput } from '#db/repositories/inputs.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { effects, leadInputs, leadPokes } from '#db/schema/inputs.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { leads, type LeadClock } from '#db/schema/leads.ts'
import { tasks } from '#db/schema/tasks.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { StepType } from '#engine/steps/contract.ts'
import type { TurnInput, TurnResult } from '#activities/contract.ts'
import { createDefinitionCache } from '#activities/turn/definitions.ts'
import { runTurn } from '#activities/turn/turn.ts'
import { createTestDatabase } from '../../support/database.ts'
import { addLead } from '../../support/engine.ts'

export interface TurnWorld {
  db: Database
  url: string
  close(): Promise<void>
}

export async function openTurnWorld(): Promise<TurnWorld> {
  const database = await createTestDatabase()
  const handle = createDatabase(database.url, { max: 8 })
  return {
    db: handle.db,
    url: database.url,
    async close() {
      await handle.close()
      await database.drop()
    },
  }
}

/** A clock that shows an instant, and stands there. */
export function stoppedAt(iso: string): LeadClock {
  return { realStart: 0, virtualStart: 0, speed: 1, until: Date.parse(iso) }
}

/** A test lead at an instant. */
export function leadAt(db: Database, iso: string, fields: Parameters<typeof addLead>[1] = {}): Promise<string> {
  return addLead(db, { clock: stoppedAt(iso), ...fields })
}

/** Lets a lead's clock show another instant. */
export async function moveClock(db: Database, leadId: string, iso: string): Promise<void> {
  await db
    .update(leads)
    .set({ clock: stoppedAt(iso) })
    .where(eq(leads.id, leadId))
}

/** Writes inputs at an instant, as every sender does. */
export async function input(db: Database, leadId: string, iso: string, ...inputs: LeadInput[]): Promise<void> {
  await db.transaction((tx) =>
    addInputs(
      tx,
      inputs.map((one) => ({ leadId, at: Date.parse(iso), input: one })),
    ),
  )
}

export async function enrolAt(db: Database, leadId: string, journeyId: string, iso: string): Promise<void> {
  await input(db, leadId, iso, { kind: 'enroll', journeyId, triggerId: 'manual', entryKey: randomUUID() })
}

export interface TurnOptions extends Partial<TurnInput> {
  careful?: boolean
  /** Inside the transaction, when everything is written. */
  beforeCommit?: () => Promise<void>
  steps?: StepType[]
}

const caches = new WeakMap<
  Database,
  { definitions: ReturnType<typeof createDefinitionCache>; libraries: ReturnType<typeof createLibraryCache> }
>()

/** One turn, committed. */
export async function turn(db: Database, leadId: string, options: TurnOptions = {}): Promise<TurnResult> {
  const { careful = false, steps = [], beforeCommit, ...given } = options
  const registry = createStepRegistry(steps)
  const kept = caches.get(db) ?? { definitions: createDefinitionCache(), libraries: createLibraryCache() }
  caches.set(db, kept)
  return db.transaction(async (tx) => {
    const dependencies = { db, stepType: (type: string) => registry.get(type) }
    const machinery = { dependencies, ...kept, careful }
    const result = await runTurn(tx, machinery, {
      leadId,
      firedFor: null,
      failedEffects: [],
      hasFailed: false,
      ...given,
    })
    await beforeCommit?.()
    return result
  })
}

/** The lead's clock moves on, and its turn is run. */
export async function turnAt(
  db: Database,
  leadId: string,
  iso: string,
  options: TurnOptions = {},
): Promise<TurnResult> {
  await moveClock(db, leadId, iso)
  return turn(db, leadId, options)
}

export async function enrollmentsOf(db: Database, leadId: string) {
  return db.select().from(enrollments).where(eq(enrollments.leadId, leadId)).orderBy(asc(enrollments.id))
}

export async function enrollmentOf(db: Database, leadId: string, journeyId?: string) {
  const rows = await enrollmentsOf(db, leadId)
  const found = rows.find((row) => journeyId === undefined || row.journeyId === journeyId)
  if (found === undefined) throw new Error('The lead is in no such journey.')
  return found
}

/** `step port @ MM-DDTHH:MM` for each visit that ended. */
export async function logOf(db: Database, leadId: string): Promise<string[]> {
  const rows = await db.select().from(stepLog).where(eq(stepLog.leadId, leadId)).orderBy(asc(stepLog.id))
  return rows.map((row) => `${row.stepId} ${row.port ?? 'end'} @ ${row.leftAt.toISOString().slice(5, 16)}`)
}

export async function messagesOf(db: Database, leadId: string): Promise<string[]> {
  const rows = await db.select().from(deliveries).where(eq(deliveries.leadId, leadId)).orderBy(asc(deliveries.id))
  return rows.map((row) => `${row.stepId}:${String(row.visit)} ${row.status}`)
}

export async function tasksOf(db: Database, leadId: string): Promise<string[]> {
  const rows = await db.select().from(tasks).where(eq(tasks.leadId, leadId)).orderBy(asc(tasks.id))
  return rows.map((row) => `${row.stepId}:${String(row.visit)} ${row.status}`)
}

export async function effectsOf(db: Database, leadId: string) {
  return db.select().from(effects).where(eq(effects.leadId, leadId)).orderBy(asc(effects.id))
}

/** What was said of each consumed input; `undefined` of one that is still to come. */
export async function outcomesOf(db: Database, leadId: string): Promise<(string | null | undefined)[]> {
  const rows = await db.select().from(leadInputs).where(eq(leadInputs.leadId, leadId)).orderBy(asc(leadInputs.id))
  return rows.map((row) => (row.consumedAt === null ? undefined : row.outcome))
}

export async function unconsumed(db: Database, leadId: string): Promise<number> {
  const rows = await db
    .select({ id: leadInputs.id })
    .from(leadInputs)
    .where(and(eq(leadInputs.leadId, leadId), isNull(leadInputs.consumedAt)))
  return rows.length
}

export async function hasPoke(db: Database, leadId: string): Promise<boolean> {
  return (await db.select().from(leadPokes).where(eq(leadPokes.leadId, leadId))).length > 0
}
