/**
 * Leads per step and per way out of journeys that somebody watches, from second to second: one poller per process, one
 * full count per view (journey, version, since when, which leads) when it is opened; after that only what is new is read.
 */
import type { Logger } from 'pino'
import type { Database, Queryable } from '#db/client.ts'
import { readWays, type StatisticsScope } from '#db/repositories/journey-statistics.ts'
import {
  readLeadStamps,
  readSettledId,
  readStandings,
  readVisitsAfter,
  type NewVisit,
  type Standing,
} from '#db/repositories/journey-ticks.ts'
import { failurePorts } from '#engine/vocabulary.ts'
import type { LiveCounts, LiveStep } from './contract/journey-statistics.ts'
import { describe } from './middleware/problem-details.ts'

/** Shortest time between two looks. A look that takes long is followed by a longer pause: at most a tenth of the time is spent looking. */
const intervalMs = 1000
/** How often watchers are told that the counts are looked at though nothing changed. */
const beatMs = 4000
/** A look that would read more new visits than this counts anew instead. */
const mostNewVisits = 20_000
/** Views are counted anew after so long, whatever was added up meanwhile. */
const recountMs = 5 * 60_000
/** After a count that failed, so long until the next. */
const retryMs = 10_000

type CountsView = Pick<StatisticsScope, 'journeyId' | 'version' | 'isTest' | 'from'>

interface CountsWatcher {
  onCounts(counts: LiveCounts): void
  onBeat(at: string): void
  onLead(leadId: string, stamp: string): void
  /** The process stops; no more will come. */
  onEnd(): void
}

export interface LiveCountsFeed {
  /** Tells the whole first, then what changes. `leadId` is followed, too. Returns how to stop. */
  watch(view: CountsView, leadId: string | null, watcher: CountsWatcher): () => void
}

interface Channel {
  view: CountsView
  /** Watchers by the lead they follow besides. */
  watchers: Map<CountsWatcher, string | null>
  /** Those that have been told the whole. */
  informed: Set<CountsWatcher>
  /** Null until counted. */
  counted: { at: number; passed: Map<string, number>; failed: Map<string, number>; ports: Map<string, number> } | null
  /** The last count failed; it is tried again from `retryAt` on. */
  isFailing: boolean
  retryAt: number
  /** Ids of the unsettled end of the log that are in `counted`. */
  seen: Set<number>
  steps: Map<string, LiveStep>
  ports: Map<string, { from: string; port: string; left: number }>
}

export function createLiveCounts({
  db,
  logger,
  now,
  stopping,
}: {
  db: Database
  logger: Logger
  now: () => number
  stopping?: AbortSignal | undefined
}): LiveCountsFeed {
  const channels = new Map<string, Channel>()
  const stamps = new Map<string, string>()
  let timer: NodeJS.Timeout | null = null
  let isFailing = false
  let beatAt = 0

  const look = async (): Promise<void> => {
    const startedAt = performance.now()
    try {
      await lookAt([...channels.values()])
      isFailing = false
    } catch (error) {
      if (!isFailing) logger.warn({ err: describe(error) }, 'cannot read the counts of journeys')
      isFailing = true
    }
    if (channels.size === 0) {
      timer = null
      stamps.clear()
      return
    }
    const tookMs = performance.now() - startedAt
    timer = setTimeout(() => void look(), Math.max(intervalMs - tookMs, tookMs * 9))
  }

  const lookAt = async (open: Channel[]): Promise<void> => {
    if (open.length === 0) return
    const at = now()
    for (const channel of open) await recount(channel, at)
    const journeyIds = [...new Set(open.map(({ view }) => view.journeyId))]
    const { settled, visits, standings } = await readTick(db, journeyIds)
    const isBeat = at - beatAt >= beatMs
    if (isBeat) beatAt = at
    for (const channel of open) {
      if (visits.length === mostNewVisits) channel.counted = null
      else addVisits(channel, visits, settled)
      if (channel.counted !== null) tell(channel, standings, at)
      // Who has been told nothing yet, or nothing new for lack of a count, must not be told that it is fresh.
      if (isBeat && channel.counted !== null)
        for (const watcher of channel.watchers.keys()) watcher.onBeat(new Date(at).toISOString())
    }
    await tellLeads(open)
  }

  /** One journey that cannot be counted (too much for the time given, say) is no reason to keep the others' watchers waiting. */
  const recount = async (channel: Channel, at: number): Promise<void> => {
    if (channel.counted !== null && at - channel.counted.at <= recountMs) return
    if (at < channel.retryAt) return
    try {
      await count(db, channel, at)
      channel.isFailing = false
    } catch (error) {
      // What was added up before goes on, however old its beginning.
      channel.retryAt = at + retryMs
      const { journeyId } = channel.view
      if (!channel.isFailing) logger.warn({ err: describe(error), journeyId }, 'cannot count the visits of a journey')
      channel.isFailing = true
    }
  }

  const tellLeads = async (open: Channel[]): Promise<void> => {
    const followed = open.flatMap(({ watchers }) => [...watchers].filter(([, leadId]) => leadId !== null))
    if (followed.length === 0) return
    const present = await readLeadStamps(db, [...new Set(followed.map(([, leadId]) => leadId ?? ''))])
    for (const [leadId, stamp] of present) {
      if (stamps.get(leadId) === stamp) continue
      stamps.set(leadId, stamp)
      for (const [watcher, own] of followed) if (own === leadId) watcher.onLead(leadId, stamp)
    }
  }

  stopping?.addEventListener('abort', () => {
    for (const { watchers } of channels.values()) for (const watcher of watchers.keys()) watcher.onEnd()
    channels.clear()
  })

  return {
    watch(view, leadId, watcher) {
      const key = [view.journeyId, view.version, view.isTest, view.from.getTime()].join(' ')
      const channel: Channel = channels.get(key) ?? {
        view,
        watchers: new Map(),
        informed: new Set(),
        counted: null,
        isFailing: false,
        retryAt: 0,
        seen: new Set(),
        steps: new Map(),
        ports: new Map(),
      }
      channels.set(key, channel)
      channel.watchers.set(watcher, leadId)
      const stamp = leadId === null ? undefined : stamps.get(leadId)
      if (leadId !== null && stamp !== undefined) watcher.onLead(leadId, stamp)
      timer ??= setTimeout(() => void look(), 0)
      return () => {
        channel.watchers.delete(watcher)
        channel.informed.delete(watcher)
        // Nobody keeps it fresh any more; the next watcher starts from a new count.
        if (channel.watchers.size === 0 && channels.get(key) === channel) channels.delete(key)
      }
    },
  }
}

/** In one snapshot: a lead that left one step is on the next, and no watcher is told of it by halves. */
async function readTick(db: Database, journeyIds: readonly string[]) {
  return db.transaction(
    async (tx) => {
      const settled = await readSettledId(tx)
      const visits = await readVisitsAfter(tx, { journeyIds, after: settled, limit: mostNewVisits })
      return { settled, visits, standings: await readStandings(tx, journeyIds) }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

/** Counts a view from the log, in one snapshot with the ids that are in it. */
async function count(db: Database, channel: Channel, at: number): Promise<void> {
  const { view } = channel
  const scope: StatisticsScope = { ...view, to: null }
  await db.transaction(
    async (tx: Queryable) => {
      const settled = await readSettledId(tx)
      const recent = await readVisitsAfter(tx, {
        journeyIds: [view.journeyId],
        after: settled,
        limit: Number.MAX_SAFE_INTEGER,
      })
      const ways = await readWays(tx, scope)
      const passed = new Map<string, number>()
      const failed = new Map<string, number>()
      const ports = new Map<string, number>()
      for (const { stepId, port, left } of ways) {
        passed.set(stepId, (passed.get(stepId) ?? 0) + left)
        if (port === null) continue
        ports.set(`${stepId}:${port}`, left)
        if (notDone.has(port)) failed.set(stepId, (failed.get(stepId) ?? 0) + left)
      }
      channel.counted = { at, passed, failed, ports }
      channel.seen = new Set(recent.map(({ id }) => id))
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

const notDone: ReadonlySet<string> = new Set(failurePorts)

function addVisits({ view, counted, seen }: Channel, visits: readonly NewVisit[], settled: number): void {
  if (counted === null) return
  for (const { id, journeyId, version, isTest, leftAt, stepId, port } of visits) {
    if (journeyId !== view.journeyId || seen.has(id)) continue
    seen.add(id)
    if (isTest !== view.isTest || leftAt < view.from || (view.version !== null && version !== view.version)) continue
    counted.passed.set(stepId, (counted.passed.get(stepId) ?? 0) + 1)
    if (port === null) continue
    const key = `${stepId}:${port}`
    counted.ports.set(key, (counted.ports.get(key) ?? 0) + 1)
    if (notDone.has(port)) counted.failed.set(stepId, (counted.failed.get(stepId) ?? 0) + 1)
  }
  for (const id of seen) if (id <= settled) seen.delete(id)
}

/** Tells each watcher what it does not know yet. */
function tell(channel: Channel, standings: readonly Standing[], at: number): void {
  const steps = stepsNow(channel, standings)
  const ports = new Map(
    [...(channel.counted?.ports ?? [])].map(([key, left]) => {
      const cut = key.indexOf(':')
      return [key, { from: key.slice(0, cut), port: key.slice(cut + 1), left }]
    }),
  )
  const changedSteps = [...steps.values()].filter((step) => !isSameStep(channel.steps.get(step.stepId), step))
  const gone = [...channel.steps.keys()].filter((stepId) => !steps.has(stepId)).map(nobodyOn)
  const changedPorts = [...ports].flatMap(([key, port]) => (channel.ports.get(key)?.left === port.left ? [] : [port]))
  channel.steps = steps
  channel.ports = ports
  const common = { at: new Date(at).toISOString() }
  const delta: LiveCounts = { ...common, whole: false, steps: [...changedSteps, ...gone], ports: changedPorts }
  const isNews = delta.steps.length > 0 || delta.ports.length > 0
  for (const watcher of channel.watchers.keys()) {
    if (!channel.informed.has(watcher)) {
      channel.informed.add(watcher)
      watcher.onCounts({ ...common, whole: true, steps: [...steps.values()], ports: [...ports.values()] })
    } else if (isNews) watcher.onCounts(delta)
  }
}

function stepsNow({ view, counted }: Channel, standings: readonly Standing[]): Map<string, LiveStep> {
  const steps = new Map<string, LiveStep>()
  const stepOf = (stepId: string): LiveStep => {
    const step = steps.get(stepId) ?? nobodyOn(stepId)
    steps.set(stepId, step)
    return step
  }
  for (const [stepId, passed] of counted?.passed ?? []) stepOf(stepId).passed = passed
  for (const [stepId, failed] of counted?.failed ?? []) stepOf(stepId).failed += failed
  for (const { journeyId, version, isTest, stepId, status, count: leads } of standings) {
    if (journeyId !== view.journeyId || isTest !== view.isTest) continue
    if (view.version !== null && version !== view.version) continue
    const step = stepOf(stepId)
    step.here += leads
    if (status === 'paused') step.paused += leads
    if (status === 'parked') {
      step.parked += leads
      step.failed += leads
    }
  }
  return steps
}

function nobodyOn(stepId: string): LiveStep {
  return { stepId, here: 0, paused: 0, parked: 0, passed: 0, failed: 0 }
}

function isSameStep(a: LiveStep | undefined, b: LiveStep): boolean {
  return (
    a !== undefined &&
    a.here === b.here &&
    a.paused === b.paused &&
    a.parked === b.parked &&
    a.passed === b.passed &&
    a.failed === b.failed
  )
}
