/** Leads with addresses and postcards in the ledger, and a mailroom for them. */
import { runMailroom, type MailroomDependencies } from '#activities/mailroom/run-mailroom.ts'
import { setLiveSending } from '#db/repositories/company-switches.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { enrolled, queued, type Enrolled, type World } from '../deliveries/given.ts'

export const noPoker = { poke: () => Promise.resolve({ failed: 0 }) }

const address = {
  lastName: 'Lovelace',
  addressLine1: '1 High Street',
  city: 'Leeds',
  postalCode: 'LS1 1AA',
  country: 'United Kingdom',
}

export async function turnLive({ db }: World): Promise<void> {
  await db.transaction((tx) => setLiveSending(tx, { on: true, actor: 'test' }))
}

/** A lead with a whole address, and a postcard queued for it. */
export async function cardFor(
  world: World,
  more: { lead?: Record<string, unknown>; content?: Partial<DeliveryContent>; dependsOn?: string[] } = {},
): Promise<Enrolled & { deliveryId: string }> {
  const lead = await enrolled(world, {
    lead: { ...address, ...more.lead },
    ...(more.dependsOn === undefined ? {} : { dependsOn: more.dependsOn }),
  })
  const content = {
    subject: 'Hello {{ lead.first_name }}',
    body: 'We miss you, {{ lead.first_name }}.',
    ...more.content,
  }
  return { ...lead, deliveryId: await queued(world, lead, { channel: 'postcard', content }) }
}

/** Runs the mailroom of postcards until `done`. */
export async function withPostcards(
  world: World,
  options: Partial<MailroomDependencies>,
  done: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const running = runMailroom(
    {
      db: world.db,
      poker: noPoker,
      links: { baseUrl: 'https://leads.example.org', secret: 'x'.repeat(32) },
      highWater: null,
      idleMs: 20,
      ...options,
    },
    { channel: 'postcard', claimedBy: `run-${String(Math.random())}`, signal: stop.signal },
  )
  const finished = done()
  await Promise.race([finished, running])
  await finished
  stop.abort()
  await running
}
