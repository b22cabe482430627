/** Everything that can be said against a graph, all at once. */
import type { Issue } from '../issues.ts'
import type { Analysis } from './analysis.ts'
import { checkAnswers } from './checks/answers.ts'
import { checkCallCoolOff } from './checks/call-cool-off.ts'
import { checkCycles } from './checks/cycles.ts'
import { checkDisabledBranches } from './checks/disabled-branches.ts'
import { checkDurations } from './checks/durations.ts'
import { checkEdges } from './checks/edges.ts'
import { checkEntryTriggers } from './checks/entry-triggers.ts'
import { checkEntry } from './checks/entry.ts'
import { checkJumps } from './checks/jumps.ts'
import { checkMessageTexts } from './checks/message-texts.ts'
import { checkNodeIds } from './checks/node-ids.ts'
import { checkPorts } from './checks/ports.ts'
import { checkReachability } from './checks/reachability.ts'
import { checkRules } from './checks/rules.ts'
import { checkSettings } from './checks/settings.ts'
import { checkStepConfigs } from './checks/step-configs.ts'
import { checkStepTypes } from './checks/step-types.ts'
import { checkTransactional } from './checks/transactional.ts'
import { checkZones } from './checks/zones.ts'

/**
 * The checks, one file each. Those that look at every step's config come last: what a step type's own check has said
 * about a setting is not said again.
 */
const checks: readonly ((analysis: Analysis) => Issue[])[] = [
  checkNodeIds,
  checkEntry,
  checkStepTypes,
  checkEdges,
  checkPorts,
  checkReachability,
  checkCycles,
  checkSettings,
  checkRules,
  checkStepConfigs,
  checkEntryTriggers,
  checkCallCoolOff,
  checkTransactional,
  checkAnswers,
  checkDisabledBranches,
]
const everywhere: readonly ((analysis: Analysis) => Issue[])[] = [
  checkJumps,
  checkZones,
  checkDurations,
  checkMessageTexts,
]

/** What a disabled step cannot do any harm with until it is switched on again. */
const structural: ReadonlySet<string> = new Set([
  'GRAPH_MALFORMED',
  'GRAPH_DUPLICATE_NODE',
  'GRAPH_DANGLING_EDGE',
  'GRAPH_DUPLICATE_EDGE',
  'GRAPH_UNKNOWN_PORT',
  'GRAPH_NO_ENTRY',
  'GRAPH_MANY_ENTRIES',
  'GRAPH_EDGE_INTO_ENTRY',
  'STEP_TYPE_UNKNOWN',
  'STEP_CONFIG_INVALID',
  'STEP_UNREACHABLE',
  'STEP_PORT_UNWIRED',
])

/**
 * Every problem of a graph, once, in the order in which a reader meets the steps: the journey as a whole first. The same
 * graph with its nodes and edges in another order gives the same list, but for positions in `edges`.
 */
export function validate(analysis: Analysis): Issue[] {
  const issues = checks.flatMap((check) => check(analysis))
  const said = new Set(issues.map(placeOf))
  const more = everywhere.flatMap((check) => check(analysis)).filter((issue) => !said.has(placeOf(issue)))
  const once = new Map([...issues, ...more].map((issue) => [`${placeOf(issue)} ${issue.message}`, issue]))
  return inReadingOrder(
    Array.from(once.values(), (issue) => softened(issue, analysis)),
    analysis,
  )
}

function placeOf({ code, nodeId, path }: Issue): string {
  return JSON.stringify([code, nodeId ?? null, path])
}

function softened(issue: Issue, { byId }: Analysis): Issue {
  const disabled = issue.nodeId !== undefined && byId.get(issue.nodeId)?.node.disabled === true
  return disabled && !structural.has(issue.code) ? { ...issue, severity: 'warning' } : issue
}

function inReadingOrder(issues: readonly Issue[], { order }: Analysis): Issue[] {
  const rank = new Map(order.map((id, index) => [id, index]))
  const rankOf = ({ nodeId }: Issue): number => (nodeId === undefined ? -1 : (rank.get(nodeId) ?? rank.size))
  return issues
    .map((issue) => ({ issue, rank: rankOf(issue), place: `${placeOf(issue)} ${issue.message}` }))
    .sort((one, other) => one.rank - other.rank || (one.place < other.place ? -1 : 1))
    .map(({ issue }) => issue)
}
