/** The drawing of the open journey, and everything the mouse, a finger and the keyboard do on it. */
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { ReactFlowProvider, useReactFlow, type Connection } from 'reactflow'
import { entryType, refuseConnection, type Point } from '#engine/graph/document.ts'
import { registerCanvasView } from '../canvas-view.ts'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import { edgeKey } from '../marks.ts'
import type { EdgeSelection } from '../store.ts'
import { registerBridge, type CanvasBridge, type QuickAddRequest, type Target } from './canvas-bridge.ts'
import { createCanvasEdits } from './canvas-edits.ts'
import { CanvasEventsProvider, createRenamingStore, type CanvasEvents } from './canvas-events.ts'
import { CanvasControls } from './canvas-controls.tsx'
import {
  connectionEnd,
  edgeById,
  isUntouchedStart,
  mayCome,
  openEnd,
  screenCentre,
  stepUnder,
  stubUnder,
  wayOn,
  wayUnder,
} from './canvas-targets.ts'
import { caseSentence } from './case-sentence.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { createEdgeDeriver, createNodeDeriver, type FlowEdge, type FlowNode } from './derive.ts'
import { EdgeOverlay } from './edge-overlay.tsx'
import { FlowView, Sized, type FlowViewProps } from './flow-view.tsx'
import { freeSpot } from './free-spot.ts'
import { glideMs } from './glide.ts'
import { boxOf } from './journey-view.tsx'
import { drawnPlaces } from './keep-tidy.ts'
import { createLevelStore } from './level-of-detail.ts'
import { Minimap } from './minimap.tsx'
import { QuickAdd } from './quick-add.tsx'
import { countRender } from './render-count.ts'
import { SelectionBar } from './selection-bar.tsx'
import { StartPrompt } from './start-prompt.tsx'
import { useCanvasCommands } from './use-canvas-commands.ts'
import { useCanvasKeys } from './use-canvas-keys.ts'
import { useDragging, useMoved, type Overrides } from './use-dragging.ts'
import { useGliding } from './use-gliding.ts'
import { useTidyUp } from './use-tidy-up.ts'
import { boundsOf, centredView, firstView, rememberedView, rememberView, revealView, type Size } from './viewport.ts'
import classes from './canvas.module.css'

/** Fills its parent. `hasFooter`: room for the numbers of leads under each card (in Live). */
export function EditorCanvas({ hasFooter = false }: { hasFooter?: boolean }) {
  return (
    <ReactFlowProvider>
      <Sized className={classes['canvas']}>
        {(size, element) => <Canvas size={size} element={element} hasFooter={hasFooter} />}
      </Sized>
    </ReactFlowProvider>
  )
}

function Canvas({ size, element, hasFooter }: { size: Size; element: HTMLDivElement; hasFooter: boolean }) {
  countRender('canvas')
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const flow = useReactFlow()
  const document = useEditor((state) => state.content.document)
  const selection = useEditor((state) => state.selection)
  const edge = useEditor((state) => state.edge)
  const isEditable = useEditor((state) => state.isEditable)
  const journey = useEditor((state) => state.journey.key)
  const name = useEditor((state) => state.content.name)
  const [deriveNodes] = useState(createNodeDeriver)
  const [deriveEdges] = useState(createEdgeDeriver)
  const [renaming] = useState(createRenamingStore)
  const [target, setTarget] = useState<Target | null>(null)
  const [quickAdd, setQuickAdd] = useState<QuickAddRequest | null>(null)
  const [removing, setRemoving] = useState<readonly string[] | null>(null)
  const edits = useMemo(() => createCanvasEdits(store, catalogue), [store, catalogue])
  const places = drawnPlaces(document, catalogue)
  const selected = useMemo(() => new Set(selection), [selection])
  const base = deriveNodes(document, { catalogue, places, selected, hasFooter, sentenceOf: caseSentence })
  const chosen = edge === null ? null : edgeKey(edge)
  const edges = deriveEdges(document, { catalogue, sentenceOf: caseSentence, chosen })
  const [view] = useState(() => {
    const entry = document.graph.nodes.find(({ type }) => type === entryType)?.id
    return (
      rememberedView(journey) ??
      firstView(boundsOf(base.map(boxOf)), entry === undefined ? undefined : places[entry], size)
    )
  })
  const [level] = useState(() => createLevelStore(view.zoom))
  useGliding(element, places)

  const setWay = useCallback((way: EdgeSelection | null) => setTarget(way === null ? null : { kind: 'way', way }), [])
  const wayAt = useCallback((screen: Point) => wayUnder(element, screen), [element])
  const latestBase = useRef(base)
  useEffect(() => {
    latestBase.current = base
  }, [base])
  const { overrides, endResize, ...dragging } = useDragging(latestBase, { store, edits, wayAt, setTarget: setWay })
  const latest = useRef(base)

  const boxesOf = useCallback(
    (ids: readonly string[]) => latest.current.filter(({ id }) => ids.includes(id)).map(boxOf),
    [],
  )
  const allBoxes = useCallback(() => latest.current.map(boxOf), [])
  const sizeNow = useCallback(() => ({ width: element.clientWidth, height: element.clientHeight }), [element])
  const reveal = useCallback(
    (ids: readonly string[], isCentred = false) => {
      const bounds = boundsOf(boxesOf(ids))
      if (bounds === null) return
      const zoom = Math.max(flow.getZoom(), isCentred ? 0.7 : 0)
      const next = isCentred ? centredView(zoom, bounds, sizeNow()) : revealView(flow.getViewport(), bounds, sizeNow())
      if (next !== null) void flow.setViewport(next, { duration: glideMs() })
    },
    [boxesOf, flow, sizeNow],
  )
  const centre = useCallback((): Point => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return flow.screenToFlowPosition({ x: left + width / 2, y: top + height / 2 }, { snapToGrid: false })
  }, [element, flow])

  const bridge = useMemo<CanvasBridge>(
    () => ({
      hit: (screen) => {
        const box = element.getBoundingClientRect()
        const isInside = screen.x >= box.left && screen.x <= box.right && screen.y >= box.top && screen.y <= box.bottom
        if (!isInside || window.document.elementFromPoint(screen.x, screen.y)?.closest('[data-palette]') != null)
          return null
        const card = stepUnder(element, screen)
        const after = card === null ? null : wayOn(store.getState().content.document, card, catalogue)
        // On a card means after it; on one that ends the way, as near as there is room.
        const way = (card === null ? wayUnder(element, screen) : null) ?? stubUnder(screen) ?? after
        return way === null
          ? { kind: 'place', at: flow.screenToFlowPosition(screen, { snapToGrid: false }) }
          : { kind: 'way', way }
      },
      highlight: setTarget,
      insert: (type, where) => {
        const free: Target = where.kind === 'way' ? where : { ...where, at: freeSpot(where.at, allBoxes()) }
        const done = edits.insert(type, free)
        if (done) requestAnimationFrame(() => reveal(store.getState().selection))
        return done
      },
      targetOfSelection: () => {
        const { selection: ids, edge: way, content } = store.getState()
        if (way !== null) return { kind: 'way', way }
        const id = ids.findLast((one) => content.document.graph.nodes.some((node) => node.id === one))
        const found = id === undefined ? openEnd(content.document, catalogue) : wayOn(content.document, id, catalogue)
        return found === null ? { kind: 'place', at: centre() } : { kind: 'way', way: found }
      },
      openQuickAdd: (request) => {
        if (!store.getState().isEditable) return
        setQuickAdd(request ?? { screen: pointer.current ?? screenCentre(element), target: bridge.targetOfSelection() })
      },
    }),
    [element, flow, edits, store, catalogue, centre, reveal, allBoxes],
  )
  useEffect(() => registerBridge(bridge), [bridge])

  const pointer = useRef<Point | null>(null)
  useEffect(() => {
    const move = (event: PointerEvent) => {
      pointer.current = { x: event.clientX, y: event.clientY }
    }
    const leave = () => {
      pointer.current = null
    }
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerleave', leave)
    return () => {
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerleave', leave)
    }
  }, [element])
  const focus = useCallback(() => {
    const place = element.querySelector<HTMLElement>('[data-canvas-focus]')
    if (place === null) return
    // Coming back from a dialog is no arrival: what was just done is being announced.
    place.dataset['quiet'] = 'true'
    place.focus({ preventScroll: true })
    delete place.dataset['quiet']
  }, [element])
  useEffect(
    () =>
      registerCanvasView({
        pointer: () =>
          pointer.current === null ? null : flow.screenToFlowPosition(pointer.current, { snapToGrid: false }),
        centre,
        reveal: (ids) => reveal(ids),
        focus,
      }),
    [flow, centre, reveal, focus],
  )

  const events = useMemo<CanvasEvents>(
    () => ({
      isEditable,
      showStep: (id) => {
        store.select([id])
        reveal([id], true)
      },
      renaming,
      rename: (id, text) => {
        edits.rename(id, text)
        focus()
      },
      addAt: ({ from, port, screen }) => bridge.openQuickAdd({ screen, target: { kind: 'way', way: { from, port } } }),
      changeNote: (id, change, merge) => edits.changeNote(id, change, merge),
      resizeNote: endResize,
    }),
    [isEditable, store, reveal, renaming, edits, focus, bridge, endResize],
  )

  const remove = useCallback(
    (ids: readonly string[]) => {
      if (ids.length === 0) return
      if (edits.branchesAmong(ids).length > 0) setRemoving(ids)
      else edits.remove(ids)
    },
    [edits],
  )
  const isStart = isEditable && (document.graph.nodes.length === 0 || isUntouchedStart(document))
  const tidyUp = useTidyUp({ store, catalogue, edits })
  const actions = { bridge, edits, remove, reveal, tidyUp, renaming, boxesOf, sizeNow, centre, element }
  useCanvasCommands(actions)
  const keys = useCanvasKeys(actions)
  const isSnapping = keys.isSnapping
  const refuse = useCallback(
    ({ source, target: to }: Connection | FlowEdge) =>
      refuseConnection(store.getState().content.document, source, to) === null,
    [store],
  )

  const handlers = useMemo<Partial<FlowViewProps>>(
    () => ({
      onMoveEnd: (_, next) => rememberView(journey, next),
      onEdgeClick: (_, { id }) => store.selectEdge(edgeById(id)),
      onPaneClick: () => {
        store.select([])
        store.selectEdge(null)
      },
      onConnect: ({ source, sourceHandle, target: to }) => {
        if (sourceHandle !== null) edits.connect({ from: source, port: sourceHandle, to })
      },
      onConnectEnd: (event, state) => {
        const end = connectionEnd(element, event, state)
        if (end?.to !== undefined) edits.connect({ ...end.way, to: end.to })
        else if (end !== null) bridge.openQuickAdd({ screen: end.screen, target: { kind: 'way', way: end.way } })
      },
      onReconnect: (old, { source, sourceHandle, target: to }) => {
        if (sourceHandle !== null) edits.reconnect(edgeById(old.id), { from: source, port: sourceHandle, to })
      },
    }),
    [journey, store, edits, element, bridge],
  )

  return (
    <CanvasEventsProvider value={events}>
      {/* The whole canvas is one tab stop; the arrow keys walk the journey inside it. */}
      <div
        data-canvas-focus
        data-start={isStart}
        className={classes['focus']}
        role="application"
        aria-roledescription={t('canvas')}
        aria-label={t('Steps of {{name}}. The arrow keys walk along it.', { name })}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onDoubleClick={(event) => {
          const isPane = event.target instanceof Element && event.target.classList.contains('react-flow__pane')
          if (!isPane || !isEditable) return
          const screen = { x: event.clientX, y: event.clientY }
          const at = flow.screenToFlowPosition(screen, { snapToGrid: false })
          setQuickAdd({ screen, target: { kind: 'place', at } })
        }}
      >
        <MovedFlow
          label={t('Drawing of {{name}}', { name })}
          level={level}
          nodes={base}
          edges={edges}
          overrides={overrides}
          latest={latest}
          defaultViewport={view}
          nodesDraggable={isEditable}
          nodesConnectable={isEditable}
          elementsSelectable
          selectionOnDrag={isEditable && !isTouch}
          panOnDrag={isTouch || !isEditable ? true : middleButton}
          panActivationKeyCode="Space"
          multiSelectionKeyCode={multiSelectionKeys}
          selectionKeyCode={null}
          snapToGrid={isSnapping}
          snapGrid={snapGrid}
          connectionRadius={36}
          nodeDragThreshold={3}
          isValidConnection={refuse}
          {...dragging}
          {...handlers}
        >
          <EdgeOverlay
            canvas={element}
            target={target?.kind === 'way' ? target.way : null}
            onAdd={(way, screen) => bridge.openQuickAdd({ screen, target: { kind: 'way', way } })}
          />
          {isEditable ? (
            <SelectionBar boxesOf={boxesOf} edits={edits} onRemove={remove} onTidy={tidyUp.selection} />
          ) : null}
          <CanvasControls tidyUp={tidyUp} isEditable={isEditable} sizeNow={sizeNow} boxes={allBoxes} />
        </MovedFlow>
      </div>
      {document.graph.nodes.length === 0 || isUntouchedStart(document) ? (
        isEditable ? (
          <StartPrompt document={document} />
        ) : null
      ) : null}
      {quickAdd === null ? null : (
        <QuickAdd
          request={quickAdd}
          steps={catalogue.manifests.filter(({ type }) => mayCome(type, quickAdd.target, document))}
          onChoose={(type) => {
            setQuickAdd(null)
            bridge.insert(type, quickAdd.target)
            focus()
          }}
          onClose={() => {
            setQuickAdd(null)
            focus()
          }}
        />
      )}
      {removing === null ? null : (
        <DeleteDialog
          ids={removing}
          branches={edits.branchesAmong(removing)}
          onClose={(keep) => {
            setRemoving(null)
            if (keep !== null) edits.remove(removing, keep)
            focus()
          }}
        />
      )}
    </CanvasEventsProvider>
  )
}

/** The drawing with steps under way where they are; the only part of the canvas that a frame of a drag draws again. */
function MovedFlow({
  nodes: base,
  overrides,
  latest,
  children,
  ...props
}: FlowViewProps & { overrides: Overrides; latest: RefObject<FlowNode[]> }) {
  const nodes = useMoved(base, overrides)
  useEffect(() => {
    latest.current = nodes
  }, [latest, nodes])
  return (
    <FlowView {...props} nodes={nodes}>
      {children}
      <Minimap nodes={nodes} />
    </FlowView>
  )
}

const isTouch = matchMedia('(pointer: coarse)').matches
const multiSelectionKeys = ['Shift', 'Meta', 'Control']
const middleButton = [1]
const snapGrid: [number, number] = [8, 8]
