import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { AppDependencies } from '#server/dependencies.ts'
import { createTestApp, type TestApp } from '../../api/support/test-app.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Vite builds for production only where nothing says otherwise; the test runner's NODE_ENV would make it a page for developers. */
export async function buildPage(outDir: string): Promise<void> {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      configFile: join(root, 'builder', 'vite.config.ts'),
      build: { outDir, emptyOutDir: true },
      logLevel: 'error',
    })
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  }
}

/** The page as people get it: built, and served by the application on a port of its own. */
export async function servePage(
  outDir: string,
  overrides: Partial<AppDependencies> = {},
): Promise<TestApp & { address: string }> {
  await buildPage(outDir)
  const stopping = new AbortController()
  const app = await createTestApp({ pageFolder: outDir, stopping: stopping.signal, ...overrides })
  const server = createServer(app.app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    ...app,
    address: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      stopping.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await app.close()
    },
  }
}
