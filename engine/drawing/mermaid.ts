/** A journey as a Mermaid flowchart, for wikis and pull requests (https://mermaid.js.org/syntax/flowchart.html). */
import type { JourneyDocument } from '../graph/document.ts'
import type { GraphNode } from '../graph/schema.ts'
import type { StepCategory } from '../steps/contract.ts'
import type { StepLooks } from './look.ts'

/** Round ends, diamonds for decisions, boxes for the rest. */
const shapes: Partial<Record<StepCategory, readonly [string, string]>> = {
  entry: ['([', '])'],
  decision: ['{', '}'],
}

/** The flowchart's text, one line per step and connection, ended by a line feed. */
export function toMermaid({ graph }: JourneyDocument, looks: StepLooks): string {
  // Step ids may be words of Mermaid's own ("end", "class"): what is drawn has ids of its own.
  const idOf = new Map(graph.nodes.map(({ id }, index) => [id, `s${String(index + 1)}`]))
  const steps = graph.nodes.map((node) => `  ${idOf.get(node.id) ?? ''}${boxOf(node, looks)}`)
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const lines = graph.edges.flatMap(({ from, port, to }) => {
    const [source, target, node] = [idOf.get(from), idOf.get(to), byId.get(from)]
    if (source === undefined || target === undefined || node === undefined) return []
    const ports = looks.portsOf(node)
    const label = ports.length > 1 ? (ports.find(({ id }) => id === port)?.label ?? port) : ''
    return [`  ${source} -->${label === '' ? '' : `|${quote(label)}|`} ${target}`]
  })
  return `${['flowchart TD', ...steps, ...lines].join('\n')}\n`
}

function boxOf(node: GraphNode, looks: StepLooks): string {
  const [open, close] = shapes[looks.categoryOf(node)] ?? ['[', ']']
  const summary = looks.summaryOf(node)
  const words =
    summary === ''
      ? quote(looks.titleOf(node))
      : `${quote(looks.titleOf(node)).slice(0, -1)}<br/>${quote(summary).slice(1)}`
  return `${open}${words}${close}`
}

/** A quoted label: Mermaid reads entities in it and nothing else. */
function quote(words: string): string {
  const safe = words
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('`', '#96;')
  return `"${safe}"`
}
