/** The page that is measured: built as for production, served on a port of this machine, opened in Chromium. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { build } from 'vite'

export interface BenchPage {
  browser: Browser
  url: string
  close(): Promise<void>
}

/** Needs Chromium: CHROMIUM_PATH or /usr/bin/chromium. */
export async function openBenchPage(): Promise<BenchPage> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-bench-canvas-'))
  const server = createServer(
    (request, response) =>
      void serve(folder, request.url ?? '/').then(({ type, body }) => {
        response.setHeader('Content-Type', type).end(body)
      }),
  )
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await buildPage(folder)
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    })
    const { port } = server.address() as AddressInfo
    return {
      browser,
      url: `http://127.0.0.1:${String(port)}/bench/canvas.html`,
      close: async () => {
        await browser.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function buildPage(folder: string): Promise<void> {
  process.env['NODE_ENV'] = 'production'
  const root = fileURLToPath(new URL('../../builder/', import.meta.url))
  await build({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rollupOptions: { input: join(root, 'bench', 'canvas.html') } },
  })
}

async function serve(folder: string, url: string): Promise<{ type: string; body: Buffer | string }> {
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
  const path = new URL(url, 'http://localhost').pathname
  try {
    return { type: types[extname(path)] ?? 'application/octet-stream', body: await readFile(join(folder, path)) }
  } catch {
    return { type: 'text/plain', body: '' }
  }
}
