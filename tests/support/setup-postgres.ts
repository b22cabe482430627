import type { TestProject } from 'vitest/node'
import { startTestPostgres } from './embedded-servers.ts'
import { shareServer } from './shared-server.ts'

/** Gives every project that lists this file the one Postgres of the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, release } = await shareServer('postgres', startTestPostgres)
  project.provide('postgresAdminUrl', address)
  return release
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Administrator's URL of the run's Postgres; its fragment is the name of the template database. */
    postgresAdminUrl: string
  }
}
