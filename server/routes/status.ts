import type { Queryable } from '#db/client.ts'
import { countEnrollments, noEnrollments } from '#db/repositories/journey-reads.ts'
import { countLeads } from '#db/repositories/lead-reads.ts'
import { readShownLeads } from '#db/repositories/shown-leads.ts'
import { countOpenTasks } from '#db/repositories/task-reads.ts'
import { readThroughput } from '#db/repositories/throughput-reads.ts'
import { attentions, stages } from '#engine/vocabulary.ts'
import type { Health } from '../contract/health.ts'
import { getStatus, type Status } from '../contract/status.ts'
import { readJourneyCounts } from '../live-feed.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { readSwitches } from '../switches.ts'

/** Counting all leads reads a whole index; answers younger than this are shared. */
const maxAgeMs = 3000

export function statusRoutes(deps: {
  db: Queryable
  health: (maxAgeMs: number) => Promise<Health>
  now: () => number
}): Implementation[] {
  const { db, health, now } = deps
  let counted: { at: number; counts: Promise<Counts> } | null = null
  return [
    implement(getStatus, async () => {
      if (counted === null || now() - counted.at > maxAgeMs) {
        const counts = readCounts(db)
        const fresh = { at: now(), counts }
        counted = fresh
        counts.catch(() => {
          if (counted === fresh) counted = null
        })
      }
      const [counts, current, switches] = await Promise.all([counted.counts, health(maxAgeMs), readSwitches(db)])
      return ok({ now: new Date(now()).toISOString(), health: current, switches, ...counts })
    }),
  ]
}

type Counts = Omit<Status, 'now' | 'health' | 'switches'>

async function readCounts(db: Queryable): Promise<Counts> {
  const [leadRows, enrollmentRows, openTasks, journeys, throughput, shown] = await Promise.all([
    countLeads(db),
    countEnrollments(db),
    countOpenTasks(db),
    readJourneyCounts(db),
    readThroughput(db),
    readShownLeads(db),
  ])
  const byStage = Object.fromEntries(stages.map((stage) => [stage, 0])) as Counts['leads']['byStage']
  const byAttention = Object.fromEntries(attentions.map((level) => [level, 0])) as Counts['leads']['byAttention']
  for (const { stage, attention, count } of leadRows) {
    byStage[stage] += count
    byAttention[attention] += count
  }
  const enrollments = noEnrollments()
  for (const { status, count } of enrollmentRows) enrollments[status] += count
  const total = leadRows.reduce((sum, { count }) => sum + count, 0)
  return { leads: { shown, total, byStage, byAttention }, enrollments, openTasks, journeys, throughput }
}
