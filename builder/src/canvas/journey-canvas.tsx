/** A journey as it was drawn, with how many leads stand on each step now. Read-only. */
import 'reactflow/dist/style.css'
import { useComputedColorScheme } from '@mantine/core'
import { useMemo, useState } from 'react'
import {
  Background,
  BackgroundVariant,
  Controls,
  MarkerType,
  ReactFlow,
  type Edge,
  type NodeMouseHandler,
} from 'reactflow'
import type { Journey, StepCount } from '#server/contract/journeys.ts'
import { JourneyEdge, type JourneyEdgeData } from './journey-edge.tsx'
import { beginAt, cardHeight, cardWidth, placeSteps } from './place-steps.ts'
import { StepNode, type StepNodeType } from './step-node.tsx'
import classes from './canvas.module.css'

const nodeTypes = { step: StepNode }
const edgeTypes = { journey: JourneyEdge }

interface CanvasProps {
  journey: Journey
  /** Live ones; steps that nobody stands on are absent. */
  counts: readonly StepCount[]
  selected: string | null
  /** A step was chosen, or the one that was is no more. */
  onSelect: (stepId: string | null) => void
}

/** Fills its parent. The first picture is drawn when the parent's size is known, so that nothing jumps. */
export function JourneyCanvas(props: CanvasProps) {
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  return (
    <div
      className={classes['canvas']}
      role="region"
      aria-label={`Steps of ${props.journey.name}`}
      ref={(element) => {
        if (element !== null && size === null) setSize({ width: element.clientWidth, height: element.clientHeight })
      }}
    >
      {size === null ? null : <Drawing {...props} size={size} />}
    </div>
  )
}

function Drawing({
  journey,
  counts,
  selected,
  onSelect,
  size,
}: CanvasProps & { size: { width: number; height: number } }) {
  const colorMode = useComputedColorScheme('light')
  const places = useMemo(() => placeSteps(journey), [journey])
  const viewport = useMemo(() => beginAt(places, size), [places, size])
  const edges = useMemo(() => toEdges(journey), [journey])
  const countOf = useMemo(() => new Map(counts.map((count) => [count.stepId, count])), [counts])
  const nodes = useMemo(
    () =>
      journey.cards.map((card): StepNodeType => ({
        id: card.id,
        type: 'step',
        position: places[card.id] ?? { x: 0, y: 0 },
        // Known sizes: nothing has to be measured before the first paint.
        width: cardWidth,
        height: cardHeight,
        data: { card, count: countOf.get(card.id) ?? null, passed: journey.passed[card.id] ?? 0 },
        selected: card.id === selected,
        ariaLabel: `${card.name}, ${String(countOf.get(card.id)?.here ?? 0)} here`,
      })),
    [journey, places, countOf, selected],
  )
  const onNodeClick: NodeMouseHandler = (_, node) => onSelect(node.id === selected ? null : node.id)
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      colorMode={colorMode}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      onNodeClick={onNodeClick}
      onPaneClick={() => onSelect(null)}
      onNodesChange={(changes) => {
        // Enter on a focused card chooses it as a click does.
        for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id)
      }}
      defaultViewport={viewport}
      minZoom={0.1}
      maxZoom={1.5}
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--hairline)" />
      <Controls showInteractive={false} />
    </ReactFlow>
  )
}

/** One line per pair of steps; the ports that lead the same way share it. */
function toEdges(journey: Journey): Edge<JourneyEdgeData>[] {
  const cards = new Map(journey.cards.map((card) => [card.id, card]))
  const pairs = Map.groupBy(journey.graph.edges, ({ from, to }) => `${from}→${to}`)
  const intoTarget = new Map<string, number>()
  return [...pairs].flatMap(([id, list]) => {
    const [first] = list
    if (first === undefined) return []
    const ports = cards.get(first.from)?.ports ?? []
    const labels = list.map(({ port }) => ports.find((candidate) => candidate.id === port)?.label ?? port)
    const isLabelled = ports.length > 1
    const lane = intoTarget.get(first.to) ?? 0
    if (isLabelled) intoTarget.set(first.to, lane + 1)
    return [
      {
        id,
        type: 'journey',
        source: first.from,
        target: first.to,
        markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--edge)', width: 16, height: 16 },
        data: { label: isLabelled ? labels.join(' · ') : null, lane },
        focusable: false,
        selectable: false,
      },
    ]
  })
}
