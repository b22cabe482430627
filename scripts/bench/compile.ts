import { compile } from '#engine/compiler/compile.ts'
import { parseGraph } from '#engine/compiler/parse.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import type { Benchmark, BenchmarkRow } from './benchmark.ts'

const stepCount = 1000
const targetMs = 50
const rounds = 9

/** How long a journey of 1,000 steps takes from its JSON to a hashed definition, every check included. */
export const compileTime: Benchmark = { name: 'compile', run: benchCompile }

/** The rows of the benchmark; the process's first compilation is reported apart, for it warms everything up. */
function benchCompile(): Promise<BenchmarkRow[]> {
  const json = JSON.stringify(aLongJourney())
  const first = measure(json)
  const times = Array.from({ length: rounds }, () => measure(json)).toSorted((one, other) => one - other)
  const median = times[Math.floor(rounds / 2)] ?? Infinity
  const spread = `${round(times[0])}–${round(times.at(-1))} ms in ${String(rounds)} rounds`
  return Promise.resolve([
    {
      name: 'compile.1000-steps',
      value: Number(round(median)),
      unit: 'ms',
      target: `<= ${String(targetMs)}`,
      comparedTo: `JSON to hashed definition, ${spread}`,
      met: median <= targetMs,
    },
    { name: 'compile.1000-steps.first', value: Number(round(first)), unit: 'ms', comparedTo: 'the first in a process' },
  ])
}

function measure(json: string): number {
  const context = { library: emptyLibrary(), journeys: new Set<string>(), registry: createStepRegistry() }
  const startedAt = performance.now()
  const { graph, issues } = parseGraph(JSON.parse(json))
  const compilation = graph === null ? null : compile(graph, context)
  const ms = performance.now() - startedAt
  const error = [...issues, ...(compilation?.issues ?? [])].find(({ severity }) => severity === 'error')
  if (compilation?.definition == null) throw new Error(`The journey does not compile: ${JSON.stringify(error)}`)
  return ms
}

/** Blocks of five (message, wait, branch by a rule, tag, wait for an event with a loop back), ended by an exit. */
function aLongJourney(): unknown {
  const nodes: unknown[] = [{ id: 'start', type: 'entry', config: { triggers: [{ id: 't', kind: 'manual' }] } }]
  const edges = [{ from: 'start', port: 'next', to: 'mail0' }]
  const rule = {
    kind: 'all',
    rules: [
      { kind: 'compare', field: 'stage', op: 'in', value: ['new', 'engaged'] },
      { kind: 'count', event: 'downloaded', within: 'P30D', op: 'gte', n: 2 },
    ],
  }
  for (let block = 0; block < (stepCount - 2) / 5; block += 1) {
    const [mail, wait, branch, tag, reply] = ['mail', 'wait', 'branch', 'tag', 'reply'].map((name) => `${name}${block}`)
    const next = block + 1 < (stepCount - 2) / 5 ? `mail${String(block + 1)}` : 'exit'
    nodes.push(
      { id: mail, type: 'send_email', config: { subject: 'Hello', body: 'Hello {{ lead.first_name }}, how are you?' } },
      { id: wait, type: 'wait', config: { duration: 'P3D', window: { from: '09:00', to: '17:00' } } },
      { id: branch, type: 'branch', config: { cases: [{ id: 'a', name: 'Active', when: rule }] } },
      { id: tag, type: 'add_tag', config: { tag: `block ${String(block)}` } },
      { id: reply, type: 'wait_for_event', config: { event: 'replied', timeout: 'P7D' } },
    )
    const ways = [
      [mail, 'next', wait],
      [wait, 'next', branch],
      [branch, 'case:a', tag],
      [branch, 'else', reply],
      [tag, 'next', reply],
      [reply, 'happened', next],
      [reply, 'timeout', block % 7 === 0 ? mail : next],
    ]
    edges.push(...ways.map(([from = '', port = '', to = '']) => ({ from, port, to })))
  }
  nodes.push({ id: 'exit', type: 'exit' })
  return { format: 1, nodes, edges }
}

function round(ms: number | undefined): string {
  return (ms ?? 0).toFixed(1)
}
