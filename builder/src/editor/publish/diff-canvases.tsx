/** The drawings of a comparison: two with one viewport, or one with ghosts. */
import { Text } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { GraphDiff } from '#engine/compiler/diff.ts'
import type { JourneyDocument, Point } from '#engine/graph/document.ts'
import { cardSize } from '#engine/graph/arrange.ts'
import { drawnPlaces } from '../canvas/keep-tidy.ts'
import { JourneyView } from '../canvas/journey-view.tsx'
import { boundsOf, fitView, revealView, type Size } from '../canvas/viewport.ts'
import type { Catalogue } from '../catalogue.ts'
import { useCatalogue } from '../editor-context.tsx'
import { createMarks, type Marks } from '../marks.ts'
import { diffMarks, overlayDocument } from './overlay-document.ts'
import classes from './publish.module.css'

export type CanvasArrangement = 'beside' | 'over'

interface DiffCanvasesProps {
  before: JourneyDocument | null
  after: JourneyDocument
  diff: GraphDiff
  labels: { before: string; after: string }
  arrangement: CanvasArrangement
  /** The step the list stands on; brought into sight. */
  chosen: string | null
  onChoose: (id: string | null) => void
}

interface View {
  x: number
  y: number
  zoom: number
}

export function DiffCanvases(props: DiffCanvasesProps) {
  const { before, after, diff, arrangement, labels } = props
  const catalogue = useCatalogue()
  const [size, setSize] = useState<Size | null>(null)
  const measure = useCallback((element: HTMLDivElement | null) => {
    if (element !== null) setSize({ width: element.clientWidth, height: element.clientHeight })
  }, [])
  const places = useMemo(() => placesOf(before, after, catalogue), [before, after, catalogue])
  const over = useMemo(
    () => (before === null ? after : overlayDocument(before, after, places)),
    [before, after, places],
  )
  const marks = useMemo((): Marks => {
    const made = createMarks()
    if (before !== null) made.diff.replace(diffMarks(diff, before, after))
    return made
  }, [before, after, diff])
  return (
    <div className={classes['canvases']} data-arrangement={arrangement} ref={measure}>
      {size === null ? null : arrangement === 'over' || before === null ? (
        <Shared key="over" {...props} size={size} marks={marks} drawn={[{ document: over, label: labels.after }]} />
      ) : (
        <Shared
          key="beside"
          {...props}
          size={{ ...size, width: size.width / 2 }}
          marks={marks}
          drawn={[
            { document: before, label: labels.before },
            { document: after, label: labels.after },
          ]}
        />
      )}
    </div>
  )
}

/** One viewport for all that is drawn: moving one moves the other. */
function Shared({
  drawn,
  marks,
  size,
  chosen,
  onChoose,
}: DiffCanvasesProps & { drawn: { document: JourneyDocument; label: string }[]; marks: Marks; size: Size }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const boxes = drawn.map(({ document }) => drawnPlaces(document, catalogue))
  const [view, setView] = useState<View>(() => {
    const bounds = boundsOf(boxes.flatMap((places) => Object.values(places).map(boxAt)))
    return bounds === null ? { x: 0, y: 0, zoom: 1 } : fitView(bounds, size)
  })
  const [shown, setShown] = useState<string | null>(null)
  // A step that is chosen in the list comes into sight; afterwards the drawing is free again.
  if (chosen !== shown) {
    setShown(chosen)
    const place = chosen === null ? undefined : boxes.findLast((places) => places[chosen] !== undefined)?.[chosen]
    const next = place === undefined ? null : revealView(view, boxAt(place), size)
    if (next !== null) setView(next)
  }
  return drawn.map(({ document, label }, index) => (
    <div className={classes['drawing']} key={index}>
      {drawn.length > 1 ? (
        <Text component="span" className={classes['drawingLabel'] ?? ''} size="xs" fw={600}>
          {label}
        </Text>
      ) : null}
      <JourneyView
        document={document}
        catalogue={catalogue}
        marks={marks}
        label={t('{{version}}, drawn', { version: label })}
        selected={chosen === null ? [] : [chosen]}
        onSelect={onChoose}
        viewport={view}
        onViewportChange={setView}
      />
    </div>
  ))
}

function boxAt({ x, y }: Point) {
  return { x, y, ...cardSize }
}

function placesOf(before: JourneyDocument | null, after: JourneyDocument, catalogue: Catalogue) {
  return {
    before: before === null ? {} : drawnPlaces(before, catalogue),
    after: drawnPlaces(after, catalogue),
  }
}
