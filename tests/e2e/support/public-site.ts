/** Trellis with a running engine, and the company's own website on another origin. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import type { Page } from 'playwright-core'
import { createApiKey } from '#activities/access/api-keys.ts'
import { saveIngestSettings } from '#activities/ingest/settings.ts'
import { createDatabase } from '#db/client.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { createApp } from '#server/app.ts'
import { createTemporalGateway } from '#server/temporal.ts'
import { temporalAddress } from '../../support/temporal.ts'
import { createTemplateEngine } from '../../support/templates.ts'
import type { TestEngine } from '../../support/engine.ts'

export interface PublicSite {
  engine: TestEngine
  /** Where Trellis is. */
  address: string
  /** Where the company's website is. */
  website: string
  links: { baseUrl: string; secret: string }
  /** A public key of the website. */
  writeKey: string
  close(): Promise<void>
}

async function listen(handler: RequestListener): Promise<{ server: Server; address: string }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { server, address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` }
}

/** Starts both; `page` makes the HTML of the website's pages. */
export async function openPublicSite(
  journeys: readonly string[],
  page: (site: Pick<PublicSite, 'address' | 'writeKey'>, path: string) => string,
): Promise<PublicSite> {
  const engine = await createTemplateEngine(...journeys)
  const database = createDatabase(engine.databaseUrl, { max: 5 })
  const temporal = createTemporalGateway({
    address: temporalAddress(),
    namespace: 'default',
    queuePrefix: engine.queuePrefix,
  })
  let handle: RequestListener = (_request, response) => response.end()
  const trellis = await listen((request, response) => handle(request, response))
  // The secret of the engine's mails, so that their links open here.
  const links = { baseUrl: trellis.address, secret: 'x'.repeat(32) }
  handle = createApp({
    database,
    temporal,
    registry: createStepRegistry(),
    logger: pino({ level: 'silent' }),
    boundTo: '127.0.0.1',
    links,
    pageFolder: null,
    version: '0.0.0-test',
  })
  const { key: writeKey } = await database.db.transaction((tx) =>
    createApiKey(tx, { name: 'Website', kind: 'public', scopes: ['ingest:write'], expiresAt: null, actor: 'test' }),
  )
  const site = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const html = pathname === '/favicon.ico' ? '' : page({ address: trellis.address, writeKey }, pathname)
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html)
  })
  await database.db.transaction((tx) => saveIngestSettings(tx, { origins: [site.address], traits: {} }, 'test'))
  return {
    engine,
    address: trellis.address,
    website: site.address,
    links,
    writeKey,
    async close() {
      for (const { server } of [trellis, site]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
      await temporal.close()
      await database.close()
      await engine.stop()
    },
  }
}

/** Serious and critical findings of axe (WCAG 2.2 A and AA), as `rule: element`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's own policy allows no script; this one comes by the debugger, past it.
  await page.evaluate(
    await import('node:fs/promises').then(({ readFile }) =>
      readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'),
    ),
  )
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`))
  })
}
