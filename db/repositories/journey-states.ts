/** How drafts and live versions stand, for pages that have the journeys open. */
import { sql } from 'drizzle-orm'
import type { JourneyStatus } from '#engine/vocabulary.ts'
import type { Queryable } from '../client.ts'

/** `savedBy` and `publishedBy` are actors as the audit log writes them. */
export interface JourneyState {
  id: string
  status: JourneyStatus
  revision: number
  savedAt: Date
  savedBy: string | null
  liveVersion: number | null
  publishedAt: Date | null
  publishedBy: string | null
}

/** Who saved a draft is in the audit log under the journey: its newest line about a revision, if it is this one. */
export async function readJourneyStates(db: Queryable, ids: readonly string[]): Promise<JourneyState[]> {
  if (ids.length === 0) return []
  const rows = await db.execute<{
    id: string
    status: JourneyStatus
    revision: number
    saved_at: string
    saved_by: string | null
    live_version: number | null
    published_at: string | null
    published_by: string | null
  }>(sql`
    select j.id, j.status, j.draft_revision as revision, coalesce(s.at, j.updated_at) as saved_at, s.actor as saved_by,
           j.live_version, v.published_at, v.published_by
      from journeys j
      left join journey_versions v on v.journey_id = j.id and v.version = j.live_version
      left join lateral (
        select a.actor, a.at, a.after->>'revision' as revision
          from audit_log a
         where a.subject_kind = 'journey' and a.subject_id = j.id::text
           and a.action in ('journey.save_draft', 'journey.import', 'journey.create')
         order by a.id desc limit 1
      ) s on s.revision is null or s.revision = j.draft_revision::text
     where j.id in ${[...ids]}`)
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    revision: row.revision,
    savedAt: new Date(row.saved_at),
    savedBy: row.saved_by,
    liveVersion: row.live_version,
    publishedAt: row.published_at === null ? null : new Date(row.published_at),
    publishedBy: row.published_by,
  }))
}

/** Names of actors: people by their key, keys by their prefix; who is not known is shown as the log has them. */
export async function actorNames(db: Queryable, actors: readonly string[]): Promise<Map<string, string>> {
  const names = new Map([
    ['owner', 'Owner'],
    ['system', 'Trellis'],
  ])
  const wanted = [...new Set(actors)].filter((actor) => !names.has(actor))
  if (wanted.length === 0) return names
  const rows = await db.execute<{ actor: string; name: string }>(sql`
    select 'user:' || key as actor, name from users where 'user:' || key in ${wanted}
    union all
    select 'key:' || prefix, name from api_keys where 'key:' || prefix in ${wanted}`)
  for (const { actor, name } of rows) names.set(actor, name)
  return names
}
