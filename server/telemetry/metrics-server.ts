/**
 * Where Prometheus asks: an own port, so that figures of the business never lie on the address leads and colleagues use.
 * Nothing listens until METRICS_PORT (API) or WORKER_METRICS_PORT (worker) is set.
 */
import { createServer } from 'node:http'
import type { Registry } from 'prom-client'

export interface MetricsServer {
  /** The port it listens on. */
  port: number
  close(): Promise<void>
}

/** Serves `GET /metrics`. @throws when the port is taken. */
export async function serveMetrics(
  registry: Registry,
  { host, port }: { host: string; port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Metrics are at /metrics.\n')
      return
    }
    registry
      .metrics()
      .then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
      .catch(() => response.writeHead(500, { 'content-type': 'text/plain' }).end('The metrics cannot be read.\n'))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${String(port)} for metrics is in use by another program; choose another.`)
          : error,
      ),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
