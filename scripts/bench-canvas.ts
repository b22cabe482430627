// `npm run bench:canvas -- [--rounds 5] [--steps 200,1000]`: the canvas against bare React Flow on the same machine in the
// same run, in alternating order; prints the table of gates of docs/benchmarks.md. Needs Chromium (CHROMIUM_PATH or
// /usr/bin/chromium) and, to mean much, a machine that does nothing else. A round takes about one minute at 200 steps, two
// and a half at 1,000.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { drawnJourney } from '#tests/support/drawn-journeys.ts'
import { gates, isMet, type Gate } from './bench-canvas/gates.ts'
import { measure, type Reading } from './bench-canvas/measure.ts'
import { openBenchPage, type BenchPage } from './bench-canvas/page.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '200,1000' } },
})
const rounds = Number(values.rounds)
const sizes = values.steps.split(',').map(Number)

process.stderr.write('Building the page…\n')
const bench = await openBenchPage()
try {
  for (const steps of sizes) await measureSize(bench, steps)
} finally {
  await bench.close()
}

/** One journey size: every round measures both, the order turned each time. */
async function measureSize(page: BenchPage, steps: number): Promise<void> {
  const journey = drawnJourney(steps)
  const found = new Map<string, number[]>()
  const loads: number[] = []
  const note = (name: string, value: number | undefined) => {
    if (value !== undefined && Number.isFinite(value)) found.set(name, [...(found.get(name) ?? []), value])
  }
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`${String(steps)} steps, round ${String(round + 1)} of ${String(rounds)}…\n`)
    loads.push(loadavg()[0] ?? 0)
    for (const view of ['near', 'far'] as const) {
      const readings = new Map<'bare' | 'ours', Reading>()
      const order = (round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']) as ('bare' | 'ours')[]
      for (const kind of order) readings.set(kind, await measure(page, kind, journey, view))
      const [bare, ours] = [readings.get('bare'), readings.get('ours')]
      if (bare !== undefined && ours !== undefined) compare(view, bare, ours, note)
    }
  }
  const load = loads.map((one) => one.toFixed(1)).join(', ')
  process.stdout.write(
    `\n${String(steps)} steps, ${String(journey.graph.edges.length)} connections; median of ${String(rounds)} rounds; ` +
      `${String(cpus().length)} cores, load ${load}; Chromium ${page.browser.version()} without a GPU\n`,
  )
  report(steps <= 200 ? 0 : 1, found)
}

function compare(
  view: 'near' | 'far',
  bare: Reading,
  ours: Reading,
  note: (name: string, value: number | undefined) => void,
): void {
  const place = view === 'near' ? 'at 0.8' : 'all in view'
  for (const gesture of ['pan', 'drag', 'zoom'] as const) {
    note(`fps ${place}, ${gesture}`, ours.fps[gesture] / bare.fps[gesture])
    note(`fps ${place}, ${gesture}: ours`, ours.fps[gesture])
  }
  if (view === 'far') return
  for (const gesture of ['pan', 'drag'] as const)
    note(`script per frame at 0.8, ${gesture}`, ours.script[gesture] / bare.script[gesture])
  note('ready at the saved viewport', ours.ready / bare.ready)
  for (const [name, value] of Object.entries(ours.values)) note(name, value)
}

/** The table of docs/benchmarks.md: gates with their verdict, then what is measured along without one. */
function report(size: 0 | 1, found: ReadonlyMap<string, number[]>): void {
  const rows: string[][] = [['what', 'median', 'spread', 'target', 'verdict']]
  const named = new Set(gates.map(({ name }) => name))
  const others = [...found.keys()].filter((name) => !named.has(name))
  const wantedRows: { name: string; gate?: Gate }[] = [
    ...gates.map((gate) => ({ name: gate.name, gate })),
    ...others.map((name) => ({ name })),
  ]
  for (const { name, gate } of wantedRows) {
    const readings = (found.get(name) ?? []).toSorted((a, b) => a - b)
    const value = readings[Math.floor(readings.length / 2)]
    if (value === undefined) continue
    const spread = `${show(readings[0])} to ${show(readings.at(-1))}`
    if (gate === undefined) {
      rows.push([name, show(value), spread, '', ''])
      continue
    }
    const wanted = gate.atLeast === undefined ? `≤ ${String(gate.atMost?.[size])}` : `≥ ${String(gate.atLeast[size])}`
    rows.push([
      gate.name,
      `${show(value)} ${gate.unit}`,
      spread,
      wanted,
      isMet(gate, size, value) ? 'met' : '**missed**',
    ])
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  process.stdout.write(`${[line(head), rule, ...body.map(line)].join('\n')}\n`)
}

function show(value: number | undefined): string {
  if (value === undefined) return '–'
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
