/**
 * Leads that rest on a rule which names a segment, when the rule of that segment becomes another: nothing about them has
 * changed, so nobody else would wake them. Page by page; where one is stands in the segment's own row.
 */
import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../client.ts'
import { segments, type SegmentTelling } from '../schema/library.ts'
import { addInputs } from './inputs.ts'
import { textArray } from './json-rows.ts'
import { databaseNow, lockLeads } from './lead-locks.ts'

/**
 * A turn that began before the new rule was there may let its lead rest on the old one afterwards. After this time none is
 * under way any more, and those who began to rest meanwhile are looked for once.
 */
const turnsEndMs = 60_000
const priority = 4

export interface ToldPage {
  /** Leads with new inputs: poke them after the commit. */
  leadIds: string[]
  /** False when there is nothing to do now. */
  isMore: boolean
}

/** For `set` of an upsert: begins anew when the rule becomes another, else leaves what is under way. */
export const tellingOfNewRule = sql`case when segments.rule is distinct from excluded.rule
  then jsonb_build_object('since', ${databaseNow}, 'after', null, 'isSecondLook', false)
  else segments.telling end`

/** Writes the inputs of the next leads that have to look again, at most `size`. The index on `depends_on` finds them. */
export async function tellRestingPage(tx: Transaction, size: number): Promise<ToldPage> {
  const [clock] = await tx.execute<{ now: number }>(sql`select ${databaseNow} as now`)
  const now = clock?.now ?? 0
  const [segment] = await tx
    .select({ key: segments.key, telling: segments.telling })
    .from(segments)
    .where(
      sql`${segments.telling} is not null and (not (${segments.telling}->>'isSecondLook')::boolean
          or (${segments.telling}->>'since')::float8 + ${turnsEndMs} <= ${now})`,
    )
    .orderBy(segments.key)
    .limit(1)
    .for('update', { skipLocked: true })
  const telling = segment?.telling
  if (segment === undefined || telling === null || telling === undefined) return { leadIds: [], isMore: false }
  const key = `segment:${segment.key}`
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct e.lead_id as id from enrollments e
     where e.status = 'active' and e.depends_on && ${textArray([key])}
       ${telling.after === null ? sql`` : sql`and e.lead_id > ${telling.after}`}
       ${telling.isSecondLook ? sql`and e.updated_at between ${instant(telling.since - turnsEndMs)} and ${instant(telling.since + turnsEndMs)}` : sql``}
     order by 1 limit ${size}`)
  const locked = await lockLeads(
    tx,
    rows.map(({ id }) => id),
  )
  await addInputs(
    tx,
    [...locked].map(([leadId, lead]) => ({ leadId, at: lead.now, input: { kind: 'fact', keys: [key] } })),
    priority,
  )
  const next = nextOf(telling, rows.length === size ? (rows.at(-1)?.id ?? null) : null)
  await tx.update(segments).set({ telling: next }).where(eq(segments.key, segment.key))
  return { leadIds: [...locked.keys()], isMore: true }
}

function nextOf({ since, isSecondLook }: SegmentTelling, after: string | null): SegmentTelling | null {
  if (after !== null) return { since, isSecondLook, after }
  return isSecondLook ? null : { since, isSecondLook: true, after: null }
}

function instant(ms: number) {
  return sql`to_timestamp(${ms / 1000})`
}
