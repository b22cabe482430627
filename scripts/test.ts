// `npm test`: every project of vitest.config.ts in its order, then one plain line, `N passed, N failed`.
// Arguments are Vitest's own: `npm test -- --project unit`, `npm test -- tests/db/leads.test.ts`.
import { parseCLI, startVitest } from 'vitest/node'
import { QuietReporter, Tally } from './test/report.ts'

// A killed bootstrap closes this pipe; embedded servers stop when this process does.
process.on('disconnect', () => process.exit(1))

const tally = new Tally()
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const vitest = await startVitest('test', filter, {
  ...options,
  watch: false,
  reporters: [process.stdout.isTTY ? 'default' : new QuietReporter(), tally],
}).catch((error: unknown) => {
  process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  tally.failed += 1
  return undefined
})
await vitest?.close()

const { passed, failed, skipped, failures } = tally
if (skipped > 0) process.stdout.write(`\n${String(skipped)} skipped\n`)
if (passed + failed === 0) process.stdout.write('\nNo test ran, which counts as a failure.\n')
if (failures.length > 0) process.stdout.write(`\nWhat failed:\n${failures.join('\n')}\n`)
process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed\n`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
