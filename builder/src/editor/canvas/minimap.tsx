/**
 * The whole journey small, drawn on one canvas element: a thousand steps cost one drawing, and only when something
 * changed. It appears while one pans or zooms and stays when pinned. Hidden from assistive technology, which has the outline.
 */
import { ActionIcon } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconPin, IconPinFilled } from '@tabler/icons-react'
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useReactFlow, useStoreApi } from 'reactflow'
import { categoryLooks } from '../../ui/step-look.ts'
import { useMarks } from '../marks.ts'
import type { FlowNode } from './derive.ts'
import { boxOf } from './journey-view.tsx'
import { boundsOf, type Box } from './viewport.ts'
import classes from './overlay.module.css'

const size = { width: 192, height: 128 }
const stayMs = 1200
const repaintMs = 150

export function Minimap({ nodes }: { nodes: readonly FlowNode[] }) {
  const { t } = useTranslation()
  const [isPinned, setPinned] = useLocalStorage({
    key: 'trellis.minimap',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const isMoving = useMoving()
  const isShown = (isPinned || isMoving) && nodes.length > 1
  return (
    <div className={`${classes['minimap'] ?? ''} nopan nowheel`} data-shown={isShown} aria-hidden style={size}>
      {isShown ? <Picture nodes={nodes} /> : null}
      <ActionIcon
        className={classes['pin'] ?? ''}
        variant="subtle"
        color="gray"
        size={22}
        tabIndex={-1}
        title={isPinned ? t('Let the map go') : t('Keep the map')}
        onClick={() => setPinned(!isPinned)}
      >
        {isPinned ? <IconPinFilled size={13} /> : <IconPin size={13} />}
      </ActionIcon>
    </div>
  )
}

/** True while the view moves, and a moment after. */
function useMoving(): boolean {
  const flow = useStoreApi()
  const [isMoving, setMoving] = useState(false)
  useEffect(() => {
    let { transform } = flow.getState()
    let movedAt = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const rest = () => {
      const left = movedAt + stayMs - performance.now()
      timer = left > 0 ? setTimeout(rest, left) : undefined
      if (left <= 0) setMoving(false)
    }
    const stop = flow.subscribe((state) => {
      if (state.transform === transform) return
      transform = state.transform
      movedAt = performance.now()
      if (timer !== undefined) return
      timer = setTimeout(rest, stayMs)
      setMoving(true)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [flow])
  return isMoving
}

interface Scale {
  bounds: Box
  /** Pixels of the map per pixel of the layout. */
  zoom: number
  left: number
  top: number
}

function scaleOf(nodes: readonly FlowNode[]): Scale | null {
  const around = boundsOf(nodes.map(boxOf))
  if (around === null) return null
  const margin = 120
  const bounds = {
    x: around.x - margin,
    y: around.y - margin,
    width: around.width + 2 * margin,
    height: around.height + 2 * margin,
  }
  const zoom = Math.min(size.width / bounds.width, size.height / bounds.height)
  return {
    bounds,
    zoom,
    left: (size.width - bounds.width * zoom) / 2,
    top: (size.height - bounds.height * zoom) / 2,
  }
}

/** Drawn again when a step moves or changes, not when the view does. */
const Picture = memo(({ nodes }: { nodes: readonly FlowNode[] }) => {
  const picture = useRef<HTMLCanvasElement>(null)
  const flow = useReactFlow()
  const marks = useMarks()
  const scale = useMemo(() => scaleOf(nodes), [nodes])
  const paintedAt = useRef(-Infinity)
  useEffect(() => {
    const draw = () => {
      paintedAt.current = performance.now()
      if (picture.current !== null && scale !== null) paint(picture.current, nodes, scale, marks.problems.all())
    }
    // A step that is dragged moves on the map a few times a second, not with each frame.
    const timer = setTimeout(draw, Math.max(0, paintedAt.current + repaintMs - performance.now()))
    const stop = marks.problems.subscribeAll(draw)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [nodes, scale, marks])
  if (scale === null) return null
  const jump = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.buttons !== 1) return
    const box = event.currentTarget.getBoundingClientRect()
    const x = (event.clientX - box.left - scale.left) / scale.zoom + scale.bounds.x
    const y = (event.clientY - box.top - scale.top) / scale.zoom + scale.bounds.y
    void flow.setCenter(x, y, { zoom: flow.getZoom() })
  }
  return (
    <>
      <canvas
        ref={picture}
        width={size.width * 2}
        height={size.height * 2}
        style={size}
        onPointerDown={jump}
        onPointerMove={jump}
      />
      <Frame scale={scale} />
    </>
  )
})
Picture.displayName = 'Picture'

/** What is in view: moved by a transform, so that neither the map nor this is drawn again. */
function Frame({ scale: { bounds, zoom, left, top } }: { scale: Scale }) {
  const flow = useStoreApi()
  const frame = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    let before: unknown = null
    const place = () => {
      const { transform, width, height } = flow.getState()
      if (frame.current === null || transform === before) return
      before = transform
      const [x, y, near] = transform
      const at = { x: left + (-x / near - bounds.x) * zoom, y: top + (-y / near - bounds.y) * zoom }
      const { style } = frame.current
      style.transform = `translate(${String(at.x)}px, ${String(at.y)}px)`
      const size = [(width / near) * zoom, (height / near) * zoom].map((length) => `${String(length)}px`)
      if (style.width !== size[0]) style.width = size[0] ?? ''
      if (style.height !== size[1]) style.height = size[1] ?? ''
    }
    place()
    return flow.subscribe(place)
  }, [flow, bounds, zoom, left, top])
  return <div ref={frame} className={classes['frame']} />
}

function paint(
  picture: HTMLCanvasElement,
  nodes: readonly FlowNode[],
  { bounds, zoom, left, top }: Scale,
  problems: ReadonlyMap<string, { errors: number; warnings: number }>,
): void {
  const context = picture.getContext('2d')
  if (context === null) return
  const style = getComputedStyle(picture)
  const colours = new Map<string, string>()
  const colourOf = (token: string): string => {
    const known = colours.get(token) ?? style.getPropertyValue(token.replace(/^var\((.*)\)$/, '$1'))
    colours.set(token, known)
    return known
  }
  context.setTransform(2, 0, 0, 2, 0, 0)
  context.clearRect(0, 0, size.width, size.height)
  const red: [number, number][] = []
  for (const node of nodes) {
    const x = left + (node.position.x - bounds.x) * zoom
    const y = top + (node.position.y - bounds.y) * zoom
    const [width, height] = [Math.max(2, (node.width ?? 0) * zoom), Math.max(1.5, (node.height ?? 0) * zoom)]
    if (node.type === 'note') context.fillStyle = colourOf('--hairline')
    else context.fillStyle = colourOf(categoryLooks[node.data.catalogue.categoryOf(node.data.step)].color)
    context.fillRect(x, y, width, height)
    if ((problems.get(node.id)?.errors ?? 0) > 0) red.push([x + width, y])
  }
  context.fillStyle = colourOf('--error')
  for (const [x, y] of red) {
    context.beginPath()
    context.arc(x, y, 3, 0, 2 * Math.PI)
    context.fill()
  }
}
