/** How many leads journeys took in lately, and how many of them met the goal. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '../client.ts'
import { areTestsShown } from './shown-leads.ts'

export interface JourneyTrend {
  /** Entries in each of the last `days` times 24 hours, oldest first. */
  entered: number[]
  /** Entries and goals met by those who entered in the last `days` days, and in as many before. */
  recent: { entered: number; goalMet: number }
  before: { entered: number; goalMet: number }
}

const dayMs = 86_400_000

/**
 * Trends of all journeys, of the leads that are shown. Reads the last 2 × `days` of the index (journey, entered at) and the
 * rows behind it: a second for a million entries, so keep the answer for a while.
 */
export async function readJourneyTrends(
  db: Queryable,
  { now, days }: { now: number; days: number },
): Promise<Map<string, JourneyTrend>> {
  const [from, until] = [new Date(now - 2 * days * dayMs).toISOString(), new Date(now).toISOString()]
  const rows = await db.execute<{ journey_id: string; age: number; entered: number; goal_met: number }>(sql`
    select journey_id,
           floor(extract(epoch from ${until}::timestamptz - entered_at) / 86400)::int as age,
           count(*)::int as entered,
           count(*) filter (where goal_met)::int as goal_met
      from enrollments
     where journey_id in (select id from journeys)
       and entered_at > ${from}::timestamptz and entered_at <= ${until}::timestamptz
       and is_test = ${areTestsShown}
     group by 1, 2`)
  const trends = new Map<string, JourneyTrend>()
  for (const { journey_id: id, age, entered, goal_met: goalMet } of rows) {
    const trend = trends.get(id) ?? emptyTrend(days)
    trends.set(id, trend)
    const period = age < days ? trend.recent : trend.before
    period.entered += entered
    period.goalMet += goalMet
    if (age < days) trend.entered[days - 1 - age] = entered
  }
  return trends
}

/** Nobody entered. */
export function emptyTrend(days: number): JourneyTrend {
  const nobody = () => ({ entered: 0, goalMet: 0 })
  return { entered: Array.from({ length: days }, () => 0), recent: nobody(), before: nobody() }
}
