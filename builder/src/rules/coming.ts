/** Who comes to a step, as far as rules can say it: whom a case of a branch is counted among. */
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import type { Graph, GraphNode } from '#engine/graph/schema.ts'

/**
 * The leads who start the journey and, where the way from the entry leads through branches alone, who went the right way
 * there. After any other step leads may have changed, so nothing more is said. Null: anybody may come.
 */
export function comingTo(graph: Pick<Graph, 'nodes' | 'edges'>, stepId: string): Rule | null {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  const entry = graph.nodes.find(({ type }) => type === 'entry')
  const starting = entry === undefined ? null : startingBy(entry)
  const passing = passedOn(stepId, new Set())
  const parts = [starting, passing].filter((rule) => rule !== null)
  return parts.length > 1 ? { kind: 'all', rules: parts } : (parts[0] ?? null)

  /** What the branches right before it have decided; null where something else comes between. */
  function passedOn(id: string, walked: ReadonlySet<string>): Rule | null {
    if (walked.has(id)) return null
    const ways = graph.edges.filter(({ to }) => to === id)
    const rules: Rule[] = []
    for (const { from, port } of ways) {
      const node = nodes.get(from)
      if (node?.type !== 'branch' || node.disabled === true) return null
      const way = ruleOfWay(node, port)
      if (way === null) return null
      const before = passedOn(from, new Set([...walked, id]))
      rules.push(before === null ? way : { kind: 'all', rules: [before, way] })
    }
    return rules.length > 1 ? { kind: 'any', rules } : (rules[0] ?? null)
  }
}

/** Null as soon as one trigger lets in leads whom no rule describes. */
function startingBy({ config }: GraphNode): Rule | null {
  const triggers = Array.isArray(config['triggers']) ? (config['triggers'] as Record<string, unknown>[]) : []
  const rules: Rule[] = []
  for (const { kind, segment, tag } of triggers) {
    const rule =
      kind === 'schedule' || kind === 'segment_entered'
        ? ruleSchema.safeParse(segment).data
        : kind === 'tag_added' && typeof tag === 'string' && tag !== ''
          ? ({ kind: 'has_tag', tag } as const)
          : undefined
    if (rule === undefined) return null
    rules.push(rule)
  }
  const [first] = rules
  if (first === undefined || rules.some(({ kind }) => kind === 'always')) return null
  return rules.length > 1 ? { kind: 'any', rules } : first
}

/** Its own case, and none above it. Null where a case is not written yet. */
function ruleOfWay({ config }: GraphNode, port: string): Rule | null {
  const cases = Array.isArray(config['cases']) ? (config['cases'] as Record<string, unknown>[]) : []
  const at = port === 'else' ? cases.length : cases.findIndex(({ id }) => port === `case:${String(id)}`)
  if (at < 0) return null
  const read = cases.slice(0, at + 1).map(({ when }) => ruleSchema.safeParse(when).data)
  if (read.some((rule) => rule === undefined)) return null
  const rules = read as Rule[]
  const not = rules.slice(0, at).map((rule): Rule => ({ kind: 'not', rule }))
  const all = [...not, ...rules.slice(at)]
  return all.length > 1 ? { kind: 'all', rules: all } : (all[0] ?? null)
}
