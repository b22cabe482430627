/** A journey to look at: the same canvas as the editor's, without edits. For comparing versions, paths and previews. */
import { useMemo, useState } from 'react'
import { ReactFlowProvider, type Viewport } from 'reactflow'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { Catalogue } from '../catalogue.ts'
import { createMarks, MarksProvider, type Marks } from '../marks.ts'
import { CanvasEventsProvider, createRenamingStore, type CanvasEvents } from './canvas-events.ts'
import { caseSentence } from './case-sentence.ts'
import { createEdgeDeriver, createNodeDeriver } from './derive.ts'
import { FlowView, Sized } from './flow-view.tsx'
import { drawnPlaces } from './keep-tidy.ts'
import { createLevelStore } from './level-of-detail.ts'
import { boundsOf, fitView, type Size } from './viewport.ts'

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
    return bounds === null ? { x: 0, y: 0, zoom: 1 } : fitView(bounds, props.size)
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
      />
    </CanvasEventsProvider>
  )
}

/** Where a node is and how big. */
export function boxOf({
  position,
  width = 0,
  height = 0,
}: {
  position: { x: number; y: number }
  width?: number | undefined
  height?: number | undefined
}) {
  return { x: position.x, y: position.y, width, height }
}
