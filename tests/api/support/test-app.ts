import pino from 'pino'
import supertest from 'supertest'
import { inject } from 'vitest'
import type { LinkOptions } from '#activities/links/personal-link.ts'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import type { AppDependencies } from '#server/dependencies.ts'
import { createTemporalGateway, type TemporalGateway } from '#server/temporal.ts'
import { createTestDatabase } from '../../support/database.ts'
import { createTestNamespace } from '../../support/temporal.ts'

/** What signs links in these tests, and where they lead. */
export const testLinks: LinkOptions = { baseUrl: 'http://leads.example.test', secret: 'x'.repeat(32) }

export interface TestApp {
  /** Asks the application; each response is checked against the contract. */
  request: ReturnType<typeof supertest>
  app: ReturnType<typeof createApp>
  database: DatabaseHandle
  temporal: TemporalGateway
  namespace: string
  databaseUrl: string
  close(): Promise<void>
}

/** The whole application on a database and a Temporal namespace of its own. */
export async function createTestApp(overrides: Partial<AppDependencies> = {}): Promise<TestApp> {
  const { url, drop } = await createTestDatabase()
  const namespace = await createTestNamespace()
  const database = createDatabase(url, { max: 5 })
  const temporal = createTemporalGateway({ address: inject('temporalAddress'), namespace })
  const app = createApp({
    database,
    temporal,
    registry: createStepRegistry(),
    logger: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    boundTo: '127.0.0.1',
    links: testLinks,
    pageFolder: null,
    version: '0.0.0-test',
    checkReplies: true,
    ...overrides,
  })
  return {
    request: supertest(app),
    app,
    database,
    temporal,
    namespace,
    databaseUrl: url,
    close: async () => {
      await temporal.close()
      await database.close()
      await drop()
    },
  }
}
