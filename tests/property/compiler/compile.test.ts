import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, type Compilation } from '#engine/compiler/compile.ts'
import { parseGraph } from '#engine/compiler/parse.ts'
import { canonicalJson } from '#engine/definition/canonical.ts'
import type { Definition } from '#engine/definition/types.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { issueCodes } from '#engine/issues.ts'
import { emptyLibrary } from '#engine/library.ts'
import { described, registry, rewiredGraphs, shuffled, validGraphs } from './random-graphs.ts'

const seed = 20_261_122
const compiled = (graph: Graph): Compilation =>
  compile(graph, { library: emptyLibrary(), journeys: new Set(), registry })
const nodesWith = ({ issues }: Compilation, code: string): string[] =>
  issues.flatMap((issue) => (issue.code === code ? [issue.nodeId ?? '-'] : [])).sort()

/** Where a lead can go from a step at once, by the definition and the catalogue. */
function waysOn({ steps }: Definition, id: string): string[] {
  const step = steps[id]
  if (step === undefined) return []
  const jump = step.type === 'go_to' && step.disabled !== true ? [String(step.config['target'])] : []
  return [...Object.values(step.next), ...jump]
}

/** The longest walk from a step until time passes or the path ends; Infinity when a walk can go on for ever. */
function longestWalk(definition: Definition, id: string, walking: readonly string[] = []): number {
  if (walking.includes(id)) return Infinity
  const step = definition.steps[id]
  if (step === undefined || (step.disabled !== true && described(step).rests)) return 1
  const ways = waysOn(definition, id).map((next) => longestWalk(definition, next, [...walking, id]))
  return 1 + Math.max(0, ...ways)
}

describe('valid graphs', () => {
  test('compile, and every path ends or lets time pass', () => {
    fc.assert(
      fc.property(validGraphs, (graph) => {
        const { definition, issues } = compiled(graph)
        expect(issues.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(definition).not.toBeNull()
        if (definition === null) return false
        for (const id of Object.keys(definition.steps)) {
          expect(waysOn(definition, id).every((next) => Object.hasOwn(definition.steps, next))).toBe(true)
          expect(waysOn(definition, id).length > 0).toBe(id !== 'exit')
        }
        return longestWalk(definition, definition.entry) <= graph.nodes.length
      }),
      { seed, numRuns: 400 },
    )
  })

  test('give the same bytes, hash and issues in whatever order they are written', () => {
    fc.assert(
      fc.property(validGraphs, fc.array(fc.nat(1000), { minLength: 30, maxLength: 30 }), (graph, order) => {
        const one = compiled(graph)
        const other = compiled(shuffled(graph, order))
        expect(canonicalJson(other.definition)).toBe(canonicalJson(one.definition))
        expect(JSON.stringify(other.definition)).toBe(JSON.stringify(one.definition))
        expect(other.hash).toBe(one.hash)
        expect(other.issues).toEqual(one.issues)
      }),
      { seed, numRuns: 300 },
    )
  })

  test('any other meaning gives another hash', () => {
    fc.assert(
      fc.property(validGraphs, fc.nat(100), (graph, place) => {
        const [first, ...rest] = graph.nodes
        const renamed = graph.nodes.map((node, index) =>
          index === place % graph.nodes.length ? { ...node, name: 'Renamed' } : node,
        )
        const noted = [{ ...first, notes: 'Only a note.' } as Graph['nodes'][number], ...rest]
        expect(compiled({ ...graph, nodes: renamed }).hash).not.toBe(compiled(graph).hash)
        expect(compiled({ ...graph, nodes: noted }).hash).toBe(compiled(graph).hash)
      }),
      { seed, numRuns: 100 },
    )
  })
})

describe('spoilt graphs', () => {
  /** Oracles by brute force, straight from the graph. */
  function restlessCircles(graph: Graph): boolean {
    const byId = new Map(graph.nodes.map((node) => [node.id, node]))
    const waysFrom = (id: string): string[] => {
      const node = byId.get(id)
      if (node === undefined) return []
      const first = described(node).ports[0]
      const edges = graph.edges.filter(({ from, port }) => from === id && (node.disabled !== true || port === first))
      const jump = node.type === 'go_to' && node.disabled !== true ? [String(node.config['target'])] : []
      return [...edges.map(({ to }) => to), ...jump].filter((to) => isBusy(to))
    }
    const isBusy = (id: string): boolean => {
      const node = byId.get(id)
      return node !== undefined && (node.disabled === true || !described(node).rests)
    }
    return graph.nodes.some(({ id }) => {
      const seen = new Set<string>()
      const ahead = isBusy(id) ? waysFrom(id) : []
      for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
        if (at === id) return true
        if (!seen.has(at)) ahead.push(...waysFrom(at))
        seen.add(at)
      }
      return false
    })
  }

  function unreached(graph: Graph): string[] {
    const reached = new Set(['start'])
    for (let before = 0; before !== reached.size;) {
      before = reached.size
      for (const { from, to } of graph.edges) if (reached.has(from)) reached.add(to)
      for (const node of graph.nodes) {
        if (node.type === 'go_to' && reached.has(node.id)) reached.add(String(node.config['target']))
      }
    }
    return graph.nodes.map(({ id }) => id).filter((id) => !reached.has(id))
  }

  test('circles without a wait, orphans, loose and missing connections are found, all of them and no others', () => {
    let circles = 0
    fc.assert(
      fc.property(rewiredGraphs, (graph) => {
        const result = compiled(graph)
        const hasCircle = restlessCircles(graph)
        circles += hasCircle ? 1 : 0
        expect(nodesWith(result, 'CYCLE_WITHOUT_WAIT').length > 0).toBe(hasCircle)
        // A disabled go-to keeps its target connected: it may be switched on again.
        expect(nodesWith(result, 'STEP_UNREACHABLE')).toEqual(unreached(graph).sort())
        const loose = graph.edges.filter(({ to }) => to === 'ghost').map(({ from }) => from)
        expect(nodesWith(result, 'GRAPH_DANGLING_EDGE')).toEqual(loose.sort())
        const unwired = graph.nodes.flatMap((node) => {
          const ports = registry.get(node.type)?.ports(registry.get(node.type)?.config.parse(node.config)) ?? []
          const needed = (node.disabled === true ? ports.slice(0, 1) : ports).filter(
            ({ optional }) => optional !== true,
          )
          const wired = new Set(graph.edges.filter(({ from }) => from === node.id).map(({ port }) => port))
          return needed.filter(({ id }) => !wired.has(id)).map(() => node.id)
        })
        expect(nodesWith(result, 'STEP_PORT_UNWIRED')).toEqual(unwired.sort())
        const into = graph.edges.filter(({ to }) => to === 'start').map(({ from }) => from)
        expect([...new Set(nodesWith(result, 'GRAPH_EDGE_INTO_ENTRY'))]).toEqual([...new Set(into)].sort())
      }),
      { seed, numRuns: 600 },
    )
    expect(circles).toBeGreaterThan(60)
  })

  test('give no definition exactly when there is an error', () => {
    fc.assert(
      fc.property(fc.oneof(rewiredGraphs, validGraphs), (graph) => {
        const { definition, hash, issues } = compiled(graph)
        expect(definition === null).toBe(issues.some(({ severity }) => severity === 'error'))
        expect(hash === null).toBe(definition === null)
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe('malformed JSON', () => {
  /** A graph in which some values were replaced by anything. */
  const damaged = fc
    .tuple(validGraphs, fc.array(fc.tuple(fc.array(fc.nat(30), { maxLength: 6 }), fc.jsonValue()), { maxLength: 4 }))
    .map(([graph, damages]) => {
      const copy = { root: JSON.parse(JSON.stringify(graph)) as unknown }
      for (const [path, value] of damages) {
        let at: Record<string, unknown> = copy
        let key = 'root'
        for (const step of path) {
          const inner = at[key]
          if (typeof inner !== 'object' || inner === null || Object.keys(inner).length === 0) break
          const keys = Object.keys(inner)
          at = inner as Record<string, unknown>
          key = keys[step % keys.length] ?? key
        }
        at[key] = value
      }
      return copy.root
    })

  test('never makes the parser or the compiler throw, and every issue has a known code, a place and words', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.jsonValue(), fc.anything()), (json) => {
        const { graph, issues } = parseGraph(json)
        expect(graph === null).toBe(issues.length > 0)
        const all = graph === null ? issues : compiled(graph).issues
        for (const { code, message, path } of all) {
          expect(issueCodes).toContain(code)
          expect(message.length).toBeGreaterThan(10)
          expect(path.every((part) => ['string', 'number'].includes(typeof part))).toBe(true)
        }
      }),
      { seed, numRuns: 3000 },
    )
  })
})
