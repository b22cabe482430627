/** What an overlay prints on each step and connection, and how dark. Pure. */
import type { Graph } from '#engine/graph/schema.ts'
import { failurePorts } from '#engine/vocabulary.ts'
import type { JourneyStatistics, StepStatistics } from '#server/contract/journey-statistics.ts'
import { formatNumber } from '../../ui/words.ts'
import type { OverlayMark } from '../marks.ts'
import { formatDuration, formatShare } from './durations.ts'
import { countEdges, type PortCount } from './flow.ts'
import type { Overlay } from './overlays.ts'

type Tint = OverlayMark['tint']

/** What an overlay says of one step; `value` decides how dark it is, null: not at all. */
interface StepReading {
  value: number | null
  text: string
}

/** Visits that went wrong: parked now, or left by a way out that means failure. */
export function countFailures(step: StepStatistics, ports: readonly PortCount[]): number {
  return ports
    .filter(({ from, port }) => from === step.stepId && notDone.has(port))
    .reduce((sum, { left }) => sum + left, step.parked)
}
const notDone: ReadonlySet<string> = new Set(failurePorts)

/** The number an overlay is about, for a step; null where it says nothing. */
function readOverlay(overlay: Overlay, step: StepStatistics, statistics: JourneyStatistics): number | null {
  switch (overlay) {
    case 'counts':
      return step.left
    case 'conversion':
      return step.enrollments === 0 ? null : step.reachedGoal / step.enrollments
    case 'dropoff':
      return step.left === 0 ? null : (step.ended.early + step.ended.path) / step.left
    case 'time':
      return step.medianMs
    case 'errors':
      return step.left + step.parked === 0 ? null : countFailures(step, statistics.ports)
  }
}

function describe(overlay: Overlay, step: StepStatistics, statistics: JourneyStatistics): StepReading {
  const value = readOverlay(overlay, step, statistics)
  if (value === null) return { value, text: '–' }
  switch (overlay) {
    case 'counts':
      return { value, text: `${formatNumber(value)} passed` }
    case 'conversion':
      return { value, text: `${formatShare(step.reachedGoal, step.enrollments)} to goal` }
    case 'dropoff': {
      const out = step.ended.early + step.ended.path
      return { value, text: `${formatShare(out, step.left)} · ${formatNumber(out)} out` }
    }
    case 'time':
      return { value, text: timeText(value, step.p90Ms ?? 0) }
    case 'errors':
      return { value, text: `${formatNumber(value)} not done · ${formatShare(value, step.left + step.parked)}` }
  }
}

function timeText(medianMs: number, p90Ms: number): string {
  if (p90Ms < 1000) return 'at once'
  return `${formatDuration(medianMs)} · p90 ${formatDuration(p90Ms)}`
}

/** What is drawn beside each other: a step now, then, and by how much it differs. Steps of neither are left out. */
export function compareSteps(graph: Graph, overlay: Overlay, statistics: JourneyStatistics, before: JourneyStatistics) {
  const [now, then] = [statistics, before].map(({ steps }) => new Map(steps.map((step) => [step.stepId, step])))
  return graph.nodes.flatMap(({ id }) => {
    const [step, old] = [now?.get(id), then?.get(id)]
    if (step === undefined && old === undefined) return []
    const [reading, earlier] = [
      describe(overlay, step ?? noVisits(id), statistics),
      describe(overlay, old ?? noVisits(id), before),
    ]
    const change = describeChange(overlay, reading.value, earlier.value)
    // The head of the table says what is counted.
    const textOf = ({ value, text }: StepReading) => (overlay === 'counts' ? formatNumber(value ?? 0) : text)
    return [{ id, now: textOf(reading), before: textOf(earlier), change }]
  })
}

function noVisits(stepId: string): StepStatistics {
  const ended = { goal: 0, path: 0, early: 0 }
  const none = { entered: 0, left: 0, enrollments: 0, reachedGoal: 0, taken: 0, here: 0, paused: 0, parked: 0 }
  return { stepId, ...none, ended, medianMs: null, p90Ms: null }
}

/** How the same number was before: `+3 pts`, `−2 h`. Empty without anything to compare. */
function describeChange(overlay: Overlay, now: number | null, before: number | null): string {
  if (now === null || before === null) return ''
  const change = now - before
  if (change === 0) return ''
  if (overlay === 'time') return `${sign(change)}${formatDuration(Math.abs(change))}`
  if (overlay === 'errors' || overlay === 'counts') return `${sign(change)}${formatNumber(Math.abs(change))}`
  return `${sign(change)}${String(Math.abs(Math.round(change * 1000) / 10))} pts`
}

function sign(change: number): string {
  return change > 0 ? '+' : change < 0 ? '−' : '±'
}

/**
 * Marks of all steps and connections of the drawing. Steps nobody came to are not tinted. `before` is the same for the time
 * before, to compare with. Counts have no marks on steps: their numbers are live, unless they are compared or of some leads
 * only (`isPart`).
 */
export function overlayMarks(
  graph: Graph,
  overlay: Overlay,
  statistics: JourneyStatistics,
  before: JourneyStatistics | null,
  isPart = false,
): Map<string, OverlayMark> {
  const marks = edgeMarks(graph, statistics.ports, before?.ports ?? null)
  if (overlay === 'counts' && before === null && !isPart) return marks
  const known = new Map(statistics.steps.map((step) => [step.stepId, step]))
  const earlier = new Map((before?.steps ?? []).map((step) => [step.stepId, step]))
  const readings = graph.nodes.flatMap(({ id, type }) => {
    const isCount = overlay === 'counts'
    const step = known.get(id) ?? (isCount ? noVisits(id) : undefined)
    if (step === undefined) return [{ id, value: null, text: '–', change: '' }]
    // Where a path is meant to end, nobody drops off.
    if (overlay === 'dropoff' && (type === 'exit' || type === 'goal')) {
      return [{ id, value: null, text: `${formatNumber(step.left)} end here`, change: '' }]
    }
    const old = earlier.get(id) ?? (isCount ? noVisits(id) : undefined)
    const described = describe(overlay, step, statistics)
    const isStanding = isCount && before === null
    const reading = isStanding
      ? { ...described, text: `${formatNumber(step.here)} here · ${described.text}` }
      : described
    const oldValue = before === null || old === undefined ? null : readOverlay(overlay, old, before)
    return [{ id, ...reading, change: describeChange(overlay, reading.value, oldValue) }]
  })
  const scale = scaleOf(
    overlay,
    readings.map(({ value }) => value),
  )
  for (const { id, value, text, change } of readings) {
    marks.set(id, { text: change === '' ? text : `${text} (${change})`, tint: overlay === 'counts' ? 0 : scale(value) })
  }
  return marks
}

/** Width and share of each connection: of those who left its step by a drawn way. `before`: by how much more than then. */
export function edgeMarks(
  graph: Graph,
  ports: readonly PortCount[],
  before: readonly PortCount[] | null = null,
): Map<string, OverlayMark> {
  const counts = countEdges(graph, ports)
  const earlier = before === null ? null : countEdges(graph, before)
  const most = Math.max(1, ...counts.values())
  const outOf = new Map<string, number>()
  for (const { from, port } of graph.edges) {
    outOf.set(from, (outOf.get(from) ?? 0) + (counts.get(`${from}:${port}`) ?? 0))
  }
  const ways = Map.groupBy(graph.edges, ({ from }) => from)
  return new Map(
    graph.edges.map(({ from, port }) => {
      const count = counts.get(`${from}:${port}`) ?? 0
      const isOnly = (ways.get(from) ?? []).length < 2
      const share = isOnly || count === 0 ? '' : ` · ${formatShare(count, outOf.get(from) ?? 0)}`
      const old = earlier?.get(`${from}:${port}`)
      const said = describeChange('counts', count, old ?? null)
      const change = said === '' ? '' : ` (${said})`
      return [`${from}:${port}`, { text: `${formatNumber(count)}${share}${change}`, tint: 0, flow: count / most }]
    }),
  )
}

/** From a value to one of five shades. Shares are on one scale from 0 to the largest; times by their magnitude. */
function scaleOf(overlay: Overlay, values: readonly (number | null)[]): (value: number | null) => Tint {
  const measure = overlay === 'time' ? (value: number) => Math.log10(1 + value / 60_000) : (value: number) => value
  const most = Math.max(0, ...values.map((value) => (value === null ? 0 : measure(value))))
  return (value) => {
    if (value === null || most === 0 || value === 0) return 0
    return Math.min(4, 1 + Math.floor((measure(value) / most) * 3.999)) as Tint
  }
}
