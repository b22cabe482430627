/**
 * What follows the view while it is panned and zoomed. All of it is set on the elements directly: a frame of a pan costs no
 * drawing by React, and, being layers of their own, no painting by the browser either.
 */
import { useEffect, useId, useLayoutEffect, useRef } from 'react'
import { useStoreApi, ViewportPortal } from 'reactflow'
import { useLevel, type LevelStore } from './level-of-detail.ts'
import classes from './canvas.module.css'

/** After the last change of the zoom: what was scaled meanwhile is painted again as sharp as it can be. */
const restMs = 150
/** Below it a layer kept at its own scale would be many screens big. */
const smallestKeptZoom = 0.55

/** Tells the level of detail of every change of the zoom, and keeps the drawing from being painted anew for each. */
export function ZoomLevel({ level }: { level: LevelStore }) {
  const flow = useStoreApi()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let zoom: number | null = null
    const look = () => {
      const { transform, domNode } = flow.getState()
      if (transform[2] === zoom) return
      const isFirst = zoom === null
      zoom = transform[2]
      level.setZoom(zoom)
      const view = domNode?.querySelector<HTMLElement>('.react-flow__viewport')
      if (view == null || isFirst) return
      clearTimeout(timer)
      view.style.willChange = zoom >= smallestKeptZoom ? 'transform' : ''
      timer = setTimeout(() => {
        view.style.willChange = ''
      }, restMs)
    }
    look()
    const stop = flow.subscribe(look)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [flow, level])
  return null
}

/** Every second line of the grid that steps snap to. */
const gap = 16
/** How many screens wide and high the paper is, so that it is moved seldom. */
const screens = 8

/**
 * What the drawing lies on: its colour, and the grid of dots from the level on at which it helps to place a step. It moves
 * with the drawing, in one layer without holes, so that a pan has nothing to paint and nothing to blend.
 */
export function Paper() {
  const level = useLevel()
  const flow = useStoreApi()
  const paper = useRef<HTMLDivElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    let [left, top, width, height] = [0, 0, 0, 0]
    const lay = () => {
      const { transform, ...size } = flow.getState()
      const [x, y, zoom] = transform
      if (paper.current === null || size.width === 0) return
      const seen = { left: -x / zoom, top: -y / zoom, width: size.width / zoom, height: size.height / zoom }
      const isCovered =
        left <= seen.left &&
        top <= seen.top &&
        left + width >= seen.left + seen.width &&
        top + height >= seen.top + seen.height
      if (isCovered && width <= seen.width * screens * 4) return
      ;[width, height] = [onGrid(seen.width * screens), onGrid(seen.height * screens)]
      ;[left, top] = [onGrid(seen.left - (width - seen.width) / 2), onGrid(seen.top - (height - seen.height) / 2)]
      const places = { left, top, width, height }
      for (const [name, length] of Object.entries(places)) paper.current.style.setProperty(name, `${String(length)}px`)
    }
    lay()
    return flow.subscribe(lay)
  }, [flow])
  return (
    <ViewportPortal>
      <div ref={paper} className={classes['paper']} aria-hidden>
        {level === 'full' ? (
          <svg width="100%" height="100%">
            <pattern id={id} patternUnits="userSpaceOnUse" width={gap} height={gap}>
              <circle cx={gap / 2} cy={gap / 2} r="0.5" fill="var(--hairline)" />
            </pattern>
            <rect width="100%" height="100%" fill={`url(#${id})`} />
          </svg>
        ) : null}
      </div>
    </ViewportPortal>
  )
}

function onGrid(length: number): number {
  return Math.floor(length / gap) * gap
}
