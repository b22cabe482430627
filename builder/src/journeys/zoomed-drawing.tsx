/** A drawing to look at: as large as one can read, scrolled or dragged about, and zoomed. */
import { ActionIcon, Button, Group } from '@mantine/core'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './preview.module.css'

const step = 1.25
const bounds = { least: 0.2, most: 2 }
/** Below this the words of a card cannot be read, so one begins no farther away. */
const readable = 0.75

/** @param svg what `renderPicture` makes with all detail: it says its own size. */
export function ZoomedDrawing({ svg, label }: { svg: string; label: string }) {
  const { t } = useTranslation()
  const frame = useRef<HTMLDivElement>(null)
  const [zoom, setZoom] = useState(1)
  const size = sizeOf(svg)
  const change = (wanted: number) => setZoom(Math.min(bounds.most, Math.max(bounds.least, wanted)))
  const fit = () => {
    const { clientWidth = 1, clientHeight = 1 } = frame.current ?? {}
    change(Math.min(1, clientWidth / size.width, clientHeight / size.height))
  }

  // What was in the middle stays there; at first that is the top, where leads come in.
  const middle = useRef({ x: 0.5, y: 0 })
  useLayoutEffect(() => {
    const box = frame.current
    if (box === null) return
    middle.current = { x: startOf(box), y: 0 }
    setZoom(Math.min(1, Math.max(readable, box.clientWidth / size.width)))
  }, [svg, size.width])

  useLayoutEffect(() => {
    const box = frame.current
    if (box === null) return
    box.scrollLeft = middle.current.x * box.scrollWidth - box.clientWidth / 2
    box.scrollTop = middle.current.y * box.scrollHeight - box.clientHeight / 2
  }, [zoom])
  const keepMiddle = () => {
    const box = frame.current
    if (box === null) return
    middle.current = {
      x: (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth,
      y: (box.scrollTop + box.clientHeight / 2) / box.scrollHeight,
    }
  }

  useEffect(() => {
    const box = frame.current
    if (box === null) return undefined
    // React listens to wheels without the right to stop them, and the browser would zoom the page.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      setZoom((before) => Math.min(bounds.most, Math.max(bounds.least, before * Math.exp(-event.deltaY / 400))))
    }
    box.addEventListener('wheel', onWheel, { passive: false })
    return () => box.removeEventListener('wheel', onWheel)
  }, [])

  const drag = useRef<{ x: number; y: number } | null>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const wanted = { '+': zoom * step, '=': zoom * step, '-': zoom / step, '0': 1 }[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    change(wanted)
  }
  return (
    <div className={classes['drawing']}>
      <div
        ref={frame}
        className={classes['frame']}
        // It scrolls, so the keyboard must get to it.
        tabIndex={0}
        role="group"
        aria-label={label}
        onScroll={keepMiddle}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          // A finger scrolls by itself.
          if (event.pointerType !== 'mouse' || event.button !== 0) return
          drag.current = { x: event.clientX, y: event.clientY }
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={(event) => {
          const from = drag.current
          if (from === null) return
          event.currentTarget.scrollBy(from.x - event.clientX, from.y - event.clientY)
          drag.current = { x: event.clientX, y: event.clientY }
        }}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
      >
        <div
          className={classes['sheet']}
          style={{ width: size.width * zoom, height: size.height * zoom }}
          dangerouslySetInnerHTML={{ __html: svg }}
        />
      </div>
      <Group gap={4} className={classes['zoom'] ?? ''}>
        <ActionIcon variant="default" aria-label={t('Zoom out')} onClick={() => change(zoom / step)}>
          <IconMinus size={16} />
        </ActionIcon>
        <Button variant="default" size="compact-sm" onClick={() => change(1)} title={t('Show at full size')}>
          {`${String(Math.round(zoom * 100))} %`}
        </Button>
        <ActionIcon variant="default" aria-label={t('Zoom in')} onClick={() => change(zoom * step)}>
          <IconPlus size={16} />
        </ActionIcon>
        <Button variant="default" size="compact-sm" onClick={fit}>
          {t('Show all')}
        </Button>
      </Group>
    </div>
  )
}

/** Where across the drawing the topmost card is, from 0 to 1. */
function startOf(box: HTMLElement): number {
  const cards = Array.from(box.querySelectorAll('svg > g'), (card) => card.getBoundingClientRect())
  const [first, ...others] = cards
  const drawn = box.querySelector('svg')?.getBoundingClientRect()
  if (first === undefined || drawn === undefined || drawn.width === 0) return 0.5
  const top = others.reduce((highest, card) => (card.top < highest.top ? card : highest), first)
  return (top.left + top.width / 2 - drawn.left) / drawn.width
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
  return { width: Number(width ?? 1), height: Number(height ?? 1) }
}
