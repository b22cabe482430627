// `npm test`: every project of vitest.config.ts in its order, then one plain line, `N passed, N failed`.
// Arguments are Vitest's own: `npm test -- --project unit`, `npm test -- tests/db/leads.test.ts`.
import { parseCLI, startVitest, type Reporter, type TestModule } from 'vitest/node'

const counts = { passed: 0, failed: 0, skipped: 0 }

const counter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    counts.failed += unhandledErrors.length
    for (const module of modules) countModule(module)
  },
}

function countModule(module: TestModule): void {
  let failedTests = 0
  for (const { result } of [...module.children.allTests()].map((test) => ({ result: test.result() }))) {
    if (result.state === 'passed') counts.passed += 1
    if (result.state === 'skipped') counts.skipped += 1
    if (result.state === 'failed' || result.state === 'pending') failedTests += 1
  }
  // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
  if (failedTests === 0 && module.state() === 'failed') failedTests = 1
  counts.failed += failedTests
}

// A killed bootstrap closes this pipe; embedded servers stop when this process does.
process.on('disconnect', () => process.exit(1))

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const vitest = await startVitest('test', filter, {
  ...options,
  watch: false,
  reporters: [process.stdout.isTTY ? 'default' : 'verbose', counter],
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  counts.failed += 1
  return undefined
})
await vitest?.close()

if (counts.skipped > 0) process.stdout.write(`\n${String(counts.skipped)} skipped\n`)
if (counts.passed + counts.failed === 0) process.stdout.write('\nNo test ran, which counts as a failure.\n')
process.stdout.write(`\n${String(counts.passed)} passed, ${String(counts.failed)} failed\n`)
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)
