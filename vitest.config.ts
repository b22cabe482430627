import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const postgres = './tests/support/setup-postgres.ts'
const temporal = './tests/support/setup-temporal.ts'
const page = './tests/support/setup-page.ts'

/** One project per folder of tests/. Cheap ones first; those that start processes run one file at a time. */
const projects: TestProjectInlineConfiguration[] = [
  project('unit', 1),
  project('property', 2, { testTimeout: 120_000 }),
  project('builder', 3),
  project('replay', 4, { testTimeout: 60_000 }),
  project('db', 5, { globalSetup: [postgres], testTimeout: 60_000 }),
  project('api', 6, { globalSetup: [postgres, temporal], testTimeout: 60_000 }),
  project('workflow', 7, { globalSetup: [postgres, temporal], testTimeout: 120_000, fileParallelism: false }),
  project('faults', 8, { globalSetup: [postgres, temporal], testTimeout: 300_000, fileParallelism: false }),
  project('e2e', 9, { globalSetup: [postgres, temporal, page], testTimeout: 300_000, fileParallelism: false }),
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
      hookTimeout: 60_000,
      ...options,
    },
  }
}
