import type { TestProject } from 'vitest/node'
import { startTestTemporal } from './embedded-servers.ts'
import { shareServer } from './shared-server.ts'

/** Gives every project that lists this file the one Temporal server of the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, release } = await shareServer('temporal', startTestTemporal)
  project.provide('temporalAddress', address)
  return release
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Host and port of the run's Temporal server. */
    temporalAddress: string
  }
}
