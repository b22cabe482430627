/**
 * Taking in events as one would write it by hand: a route of Express, the key looked up, one transaction that writes the
 * rows we write (leads, identities, events, counters, last activity, audit), set-based, without rules, merges or limits.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import express from 'express'
import type postgres from 'postgres'

interface Message {
  anonymousId: string
  event: string
  messageId: string
  timestamp: string
  properties: object
}

export function startBaseline(sql: postgres.Sql): Server {
  const app = express()
  app.use(express.json({ limit: '500kb' }))
  app.post('/v1/batch', async (request, response) => {
    const [user = ''] = Buffer.from((request.headers.authorization ?? '').split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':')
    const hash = createHash('sha256').update(user).digest('hex')
    const [key] = await sql`select prefix from api_keys where hash = ${hash} and revoked_at is null`
    if (key === undefined) return void response.status(401).end()
    const { batch } = request.body as { batch: Message[] }
    await sql.begin(async (tx) => {
      const ids = [...new Set(batch.map((message) => message.anonymousId))].sort()
      const fresh = ids.map((value) => ({ id: randomUUID(), value }))
      const given = tx`jsonb_to_recordset(${JSON.stringify(fresh)}::text::jsonb) as g(id uuid, value text)`
      const missing = await tx`
        insert into leads (id) select g.id from ${given} left join lead_identities i on i.kind = 'anonymous_id' and i.value = g.value
         where i.value is null returning id`
      if (missing.length > 0) {
        const made = missing.map((row) => String(row['id']))
        const kept = await tx`
          insert into lead_identities (kind, value, lead_id) select 'anonymous_id', value, id from ${given}
           where id in ${tx(made)} order by value on conflict do nothing returning lead_id`
        // Who lost a race for a name is nobody.
        const lost = made.filter((id) => !kept.some((row) => row['lead_id'] === id))
        if (lost.length > 0) await tx`delete from leads where id in ${tx(lost)}`
      }
      const rows = JSON.stringify(batch)
      const source = tx`jsonb_to_recordset(${rows}::text::jsonb) as b("anonymousId" text, event text, "messageId" text, timestamp timestamptz, properties jsonb)`
      await tx`select l.id from leads l join lead_identities i on i.lead_id = l.id
                where i.kind = 'anonymous_id' and i.value in ${tx(ids)} order by l.id for no key update of l`
      const inserted = await tx`
        insert into events (lead_id, type, occurred_at, properties, dedupe_key)
        select i.lead_id, b.event, b.timestamp, b.properties, b."messageId"
          from ${source} join lead_identities i on i.kind = 'anonymous_id' and i.value = b."anonymousId"
        on conflict (dedupe_key) do nothing returning id`
      await tx`
        insert into event_totals (lead_id, type, count, first_at, last_at)
        select i.lead_id, b.event, count(*), min(b.timestamp), max(b.timestamp)
          from ${source} join lead_identities i on i.kind = 'anonymous_id' and i.value = b."anonymousId"
         group by 1, 2 order by 1, 2
        on conflict (lead_id, type) do update set count = event_totals.count + excluded.count,
          first_at = least(event_totals.first_at, excluded.first_at), last_at = greatest(event_totals.last_at, excluded.last_at)`
      await tx`
        update leads set last_activity_at = latest.at
          from (select i.lead_id, max(b.timestamp) as at from ${source}
                  join lead_identities i on i.kind = 'anonymous_id' and i.value = b."anonymousId" group by 1) latest
         where leads.id = latest.lead_id and (last_activity_at is null or last_activity_at < latest.at)`
      await tx`insert into audit_log (actor, action, subject_kind, subject_id, after)
               values (${String(key['prefix'])}, 'ingest', 'request', ${randomUUID()}, ${JSON.stringify({ recorded: inserted.length })}::text::jsonb)`
    })
    response.json({ success: true })
  })
  return createServer(app)
}
