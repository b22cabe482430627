/** What lies under a point of the canvas, and where the next step may go. */
import type { FinalConnectionState } from 'reactflow'
import { edgeFrom, entryType, type Point } from '#engine/graph/document.ts'
import type { useCatalogue } from '../editor-context.tsx'
import type { EdgeSelection } from '../store.ts'
import type { Target } from './canvas-bridge.ts'
import { edgeOf } from './edge-overlay.tsx'

export function edgeById(id: string): EdgeSelection {
  const at = id.indexOf(':')
  return { from: id.slice(0, at), port: id.slice(at + 1) }
}

/** The connection whose line or label lies under a point of the window, also below a dragged card. */
export function wayUnder(canvas: HTMLElement, { x, y }: Point): EdgeSelection | null {
  for (const element of window.document.elementsFromPoint(x, y)) {
    const way = canvas.contains(element) ? edgeOf(element) : null
    if (way !== null) return way
  }
  return null
}

/** The "+" of a way out that leads nowhere yet. */
export function stubUnder({ x, y }: Point): EdgeSelection | null {
  for (const element of window.document.elementsFromPoint(x, y)) {
    const stub = element.closest<HTMLElement>('[data-from][data-port]')
    if (stub !== null) return { from: stub.dataset['from'] ?? '', port: stub.dataset['port'] ?? '' }
  }
  return null
}

/**
 * Where a connection was let go: on a card (`to`), or on the empty canvas, where one asks which step comes. Null beside
 * the canvas, on its own card, or where it was made already.
 */
export function connectionEnd(
  canvas: HTMLElement,
  event: MouseEvent | TouchEvent,
  { fromNode, fromHandle, isValid }: FinalConnectionState,
): { way: EdgeSelection; screen: Point; to?: string } | null {
  const point = 'changedTouches' in event ? event.changedTouches[0] : event
  if (fromNode == null || fromHandle?.id == null || fromHandle.type !== 'source') return null
  if (isValid === true || point === undefined) return null
  const screen = { x: point.clientX, y: point.clientY }
  const way = { from: fromNode.id, port: fromHandle.id }
  const under = window.document.elementsFromPoint(screen.x, screen.y)
  const card = under.find((one) => one.closest('[data-step]') !== null)?.closest('[data-step]')
  const to = card?.getAttribute('data-step')
  if (to != null) return to === fromNode.id ? null : { way, screen, to }
  return under.some((one) => canvas.contains(one)) ? { way, screen } : null
}

/** The step whose card lies under a point of the window, never one in the palette's ghost. */
export function stepUnder(canvas: HTMLElement, { x, y }: Point): string | null {
  for (const element of window.document.elementsFromPoint(x, y)) {
    const card = canvas.contains(element) ? element.closest<HTMLElement>('[data-step]') : null
    if (card !== null) return card.dataset['step'] ?? null
  }
  return null
}

export function screenCentre(element: HTMLElement): Point {
  const { left, top, width, height } = element.getBoundingClientRect()
  return { x: left + width / 2, y: top + height / 3 }
}

type Document = Parameters<typeof edgeFrom>[0]
type Ports = Pick<ReturnType<typeof useCatalogue>, 'portsOf'>

/** Where a step goes after another: at its first way out that leads nowhere, else into its first. */
export function wayOn(document: Document, id: string, { portsOf }: Ports): EdgeSelection | null {
  const node = document.graph.nodes.find((one) => one.id === id)
  const ports = node === undefined ? [] : portsOf(node)
  const open = ports.find((port) => port.optional !== true && edgeFrom(document, id, port.id) === undefined)
  const port = open ?? ports[0]
  return port === undefined ? null : { from: id, port: port.id }
}

/** The one way out of the journey that leads nowhere yet; null when there are none or several. */
export function openEnd(document: Document, { portsOf }: Ports): EdgeSelection | null {
  const open = document.graph.nodes.flatMap((node) =>
    portsOf(node)
      .filter((port) => port.optional !== true && edgeFrom(document, node.id, port.id) === undefined)
      .map((port) => ({ from: node.id, port: port.id })),
  )
  return open.length === 1 ? (open[0] ?? null) : null
}

export function mayCome(type: string, target: Target, { graph }: Document): boolean {
  if (type !== entryType) return true
  return target.kind === 'place' && !graph.nodes.some((node) => node.type === entryType)
}

/** Nothing but the entry that a new journey comes with. */
export function isUntouchedStart({ graph }: Document): boolean {
  const [only] = graph.nodes
  if (graph.nodes.length !== 1 || only?.type !== entryType) return false
  const triggers: unknown = only.config['triggers']
  if (!Array.isArray(triggers) || triggers.length === 0) return true
  const [first] = triggers as { id?: unknown; kind?: unknown }[]
  return triggers.length === 1 && first?.id === 'manual' && first.kind === 'manual'
}
