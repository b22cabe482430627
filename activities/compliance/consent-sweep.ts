/**
 * Consents that run out soon, or have: told to journeys as events, so that one can ask to renew and another can act on the
 * end (CASL s. 10(10): implied consents last 2 years or 6 months). Looked at with the other things that time alone brings.
 */
import { sql } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { databaseNow } from '#db/repositories/lead-locks.ts'
import { transact } from '#db/transact.ts'
import type { Library } from '#engine/library.ts'
import { addDuration } from '#engine/schedule/duration.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import type { Poker } from '../poker.ts'

/** What has run out for longer (a server that was away, a ledger that was imported) is old news. */
const catchupMs = 7 * 86_400_000
const chunkSize = 500

type Row = { id: string; lead_id: string; purpose: string; channel: string; basis: string; expires_at: number }

/**
 * Records `consent_expiring` once per ledger line, as long before its end as the policy says, and `consent_expired` once at
 * its end, of real leads whose latest word it is. Repeating it finds nothing left.
 */
export async function sweepConsents(
  { db, poker }: { db: Database; poker: Poker },
  library: Library,
): Promise<{ told: number }> {
  const [clock] = await db.execute<{ now: number }>(sql`select ${databaseNow} as now`)
  const now = clock?.now ?? 0
  const horizon = addDuration(now, library.policy.consentNotice, library.policy.zone)
  let told = 0
  for (const [type, from, until] of [
    [builtInEvents.consentExpiring, now, horizon],
    [builtInEvents.consentExpired, now - catchupMs, now],
  ] as const) {
    for (;;) {
      const rows = await findEnding(db, type, new Date(from), new Date(until))
      if (rows.length > 0) {
        const { leadIds } = await transact(db, (tx) =>
          ingestEvents(
            tx,
            rows.map((row) => ({
              lead: { id: row.lead_id },
              type,
              occurredAt: type === builtInEvents.consentExpired ? row.expires_at : now,
              properties: {
                purpose: row.purpose,
                channel: row.channel,
                basis: row.basis,
                expires_at: new Date(row.expires_at).toISOString(),
              },
              dedupeKey: dedupeKey(row.id, type),
            })),
            { library, priority: 4 },
          ),
        )
        await poker.poke(leadIds, { priority: 4 })
        told += rows.length
      }
      if (rows.length < chunkSize) break
    }
  }
  return { told }
}

function dedupeKey(consentId: string, type: string): string {
  return `consent:${consentId}:${type}`
}

async function findEnding(db: Database, type: string, from: Date, until: Date): Promise<Row[]> {
  const rows = await db.execute<Row>(sql`
    select c.id::text as id, c.lead_id, c.purpose, c.channel, c.basis,
           (extract(epoch from c.expires_at) * 1000)::float8 as expires_at
      from consents c join leads l on l.id = c.lead_id
     where c.expires_at > ${from.toISOString()}::timestamptz and c.expires_at <= ${until.toISOString()}::timestamptz
       and c.state = 'granted' and not l.is_test and l.erased_at is null and l.merged_into is null
       and not exists (select 1 from consents later where later.lead_id = c.lead_id and later.purpose = c.purpose
                         and later.channel = c.channel and later.id > c.id)
       and not exists (select 1 from events e where e.dedupe_key = 'consent:' || c.id::text || ':' || ${type})
     order by c.expires_at limit ${sql.raw(String(chunkSize))}`)
  return [...rows]
}
