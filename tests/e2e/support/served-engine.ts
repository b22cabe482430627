/** The page as people get it, on a server with a running engine: what a person does here really happens. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { createDatabase, type DatabaseHandle } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import type { TestEngine } from '../../support/engine.ts'
import { createTemplateEngine } from '../../support/templates.ts'
import { temporalAddress } from '../../support/temporal.ts'
import { copyPage } from './served-page.ts'

export interface ServedEngine {
  engine: TestEngine
  database: DatabaseHandle
  /** Where the page is. */
  address: string
  close(): Promise<void>
}

/** Builds the page into `outDir`, starts engine and server. The engine publishes nothing by itself. */
export async function serveEngine(outDir: string): Promise<ServedEngine> {
  await copyPage(outDir)
  const engine = await createTemplateEngine()
  const database = createDatabase(engine.databaseUrl, { max: 8 })
  const temporal = createTemporalGateway({
    address: temporalAddress(),
    namespace: 'default',
    queuePrefix: engine.queuePrefix,
  })
  const stopping = new AbortController()
  const app = createApp({
    database,
    temporal,
    registry: createStepRegistry(),
    logger: pino({ level: 'silent' }),
    boundTo: '127.0.0.1',
    links: { baseUrl: 'http://127.0.0.1', secret: 'x'.repeat(32) },
    pageFolder: outDir,
    version: '0.0.0-test',
    stopping: stopping.signal,
    checkReplies: true,
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    engine,
    database,
    address: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      stopping.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await temporal.close()
      await database.close()
      await engine.stop()
    },
  }
}
