// `npm run bench -- [--only NAME] [--rounds N] [--leads N] [--json FILE]`: runs the measurements of scripts/bench and
// prints one row each. Fewer rounds or leads are quicker and less exact.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { BenchmarkRow } from './bench/benchmark.ts'
import { benchmarks } from './bench/index.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    rounds: { type: 'string' },
    leads: { type: 'string' },
  },
})
const options = { ...readCount('rounds'), ...readCount('leads') }
const names = benchmarks.map(({ name }) => name)
const unknown = (values.only ?? []).filter((name) => !names.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`No benchmark is called "${unknown.join('", "')}". Use one of: ${names.join(', ')}.\n`)
  process.exit(1)
}

process.on('disconnect', () => process.exit(1))

const rows: BenchmarkRow[] = []
for (const { name, run } of benchmarks) {
  if (values.only !== undefined && !values.only.includes(name)) continue
  process.stderr.write(`Measuring ${name}…\n`)
  for (const row of await run(options)) {
    rows.push(row)
    process.stdout.write(`${describe(row)}\n`)
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exit(rows.some((row) => row.met === false) ? 1 : 0)

function readCount<Name extends 'rounds' | 'leads'>(name: Name): { [key in Name]?: number } {
  const text = values[name]
  if (text === undefined) return {}
  if (!/^[1-9]\d*$/.test(text)) {
    process.stderr.write(`--${name} is "${text}"; give a whole number of at least 1.\n`)
    process.exit(1)
  }
  return { [name]: Number(text) } as { [key in Name]?: number }
}

function describe({ name, value, unit, target, comparedTo, met }: BenchmarkRow): string {
  const verdict = met === undefined ? '' : met ? ' ok' : ' MISSED'
  const parts = [target === undefined ? '' : `target ${target}`, comparedTo ?? ''].filter((part) => part !== '')
  return `${name}: ${String(value)} ${unit}${parts.length === 0 ? '' : ` (${parts.join('; ')})`}${verdict}`
}
