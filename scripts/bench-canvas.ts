// `npm run bench:canvas -- [--rounds N] [--steps 200,1000]`: the canvas against bare React Flow on the same machine in the
// same run, alternating; prints the gates of docs/benchmarks.md. Needs Chromium (CHROMIUM_PATH or /usr/bin/chromium).
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { build } from 'vite'
import { compile } from '#engine/compiler/compile.ts'
import { arrange, cardSize } from '#engine/graph/arrange.ts'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { drawnPorts } from '#engine/steps/drawn-ports.ts'
import { drawnJourney } from '#tests/support/drawn-journeys.ts'
import { gates, isMet } from './bench-canvas/gates.ts'
import { gestures, whenReady, type Gesture } from './bench-canvas/in-page.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '200,1000' } },
})
const rounds = Number(values.rounds)
const sizes = values.steps.split(',').map(Number)
const window = { width: 1440, height: 900 }
const registry = createStepRegistry()

interface Reading {
  ready: number
  fps: Record<Gesture, number>
  script: Record<Gesture, number>
  values: Record<string, number>
}

const folder = await mkdtemp(join(tmpdir(), 'trellis-bench-canvas-'))
const server = createServer(
  (request, response) =>
    void serve(request.url ?? '/').then(({ type, body }) => {
      response.setHeader('Content-Type', type).end(body)
    }),
)
let browser: Browser | null = null
try {
  process.stderr.write('Building the page…\n')
  process.env['NODE_ENV'] = 'production'
  const root = fileURLToPath(new URL('../builder/', import.meta.url))
  await build({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rollupOptions: { input: join(root, 'bench', 'canvas.html') } },
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  for (const steps of sizes) await measureSize(browser, steps)
} finally {
  await browser?.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
}

/** One journey size: every round measures both, the order turned each time. */
async function measureSize(chrome: Browser, steps: number): Promise<void> {
  const journey = drawnJourney(steps)
  const found = new Map<string, number[]>()
  const note = (name: string, value: number | undefined) => {
    if (value !== undefined && Number.isFinite(value)) found.set(name, [...(found.get(name) ?? []), value])
  }
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`${String(steps)} steps, round ${String(round + 1)} of ${String(rounds)}…\n`)
    for (const view of ['near', 'far'] as const) {
      const readings = new Map<'bare' | 'ours', Reading>()
      const order = (round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']) as ('bare' | 'ours')[]
      for (const kind of order) readings.set(kind, await measure(chrome, kind, journey, view))
      const [bare, ours] = [readings.get('bare'), readings.get('ours')]
      if (bare === undefined || ours === undefined) continue
      const place = view === 'near' ? 'at 0.8' : 'all in view'
      for (const gesture of ['pan', 'drag', 'zoom'] as const)
        note(`fps ${place}, ${gesture}`, ours.fps[gesture] / bare.fps[gesture])
      if (view === 'far') continue
      for (const gesture of ['pan', 'drag'] as const) {
        note(`script per frame at 0.8, ${gesture}`, ours.script[gesture] / bare.script[gesture])
      }
      note('ready at the saved viewport', ours.ready / bare.ready)
      for (const [name, value] of Object.entries(ours.values)) note(name, value)
    }
    note('compile and check (Node)', compileTime(journey))
  }
  const size = steps <= 200 ? 0 : 1
  process.stdout.write(
    `\n${String(steps)} steps, ${String(journey.graph.edges.length)} connections, median of ${String(rounds)} rounds (spread)\n`,
  )
  for (const gate of gates) {
    const readings = (found.get(gate.name) ?? []).toSorted((a, b) => a - b)
    const value = readings[Math.floor(readings.length / 2)]
    if (value === undefined) continue
    const wanted = gate.atLeast === undefined ? `≤ ${String(gate.atMost?.[size])}` : `≥ ${String(gate.atLeast[size])}`
    const spread = `${show(readings[0])}–${show(readings.at(-1))}`
    const verdict = isMet(gate, size, value) ? 'ok' : 'MISSED'
    process.stdout.write(
      `  ${gate.name.padEnd(36)} ${show(value).padStart(6)} ${gate.unit.padEnd(8)} (${spread})  ${wanted}  ${verdict}\n`,
    )
  }
}

/** One page: opened, then panned, dragged and zoomed. */
async function measure(
  chrome: Browser,
  kind: 'bare' | 'ours',
  document: JourneyDocument,
  view: 'near' | 'far',
): Promise<Reading> {
  const context = await chrome.newContext({ viewport: window, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    page.on('pageerror', (error) => process.stderr.write(`${kind}: ${error.message}\n`))
    const dragged = middleStep(document)
    const bench = JSON.stringify({
      kind,
      document,
      viewport: view === 'near' ? nearView(document, dragged) : farView(document),
    })
    await page.addInitScript(
      `globalThis.__bench = ${bench}; globalThis.__benchDragged = ${JSON.stringify(dragged)}; globalThis.__trellisRenders = {}`,
    )
    const { port } = server.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${String(port)}/bench/canvas.html`)
    const ready = Number(await page.evaluate(whenReady))
    const devtools = await context.newCDPSession(page)
    await devtools.send('Performance.enable')
    const scriptNow = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0) * 1000
    }
    const renders = async (): Promise<number> => Number(await page.evaluate('globalThis.__trellisRenders.card ?? 0'))
    const reading: Reading = {
      ready,
      fps: { pan: 0, drag: 0, zoom: 0 },
      script: { pan: 0, drag: 0, zoom: 0 },
      values: {},
    }
    for (const gesture of ['pan', 'drag', 'zoom'] as const) {
      const [script, cards] = [await scriptNow(), await renders()]
      reading.fps[gesture] = Number(await page.evaluate(gestures[gesture]))
      reading.script[gesture] = (await scriptNow()) - script
      if (gesture === 'drag' && kind === 'ours')
        reading.values['card renders, drag 40 frames'] = (await renders()) - cards
    }
    if (kind === 'ours' && view === 'near')
      Object.assign(reading.values, await measureEdits(page, dragged, renders, scriptNow))
    return reading
  } finally {
    await context.close()
  }
}

async function measureEdits(
  page: Awaited<ReturnType<Browser['newPage']>>,
  step: string,
  renders: () => Promise<number>,
  scriptNow: () => Promise<number>,
): Promise<Record<string, number>> {
  const twoFrames = 'await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame)'
  const counted = async (act: string): Promise<number> => {
    const before = await renders()
    await page.evaluate(`(async () => { ${act}; ${twoFrames} })()`)
    return (await renders()) - before
  }
  const near = (await page.evaluate(
    `[...document.querySelectorAll('[data-step]')].map((card) => card.dataset.step).filter((id) => id !== ${JSON.stringify(step)})`,
  )) as string[]
  const ticked = await counted(`globalThis.__bench.tick(${JSON.stringify(near.slice(0, 3))})`)
  await counted(`globalThis.__bench.select(${JSON.stringify(step)})`)
  const selected = await counted(`globalThis.__bench.select(${JSON.stringify(near[0])})`)
  const script: number[] = []
  for (let edit = 0; edit < 5; edit += 1) {
    const before = await scriptNow()
    await page.evaluate(`(async () => { globalThis.__bench.insert(${JSON.stringify(step)}); ${twoFrames} })()`)
    script.push((await scriptNow()) - before)
  }
  return {
    'card renders, counts tick on 3': ticked,
    'card renders, selecting': selected,
    'edit, relayout, painted: script': script.toSorted((a, b) => a - b)[2] ?? Infinity,
    'tidy up (ELK, warm)': Number(await page.evaluate('globalThis.__bench.tidy()')),
  }
}

/** A step about half way down with one way on. */
function middleStep({ graph }: JourneyDocument): string {
  const plain = graph.nodes.filter(({ type }) => type === 'wait')
  return plain[Math.floor(plain.length / 2)]?.id ?? 'entry'
}

function nearView({ layout }: JourneyDocument, step: string) {
  const { x, y } = layout.positions[step] ?? { x: 0, y: 0 }
  const zoom = 0.8
  return { zoom, x: window.width / 2 - zoom * (x + cardSize.width / 2), y: window.height / 2 - zoom * y }
}

function farView(document: JourneyDocument) {
  const places = Object.values(arrange(document, (node) => drawnPorts(registry.get(node.type), node)))
  const [left, top] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y))]
  const [right, bottom] = [Math.max(...places.map(({ x }) => x)) + 240, Math.max(...places.map(({ y }) => y)) + 176]
  const zoom = Math.min(0.29, window.width / (right - left), window.height / (bottom - top))
  return { zoom, x: -left * zoom, y: -top * zoom }
}

function compileTime({ graph }: JourneyDocument): number {
  const begun = performance.now()
  compile(graph, { registry, library: emptyLibrary(), journeys: new Set() })
  return performance.now() - begun
}

async function serve(url: string): Promise<{ type: string; body: Buffer | string }> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
  const path = new URL(url, 'http://localhost').pathname
  try {
    return { type: types[extname(path)] ?? 'application/octet-stream', body: await readFile(join(folder, path)) }
  } catch {
    return { type: 'text/plain', body: '' }
  }
}

function show(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
