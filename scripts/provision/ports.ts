import { createServer } from 'node:net'

/** True when nothing listens on the TCP port of that address; 0 is never free. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await tryListen(port, host)) === port
}

/** A TCP port that was free a moment ago, chosen by the system. */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  const port = await tryListen(0, host)
  if (port === undefined) throw new Error(`No free TCP port on ${host}. Is the address one of this machine's?`)
  return port
}

/** The first free port at or above `first`, so that the usual number is kept where possible. Tries 100. */
export async function findFreePortFrom(first: number, host = '127.0.0.1'): Promise<number> {
  for (let port = first; port < first + 100 && port < 65_536; port += 1) {
    if (await isPortFree(port, host)) return port
  }
  return findFreePort(host)
}

function tryListen(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      const chosen = typeof address === 'object' && address !== null ? address.port : undefined
      server.close(() => resolve(chosen))
    })
  })
}
