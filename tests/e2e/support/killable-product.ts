/** The product as a process that a test can kill and start again, behind one address that stays. */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { startApiProcess, type ApiProcess } from '../../support/api-process.ts'
import { createTestDatabase } from '../../support/database.ts'
import { createTestNamespace, temporalAddress } from '../../support/temporal.ts'
import { copyPage } from './served-page.ts'

export interface KillableProduct {
  address: string
  /** SIGKILL to the API; the page's files stay where they are, as in a browser's cache. */
  kill(): void
  start(): Promise<void>
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export async function openKillableProduct(): Promise<KillableProduct> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-editing-'))
  const pages = join(folder, 'page')
  const database = await createTestDatabase()
  const place = { databaseUrl: database.url, temporalAddress: temporalAddress(), home: folder }
  const namespace = await createTestNamespace()
  let api: ApiProcess
  ;[api] = await Promise.all([startApiProcess({ ...place, namespace }), copyPage(pages)])

  const front = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://front')
    if (/^\/(api|health|ready|preview)/.test(pathname)) forward(api.url, request, response)
    else serve(pages, pathname, response)
  })
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`,
    kill: () => api.kill(),
    start: async () => {
      api = await startApiProcess({ ...place, namespace })
    },
    close: async () => {
      api.kill()
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** As a reverse proxy does it: what cannot be reached is a connection that breaks off. */
function forward(origin: string, request: IncomingMessage, response: ServerResponse): void {
  const { hostname, port, host } = new URL(origin)
  const headers = { ...request.headers, host, ...(request.headers.origin === undefined ? {} : { origin }) }
  const asked = ask(
    { hostname, port, path: request.url, method: request.method, headers },
    (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
      answer.once('aborted', () => response.destroy())
    },
  )
  asked.once('error', () => response.destroy())
  response.once('close', () => asked.destroy())
  request.pipe(asked)
}

function serve(folder: string, pathname: string, response: ServerResponse): void {
  const wanted = join(folder, pathname)
  const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(folder, 'index.html')
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
  createReadStream(file).pipe(response)
}
