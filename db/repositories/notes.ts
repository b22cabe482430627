/** What people note about leads. A note with a cue ("call me in spring") can bring the lead into a journey. */
import { desc, eq, sql } from 'drizzle-orm'
import type { Happening } from '#engine/entry/happening.ts'
import { cleanText } from '#engine/text.ts'
import type { Queryable, Transaction } from '../client.ts'
import { leadNotes } from '../schema/leads.ts'
import { announceChanges, type Announced, type AnnounceOptions } from './announce.ts'
import { jsonRows } from './json-rows.ts'
import { lockLeads } from './lead-locks.ts'

export interface NewNote {
  leadId: string
  body: string
  /** The cue's key, when journeys may react to it. */
  cue?: string
  /** The day the cue is about, `YYYY-MM-DD`. */
  date?: string
}

/** The newest notes on a lead, newest first. */
export async function listNoteRows(db: Queryable, leadId: string, limit = 100) {
  return db.select().from(leadNotes).where(eq(leadNotes.leadId, leadId)).orderBy(desc(leadNotes.id)).limit(limit)
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
  const rows = notes.flatMap(({ leadId, body, cue, date }, ord) => {
    const lead = locked.get(leadId)
    if (lead === undefined || lead.row.erasedAt !== null || lead.row.mergedInto !== null) return []
    const at = new Date(lead.now)
    return [
      {
        ord,
        lead_id: leadId,
        body: cleanText(body),
        cue: cue === undefined ? null : cleanText(cue),
        cue_date: date ?? null,
        at,
      },
    ]
  })
  if (rows.length === 0) return { leadIds: [], inputs: 0, noted: 0 }
  const written = await tx.execute<{ id: string; lead_id: string; cue: string | null; cue_date: string | null }>(sql`
    insert into lead_notes (lead_id, cue, cue_date, body, actor, created_at)
    select lead_id, cue, cue_date, body, ${options.actor}, at
      from ${jsonRows(rows, 'r', 'ord int, lead_id uuid, cue text, cue_date text, body text, at timestamptz')} order by ord
    returning id, lead_id, cue, cue_date`)
  const announced = await announceChanges(
    tx,
    written.flatMap(({ id, lead_id: leadId, cue, cue_date: date }) => {
      const at = locked.get(leadId)?.now ?? 0
      const happenings: Happening[] = cue === null ? [] : [{ kind: 'cue', cue, date, key: id, at }]
      return happenings.length === 0 ? [] : [{ leadId, at, keys: [], happenings }]
    }),
    options,
  )
  return { ...announced, noted: written.length }
}
