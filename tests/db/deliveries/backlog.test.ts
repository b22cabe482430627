import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Admission } from '#db/repositories/delivery-claims.ts'
import { claim, enrolled, openWorld, queued, setPolicy, type World } from './given.ts'

const drips = 100_000
let world: World
beforeAll(async () => {
  world = await openWorld()
  await setPolicy(world, {})
  const { leadId, enrollmentId } = await enrolled(world)
  // One lead for all of them: the claim looks at the queue alone, and a second lead is what it must find.
  await world.db.execute(sql`
    insert into deliveries (id, lead_id, enrollment_id, journey_id, step_id, visit, channel, purpose, status, content,
                            priority, queued_at, counted_at, claimable_at, recipient_domain)
    select gen_random_uuid(), ${leadId}, ${enrollmentId}, ${world.journeyId}, 'drip', n, 'email', 'nurture', 'queued',
           '{"subject": "Drip", "body": "Drip"}', 3, at, at, at, 'gmail.com'
    from generate_series(1, ${drips}) n, lateral (select now() - interval '1 hour' + n * interval '10 milliseconds' as at) t`)
  await world.db.execute(sql`vacuum analyze deliveries`)
})
afterAll(() => world.close())

const idsOf = ({ claimed }: Awaited<ReturnType<typeof claim>>) => claimed.map(({ delivery }) => delivery.id)
const putBack = () => world.db.execute(sql`update deliveries set status = 'queued' where status = 'sending'`)

describe('behind a hundred thousand drips', () => {
  test('a thank-you is first in the next batch, before drips that have waited for an hour', async () => {
    const thanks = await queued(world, await enrolled(world), { priority: 1, purpose: 'transactional' })
    const oldest = await world.db.execute<{ id: string }>(
      sql`select id from deliveries where step_id = 'drip' order by claimable_at limit 9`,
    )
    expect(idsOf(await claim(world, { limit: 10 }))).toEqual([thanks, ...oldest.map((row) => row.id)])
    await putBack()
  })

  test('of a domain that is full, a message to another one is found at once, and none of the drips is touched', async () => {
    const other = await queued(world, await enrolled(world, { lead: { email: 'ada@yahoo.example' } }), { priority: 5 })
    await world.db.execute(sql`insert into settings (key, value) values ('live_sending', 'true')`)
    const asked: (string | null)[] = []
    const admission: Admission = {
      fullDomains: () => (asked.includes('gmail.com') ? ['gmail.com'] : []),
      isFull: () => false,
      take(domain) {
        asked.push(domain)
        return domain !== 'gmail.com'
      },
      giveBack: () => undefined,
    }
    const before = await world.db.execute(
      sql`select sum(xmin::text::bigint) as sum from deliveries where step_id = 'drip'`,
    )
    const claimed = idsOf(await claim(world, { limit: 10, admission }))
    expect(claimed).toContain(other)
    // Asked once per row of the first look, not a hundred thousand times.
    expect(asked.filter((domain) => domain === 'gmail.com').length).toBeLessThanOrEqual(10)
    expect(
      await world.db.execute(sql`select sum(xmin::text::bigint) as sum from deliveries where step_id = 'drip'`),
    ).toEqual(before)
    // It must not read a hundred thousand rows to pass over them: the index tells their domain.
    const plan = await world.db.execute<{ 'QUERY PLAN': string }>(sql`
      explain select id, lead_id, recipient_domain, priority, claimable_at, not is_test from deliveries
      where status = 'queued' and channel = 'email' and priority = 3 and claimable_at <= now()
        and not (not is_test and coalesce(recipient_domain = any(array['gmail.com']), false))
      order by claimable_at limit 10`)
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Only Scan using deliveries_claim/)
  })
})
