import { memo } from 'react'
import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge, type EdgeProps } from 'reactflow'
import classes from './canvas.module.css'

export type JourneyEdgeData = {
  /** The ways out that lead here; null where there is only one. */
  label: string | null
  /** Place among the labels above the same step, from 0. */
  lane: number
}

/** Between arrow and label, and between labels above one step. */
const labelHeight = 20

/** A line between two steps. Its label sits right above the step it leads to, where lines have parted. */
export const JourneyEdge = memo((props: EdgeProps<Edge<JourneyEdgeData>>) => {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, markerEnd, data } = props
  const [path] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
    borderRadius: 8,
  })
  return (
    <>
      <BaseEdge
        path={path}
        style={{ stroke: 'var(--edge)', strokeWidth: 1.5 }}
        {...(markerEnd === undefined ? {} : { markerEnd })}
      />
      {data?.label ? (
        <EdgeLabelRenderer>
          <div
            className={classes['label']}
            title={data.label}
            style={{
              transform: `translate(-50%, -50%) translate(${String(targetX)}px, ${String(targetY - 18 - data.lane * labelHeight)}px)`,
            }}
          >
            {data.label}
          </div>
        </EdgeLabelRenderer>
      ) : null}
    </>
  )
})
JourneyEdge.displayName = 'JourneyEdge'
