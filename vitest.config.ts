import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const postgres = './tests/support/setup-postgres.ts'
const temporal = './tests/support/setup-temporal.ts'
const page = './tests/support/setup-page.ts'

/**
 * How long a test waits for what must come, ms. No test asserts how fast something is, so all of them have the patience
 * of the slowest machine; only a failure takes that long.
 */
const patience = 60_000
/** How long a whole test, or what it starts first, may take, ms. */
const deadline = 300_000

/** One project per folder of tests/. Cheap ones first; those that start processes run one file at a time. */
const projects: TestProjectInlineConfiguration[] = [
  project('unit', 1),
  project('property', 2),
  project('builder', 3),
  project('replay', 4),
  project('db', 5, { globalSetup: [postgres] }),
  project('api', 6, { globalSetup: [postgres, temporal] }),
  project('workflow', 7, { globalSetup: [postgres, temporal], fileParallelism: false }),
  project('faults', 8, { globalSetup: [postgres, temporal], fileParallelism: false }),
  project('e2e', 9, { globalSetup: [postgres, temporal, page], fileParallelism: false }),
]

export default defineConfig({ test: { projects, passWithNoTests: false } })

function project(
  name: string,
  groupOrder: number,
  options: NonNullable<TestProjectInlineConfiguration['test']> = {},
): TestProjectInlineConfiguration {
  const extension = name === 'builder' ? '{ts,tsx}' : 'ts'
  return {
    test: {
      name,
      include: [`tests/${name}/**/*.test.${extension}`],
      sequence: { groupOrder },
      testTimeout: deadline,
      hookTimeout: deadline,
      expect: { poll: { timeout: patience } },
      ...options,
    },
  }
}
