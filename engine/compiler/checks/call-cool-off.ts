import { durationToMs } from '../../schedule/duration.ts'
import { builtInEvents } from '../../vocabulary.ts'
import type { Issue } from '../../issues.ts'
import { quoteStep, type Analysis, type AnalysedStep } from '../analysis.ts'
import { triggersOf } from '../triggers.ts'

/** How soon after a download a step can be reached, and which download that was. */
interface Arrival {
  ms: number
  source: string
}

/**
 * After a download, do not call (PLAYBOOK D1). On every way from a download to a call, the waiting that is guaranteed must
 * be as long as the cool-off: the longer one of the journey's and the company's, as the gate has it. A call step whose
 * author wrote that it waits for the cool-off is fine anywhere; the default does not count, or nobody would notice.
 */
export function checkCallCoolOff(analysis: Analysis): Issue[] {
  const calls = analysis.steps.filter((step) => isCall(step) && step.node.disabled !== true)
  if (calls.length === 0) return []
  const coolOffMs = Math.max(
    durationToMs(analysis.graph.settings.callCoolOff),
    durationToMs(analysis.context.library.policy.callCoolOff),
  )
  const arrivals = soonestAfterDownload(analysis, coolOffMs)
  return calls.flatMap(({ node, name }): Issue[] => {
    const arrival = arrivals.get(node.id)
    if (arrival === undefined || arrival.ms >= coolOffMs) return []
    const soon = arrival.ms === 0 ? 'right after' : `only ${describeMs(arrival.ms)} after`
    const message = `"${name}" can call ${soon} the download at ${quoteStep(analysis, arrival.source)}, within the cool-off of ${describeMs(coolOffMs)}; wait longer before it, or say that the call waits for the cool-off.`
    return [{ code: 'CALL_BEFORE_COOL_OFF', severity: 'error', nodeId: node.id, path: ['afterCoolOff'], message }]
  })
}

function isCall({ node, config }: AnalysedStep): boolean {
  if (config === null || node.config['afterCoolOff'] === 'wait') return false
  return node.type === 'escalate_to_call' || config['taskKind'] === 'call'
}

/** Shortest guaranteed time from any download to each step (label correcting; nothing beyond the cool-off is followed). */
function soonestAfterDownload(analysis: Analysis, limitMs: number): Map<string, Arrival> {
  const { steps, byId, walked } = analysis
  const arrivals = new Map<string, Arrival>()
  const queue: string[] = []
  const arrive = (id: string, arrival: Arrival): void => {
    if (arrival.ms >= (arrivals.get(id)?.ms ?? limitMs)) return
    arrivals.set(id, arrival)
    queue.push(id)
  }
  for (const step of steps) {
    for (const id of stepsAfterDownload(analysis, step)) arrive(id, { ms: 0, source: step.node.id })
  }
  for (const id of queue) {
    const { ms, source } = arrivals.get(id) ?? { ms: 0, source: id }
    const stayMs = byId.get(id)?.minStayMs ?? 0
    for (const next of walked.get(id) ?? []) arrive(next, { ms: ms + stayMs, source })
  }
  return arrivals
}

/** Where a lead stands the moment it has downloaded something, when this step is where that shows. */
function stepsAfterDownload({ walked, edgesFrom }: Analysis, step: AnalysedStep): readonly string[] {
  const { node, type, config } = step
  if (node.disabled === true || config === null) return []
  const after = walked.get(node.id) ?? []
  const entersByDownload =
    type?.category === 'entry' &&
    triggersOf(step).some((trigger) => trigger.kind === 'event' && trigger.event === builtInEvents.downloaded)
  if (entersByDownload || node.type === 'send_asset') return after
  if (node.type !== 'wait_for_event' || config['event'] !== builtInEvents.downloaded) return []
  return (edgesFrom.get(node.id) ?? []).filter(({ port }) => port === 'happened').map(({ to }) => to)
}

function describeMs(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  if (hours < 1) return `${String(Math.floor(ms / 60_000))} minutes`
  if (hours % 24 !== 0) return hours === 1 ? '1 hour' : `${String(hours)} hours`
  return hours === 24 ? '1 day' : `${String(hours / 24)} days`
}
