/** The drawing that is watched, with what an overlay says on it; two of them when two versions are compared. */
import { Button, Text } from '@mantine/core'
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { cardSize } from '#engine/graph/arrange.ts'
import type { JourneyStatistics } from '#server/contract/journey-statistics.ts'
import { Loading } from '../../ui/states.tsx'
import { drawnPlaces } from '../canvas/keep-tidy.ts'
import { JourneyView } from '../canvas/journey-view.tsx'
import { Sized } from '../canvas/flow-view.tsx'
import { boundsOf, fitView, type Size } from '../canvas/viewport.ts'
import { useCatalogue, useEditor } from '../editor-context.tsx'
import { createMarks, edgeKey, type Marks, type PathMark } from '../marks.ts'
import { onlyOf, useCompared } from './compared.ts'
import { countEdges } from './flow.ts'
import type { PortStore } from './live-channel.ts'
import { useStatistics, useVersionDocument, type Scope } from './live-queries.ts'
import { changeView, type LiveView } from './live-view.ts'
import { edgeMarks, overlayMarks } from './overlay-marks.ts'
import classes from './live.module.css'

export interface LiveCanvasProps {
  view: LiveView
  scope: Scope
  document: JourneyDocument
  marks: Marks
  ports: PortStore
  hasPath: boolean
  /** Where the lead is whose path is lit. */
  current: string | null
}

export function LiveCanvas(props: LiveCanvasProps) {
  const { view, hasPath } = props
  useOverlay(props)
  if (typeof view.compare === 'number' && !hasPath) {
    return <Beside key={view.compare} {...props} version={view.compare} />
  }
  return (
    <div className={classes['canvas']} data-overlay={view.overlay} data-only={view.isOnly && !hasPath}>
      <Drawing {...props} />
      {hasPath ? null : <OnlyThese view={view} />}
    </div>
  )
}

interface Shared {
  viewport: { x: number; y: number; zoom: number }
  onViewportChange: (viewport: { x: number; y: number; zoom: number }) => void
}

function Drawing({
  view,
  document,
  marks,
  current,
  shared,
}: Pick<LiveCanvasProps, 'view' | 'document' | 'marks' | 'current'> & { shared?: Shared }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const name = useEditor((state) => state.content.name)
  const selected = useMemo(() => (view.step === null ? [] : [view.step]), [view.step])
  const select = useCallback((id: string | null) => changeView({ step: id, what: null, port: null, only: null }), [])
  return (
    <JourneyView
      document={document}
      catalogue={catalogue}
      marks={marks}
      label={t('{{name}}: leads on each step', { name })}
      selected={selected}
      onSelect={select}
      onSelectEdge={({ from, port }) => changeView({ step: from, what: 'left', port, only: null })}
      hasFooter
      // In half the height, all of it is worth more than being read.
      isReadable={view.tab === 'canvas'}
      reveal={current ?? view.step}
      {...shared}
    />
  )
}

/** Whose numbers these are, when they are not everybody's, and the way back. */
function OnlyThese({ view }: { view: LiveView }) {
  const { t } = useTranslation()
  if (!view.isOnly) return null
  return (
    <div className={classes['only']} role="status">
      <Text size="xs">{t('Only the leads of the chosen band, wherever they went')}</Text>
      <Button size="compact-xs" variant="default" onClick={() => changeView({ only: null })}>
        {t('Show all')}
      </Button>
    </div>
  )
}

/** Two versions, one view of both: moving one moves the other. */
function Beside({ version, ...props }: LiveCanvasProps & { version: number }) {
  const { t } = useTranslation()
  const { view, scope, document } = props
  const other = useVersionDocument(scope.journey, version).data
  const compared = useCompared(scope, view)
  const [marks] = useState(createMarks)
  useEffect(() => {
    if (other === undefined || compared === null) return
    marks.overlay.replace(overlayMarks(other.graph, view.overlay, compared, null, true))
  }, [marks, other, compared, view.overlay])
  if (other === undefined) return <Loading rows={6} height={48} />
  return (
    <div className={classes['pair']} data-overlay={view.overlay}>
      <Sized className={classes['pairBox']}>
        {(size) => (
          <Pair
            view={view}
            size={{ ...size, width: size.width / 2 }}
            drawn={[
              {
                document,
                marks: props.marks,
                label: view.version === null ? t('All versions') : t('v{{version}}', { version: view.version }),
              },
              { document: other, marks, label: t('v{{version}}', { version }) },
            ]}
          />
        )}
      </Sized>
    </div>
  )
}

function Pair({
  view,
  size,
  drawn,
}: {
  view: LiveView
  size: Size
  drawn: { document: JourneyDocument; marks: Marks; label: string }[]
}) {
  const catalogue = useCatalogue()
  const [viewport, setViewport] = useState<Shared['viewport']>(() => {
    const boxes = drawn.flatMap(({ document }) => Object.values(drawnPlaces(document, catalogue)))
    const bounds = boundsOf(boxes.map(({ x, y }) => ({ x, y, ...cardSize })))
    return bounds === null ? { x: 0, y: 0, zoom: 1 } : fitView(bounds, size)
  })
  const shared = { viewport, onViewportChange: setViewport }
  return drawn.map(({ document, marks, label }) => (
    <div className={classes['half']} key={label}>
      <Text component="span" className={classes['halfLabel'] ?? ''} size="xs" fw={600}>
        {label}
      </Text>
      <Drawing view={view} document={document} marks={marks} current={null} shared={shared} />
    </div>
  ))
}

/** Writes the overlay's marks: counts of connections by the live channel, everything else by the statistics. */
function useOverlay({ view, scope, document, marks, ports, hasPath }: Omit<LiveCanvasProps, 'current'>): void {
  const { overlay, compare } = view
  const only = hasPath ? null : onlyOf(view)
  const isPart = only !== null
  const needsStatistics = !hasPath && (overlay !== 'counts' || compare !== null || isPart)
  const { data } = useStatistics(scope, needsStatistics, only)
  const before = useCompared(scope, view, needsStatistics)
  const livePorts = useSyncExternalStore(ports.subscribe, ports.all)
  useEffect(() => {
    if (hasPath) marks.overlay.replace(new Map())
    else if (!needsStatistics) marks.overlay.replace(edgeMarks(document.graph, livePorts))
    else if (data !== undefined) {
      marks.overlay.replace(overlayMarks(document.graph, overlay, data, isPart ? null : before, isPart))
    }
    // Every second while leads walk; only connections whose number changed are drawn again.
  }, [marks, document, overlay, hasPath, needsStatistics, data, before, isPart, livePorts])
  useEffect(() => {
    if (hasPath || !isPart) return undefined
    if (data !== undefined) marks.path.replace(beenTo(document, data))
    return () => marks.path.replace(new Map())
  }, [marks, document, hasPath, isPart, data])
}

/** Steps and connections that any of these leads came by; the rest is dimmed. */
function beenTo({ graph }: JourneyDocument, { steps, ports }: JourneyStatistics): Map<string, PathMark> {
  const marks = new Map<string, PathMark>()
  for (const { stepId, entered, left, here } of steps) {
    if (entered + left + here > 0) marks.set(stepId, { visits: 1, at: 0 })
  }
  const counts = countEdges(graph, ports)
  for (const edge of graph.edges) {
    if ((counts.get(edgeKey(edge)) ?? 0) > 0) marks.set(edgeKey(edge), { visits: 1, at: 0 })
  }
  return marks
}
