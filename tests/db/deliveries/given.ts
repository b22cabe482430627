/** A journey, leads in it and messages in the ledger, for the tests of this folder. */
import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { VirtualClock } from '#engine/clock.ts'
import { companyProfileSchema } from '#engine/company.ts'
import { runMailroom, type MailroomDependencies } from '#activities/mailroom/run-mailroom.ts'
import { createDatabase, type Database, type DatabaseHandle } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { saveCompanyProfile } from '#db/repositories/company-profile.ts'
import { insertDelivery, linkCountedEvent, type NewDelivery } from '#db/repositories/deliveries.ts'
import { claimBatch, type Claim, type ClaimRequest } from '#db/repositories/delivery-claims.ts'
import { createSettingsCache } from '#db/repositories/gate-facts.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { deliveries } from '#db/schema/deliveries.ts'
import { events, eventTotals } from '#db/schema/events.ts'
import { enrollments } from '#db/schema/journeys.ts'
import { settings } from '#db/schema/library.ts'
import { createTestDatabase } from '../../support/database.ts'
import { addLead, publishDefinition } from '../../support/engine.ts'

export interface World {
  handle: DatabaseHandle
  db: Database
  url: string
  journeyId: string
  close(): Promise<void>
}

export async function openWorld({
  databaseUrl,
  ...journey
}: {
  settings?: Record<string, unknown>
  /** A migrated database to use and leave. @default one of its own, dropped at the end */
  databaseUrl?: string
} = {}): Promise<World> {
  const database =
    databaseUrl === undefined ? await createTestDatabase() : { url: databaseUrl, drop: () => Promise.resolve() }
  const handle = createDatabase(database.url, { max: 20 })
  const journeyId = await publishDefinition(handle.db, {
    steps: { mail: ['send_email', { subject: 'Hello', body: 'Hello' }] },
    ...journey,
  })
  // Real mail needs a sender and a postal address.
  const profile = companyProfileSchema.parse({
    from: { email: 'hello@company.example' },
    postalAddress: '1 High Street',
  })
  await saveCompanyProfile(handle.db, { profile, actor: 'test' })
  return {
    handle,
    db: handle.db,
    url: database.url,
    journeyId,
    async close() {
      await handle.close()
      await database.drop()
    },
  }
}

/** A contact policy without caps, so that a test adds what it is about. */
export async function setPolicy({ db }: World, policy: Record<string, unknown>): Promise<void> {
  const value = { caps: [], ...policy } as never
  await db
    .insert(settings)
    .values({ key: 'contact_policy', value })
    .onConflictDoUpdate({ target: settings.key, set: { value } })
}

export interface Enrolled {
  leadId: string
  enrollmentId: string
  clock: VirtualClock | null
}

/** A lead with an address, and its active enrollment. */
export async function enrolled(
  { db, journeyId }: World,
  options: {
    lead?: Parameters<typeof addLead>[1]
    status?: 'active' | 'paused' | 'parked' | 'completed' | 'exited'
    dependsOn?: string[]
    leadId?: string
  } = {},
): Promise<Enrolled> {
  const leadId = options.leadId ?? (await addLead(db, options.lead))
  const enrollmentId = newId()
  const status = options.status ?? 'active'
  await db.insert(enrollments).values({
    id: enrollmentId,
    leadId,
    journeyId,
    version: 1,
    status,
    stepId: 'mail',
    since: new Date(),
    state: {} as never,
    dependsOn: options.dependsOn ?? [],
    triggerId: 'manual',
    entryKey: randomUUID(),
    enteredAt: new Date(),
  })
  return { leadId, enrollmentId, clock: options.lead?.clock ?? null }
}

/** Queues a message of the enrollment, due for a second; `counts` records an invitation with it, as a turn does. */
export async function queued(
  { db, journeyId }: World,
  { leadId, enrollmentId, clock }: Enrolled,
  more: Partial<NewDelivery> & { counts?: boolean } = {},
): Promise<string> {
  const { counts = false, ...delivery } = more
  return db.transaction(async (tx) => {
    const queuedAt = delivery.queuedAt ?? Date.now() - 1000
    const { id } = await insertDelivery(tx, {
      leadId,
      enrollmentId,
      journeyId,
      stepId: 'mail',
      visit: 1,
      channel: 'email',
      purpose: 'nurture',
      content: { subject: 'Hello', body: 'Hello {{ lead.first_name }}' },
      decision: { verdict: 'queued' },
      priority: 3,
      assetLineage: null,
      countsAs: counts ? 'invited' : null,
      queuedAt,
      staleAt: null,
      clock,
      isTest: clock !== null,
      ...delivery,
    })
    if (counts) await linkCountedEvent(tx, id, await recordInvited(tx, leadId, new Date(queuedAt)))
    return id
  })
}

/** An `invited` event and its counter. */
export async function recordInvited(db: Pick<Database, 'insert'>, leadId: string, at: Date): Promise<number> {
  const [event] = await db
    .insert(events)
    .values({ leadId, type: 'invited', occurredAt: at })
    .returning({ id: events.id })
  await db
    .insert(eventTotals)
    .values({ leadId, type: 'invited', count: 1, firstAt: at, lastAt: at })
    .onConflictDoUpdate({
      target: [eventTotals.leadId, eventTotals.type],
      set: {
        count: sql`${eventTotals.count} + 1`,
        firstAt: sql`least(${eventTotals.firstAt}, excluded.first_at)`,
        lastAt: sql`greatest(${eventTotals.lastAt}, excluded.last_at)`,
      },
    })
  return event?.id ?? 0
}

export async function claim({ db }: World, request: Partial<ClaimRequest> = {}): Promise<Claim> {
  const caches = { library: createLibraryCache(), settings: createSettingsCache() }
  return claimBatch(db, caches, { channel: 'email', claimedBy: 'run-1', ...request })
}

export async function rowOf({ db }: World, id: string): Promise<typeof deliveries.$inferSelect> {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id))
  if (row === undefined) throw new Error(`There is no delivery "${id}".`)
  return row
}

/** `[status, reason]` of a delivery. */
export async function fateOf(world: World, id: string): Promise<[string, string | null]> {
  const { status, reason } = await rowOf(world, id)
  return [status, reason]
}

export async function totalsOf({ db }: World, leadId: string) {
  const [row] = await db.select().from(eventTotals).where(eq(eventTotals.leadId, leadId))
  return row === undefined ? null : { count: row.count, firstAt: row.firstAt.getTime(), lastAt: row.lastAt.getTime() }
}

/** Runs a mailroom in this process until `done`, then stops it and waits for its end. */
export async function withMailroom(
  world: Pick<World, 'db'>,
  options: Partial<MailroomDependencies>,
  done: (stop: AbortController) => Promise<unknown>,
  channel: 'email' | 'notification' = 'email',
): Promise<void> {
  const stop = new AbortController()
  const running = runMailroom(
    {
      db: world.db,
      poker: { poke: () => Promise.resolve({ failed: 0 }) },
      links: { baseUrl: 'https://leads.example.test', secret: 'x'.repeat(32) },
      highWater: null,
      idleMs: 20,
      ...options,
    },
    { channel, claimedBy: randomUUID(), signal: stop.signal },
  )
  try {
    const finished = done(stop)
    await Promise.race([finished, running])
    await finished
  } finally {
    stop.abort()
    await running
  }
}

/** How many deliveries there are by status. */
export async function statusesOf({ db }: World): Promise<Record<string, number>> {
  const rows = await db
    .select({ status: deliveries.status, n: sql<number>`count(*)::int` })
    .from(deliveries)
    .groupBy(deliveries.status)
  return Object.fromEntries(rows.map((row) => [row.status, row.n]))
}
