/**
 * React Flow's nodes and connections, made from the document. What did not change in the document keeps its node object,
 * which is what keeps its card from being drawn again: a node object is made anew only when its step, its place or its
 * being selected changed.
 */
import { Position, type Edge, type Node, type NodeHandle } from 'reactflow'
import { cardSize } from '#engine/graph/arrange.ts'
import type { JourneyDocument, Point } from '#engine/graph/document.ts'
import type { GraphNode, Layout } from '#engine/graph/schema.ts'
import type { Port } from '#engine/steps/contract.ts'
import { t } from '../../i18n/t.ts'
import type { Catalogue } from '../catalogue.ts'
import { edgeKey } from '../marks.ts'
import { cardHeight, footerHeight, portX } from './card-size.ts'

export type StepData = {
  step: GraphNode
  ports: readonly Port[]
  /** Changes when the catalogue does: then every card is drawn again. */
  catalogue: Catalogue
  /** Room for the leads on the step, in Live. */
  hasFooter: boolean
  /** The step its settings jump to: no line is drawn, its name is. */
  jump: Jump | null
  /** Ways out that lead nowhere yet, as `port port`: each has a "+" while the journey is edited. */
  open: string
}
interface Jump {
  id: string
  name: string
}
export type StepFlowNode = Node<StepData, 'step'>
type Note = Layout['notes'][number]
export type NoteFlowNode = Node<{ note: Note }, 'note'>
export type FlowNode = StepFlowNode | NoteFlowNode

type JourneyEdgeData = {
  /** What the way out is called, where a step has several. */
  label: string | null
  /** In full, for who stays on the label. */
  title: string | null
  /** Whether lines of other steps lead to the same one: above it nobody could tell whose label stands there. */
  joins: boolean
  /** Place among the labels in the same place, from 0. */
  lane: number
}
export type FlowEdge = Edge<JourneyEdgeData, 'journey'>

export interface DeriveOptions {
  catalogue: Catalogue
  places: Readonly<Record<string, Point>>
  selected: ReadonlySet<string>
  hasFooter: boolean
  /** What the way out of a step says, in full: a rule's sentence. Null where its name says all. */
  sentenceOf: (step: GraphNode, port: string) => string | null
}

/** Node objects of one canvas, remembered from document to document. */
export function createNodeDeriver(): (document: JourneyDocument, options: DeriveOptions) => FlowNode[] {
  let before = new Map<string, FlowNode>()
  let last: FlowNode[] = []
  return ({ graph, layout }, options) => {
    const { places, selected } = options
    const next = new Map<string, FlowNode>()
    for (const note of layout.notes) {
      const old = before.get(note.id)
      const isSelected = selected.has(note.id)
      const isSame = old?.type === 'note' && old.data.note === note && old.selected === isSelected
      next.set(note.id, isSame ? old : noteNode(note, isSelected))
    }
    const byId = new Map(graph.nodes.map((step) => [step.id, step]))
    const wired = new Set(graph.edges.map(edgeKey))
    for (const step of graph.nodes) {
      const old = before.get(step.id)
      const jump = jumpOf(step, byId, options.catalogue)
      const open = openWays(step, wired, options.catalogue)
      const place = places[step.id] ?? origin
      const isSelected = selected.has(step.id)
      const isSame =
        old?.type === 'step' &&
        old.position.x === place.x &&
        old.position.y === place.y &&
        old.selected === isSelected &&
        isSameData(old.data, step, jump, open, options)
      next.set(step.id, isSame ? old : stepNode(step, place, isSelected, { jump, open }, options, old))
    }
    const nodes = [...next.values()]
    before = next
    if (nodes.length === last.length && nodes.every((node, index) => node === last[index])) return last
    last = nodes
    return nodes
  }
}

const origin: Point = { x: 0, y: 0 }

function isSameData(
  data: StepData,
  step: GraphNode,
  jump: Jump | null,
  open: string,
  { catalogue, hasFooter }: DeriveOptions,
): boolean {
  return (
    data.step === step &&
    data.catalogue === catalogue &&
    data.hasFooter === hasFooter &&
    data.open === open &&
    data.jump?.id === jump?.id &&
    data.jump?.name === jump?.name
  )
}

function stepNode(
  step: GraphNode,
  place: Point,
  selected: boolean,
  { jump, open }: Pick<StepData, 'jump' | 'open'>,
  options: DeriveOptions,
  old: FlowNode | undefined,
): StepFlowNode {
  const { catalogue, hasFooter } = options
  const position = { x: place.x, y: place.y }
  if (old?.type === 'step' && isSameData(old.data, step, jump, open, options)) {
    // Only moved or selected: the card's own data stays the same object, and so the card is not drawn for a move.
    return { ...old, position, selected }
  }
  const ports = catalogue.portsOf(step)
  const height = cardHeight(step, ports) + (hasFooter ? footerHeight : 0)
  return {
    id: step.id,
    type: 'step',
    position,
    selected,
    // Known sizes: nothing has to be measured before the first paint.
    width: cardSize.width,
    height,
    measured: { width: cardSize.width, height },
    handles: handlesOf(step, ports, height),
    data: { step, ports, catalogue, hasFooter, jump, open },
    // The canvas is one tab stop of its own; see keyboard-walk.ts.
    focusable: false,
  }
}

const jumps = new WeakMap<GraphNode, readonly string[]>()

function jumpOf(step: GraphNode, byId: ReadonlyMap<string, GraphNode>, catalogue: Catalogue): Jump | null {
  const targets = jumps.get(step) ?? catalogue.jumpsOf(step)
  jumps.set(step, targets)
  const [id] = targets
  if (id === undefined) return null
  const target = byId.get(id)
  return target === undefined ? null : { id, name: catalogue.titleOf(target) }
}

function openWays(step: GraphNode, wired: ReadonlySet<string>, catalogue: Catalogue): string {
  return catalogue
    .portsOf(step)
    .filter(({ id, optional }) => optional !== true && !wired.has(edgeKey({ from: step.id, port: id })))
    .map(({ id }) => id)
    .join(' ')
}

const dot = 10

function handlesOf(step: GraphNode, ports: readonly Port[], height: number): NodeHandle[] {
  const handles: NodeHandle[] = ports.map(({ id }, index) => ({
    id,
    type: 'source',
    position: Position.Bottom,
    x: portX(index, ports) - dot / 2,
    y: height - dot / 2,
    width: dot,
    height: dot,
  }))
  if (step.type !== 'entry') {
    handles.push({
      id: 'in',
      type: 'target',
      position: Position.Top,
      x: cardSize.width / 2 - dot / 2,
      y: -2,
      width: dot,
      height: 4,
    })
  }
  return handles
}

function noteNode(note: Note, selected: boolean): NoteFlowNode {
  const { id, x, y, width, height } = note
  return {
    id,
    type: 'note',
    position: { x, y },
    selected,
    width,
    height,
    measured: { width, height },
    data: { note },
    zIndex: -1,
    focusable: false,
    connectable: false,
  }
}

/** Connections of one canvas, remembered likewise. `chosen` is the selected one's key. */
export function createEdgeDeriver(): (
  document: JourneyDocument,
  options: Pick<DeriveOptions, 'catalogue' | 'sentenceOf'> & { chosen: string | null },
) => FlowEdge[] {
  let before = new Map<string, FlowEdge>()
  let last: FlowEdge[] = []
  return ({ graph }, { catalogue, sentenceOf, chosen }) => {
    const byId = new Map(graph.nodes.map((node) => [node.id, node]))
    const lanes = new Map<string, number>()
    const sources = new Map<string, string | null>()
    for (const { from, to } of graph.edges) {
      const known = sources.get(to)
      sources.set(to, known === undefined || known === from ? from : null)
    }
    const next = new Map<string, FlowEdge>()
    for (const { from, port, to } of graph.edges) {
      const step = byId.get(from)
      if (step === undefined || !byId.has(to)) continue
      const id = edgeKey({ from, port })
      const { label, title } = wordsOf(step, port, catalogue, sentenceOf)
      const joins = sources.get(to) === null
      const place = joins ? `${from} ${to}` : to
      const lane = lanes.get(place) ?? 0
      if (label !== null) lanes.set(place, lane + 1)
      const selected = id === chosen
      const old = before.get(id)
      const isSame =
        old !== undefined &&
        old.target === to &&
        old.selected === selected &&
        old.data?.label === label &&
        old.data.title === title &&
        old.data.joins === joins &&
        old.data.lane === lane
      next.set(
        id,
        isSame
          ? old
          : {
              id,
              type: 'journey',
              source: from,
              sourceHandle: port,
              target: to,
              targetHandle: 'in',
              selected,
              reconnectable: selected,
              focusable: false,
              ariaLabel: label ?? t('A connection'),
              data: { label, title, joins, lane },
            },
      )
    }
    const edges = [...next.values()]
    before = next
    if (edges.length === last.length && edges.every((edge, index) => edge === last[index])) return last
    last = edges
    return edges
  }
}

function wordsOf(
  step: GraphNode,
  port: string,
  catalogue: Catalogue,
  sentenceOf: DeriveOptions['sentenceOf'],
): { label: string | null; title: string | null } {
  const ports = catalogue.portsOf(step)
  const own = ports.find(({ id }) => id === port)
  const isOnlyNeeded = own?.optional !== true && ports.filter(({ optional }) => optional !== true).length < 2
  // "Sent" on the one way that is meant says nothing; "Not sent" beside it does.
  if (own !== undefined && isOnlyNeeded) return { label: null, title: null }
  const name = own?.label ?? port
  const sentence = sentenceOf(step, port)
  return { label: sentence ?? name, title: sentence === null ? name : `${name}: ${sentence}` }
}
