/**
 * Prometheus metrics. What a process does itself (turns, requests) is counted in it; what is true of the whole
 * installation (leads by state, queues) is read from Postgres by the API when it is asked, at most every five seconds,
 * so every API process tells the same: take the maximum over them, not the sum.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { countEnrollments } from '#db/repositories/journey-reads.ts'
import { countDueDeliveries, countRecentDeliveries, readEngineGauges } from '#db/repositories/metric-reads.ts'
import { countLeads } from '#db/repositories/lead-reads.ts'
import type { Queryable } from '#db/client.ts'
import type { LeadActivities } from '#activities/contract.ts'
import type { Health } from '../contract/health.ts'

/** Answers younger than this are shared, ms. */
const maxAgeMs = 5000
/** From a turn of two milliseconds to one at its limit of five seconds. */
const turnBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10]

/** A registry with what Node itself tells (memory, event loop, garbage collection), under `process`. */
export function createRegistry(process: 'api' | 'worker'): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  collectDefaultMetrics({ register: registry })
  return registry
}

/** How long requests take, by the template of their route: never by their address, which may name a lead. */
export function observeRequests(
  registry: Registry,
): (request: { method: string; route: string; status: number; seconds: number }) => void {
  const seconds = new Histogram({
    name: 'trellis_http_request_seconds',
    help: 'Time to answer a request, by route template.',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers: [registry],
  })
  return ({ method, route, status, seconds: took }) => seconds.observe({ method, route, status: String(status) }, took)
}

/** The turn, timed. A turn that throws counts as `failed`; Temporal tries it again. */
export function observeTurns(registry: Registry, turn: LeadActivities['turn']): LeadActivities['turn'] {
  const seconds = new Histogram({
    name: 'trellis_turn_seconds',
    help: 'Time of one turn of a lead: its transaction in Postgres, from the first query to the commit.',
    labelNames: ['result'],
    buckets: turnBuckets,
    registers: [registry],
  })
  return async (input) => {
    const startedAt = performance.now()
    let result = 'failed'
    try {
      const answer = await turn(input)
      result = 'committed'
      return answer
    } finally {
      seconds.observe({ result }, (performance.now() - startedAt) / 1000)
    }
  }
}

/** Leads that the reconciler had to wake because their poke or timer was lost: should stay near nothing. */
export function countRescues(registry: Registry): (counts: Readonly<Record<string, number>>) => void {
  const rescues = new Counter({
    name: 'trellis_rescues_total',
    help: 'What the reconciler had to wake, by what had been lost.',
    labelNames: ['kind'],
    registers: [registry],
  })
  return (counts) => {
    for (const [kind, count] of Object.entries(counts)) if (count > 0) rescues.inc({ kind }, count)
  }
}

/** Answers of providers, as the mailroom of this process records them. */
export function countDeliveries(
  registry: Registry,
): (recorded: { channel: string; counts: Readonly<Record<string, number>> }) => void {
  const outcomes = new Counter({
    name: 'trellis_deliveries_total',
    help: 'Messages handed to providers, by channel and by what became of them.',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
  })
  return ({ channel, counts }) => {
    for (const [outcome, count] of Object.entries(counts)) if (count > 0) outcomes.inc({ channel, outcome }, count)
  }
}

/** Registers what the API reads from Postgres and from its health check whenever it is scraped. */
export function describeInstallation(
  registry: Registry,
  { db, health, now = Date.now }: { db: Queryable; health: (maxAgeMs: number) => Promise<Health>; now?: () => number },
): void {
  // Every gauge waits for one common reading: the registry asks them all at the same time.
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge<Label>({ name, help, labelNames, registers: [registry], collect: () => refresh() })
  const leads = gauge(
    'trellis_leads',
    'Leads by stage and attention: real ones; test leads while there are no others (a demo).',
    ['stage', 'attention'],
  )
  const enrollments = gauge('trellis_enrollments', 'Enrollments by status; `parked` ones wait for a person.', [
    'status',
  ])
  const recent = gauge(
    'trellis_deliveries_last_hour',
    'Messages written in the last hour, by channel and by what has become of them.',
    ['channel', 'status', 'test'],
  )
  const due = gauge('trellis_deliveries_due', 'Messages due now that no mailroom has taken.', ['channel'])
  const dueAge = gauge('trellis_deliveries_due_oldest_seconds', 'How long the first of them has been due.', ['channel'])
  const overdue = gauge('trellis_enrollments_overdue', 'Enrollments more than a minute late; tells up to 10,000.')
  const lateness = gauge('trellis_enrollment_lateness_seconds', 'By how much the latest enrollment is late.')
  const pokes = gauge('trellis_leads_waiting', 'Leads with inputs no turn has looked at; tells up to 10,000.')
  const pokeAge = gauge('trellis_leads_waiting_oldest_seconds', 'How long the first of them has waited.')
  const effects = gauge('trellis_effects_open', 'Custom activities and webhooks under way; tells up to 10,000.')
  const tasks = gauge('trellis_tasks_overdue', 'Open tasks past their due time; tells up to 10,000.')
  const up = gauge('trellis_up', '1 while the dependency answers; mail and inbox only where there are any.', [
    'dependency',
  ])

  let filledAt = -Infinity
  let underWay: Promise<void> | null = null
  const fill = async (): Promise<void> => {
    const state = await health(maxAgeMs)
    for (const dependency of ['postgres', 'temporal', 'worker'] as const)
      up.set({ dependency }, state[dependency].status === 'ok' ? 1 : 0)
    for (const dependency of ['mail', 'inbox'] as const) {
      // How they are is kept in Postgres: without it, nothing is known of them.
      if (state[dependency].status === 'off' || state.postgres.status !== 'ok') up.remove({ dependency })
      else up.set({ dependency }, state[dependency].status === 'ok' ? 1 : 0)
    }
    if (state.postgres.status !== 'ok') return forget()
    const [leadRows, enrollmentRows, recentRows, dueRows, engine] = await Promise.all([
      countLeads(db),
      countEnrollments(db),
      countRecentDeliveries(db),
      countDueDeliveries(db),
      readEngineGauges(db),
    ])
    forget()
    for (const { stage, attention, count } of leadRows) leads.set({ stage, attention }, count)
    for (const { status, count } of enrollmentRows) enrollments.set({ status }, count)
    for (const { channel, status, isTest, count } of recentRows)
      recent.set({ channel, status, test: String(isTest) }, count)
    for (const { channel, count, oldest } of dueRows) {
      due.set({ channel }, count)
      dueAge.set({ channel }, oldest)
    }
    overdue.set(engine.overdueEnrollments)
    lateness.set(engine.latenessSeconds)
    pokes.set(engine.waitingPokes)
    pokeAge.set(engine.oldestPokeSeconds)
    effects.set(engine.openEffects)
    tasks.set(engine.overdueTasks)
  }
  // A number that is no longer known must not stand there as if it were: monitors alert on its absence.
  const forget = (): void => {
    for (const each of [leads, enrollments, recent, due, dueAge]) each.reset()
    for (const each of [overdue, lateness, pokes, pokeAge, effects, tasks]) each.remove()
  }
  const refresh = async (): Promise<void> => {
    if (now() - filledAt < maxAgeMs) return
    underWay ??= fill()
      .catch(forget)
      .finally(() => {
        filledAt = now()
        underWay = null
      })
    await underWay
  }
}
