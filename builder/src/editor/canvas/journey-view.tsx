/** A journey to look at: the same canvas as the editor's, without edits. For comparing versions, paths and previews. */
import { useEffect, useMemo, useState } from 'react'
import { ReactFlowProvider, useReactFlow, type Viewport } from 'reactflow'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import { createMarks, MarksProvider, type Marks } from '../marks.ts'
import { CanvasEventsProvider, createRenamingStore, type CanvasEvents } from './canvas-events.ts'
import { caseSentence } from './case-sentence.ts'
import { createEdgeDeriver, createNodeDeriver } from './derive.ts'
import { FlowView, Sized } from './flow-view.tsx'
import { drawnPlaces } from './keep-tidy.ts'
import { createLevelStore } from './level-of-detail.ts'
import { boundsOf, firstView, fitView, revealView, type Box, type Size } from './viewport.ts'

export interface JourneyViewProps {
  document: JourneyDocument
  catalogue: Catalogue
  /** What is said about its steps; absent: nothing. */
  marks?: Marks
  /** What the drawing shows, for who does not see it. */
  label: string
  /** Ids of the steps to show as selected. */
  selected?: readonly string[]
  /** A step was clicked; null: the pane. */
  onSelect?: (id: string | null) => void
  /** A connection was clicked. */
  onSelectEdge?: (edge: { from: string; port: string }) => void
  /** A viewport shared with another drawing; absent: its own, beginning with all of it in sight. */
  viewport?: Viewport
  onViewportChange?: (viewport: Viewport) => void
  /** Room for the numbers of leads under each card. */
  hasFooter?: boolean
  /** Begins at the entry, near enough to be read, where not all of it can be. @default false: all in sight */
  isReadable?: boolean
  /** A step to bring into view whenever it is another one; where it is in view already, nothing moves. */
  reveal?: string | null
}

/** Fills its parent, which must have a height. */
export function JourneyView(props: JourneyViewProps) {
  const [own] = useState(createMarks)
  return (
    <MarksProvider value={props.marks ?? own}>
      <ReactFlowProvider>
        <Sized>{(size) => <View {...props} size={size} />}</Sized>
      </ReactFlowProvider>
    </MarksProvider>
  )
}

const nobody: readonly string[] = []

function View(props: JourneyViewProps & { size: Size }) {
  const {
    document,
    catalogue,
    label,
    selected = nobody,
    onSelect,
    viewport,
    onViewportChange,
    hasFooter = false,
    isReadable = false,
    reveal = null,
  } = props
  const [deriveNodes] = useState(createNodeDeriver)
  const [deriveEdges] = useState(createEdgeDeriver)
  const chosen = useMemo(() => new Set(selected), [selected])
  const nodes = deriveNodes(document, {
    catalogue,
    places: drawnPlaces(document, catalogue),
    selected: chosen,
    hasFooter,
    sentenceOf: caseSentence,
  })
  const edges = deriveEdges(document, { catalogue, sentenceOf: caseSentence, chosen: null })
  const [first] = useState(() => {
    const bounds = boundsOf(nodes.map(boxOf))
    if (bounds === null) return { x: 0, y: 0, zoom: 1 }
    const entry = nodes.find((node) => node.type === 'step' && node.data.step.type === 'entry')
    return isReadable ? firstView(bounds, entry?.position, props.size) : fitView(bounds, props.size)
  })
  const [level] = useState(() => createLevelStore((viewport ?? first).zoom))
  const events = useMemo<CanvasEvents>(
    () => ({
      isEditable: false,
      showStep: (id) => onSelect?.(id),
      renaming: createRenamingStore(),
      rename: () => {},
      addAt: () => {},
      changeNote: () => {},
      resizeNote: () => {},
    }),
    [onSelect],
  )
  return (
    <CanvasEventsProvider value={events}>
      <FlowView
        label={label}
        level={level}
        nodes={nodes}
        edges={edges}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={onSelect !== undefined}
        onNodeClick={(_, { id }) => onSelect?.(id)}
        onPaneClick={() => onSelect?.(null)}
        onEdgeClick={(_, { source, sourceHandle }) => props.onSelectEdge?.({ from: source, port: sourceHandle ?? '' })}
        {...(viewport === undefined ? { defaultViewport: first } : { viewport })}
        {...(onViewportChange === undefined ? {} : { onViewportChange })}
      >
        <Revealed id={reveal} boxes={nodes} size={props.size} />
      </FlowView>
    </CanvasEventsProvider>
  )
}

/** Moves the view to a step that is out of sight; draws nothing. */
function Revealed({ id, boxes, size }: { id: string | null; boxes: readonly (Parts & { id: string })[]; size: Size }) {
  const { getViewport, setViewport } = useReactFlow()
  const found = boxes.find((node) => node.id === id)
  const box = found === undefined ? null : boxOf(found)
  const place = box === null ? '' : [box.x, box.y, box.width, box.height].join(' ')
  useEffect(() => {
    const [x = 0, y = 0, width = 0, height = 0] = place.split(' ').map(Number)
    const view = place === '' ? null : revealView(getViewport(), { x, y, width, height }, size)
    if (view !== null) void setViewport(view)
  }, [id, place, size, getViewport, setViewport])
  return null
}

interface Parts {
  position: { x: number; y: number }
  width?: number | undefined
  height?: number | undefined
}

/** Where a node is and how big. */
export function boxOf({ position, width = 0, height = 0 }: Parts): Box {
  return { x: position.x, y: position.y, width, height }
}
