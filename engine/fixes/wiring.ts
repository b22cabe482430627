/** Fixes of connections: ways that lead nowhere, loose ends, steps nobody reaches, circles without time. */
import { analyse } from '../compiler/analysis.ts'
import { circlesWithoutWait } from '../compiler/checks/cycles.ts'
import { edgeFrom, entryType, findNode, refuseConnection, withGraph, type JourneyDocument } from '../graph/document.ts'
import { addStep, addStepAfter, connect, disconnect, removeSteps, spliceIn, toggleSteps } from '../graph/edit.ts'
import { reachableFrom } from '../graph/traverse.ts'
import type { Issue } from '../issues.ts'
import { choosing, fix, portsOfRegistry, quoteTitle, titleOf, type Choice, type Fix, type FixContext } from './fix.ts'
import { putBefore, retarget } from './put-before.ts'

/** The way out an issue is about. */
function portOf({ path }: Issue): string | null {
  return path[0] === 'ports' && typeof path[1] === 'string' ? path[1] : null
}

export function fixUnwiredPort(issue: Issue, context: FixContext): Fix[] {
  const { document } = context
  const [from, port] = [issue.nodeId, portOf(issue)]
  const node = from === undefined ? undefined : findNode(document, from)
  if (node === undefined || from === undefined || port === null) return []
  const portsOf = portsOfRegistry(context)
  const lead = (to: string) => (one: JourneyDocument) => connect(one, { from, port, to })
  const main = portsOf(node)
    .map(({ id }) => edgeFrom(document, from, id)?.to)
    .find((to) => to !== undefined && refuseConnection(document, from, to) === null && to !== from)
  const loose = rootsOf(context).filter((id) => id !== from)
  const exits = document.graph.nodes.filter(({ type }) => type === 'exit').map(({ id }) => id)
  return [
    ...(main === undefined ? [] : [fix('join', `Go on with ${quoteTitle(context, main)}`, lead(main))]),
    ...loose.slice(0, 1).map((id) => fix('connect-loose', `Connect to ${quoteTitle(context, id)}`, lead(id))),
    ...exits.slice(0, 1).map((id) => fix('connect-exit', `Lead to the exit ${quoteTitle(context, id)}`, lead(id))),
    fix(
      'add-exit',
      'Add an exit',
      (one) => addStepAfter(one, { from, port }, { type: 'exit', config: {} }, portsOf).document,
    ),
    ...(!document.graph.nodes.some(({ id }) => isTarget(document, from, id))
      ? []
      : [
          choosing(
            'connect',
            'Connect to…',
            () => targets(context, from),
            (one, to) => connect(one, { from, port, to }),
          ),
        ]),
  ]
}

/** Steps a connection from here may lead to, in the order of the graph, exits last. */
function targets(context: FixContext, from: string): Choice[] {
  const { document } = context
  return document.graph.nodes
    .filter(({ id }) => isTarget(document, from, id))
    .toSorted((one, other) => Number(one.type === 'exit') - Number(other.type === 'exit'))
    .map(({ id }) => ({ value: id, label: titleOf(context, id) }))
}

function isTarget(document: JourneyDocument, from: string, to: string): boolean {
  return to !== from && refuseConnection(document, from, to) === null
}

/** Steps no connection leads to, the entry aside. */
function rootsOf({ document: { graph } }: FixContext): string[] {
  const led = new Set(graph.edges.map(({ to }) => to))
  return graph.nodes.filter(({ id, type }) => type !== entryType && !led.has(id)).map(({ id }) => id)
}

export function fixUnreachable(issue: Issue, context: FixContext): Fix[] {
  const { document } = context
  const { nodeId } = issue
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  if (node === undefined || nodeId === undefined) return []
  const analysis = analyse(document.graph, context)
  const reached = reachableFrom(
    analysis.connected,
    analysis.entries.map((entry) => entry.node.id),
  )
  const portsOf = portsOfRegistry(context)
  const first = portsOf(node)[0]
  const isFree = first !== undefined && edgeFrom(document, nodeId, first.id) === undefined
  const ways = document.graph.nodes
    .filter(({ id }) => reached.has(id) && id !== nodeId)
    .flatMap((one) => portsOf(one).map(({ id: port, label }) => ({ from: one.id, port, label })))
  const open = ways.filter(({ from, port }) => edgeFrom(document, from, port) === undefined)
  // Between two steps only when its own way on is still free: nothing that was connected may be lost.
  const usable = isFree ? [...open, ...ways.filter((way) => !open.includes(way))] : open
  const after =
    ({ from, port }: { from: string; port: string }) =>
    (one: JourneyDocument) =>
      spliceIn(one, nodeId, { from, port }, portsOf)
  const unreached = document.graph.nodes.filter(({ id }) => !reached.has(id)).map(({ id }) => id)
  const [only] = open
  return [
    ...(only === undefined
      ? []
      : [fix('after-open', `Put it after ${quoteTitle(context, only.from)} (${only.label})`, after(only))]),
    ...(usable.length === 0
      ? []
      : [
          choosing(
            'after',
            'Put it after…',
            () =>
              usable.map(({ from, port, label }) => ({
                value: JSON.stringify([from, port]),
                label: `${titleOf(context, from)}: ${label}`,
              })),
            (one, choice) => {
              const [from = '', port = ''] = JSON.parse(choice) as string[]
              return after({ from, port })(one)
            },
          ),
        ]),
    fix('remove', 'Remove the step', (one) => removeSteps(one, [nodeId])),
    ...(unreached.length < 2
      ? []
      : [
          fix('remove-all', `Remove all ${String(unreached.length)} steps that nobody reaches`, (one) =>
            removeSteps(one, unreached),
          ),
        ]),
  ]
}

export function fixUnknownPort(issue: Issue, context: FixContext): Fix[] {
  const { document } = context
  const [from, port] = [issue.nodeId, portOf(issue)]
  const node = from === undefined ? undefined : findNode(document, from)
  if (node === undefined || from === undefined || port === null) return []
  const to = edgeFrom(document, from, port)?.to
  const free = portsOfRegistry(context)(node).filter(({ id }) => edgeFrom(document, from, id) === undefined)
  const remove = (one: JourneyDocument) => disconnect(one, { from, port })
  return [
    ...(to === undefined
      ? []
      : free.map(({ id, label }) =>
          fix(`move-${id}`, `Move it to the way “${label}”`, (one) => connect(remove(one), { from, port: id, to })),
        )),
    fix('remove', 'Remove the connection', remove),
  ]
}

export function fixDanglingEdge(issue: Issue, { document }: FixContext): Fix[] {
  const known = new Set(document.graph.nodes.map(({ id }) => id))
  const [where, index] = issue.path
  const edge =
    where === 'edges' && typeof index === 'number'
      ? document.graph.edges[index]
      : document.graph.edges.find(
          ({ from, port, to }) => from === issue.nodeId && port === portOf(issue) && !known.has(to),
        )
  if (edge === undefined) return []
  return [
    fix('remove', 'Remove the connection', (one) => {
      const edges = one.graph.edges.filter(
        ({ from, port, to }) => !(from === edge.from && port === edge.port && to === edge.to),
      )
      return edges.length === one.graph.edges.length ? one : withGraph(one, { edges })
    }),
  ]
}

export function fixDuplicateEdge(issue: Issue, context: FixContext): Fix[] {
  const [from, port] = [issue.nodeId, portOf(issue)]
  const edges = context.document.graph.edges.filter((edge) => edge.from === from && edge.port === port)
  const ends = [...new Set(edges.map(({ to }) => to))]
  return ends.map((to) =>
    fix(`keep-${to}`, `Keep the one to ${quoteTitle(context, to)}`, (one) => {
      const kept = one.graph.edges.find((edge) => edge.from === from && edge.port === port && edge.to === to)
      return kept === undefined
        ? one
        : withGraph(one, {
            edges: one.graph.edges.filter((edge) => edge === kept || edge.from !== from || edge.port !== port),
          })
    }),
  )
}

export function fixEdgeIntoEntry(issue: Issue, context: FixContext): Fix[] {
  const { document } = context
  const entry = document.graph.nodes.find(({ type }) => type === entryType)
  const { nodeId: from } = issue
  const port = portOf(issue)
  if (entry === undefined || from === undefined) return []
  const next = document.graph.edges.find((edge) => edge.from === entry.id)?.to
  const isUsable = next !== undefined && next !== from && refuseConnection(document, from, next) === null
  const title = isUsable ? `Lead to ${quoteTitle(context, next)}, the step after the entry` : ''
  if (port === null) {
    return isUsable ? [fix('after-entry', title, (one) => retarget(one, [from], entry.id, next, context))] : []
  }
  return [
    ...(isUsable ? [fix('after-entry', title, (one) => connect(one, { from, port, to: next }))] : []),
    fix('remove', 'Remove the connection', (one) => disconnect(one, { from, port })),
  ]
}

export function fixCircle(issue: Issue, context: FixContext): Fix[] {
  const { nodeId } = issue
  if (nodeId === undefined) return []
  const waiting = (duration: string, words: string) =>
    fix(`wait-${duration}`, `Put a wait of ${words} into the circle`, (one) => {
      const circle = circlesWithoutWait(analyse(one.graph, context)).find(([first]) => first === nodeId)
      if (circle === undefined) return one
      return putBefore(one, nodeId, { type: 'wait', config: { duration } }, context, new Set(circle))
    })
  return [waiting('P1D', 'a day'), waiting('P7D', 'a week')]
}

export function fixNoEntry({ nodeId }: Issue, context: FixContext): Fix[] {
  if (nodeId !== undefined) {
    // The editor never switches an entry off; a file may have.
    return [
      fix('switch-on', 'Switch it on', (one) =>
        withGraph(one, {
          nodes: one.graph.nodes.map((node) => {
            if (node.id !== nodeId) return node
            const { disabled: _disabled, ...rest } = node
            return rest
          }),
        }),
      ),
    ]
  }
  return [
    fix('add-entry', 'Add an entry', (one) => {
      const config = context.registry.get(entryType)?.starter ?? {}
      const [root] = rootsOf({ ...context, document: one })
      const { document, id } = addStep(one, { type: entryType, config })
      return id === null || root === undefined ? document : connect(document, { from: id, port: 'next', to: root })
    }),
  ]
}

export function fixDisabledBranch({ nodeId }: Issue, context: FixContext): Fix[] {
  const node = nodeId === undefined ? undefined : findNode(context.document, nodeId)
  if (node === undefined) return []
  const [first] = portsOfRegistry(context)(node)
  return [
    fix('switch-on', 'Switch it on', (one) =>
      findNode(one, node.id)?.disabled === true ? toggleSteps(one, [node.id]) : one,
    ),
    ...(first === undefined
      ? []
      : [
          fix('remove', `Remove it; everybody goes by “${first.label}”`, (one) =>
            removeSteps(one, [node.id], { [node.id]: first.id }),
          ),
        ]),
  ]
}

export function removeTheStep({ nodeId }: Issue): Fix[] {
  return nodeId === undefined ? [] : [fix('remove', 'Remove the step', (one) => removeSteps(one, [nodeId]))]
}
