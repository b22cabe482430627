/** React Flow as a view of a journey: what the editor's canvas and the read-only ones have in common. */
import 'reactflow/dist/style.css'
import { useCallback, useState, useSyncExternalStore, type ReactNode } from 'react'
import { ReactFlow, type ReactFlowProps } from 'reactflow'
import { t } from '../../i18n/t.ts'
import { useMarks } from '../marks.ts'
import type { FlowEdge, FlowNode } from './derive.ts'
import { ArrowHeads, JourneyEdge } from './journey-edge.tsx'
import { LevelProvider, useCulling, type LevelStore } from './level-of-detail.ts'
import { NoteCard } from './note-card.tsx'
import { StepCard } from './step-card.tsx'
import { Paper, ZoomLevel } from './viewport-layer.tsx'
import { maxZoom, minZoom, type Size } from './viewport.ts'
import classes from './canvas.module.css'

const nodeTypes = { step: StepCard, note: NoteCard }
const edgeTypes = { journey: JourneyEdge }

export interface FlowViewProps extends ReactFlowProps<FlowNode, FlowEdge> {
  nodes: FlowNode[]
  edges: FlowEdge[]
  /** What this drawing is, for who does not see it. */
  label: string
  level: LevelStore
  /** Beside the drawing, inside React Flow's provider. */
  children?: ReactNode
}

/** Needs a ReactFlowProvider and a MarksProvider around it. */
export function FlowView({ label, level, children, ...props }: FlowViewProps) {
  return (
    <LevelProvider value={level}>
      <ArrowHeads />
      <Drawing {...props} label={label}>
        <ZoomLevel level={level} />
        <Paper />
        {children}
      </Drawing>
    </LevelProvider>
  )
}

function Drawing({ label, children, ...props }: Omit<FlowViewProps, 'level'>) {
  const isCulling = useCulling()
  const marks = useMarks()
  const hasPath = useSyncExternalStore(marks.path.subscribeAll, () => marks.path.all().size > 0)
  const isSearched = useSyncExternalStore(marks.found.subscribeAll, () => marks.found.all().size > 0)
  const [words] = useState(sayFlow)
  return (
    <ReactFlow
      aria-label={label}
      ariaLabelConfig={words}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      minZoom={minZoom}
      maxZoom={maxZoom}
      panOnScroll
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      disableKeyboardA11y
      nodesFocusable={false}
      edgesFocusable={false}
      onlyRenderVisibleElements={isCulling}
      elevateNodesOnSelect={false}
      data-path={hasPath}
      data-searched={isSearched}
      {...props}
    >
      {children}
    </ReactFlow>
  )
}

/** What React Flow itself would say in English; how one moves with the keyboard is ours to say. */
function sayFlow() {
  return {
    'node.a11yDescription.default': t('A step of the journey'),
    'node.a11yDescription.keyboardDisabled': t('A step of the journey'),
    'edge.a11yDescription.default': t('A connection'),
  }
}

/** Draws its content once the size of the place is known, so that the first picture is at the right place. */
export function Sized({
  className,
  children,
}: {
  className?: string | undefined
  children: (size: Size, element: HTMLDivElement) => ReactNode
}) {
  const [found, setFound] = useState<{ size: Size; element: HTMLDivElement } | null>(null)
  const measure = useCallback((element: HTMLDivElement | null) => {
    if (element === null) return
    setFound({ element, size: { width: element.clientWidth, height: element.clientHeight } })
  }, [])
  return (
    <div className={className ?? classes['canvas']} ref={measure}>
      {found === null ? null : children(found.size, found.element)}
    </div>
  )
}
