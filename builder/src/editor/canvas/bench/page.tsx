/**
 * What `npm run bench:canvas` opens: the editor's canvas, or a bare React Flow with the same graph at the same viewport.
 * The journey and which of the two come from the script that measures (`globalThis.__bench`).
 */
import '../../../ui/mantine-styles.ts'
import '../../../ui/tokens.css'
import { MantineProvider } from '@mantine/core'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { ReactFlow, useEdgesState, useNodesState, type Node, type Viewport } from 'reactflow'
import { cardSize } from '#engine/graph/arrange.ts'
import { addStepAfter } from '#engine/graph/edit.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { Graph } from '#engine/graph/schema.ts'
import { emptyLibrary } from '#engine/library.ts'
import '../../../i18n/i18n.ts'
import { createCatalogue } from '../../catalogue.ts'
import { EditorProvider } from '../../editor-context.tsx'
import { createMarks } from '../../marks.ts'
import { createEditorStore, type EditorStore } from '../../store.ts'
import { theme } from '../../../ui/theme.ts'
import { openChecker } from '../../problems/checker.ts'
import { EditorCanvas } from '../editor-canvas.tsx'
import { drawnPlaces, keepTidy } from '../keep-tidy.ts'
import { toElk } from '../tidy-graph.ts'
import { tidyInWorker, warmTidyWorker } from '../tidy-worker.ts'
import { rememberView } from '../viewport.ts'

interface Bench {
  kind: 'bare' | 'ours'
  document: JourneyDocument
  /** At 0.8 about the dragged step, or with all of it in view. */
  view: 'near' | 'far'
  dragged: string
  /** Adds a step after this one, as "+" does. */
  insert?: (id: string) => void
  /** Milliseconds of "Tidy up": the first in this page, and one more. */
  tidy?: () => Promise<{ first: number; warm: number }>
  /** Milliseconds of checking in the worker: first, all of it again (median of 9), and after one step was edited. */
  check?: () => Promise<{ first: number; whole: number; edited: number }>
  /** A tick of counts on so many steps. */
  tick?: (ids: readonly string[]) => void
  select?: (id: string) => void
}

declare global {
  var __bench: Bench
}

const { kind, document: given, view, dragged } = globalThis.__bench
const catalogue = createCatalogue([])
// Where the editor would put them: both are drawn there.
const journey = { ...given, layout: { ...given.layout, positions: { ...drawnPlaces(given, catalogue) } } }
const viewport = view === 'near' ? nearView() : farView()
const root = window.document.querySelector('#root')
if (root === null) throw new Error('canvas.html has no element "root".')
createRoot(root).render(kind === 'bare' ? <Bare /> : <Ours />)

function Bare() {
  const [nodes, , onNodesChange] = useNodesState<Node>(
    journey.graph.nodes.map(({ id, type }) => ({
      id,
      position: journey.layout.positions[id] ?? { x: 0, y: 0 },
      data: { label: `${type} ${id}` },
    })),
  )
  const [edges, , onEdgesChange] = useEdgesState(
    journey.graph.edges.map(({ from, port, to }) => ({ id: `${from}:${port}`, source: from, target: to })),
  )
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      defaultViewport={viewport}
      minZoom={0.03}
      panOnScroll
    />
  )
}

function Ours() {
  const [marks] = useState(createMarks)
  const [store] = useState(() => {
    rememberView('bench', viewport)
    const made = createEditorStore(draft(), keepTidy(catalogue))
    offer(made)
    return made
  })
  return (
    <MantineProvider theme={theme}>
      <EditorProvider store={store} catalogue={catalogue} marks={marks}>
        <EditorCanvas hasFooter />
      </EditorProvider>
    </MantineProvider>
  )

  function offer(made: EditorStore): void {
    globalThis.__bench.insert = (id) => {
      made.apply('add', (document) => {
        const step = { type: 'wait', config: { duration: 'P1D' } }
        return addStepAfter(document, { from: id, port: 'next' }, step, catalogue.portsOf).document
      })
    }
    globalThis.__bench.tick = (ids) =>
      marks.counts.patch(ids.map((id, index) => [id, { here: index + 1, passed: 7, failed: 0, paused: 0, parked: 0 }]))
    globalThis.__bench.select = (id) => made.select([id])
    globalThis.__bench.tidy = async () => {
      const graph = toElk(made.getState().content.document, catalogue)
      const tidy = async () => {
        const begun = performance.now()
        await tidyInWorker(graph).result
        return performance.now() - begun
      }
      warmTidyWorker()
      return { first: await tidy(), warm: await tidy() }
    }
    globalThis.__bench.check = () => timeChecks(made.getState().content.document.graph)
  }
}

function nearView(): Viewport {
  const { x, y } = journey.layout.positions[dragged] ?? { x: 0, y: 0 }
  const zoom = 0.8
  return { zoom, x: innerWidth / 2 - zoom * (x + cardSize.width / 2), y: innerHeight / 2 - zoom * y }
}

function farView(): Viewport {
  const places = Object.values(journey.layout.positions)
  const [left, top] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y))]
  const [right, bottom] = [Math.max(...places.map(({ x }) => x)) + 240, Math.max(...places.map(({ y }) => y)) + 176]
  const zoom = Math.min(0.29, innerWidth / (right - left), innerHeight / (bottom - top))
  return { zoom, x: -left * zoom, y: -top * zoom }
}

function draft(): Parameters<typeof createEditorStore>[0] {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    key: 'bench',
    name: 'Bench',
    description: '',
    status: 'draft',
    liveVersion: null,
    revision: 1,
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...journey,
  }
}

async function timeChecks(graph: Graph): Promise<{ first: number; whole: number; edited: number }> {
  let told: (ms: number) => void = () => {}
  const checker = openChecker({
    onChecked: (_, __, ms) => told(ms),
    onFailed: (message) => {
      throw new Error(message)
    },
  })
  // A new ground makes the worker forget what it knew of the steps.
  const whole = (): Promise<number> => {
    checker.setGround({ manifests: [], library: emptyLibrary(), journeys: [] })
    return check(graph)
  }
  const check = (one: Graph): Promise<number> =>
    new Promise((resolve) => {
      told = resolve
      checker.check(one)
    })
  const first = await whole()
  const more: number[] = []
  for (let index = 0; index < 9; index += 1) more.push(await whole())
  const edits: number[] = []
  for (let index = 0; index < 9; index += 1) {
    const nodes = graph.nodes.map((node, at) => (at === index + 1 ? { ...node, name: `Renamed ${node.id}` } : node))
    edits.push(await check({ ...graph, nodes }))
  }
  checker.close()
  const median = (list: number[]): number => list.toSorted((a, b) => a - b)[4] ?? 0
  return { first, whole: median(more), edited: median(edits) }
}
