/** One "+" for all connections, on the one under the pointer or selected; and the line a dragged step would go into. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useReactFlow, ViewportPortal } from 'reactflow'
import type { Point } from '#engine/graph/document.ts'
import { useEditor } from '../editor-context.tsx'
import { edgeKey } from '../marks.ts'
import type { EdgeSelection } from '../store.ts'
import classes from './overlay.module.css'

/** The drawn line of a connection. */
function linePath(canvas: Element, key: string): SVGPathElement | null {
  return canvas.querySelector<SVGPathElement>(`.react-flow__edge[data-id="${CSS.escape(key)}"] .react-flow__edge-path`)
}

/** The connection a piece of the drawing belongs to; null for anything else. */
export function edgeOf(element: Element): EdgeSelection | null {
  const key =
    element.closest('.react-flow__edge')?.getAttribute('data-id') ??
    element.closest('[data-edge]')?.getAttribute('data-edge')
  if (key === null || key === undefined) return null
  const [from = '', ...port] = key.split(':')
  return { from, port: port.join(':') }
}

interface EdgeOverlayProps {
  canvas: HTMLElement
  /** Where a dragged step would go. */
  target: EdgeSelection | null
  onAdd: (way: EdgeSelection, screen: Point) => void
}

export function EdgeOverlay({ canvas, target, onAdd }: EdgeOverlayProps) {
  const { t } = useTranslation()
  const selected = useEditor((state) => state.edge)
  const { edges } = useEditor((state) => state.content.document.graph)
  const [near, setNear] = useNearEdge(canvas)
  const way = near?.way ?? selected
  const exists = way !== null && edges.some(({ from, port }) => from === way.from && port === way.port)
  const line = exists ? linePath(canvas, edgeKey(way)) : null
  const lit = target === null ? null : linePath(canvas, edgeKey(target))?.getAttribute('d')
  const spot = line === null ? null : spotOn(line, near?.at ?? null)
  return (
    <ViewportPortal>
      {lit ? (
        <svg className={classes['lit']} aria-hidden>
          <path d={lit} />
        </svg>
      ) : null}
      {spot === null || way === null || target !== null ? null : (
        <button
          type="button"
          tabIndex={-1}
          className={`${classes['plus'] ?? ''} nodrag nopan`}
          style={{ transform: `translate(-50%, -50%) translate(${String(spot.x)}px, ${String(spot.y)}px)` }}
          aria-label={t('Add a step here')}
          title={t('Add a step here')}
          data-plus={edgeKey(way)}
          onPointerLeave={() => setNear(null)}
          onClick={(event) => {
            event.stopPropagation()
            onAdd(way, { x: event.clientX, y: event.clientY })
          }}
        >
          +
        </button>
      )}
    </ViewportPortal>
  )
}

/** The connection under the pointer, and where the pointer came upon it. It stays while the pointer is on the "+". */
function useNearEdge(canvas: HTMLElement) {
  const flow = useReactFlow()
  const [near, setNear] = useState<{ way: EdgeSelection; at: Point } | null>(null)
  useEffect(() => {
    const move = (event: PointerEvent) => {
      if (event.buttons !== 0 || !(event.target instanceof Element)) return
      if (event.target.closest('[data-plus]') !== null) return
      const way = edgeOf(event.target)
      setNear((present) => {
        if (way === null) return present === null ? present : null
        if (present !== null && edgeKey(present.way) === edgeKey(way)) return present
        return { way, at: flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }, { snapToGrid: false }) }
      })
    }
    const leave = () => setNear(null)
    canvas.addEventListener('pointermove', move)
    canvas.addEventListener('pointerleave', leave)
    return () => {
      canvas.removeEventListener('pointermove', move)
      canvas.removeEventListener('pointerleave', leave)
    }
  }, [canvas, flow])
  return [near, setNear] as const
}

/** The middle of a short line; of a long one, the point nearest to the pointer. Never on the arrow or the label. */
function spotOn(line: SVGPathElement, at: Point | null): Point {
  const length = line.getTotalLength()
  if (at === null || length < 160) return line.getPointAtLength(length / 2 - Math.min(8, length / 8))
  let best = line.getPointAtLength(length / 2)
  let nearest = Infinity
  for (let part = 1; part < 32; part += 1) {
    const point = line.getPointAtLength((length * part) / 32)
    const far = Math.hypot(point.x - at.x, point.y - at.y)
    if (far >= nearest) continue
    nearest = far
    best = point
  }
  return best
}
