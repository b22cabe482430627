/**
 * Steps and notes under way: where they are while they are dragged or resized is no edit yet, so it is kept here and laid
 * over the derived nodes. Dropping is one edit. It is kept beside React's state, so that a frame of a drag draws the steps
 * that move and not the canvas.
 */
import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { NodeChange, OnNodeDrag } from 'reactflow'
import type { Point } from '#engine/graph/document.ts'
import { entryType } from '#engine/graph/document.ts'
import type { EdgeSelection, EditorStore } from '../store.ts'
import { cornerOf, type CanvasEdits } from './canvas-edits.ts'
import type { FlowNode } from './derive.ts'

interface Override {
  position?: Point
  width?: number
  height?: number
}

interface DraggingOptions {
  store: EditorStore
  edits: CanvasEdits
  /** The connection under a point of the window. */
  wayAt: (screen: Point) => EdgeSelection | null
  setTarget: (way: EdgeSelection | null) => void
}

/** Where steps and notes are for as long as somebody moves them. */
export interface Overrides {
  get: () => ReadonlyMap<string, Override> | null
  set: (next: ReadonlyMap<string, Override> | null) => void
  subscribe: (listener: () => void) => () => void
}

function createOverrides(): Overrides {
  let present: ReadonlyMap<string, Override> | null = null
  const listeners = new Set<() => void>()
  return {
    get: () => present,
    set: (next) => {
      if (next === present) return
      present = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The derived nodes with those under way where they are now. */
export function useMoved(base: FlowNode[], overrides: Overrides): FlowNode[] {
  const present = useSyncExternalStore(overrides.subscribe, overrides.get)
  return useMemo(
    () =>
      present === null
        ? base
        : base.map((node) => {
            const override = present.get(node.id)
            return override === undefined ? node : moved(node, override)
          }),
    [base, present],
  )
}

/** `base`: the derived nodes, as they are when it is looked. The handlers stay the same functions throughout. */
export function useDragging(
  base: { readonly current: readonly FlowNode[] },
  { store, edits, wayAt, setTarget }: DraggingOptions,
) {
  const [overrides] = useState(createOverrides)
  const drag = useRef<{ copies: boolean; ids: string[] } | null>(null)

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      const fresh: [string, Override][] = []
      let selection: Set<string> | null = null
      for (const change of changes) {
        if (change.type === 'position' && change.position !== undefined) {
          fresh.push([change.id, { position: change.position }])
        } else if (change.type === 'dimensions' && change.resizing === true && change.dimensions !== undefined) {
          fresh.push([change.id, change.dimensions])
        } else if (change.type === 'select') {
          selection ??= new Set(store.getState().selection)
          if (change.selected) selection.add(change.id)
          else selection.delete(change.id)
        }
      }
      if (selection !== null) store.select([...selection])
      if (fresh.length === 0) return
      const next = new Map(overrides.get())
      for (const [id, override] of fresh) next.set(id, { ...next.get(id), ...override })
      overrides.set(next)
    },
    [store, overrides],
  )

  const onNodeDragStart: OnNodeDrag<FlowNode> = useCallback((event, _, dragged) => {
    drag.current = { copies: event.altKey, ids: dragged.map(({ id }) => id) }
  }, [])

  const onNodeDrag: OnNodeDrag<FlowNode> = useCallback(
    (event, node, dragged) => {
      setTarget(dragged.length === 1 && standsAlone(store, node.id) ? wayAt(pointOf(event)) : null)
    },
    [store, wayAt, setTarget],
  )

  const onNodeDragStop: OnNodeDrag<FlowNode> = useCallback(
    (event, node, dragged) => {
      const { copies, ids } = drag.current ?? { copies: false, ids: [] }
      drag.current = null
      setTarget(null)
      overrides.set(null)
      const way = dragged.length === 1 && standsAlone(store, node.id) ? wayAt(pointOf(event)) : null
      if (way !== null && edits.spliceIn(node.id, way)) return
      const places = Object.fromEntries(dragged.map(({ id, position }) => [id, position]))
      const before = new Map(base.current.map((one) => [one.id, one.position]))
      const isMoved = dragged.some(({ id, position }) => {
        const was = before.get(id)
        return was === undefined || was.x !== position.x || was.y !== position.y
      })
      if (!isMoved) return
      if (copies) edits.duplicate(ids, cornerOf(Object.values(places)))
      else edits.move(places)
    },
    [store, base, overrides, edits, wayAt, setTarget],
  )

  const endResize = useCallback(
    (id: string, box: { x: number; y: number; width: number; height: number }) => {
      overrides.set(null)
      const { x, y, width, height } = box
      edits.changeNote(id, { x, y, width, height })
    },
    [edits, overrides],
  )

  return { overrides, onNodesChange, onNodeDragStart, onNodeDrag, onNodeDragStop, endResize }
}

function moved(node: FlowNode, { position, width, height }: Override): FlowNode {
  return {
    ...node,
    ...(position === undefined ? {} : { position }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(width === undefined || height === undefined ? {} : { measured: { width, height } }),
  } as FlowNode
}

/** A step that nothing leads to and that leads nowhere: it may be dropped into a connection. */
function standsAlone(store: EditorStore, id: string): boolean {
  const { nodes, edges } = store.getState().content.document.graph
  const node = nodes.find((one) => one.id === id)
  return node !== undefined && node.type !== entryType && !edges.some(({ from, to }) => from === id || to === id)
}

function pointOf(event: MouseEvent | TouchEvent | React.MouseEvent | React.TouchEvent): Point {
  const touch = 'changedTouches' in event ? event.changedTouches[0] : undefined
  if (touch !== undefined) return { x: touch.clientX, y: touch.clientY }
  return 'clientX' in event ? { x: event.clientX, y: event.clientY } : { x: 0, y: 0 }
}
