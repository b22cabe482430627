/**
 * One-click fixes: what can be done about a problem, as edits. Pure; every fix solves its problem and keeps the graph
 * well formed (tests/property/graph/fixes.test.ts).
 */
import { entryType, findNode, withGraph, type JourneyDocument } from '../graph/document.ts'
import { connect, removeSteps } from '../graph/edit.ts'
import type { Issue, IssueCode } from '../issues.ts'
import { chooseReference, fixConfig, fixOperator, fixReference, fixRuleValue } from './config-fixes.ts'
import { fix, type Fix, type FixContext, type FixMaker } from './fix.ts'
import { renameRepeated } from './put-before.ts'
import {
  fixCoolOff,
  fixDeadline,
  fixDuration,
  fixMalformed,
  fixNeverAsked,
  fixPromotional,
  fixPurpose,
  fixSplit,
  fixTimeout,
  fixZone,
} from './setting-fixes.ts'
import { fixAltText, fixInsecureLink, fixTemplate, fixVariable } from './text-fixes.ts'
import {
  fixCircle,
  fixDanglingEdge,
  fixDisabledBranch,
  fixDuplicateEdge,
  fixEdgeIntoEntry,
  fixNoEntry,
  fixUnknownPort,
  fixUnreachable,
  fixUnwiredPort,
  removeTheStep,
} from './wiring.ts'

export type { Choice, Fix, FixContext } from './fix.ts'

/**
 * Codes that only a person can act on: another version of Trellis, a definition outside the journey, or words to be
 * found. (docs/builder.md lists them.)
 */
const makers: Partial<Record<IssueCode, FixMaker>> = {
  GRAPH_MALFORMED: fixMalformed,
  GRAPH_DUPLICATE_NODE: ({ nodeId }) =>
    nodeId === undefined ? [] : [fix('rename', 'Give each its own id', (one) => renameRepeated(one, nodeId))],
  GRAPH_DANGLING_EDGE: fixDanglingEdge,
  GRAPH_DUPLICATE_EDGE: fixDuplicateEdge,
  GRAPH_UNKNOWN_PORT: fixUnknownPort,
  GRAPH_NO_ENTRY: fixNoEntry,
  GRAPH_MANY_ENTRIES: fixManyEntries,
  GRAPH_EDGE_INTO_ENTRY: fixEdgeIntoEntry,
  STEP_TYPE_UNKNOWN: removeTheStep,
  STEP_CONFIG_INVALID: fixConfig,
  STEP_UNREACHABLE: fixUnreachable,
  STEP_PORT_UNWIRED: fixUnwiredPort,
  STEP_DISABLED_BRANCH: fixDisabledBranch,
  CYCLE_WITHOUT_WAIT: fixCircle,
  SPLIT_NOT_100: fixSplit,
  WAIT_WITHOUT_TIMEOUT: fixTimeout,
  GOTO_TARGET_MISSING: (issue, context) => [...chooseReference(issue, context), ...removeTheStep(issue)],
  REFERENCE_MISSING: fixReference,
  FIELD_UNKNOWN: fixReference,
  FIELD_READ_ONLY: fixReference,
  OPERATOR_UNKNOWN: fixOperator,
  OPERATOR_NOT_FOR_TYPE: fixOperator,
  RULE_VALUE_INVALID: fixRuleValue,
  CALL_BEFORE_COOL_OFF: fixCoolOff,
  PROMOTIONAL_IN_NURTURE: fixPromotional,
  TRANSACTIONAL_UNASKED: fixPurpose,
  TRANSACTIONAL_PROMOTES: fixPurpose,
  MESSAGE_VARIABLE_UNKNOWN: fixVariable,
  MESSAGE_TEMPLATE_INVALID: fixTemplate,
  MESSAGE_LINK_INSECURE: fixInsecureLink,
  MESSAGE_IMAGE_WITHOUT_ALT: fixAltText,
  TASK_WITHOUT_SLA: fixDeadline,
  ANSWER_NEVER_ASKED: fixNeverAsked,
  DURATION_INVALID: fixDuration,
  ZONE_UNKNOWN: fixZone,
}

/** What can be done about a problem, the likeliest first; empty when only a person knows. Never throws for a graph. */
export function fixesFor(issue: Issue, context: FixContext): Fix[] {
  return makers[issue.code]?.(issue, context) ?? []
}

/** One entry keeps all triggers, or one goes. */
function fixManyEntries({ nodeId }: Issue, { document }: FixContext): Fix[] {
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  if (node === undefined) return []
  const entries = document.graph.nodes.filter(({ type }) => type === entryType)
  const others = entries.filter(({ id }) => id !== node.id)
  const triggers = entries.flatMap(({ config }) => (Array.isArray(config['triggers']) ? config['triggers'] : []))
  return [
    ...(triggers.length <= 20
      ? [fix('keep', 'Keep this one, with all the triggers', (one) => mergeEntries(one, node.id))]
      : []),
    ...(others.length === 0 ? [] : [fix('remove', 'Remove this entry', (one) => removeSteps(one, [node.id]))]),
  ]
}

function mergeEntries(document: JourneyDocument, kept: string): JourneyDocument {
  const others = document.graph.nodes.filter(({ id, type }) => type === entryType && id !== kept)
  const taken = new Set<string>()
  const nodes = document.graph.nodes.map((node) => {
    if (node.id !== kept) return node
    const all = [node, ...others].flatMap(({ config }) => (Array.isArray(config['triggers']) ? config['triggers'] : []))
    const triggers = all.map((trigger: { id?: unknown }) => {
      const wanted = typeof trigger.id === 'string' ? trigger.id : 'trigger'
      let id = wanted
      for (let number = 2; taken.has(id); number += 1) id = `${wanted}-${String(number)}`
      taken.add(id)
      return { ...trigger, id }
    })
    return { ...node, config: { ...node.config, triggers } }
  })
  const onward = document.graph.edges.find(({ from }) => others.some(({ id }) => id === from))?.to
  const removed = removeSteps(
    withGraph(document, { nodes }),
    others.map(({ id }) => id),
  )
  const isWired = removed.graph.edges.some(({ from }) => from === kept)
  return isWired || onward === undefined ? removed : connect(removed, { from: kept, port: 'next', to: onward })
}
