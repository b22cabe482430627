import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inject } from 'vitest'
import type { AppDependencies } from '#server/dependencies.ts'
import { createTestApp, type TestApp } from '../../api/support/test-app.ts'

/** Puts the page that this run has built (tests/support/setup-page.ts) into a folder. */
export async function copyPage(outDir: string): Promise<void> {
  await cp(inject('builtPage'), outDir, { recursive: true })
}

/** The page as people get it: built, and served by the application on a port of its own. */
export async function servePage(
  outDir: string,
  overrides: Partial<AppDependencies> = {},
): Promise<TestApp & { address: string }> {
  await copyPage(outDir)
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
