import type { Reporter, TestModule } from 'vitest/node'

interface TestError {
  message: string
  stack?: string | undefined
  diff?: string | undefined
}

/** How often a run without a terminal says that it is still going, ms. */
const sayEvery = 60_000
/** No failure may push the others out of a log that keeps its end only. */
const longestDetail = 40

/** What a run of tests came to. Counts tests; an error outside of any test counts as a failed one. */
export class Tally implements Reporter {
  passed = 0
  failed = 0
  skipped = 0
  /** Every failure, one line each: file > test: the first line of its message. */
  readonly failures: string[] = []

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly TestError[]): void {
    this.failed += unhandledErrors.length
    this.failures.push(...unhandledErrors.map((error) => `an error nobody caught: ${firstLine(error.message)}`))
    for (const module of modules) this.#count(module)
  }

  #count(module: TestModule): void {
    let failedTests = 0
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') this.passed += 1
      if (result.state === 'skipped') this.skipped += 1
      if (result.state === 'failed' || result.state === 'pending') {
        failedTests += 1
        this.failures.push(`${module.relativeModuleId} > ${test.fullName}: ${firstLine(result.errors?.[0]?.message)}`)
      }
    }
    // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
    if (failedTests === 0 && module.state() === 'failed') {
      failedTests = 1
      this.failures.push(`${module.relativeModuleId}: ${firstLine(module.errors()[0]?.message)}`)
    }
    this.failed += failedTests
  }
}

/**
 * For a log instead of a terminal: a line a minute with how far the run is, and each failure whole when it happens. What
 * passes says nothing, so that what fails can be found.
 */
export class QuietReporter implements Reporter {
  #files = 0
  #tests = 0
  #last = ''
  #startedAt = Date.now()
  #ticking: NodeJS.Timeout | undefined

  onTestRunStart(): void {
    this.#ticking = setInterval(() => {
      this.#say()
    }, sayEvery)
    this.#ticking.unref()
  }

  onTestModuleEnd(module: TestModule): void {
    this.#files += 1
    this.#last = module.relativeModuleId
    for (const test of module.children.allTests()) {
      this.#tests += 1
      const result = test.result()
      if (result.state === 'failed') print(`${module.relativeModuleId} > ${test.fullName}`, result.errors)
    }
    for (const suite of module.children.allSuites()) {
      const errors = suite.errors()
      if (errors.length > 0) print(`${module.relativeModuleId} > ${suite.fullName}`, errors)
    }
    const errors = module.errors()
    if (errors.length > 0) print(module.relativeModuleId, errors)
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandledErrors: readonly TestError[]): void {
    clearInterval(this.#ticking)
    if (unhandledErrors.length > 0) print('outside of any test', unhandledErrors)
    this.#say()
  }

  #say(): void {
    const minutes = Math.round((Date.now() - this.#startedAt) / 60_000)
    process.stdout.write(
      `${String(minutes)} min: ${String(this.#tests)} tests of ${String(this.#files)} files, last ${this.#last}\n`,
    )
  }
}

function print(where: string, errors: readonly TestError[]): void {
  const lines = errors.flatMap((error) => [
    ...error.message.split('\n'),
    ...(error.diff?.split('\n') ?? []),
    ...ownFrames(error.stack),
  ])
  const shown = lines.slice(0, longestDetail).map((line) => `    ${line}`)
  if (lines.length > longestDetail) shown.push(`    … ${String(lines.length - longestDetail)} more lines`)
  process.stdout.write(`\nFAILED ${where}\n${shown.join('\n')}\n\n`)
}

/** The lines of a stack that name a file of this repository. */
function ownFrames(stack = ''): string[] {
  const root = process.cwd()
  return stack
    .split('\n')
    .filter((line) => line.includes(root) && !line.includes('node_modules'))
    .map((line) => line.trim().replace(`${root}/`, ''))
}

function firstLine(message = 'did not end'): string {
  return message.split('\n', 1)[0] ?? ''
}
