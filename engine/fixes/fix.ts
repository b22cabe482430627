/** What a fix of a problem is: an edit with a name, sometimes with something to pick. */
import { analyse, type CompileContext } from '../compiler/analysis.ts'
import { checkDurations } from '../compiler/checks/durations.ts'
import { checkEntryTriggers } from '../compiler/checks/entry-triggers.ts'
import { checkMessageTexts } from '../compiler/checks/message-texts.ts'
import { checkRules } from '../compiler/checks/rules.ts'
import { checkSettings } from '../compiler/checks/settings.ts'
import { checkStepConfigs } from '../compiler/checks/step-configs.ts'
import { checkZones } from '../compiler/checks/zones.ts'
import { findNode, type JourneyDocument, type PortsOf } from '../graph/document.ts'
import type { GraphNode } from '../graph/schema.ts'
import type { Issue } from '../issues.ts'
import type { Port } from '../steps/contract.ts'
import { drawnPorts } from '../steps/drawn-ports.ts'

/** Something to pick, in the author's words. */
export interface Choice {
  value: string
  label: string
}

export interface Fix {
  /** Unique among the fixes of one problem: `add-exit`. */
  id: string
  /** As on a button: "Add an exit". */
  title: string
  /** What is to be picked, likeliest first, never empty; absent: nothing. Worked out when asked: it may be long. */
  choices?: () => Choice[]
  /** The edit. Solves the problem, keeps the graph well formed; returns the same document when it no longer applies. */
  apply(document: JourneyDocument, choice?: string): JourneyDocument
}

/** What fixes are looked for in. */
export interface FixContext extends CompileContext {
  document: JourneyDocument
}

export type FixMaker = (issue: Issue, context: FixContext) => Fix[]

/** The ways out of a step as it is drawn. */
export function portsOfRegistry({ registry }: Pick<FixContext, 'registry'>): (node: GraphNode) => readonly Port[] {
  return ((node) => drawnPorts(registry.get(node.type), node)) satisfies PortsOf
}

/** What a step is called, in quotes as everywhere in fixes. */
export function quoteTitle({ registry, document }: FixContext, id: string): string {
  return `“${titleOf({ registry, document }, id)}”`
}

/** The author's name of a step, else its type's title. */
export function titleOf({ registry, document }: Pick<FixContext, 'registry' | 'document'>, id: string): string {
  const node = findNode(document, id)
  return node === undefined ? id : (node.name ?? registry.get(node.type)?.title ?? node.type)
}

/** A fix without anything to pick. */
export function fix(id: string, title: string, apply: Fix['apply']): Fix {
  return { id, title, apply }
}

/** A fix with something to pick, or none when there is nothing. */
export function choosing(
  id: string,
  title: string,
  choices: () => Choice[],
  apply: (document: JourneyDocument, choice: string) => JourneyDocument,
): Fix {
  return {
    id,
    title,
    choices,
    apply: (document, choice) => {
      const chosen = choice ?? choices()[0]?.value
      return chosen === undefined ? document : apply(document, chosen)
    },
  }
}

/** True when the step's or the settings' own checks no longer report the problem at its place in this document. */
export function isSolved({ code, nodeId, path }: Issue, document: JourneyDocument, context: CompileContext): boolean {
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  const nodes = node === undefined ? [] : [node]
  // One step alone, checked by the checks that publishing uses.
  const analysis = analyse({ ...document.graph, nodes, edges: [] }, context)
  const place = JSON.stringify(path)
  return ![
    checkStepConfigs,
    checkRules,
    checkSettings,
    checkEntryTriggers,
    checkZones,
    checkDurations,
    checkMessageTexts,
  ]
    .flatMap((check) => check(analysis))
    .some((found) => found.code === code && found.nodeId === nodeId && JSON.stringify(found.path) === place)
}
