/** What people note about leads. A note with a cue ("call me in spring") can bring the lead into a journey. */
import { sql } from 'drizzle-orm'
import type { Happening } from '#engine/entry/happening.ts'
import { cleanText } from '#engine/text.ts'
import type { Transaction } from '../client.ts'
import { announceChanges, type Announced, type AnnounceOptions } from './announce.ts'
import { jsonRows } from './json-rows.ts'
import { lockLeads } from './lead-locks.ts'

export interface NewNote {
  leadId: string
  body: string
  /** The cue's key, when journeys may react to it. */
  cue?: string
}

/** Writes notes; leads that are unknown, erased or merged are passed over. `noted` counts those written. */
export async function recordNotes(
  tx: Transaction,
  notes: readonly NewNote[],
  options: AnnounceOptions & { actor: string },
): Promise<Announced & { noted: number }> {
  const locked = await lockLeads(
    tx,
    notes.map((note) => note.leadId),
  )
  const rows = notes.flatMap(({ leadId, body, cue }, ord) => {
    const lead = locked.get(leadId)
    if (lead === undefined || lead.row.erasedAt !== null || lead.row.mergedInto !== null) return []
    return [{ ord, lead_id: leadId, body, cue: cue === undefined ? null : cleanText(cue), at: new Date(lead.now) }]
  })
  if (rows.length === 0) return { leadIds: [], inputs: 0, noted: 0 }
  const written = await tx.execute<{ id: string; lead_id: string; cue: string | null }>(sql`
    insert into lead_notes (lead_id, cue, body, actor, created_at)
    select lead_id, cue, body, ${options.actor}, at
      from ${jsonRows(rows, 'r', 'ord int, lead_id uuid, cue text, body text, at timestamptz')} order by ord
    returning id, lead_id, cue`)
  const announced = await announceChanges(
    tx,
    written.flatMap(({ id, lead_id: leadId, cue }) => {
      const at = locked.get(leadId)?.now ?? 0
      const happenings: Happening[] = cue === null ? [] : [{ kind: 'cue', cue, key: id, at }]
      return happenings.length === 0 ? [] : [{ leadId, at, keys: [], happenings }]
    }),
    options,
  )
  return { ...announced, noted: written.length }
}
