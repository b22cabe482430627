import { reachableFrom, successorsOf } from '../../graph/traverse.ts'
import type { Issue } from '../../issues.ts'
import type { Trigger } from '../../steps/entry.ts'
import { builtInEvents } from '../../vocabulary.ts'
import type { Analysis } from '../analysis.ts'
import { triggersOf } from '../triggers.ts'

/** What Trellis or a colleague did, though it is recorded as an event of the lead. */
const ourOwnEvents: ReadonlySet<string> = new Set([
  builtInEvents.invited,
  builtInEvents.messageSent,
  builtInEvents.taskDone,
])

/**
 * A transactional message answers an act of the lead. It passes the gate without consent and leaves without an unsubscribe
 * link, which every other message has by construction; so it should not go to leads who did nothing.
 */
export function checkTransactional({ graph, steps, entries, byId, walked }: Analysis): Issue[] {
  const messages = steps.filter(({ node, config }) => node.disabled !== true && config?.['purpose'] === 'transactional')
  const unasked = entries.filter((step) => triggersOf(step).some((trigger) => !isActOfLead(trigger)))
  if (messages.length === 0 || unasked.length === 0) return []
  // Who leaves a wait because the event happened has acted: those ways are left out, others to the same step are not.
  const wires = graph.edges.map(({ from, port, to }) => ({
    key: `${from} ${to}`,
    isAct: port === 'happened' && byId.get(from)?.node.type === 'wait_for_event',
  }))
  const quiet = new Set(wires.filter(({ isAct }) => !isAct).map(({ key }) => key))
  const acted = new Set(wires.filter(({ isAct, key }) => isAct && !quiet.has(key)).map(({ key }) => key))
  const edges = Array.from(walked).flatMap(([from, targets]) => targets.map((to) => ({ from, to })))
  const passive = successorsOf({
    nodes: graph.nodes,
    edges: edges.filter(({ from, to }) => !acted.has(`${from} ${to}`)),
  })
  const reached = reachableFrom(
    passive,
    unasked.map(({ node }) => node.id),
  )
  return messages
    .filter(({ node }) => reached.has(node.id))
    .map(({ node, name }) => ({
      code: 'TRANSACTIONAL_UNASKED',
      severity: 'warning',
      nodeId: node.id,
      path: ['purpose'],
      message: `"${name}" is transactional, so it needs no consent and has no unsubscribe link, but it can reach leads who did not ask for it; make it a nurture message, or send it only after something the lead did.`,
    }))
}

/** Leads added by hand, by the API or by an import may well have asked: nothing is said against those. */
function isActOfLead(trigger: Trigger): boolean {
  if (trigger.kind === 'event') return !ourOwnEvents.has(trigger.event)
  return ['form', 'manual', 'import'].includes(trigger.kind)
}
