// `npm run test:faults -- [--seeds 20] [--from 1] [--leads 500]`: the random kills of tests/faults with many seeds and
// many leads, one run after the other. Ends with one line, `N passed, N failed`, and the seeds that failed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    from: { type: 'string', default: '1' },
    leads: { type: 'string', default: '500' },
  },
})

function wholeNumber(name: keyof typeof values): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value > 0) return value
  process.stderr.write(`--${name} is "${values[name]}"; write a whole number from 1 up, for example --${name} 20.\n`)
  return process.exit(2)
}

const [seeds, from, leads] = [wholeNumber('seeds'), wholeNumber('from'), wholeNumber('leads')]

// A killed bootstrap closes this pipe; the run under way stops what it started when its own closes.
process.on('disconnect', () => process.exit(1))

const failed: number[] = []
for (let seed = from; seed < from + seeds; seed += 1) {
  const startedAt = Date.now()
  const test = spawn(
    process.execPath,
    ['scripts/test.ts', '--project', 'faults', 'tests/faults/random-kills.test.ts'],
    {
      env: { ...process.env, TRELLIS_FAULT_SEED: String(seed), TRELLIS_FAULT_LEADS: String(leads) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  const [code] = (await once(test, 'exit')) as [number | null]
  if (code !== 0) failed.push(seed)
  const took = Math.round((Date.now() - startedAt) / 1000)
  process.stdout.write(
    `Seed ${String(seed)} with ${String(leads)} leads: ${code === 0 ? 'passed' : 'FAILED'} in ${String(took)} s\n`,
  )
}

if (failed.length > 0) {
  process.stdout.write(
    `\nRepeat a failed seed with --from SEED --seeds 1 --leads ${String(leads)}: ${failed.join(', ')}\n`,
  )
}
process.stdout.write(`\n${String(seeds - failed.length)} passed, ${String(failed.length)} failed\n`)
process.exit(failed.length > 0 ? 1 : 0)
