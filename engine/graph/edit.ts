/**
 * Every edit of the canvas and of the outline, as pure functions of the document. Each keeps the graph well formed: one
 * entry at most, ids once, one connection per way out, no connection to nowhere. What cannot be done leaves the document
 * as it was (the very same object), so an edit that changed nothing is told from one that did. Untouched steps keep their
 * identity, which is what keeps the canvas from drawing them again.
 */
import {
  edgeFrom,
  entryType,
  findNode,
  freshId,
  refuseConnection,
  withGraph,
  type JourneyDocument,
  type Point,
  type PortsOf,
} from './document.ts'
import { triesSchema, type GraphEdge, type GraphNode, type JourneySettings, type Layout, type Tries } from './schema.ts'

/** What a new step is made of. */
export interface NewStep {
  type: string
  config: Record<string, unknown>
  name?: string
}

/** A new step on its own. Its id comes back, null when it cannot be (a second entry). */
export function addStep(
  document: JourneyDocument,
  step: NewStep,
  at?: Point,
): { document: JourneyDocument; id: string | null } {
  if (step.type === entryType && document.graph.nodes.some(({ type }) => type === entryType)) {
    return { document, id: null }
  }
  const id = freshId(document, step.type)
  const node: GraphNode = { id, type: step.type, config: step.config, ...(step.name ? { name: step.name } : {}) }
  const added = withGraph(document, { nodes: [...document.graph.nodes, node] })
  return { document: at === undefined ? added : place(added, { [id]: at }), id }
}

/** A new step at the end of a way out; whatever the way led to comes after it. */
export function addStepAfter(
  document: JourneyDocument,
  { from, port }: { from: string; port: string },
  step: NewStep,
  portsOf: PortsOf,
  at?: Point,
): { document: JourneyDocument; id: string | null } {
  if (findNode(document, from) === undefined || step.type === entryType) return { document, id: null }
  const { document: added, id } = addStep(document, step, at)
  return id === null ? { document, id } : { document: spliceIn(added, id, { from, port }, portsOf), id }
}

/** Puts a step that is there into a connection: the way out leads to it, and its first way out leads on. */
export function spliceIn(
  document: JourneyDocument,
  id: string,
  { from, port }: { from: string; port: string },
  portsOf: PortsOf,
): JourneyDocument {
  const node = findNode(document, id)
  if (node === undefined || id === from || refuseConnection(document, from, id) !== null) return document
  const before = edgeFrom(document, from, port)
  if (before?.to === id) return document
  const connected = connect(document, { from, port, to: id })
  const onward = portsOf(node)[0]
  if (before === undefined || onward === undefined || edgeFrom(document, id, onward.id) !== undefined) return connected
  return connect(connected, { from: id, port: onward.id, to: before.to })
}

/** Leads a way out to a step; where it led before, it leads no more. */
export function connect(document: JourneyDocument, edge: GraphEdge): JourneyDocument {
  const { from, port, to } = edge
  if (refuseConnection(document, from, to) !== null) return document
  const before = edgeFrom(document, from, port)
  if (before?.to === to) return document
  const { edges } = document.graph
  return withGraph(document, {
    edges:
      before === undefined
        ? [...edges, { from, port, to }]
        : edges.map((one) => (one === before ? { from, port, to } : one)),
  })
}

/** Takes a connection away. */
export function disconnect(document: JourneyDocument, { from, port }: { from: string; port: string }): JourneyDocument {
  const before = edgeFrom(document, from, port)
  if (before === undefined) return document
  return withGraph(document, { edges: document.graph.edges.filter((edge) => edge !== before) })
}

/** The ways out of a step that lead somewhere: with more than one, deleting must ask which to keep. */
export function wiredPorts({ graph }: JourneyDocument, id: string): GraphEdge[] {
  return graph.edges.filter(({ from }) => from === id)
}

/**
 * Deletes steps and heals: who led to a deleted step leads to where its kept way out led (its only one, unless `keep`
 * names another). Jumps to it stay and become problems, since only their author knows what was meant.
 */
export function removeSteps(
  document: JourneyDocument,
  ids: readonly string[],
  keep: Readonly<Record<string, string>> = {},
): JourneyDocument {
  const gone = new Set(ids.filter((id) => findNode(document, id) !== undefined))
  if (gone.size === 0) return document
  const { nodes, edges } = document.graph
  /** Where leads go on when this step is not there any more; null when nowhere, or in a circle of deleted steps. */
  const onward = (id: string, seen: ReadonlySet<string> = new Set()): string | null => {
    if (!gone.has(id)) return id
    if (seen.has(id)) return null
    const ways = edges.filter(({ from }) => from === id)
    const way =
      keep[id] === undefined ? (ways.length === 1 ? ways[0] : undefined) : ways.find(({ port }) => port === keep[id])
    return way === undefined ? null : onward(way.to, new Set([...seen, id]))
  }
  const healed = edges.flatMap((edge): GraphEdge[] => {
    if (gone.has(edge.from)) return []
    if (!gone.has(edge.to)) return [edge]
    const to = onward(edge.to)
    return to === null ? [] : [{ ...edge, to }]
  })
  const positions = Object.fromEntries(Object.entries(document.layout.positions).filter(([id]) => !gone.has(id)))
  return {
    graph: { ...document.graph, nodes: nodes.filter(({ id }) => !gone.has(id)), edges: healed },
    layout: { ...document.layout, positions },
  }
}

/** Writes a step's settings. Connections of ways out that it no longer has go with them. */
export function configureStep(
  document: JourneyDocument,
  id: string,
  config: Record<string, unknown>,
  portsOf: PortsOf,
): JourneyDocument {
  return changeNode(document, id, { config }, portsOf)
}

/** Another type in the same place: its name and notes stay, ways out of the same name stay connected. */
export function replaceStep(document: JourneyDocument, id: string, step: NewStep, portsOf: PortsOf): JourneyDocument {
  const node = findNode(document, id)
  if (node === undefined || (node.type === entryType) !== (step.type === entryType)) return document
  const ways = wiredPorts(document, id)
  const { tries: _tries, ...kept } = node
  const replaced = changeNode(replaceNode(document, kept), id, { type: step.type, config: step.config }, portsOf)
  const first = portsOf({ ...node, type: step.type, config: step.config })[0]
  const [only] = ways
  // A step with one way on keeps it, whatever the way is called.
  if (ways.length !== 1 || only === undefined || first === undefined || wiredPorts(replaced, id).length > 0)
    return replaced
  return connect(replaced, { from: id, port: first.id, to: only.to })
}

/** Names a step; an empty name gives it its type's title again. */
export function renameStep(document: JourneyDocument, id: string, name: string): JourneyDocument {
  const node = findNode(document, id)
  const trimmed = name.trim().slice(0, 200)
  if (node === undefined || (node.name ?? '') === trimmed) return document
  const { name: _name, ...rest } = node
  return replaceNode(document, trimmed === '' ? rest : { ...node, name: trimmed })
}

/** Notes for colleagues, at a step. */
export function annotateStep(document: JourneyDocument, id: string, notes: string): JourneyDocument {
  const node = findNode(document, id)
  if (node === undefined || (node.notes ?? '') === notes) return document
  const { notes: _notes, ...rest } = node
  return replaceNode(document, notes === '' ? rest : { ...node, notes: notes.slice(0, 5000) })
}

/** How often a step is tried, and how long one try may take; what is left out is as its type says. */
export function setTries(document: JourneyDocument, id: string, wanted: Tries): JourneyDocument {
  const node = findNode(document, id)
  const tries = triesSchema.safeParse(wanted).data
  if (node === undefined || tries === undefined) return document
  const { maxAttempts, timeoutSeconds } = tries
  if (node.tries?.maxAttempts === maxAttempts && node.tries?.timeoutSeconds === timeoutSeconds) return document
  const { tries: _tries, ...rest } = node
  return replaceNode(document, maxAttempts === undefined && timeoutSeconds === undefined ? rest : { ...node, tries })
}

/** Switches steps off (leads pass through) or on; off when any of them is on. The entry cannot be switched off. */
export function toggleSteps(document: JourneyDocument, ids: readonly string[]): JourneyDocument {
  const chosen = document.graph.nodes.filter(({ id, type }) => ids.includes(id) && type !== entryType)
  if (chosen.length === 0) return document
  const disable = chosen.some(({ disabled }) => disabled !== true)
  return withGraph(document, {
    nodes: document.graph.nodes.map((node) => {
      if (!chosen.includes(node) || (node.disabled === true) === disable) return node
      const { disabled: _disabled, ...rest } = node
      return disable ? { ...rest, disabled: true } : rest
    }),
  })
}

/** Options of the whole journey. */
export function changeSettings(document: JourneyDocument, change: Partial<JourneySettings>): JourneyDocument {
  return { ...document, graph: { ...document.graph, settings: { ...document.graph.settings, ...change } } }
}

/** Places steps by hand: they stay where they are put until tidied. */
export function place(document: JourneyDocument, places: Readonly<Record<string, Point>>): JourneyDocument {
  const known = Object.entries(places).filter(([id]) => findNode(document, id) !== undefined)
  if (known.length === 0) return document
  const positions = { ...document.layout.positions }
  for (const [id, { x, y }] of known) positions[id] = { x: Math.round(x), y: Math.round(y), pinned: true }
  return { ...document, layout: { ...document.layout, positions } }
}

type Note = Layout['notes'][number]

/** A sticky note. */
export function addNote(document: JourneyDocument, note: Omit<Note, 'id'>): { document: JourneyDocument; id: string } {
  const id = freshId(document, 'note')
  const notes = [...document.layout.notes, { ...note, id }]
  return { document: { ...document, layout: { ...document.layout, notes } }, id }
}

export function changeNote(document: JourneyDocument, id: string, change: Partial<Omit<Note, 'id'>>): JourneyDocument {
  if (!document.layout.notes.some((note) => note.id === id)) return document
  const notes = document.layout.notes.map((note) => (note.id === id ? { ...note, ...change } : note))
  return { ...document, layout: { ...document.layout, notes } }
}

export function removeNotes(document: JourneyDocument, ids: readonly string[]): JourneyDocument {
  const notes = document.layout.notes.filter(({ id }) => !ids.includes(id))
  if (notes.length === document.layout.notes.length) return document
  return { ...document, layout: { ...document.layout, notes } }
}

function replaceNode(document: JourneyDocument, changed: GraphNode): JourneyDocument {
  return withGraph(document, {
    nodes: document.graph.nodes.map((node) => (node.id === changed.id ? changed : node)),
  })
}

function changeNode(
  document: JourneyDocument,
  id: string,
  change: Pick<GraphNode, 'config'> & Partial<Pick<GraphNode, 'type'>>,
  portsOf: PortsOf,
): JourneyDocument {
  const node = findNode(document, id)
  if (node === undefined) return document
  const changed = { ...node, ...change }
  const ports = new Set(portsOf(changed).map(({ id: port }) => port))
  const next = replaceNode(document, changed)
  const { edges } = next.graph
  const kept = edges.filter(({ from, port }) => from !== id || ports.has(port))
  return kept.length === edges.length ? next : withGraph(next, { edges: kept })
}
