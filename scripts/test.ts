// `npm test`: every project of vitest.config.ts in its order, then one plain line, `N passed, N failed`.
// Arguments are Vitest's own: `npm test -- --project unit`, `npm test -- tests/db/leads.test.ts`.
import { parseCLI, startVitest, type Reporter, type TestModule } from 'vitest/node'

const counts = { passed: 0, failed: 0, skipped: 0 }
/** Where a long log would hide them: every failure once more at its end, one line each. */
const failures: string[] = []

const counter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    counts.failed += unhandledErrors.length
    failures.push(...unhandledErrors.map((error) => `an error nobody caught: ${firstLine(error.message)}`))
    for (const module of modules) countModule(module)
  },
}

function countModule(module: TestModule): void {
  let failedTests = 0
  for (const test of module.children.allTests()) {
    const result = test.result()
    if (result.state === 'passed') counts.passed += 1
    if (result.state === 'skipped') counts.skipped += 1
    if (result.state === 'failed' || result.state === 'pending') {
      failedTests += 1
      failures.push(`${module.relativeModuleId} > ${test.fullName}: ${firstLine(result.errors?.[0]?.message)}`)
    }
  }
  // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
  if (failedTests === 0 && module.state() === 'failed') {
    failedTests = 1
    failures.push(`${module.relativeModuleId}: ${firstLine(module.errors()[0]?.message)}`)
  }
  counts.failed += failedTests
}

function firstLine(message = 'did not end'): string {
  return message.split('\n', 1)[0] ?? ''
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
if (failures.length > 0) process.stdout.write(`\nWhat failed:\n${failures.join('\n')}\n`)
process.stdout.write(`\n${String(counts.passed)} passed, ${String(counts.failed)} failed\n`)
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)
