/** A connection: a line with an arrow, and on it what the way is called. */
import { memo } from 'react'
import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from 'reactflow'
import { useKeyed } from '../keyed-store.ts'
import { useMarks } from '../marks.ts'
import type { FlowEdge } from './derive.ts'
import { useLevel } from './level-of-detail.ts'
import { countRender } from './render-count.ts'
import { corners, labelPlace, roundedPath } from './route.ts'
import classes from './canvas.module.css'

const arrow = { full: 'url(#trellis-arrow)', strong: 'url(#trellis-arrow-strong)' }

export const JourneyEdge = memo((props: EdgeProps<FlowEdge>) => {
  const { id, sourceX, sourceY, targetX, targetY, data, selected } = props
  countRender('edge', id)
  const level = useLevel()
  const marks = useMarks()
  const overlay = useKeyed(marks.overlay, id)
  const path = useKeyed(marks.path, id)
  const diff = useKeyed(marks.diff, id)
  const points = corners({ x: sourceX, y: sourceY }, { x: targetX, y: targetY })
  const line = roundedPath(points)
  const place = labelPlace(points, { joins: data?.joins ?? false, lane: data?.lane ?? 0 })
  const isStrong = selected === true || path !== undefined
  const said = path?.label ?? overlay?.text
  const label = data?.label ?? null
  const width = overlay?.flow === undefined ? undefined : 1.5 + overlay.flow * 14
  return (
    <>
      <BaseEdge
        id={id}
        path={line}
        className={classes['edge'] ?? ''}
        interactionWidth={level === 'block' ? 0 : 24}
        markerEnd={level === 'block' ? '' : isStrong ? arrow.strong : arrow.full}
        data-selected={selected === true}
        data-path={path !== undefined}
        data-diff={diff}
        {...(width === undefined ? {} : { style: { strokeWidth: width } })}
      />
      {level === 'full' && (label !== null || said !== undefined) ? (
        <EdgeLabelRenderer>
          <div
            className={classes['pill']}
            title={data?.title ?? undefined}
            data-edge={id}
            data-path={path !== undefined}
            style={{
              transform: `translate(-50%, -50%) translate(${String(place.x)}px, ${String(place.y)}px)`,
            }}
          >
            {label}
            {said === undefined ? null : <b>{said}</b>}
          </div>
        </EdgeLabelRenderer>
      ) : null}
    </>
  )
})
JourneyEdge.displayName = 'JourneyEdge'

/** The arrow heads, once for all lines. */
export function ArrowHeads() {
  return (
    <svg className={classes['heads']} aria-hidden>
      <defs>
        {(['trellis-arrow', 'trellis-arrow-strong'] as const).map((id) => (
          <marker
            key={id}
            id={id}
            viewBox="0 0 10 10"
            refX="8"
            refY="5"
            markerWidth="9"
            markerHeight="9"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M1 1 9 5 1 9z" fill={id === 'trellis-arrow' ? 'var(--edge)' : 'var(--focus)'} />
          </marker>
        ))}
      </defs>
    </svg>
  )
}
