/** The API as a process of its own (server/api.ts), for tests that run several or kill one. */
import { spawn } from 'node:child_process'
import { findFreePort } from '#scripts/provision/ports.ts'

export interface ApiProcess {
  /** `http://127.0.0.1:port` */
  url: string
  /** SIGKILL. */
  kill(): void
}

/** Starts one; resolves when it answers. @throws when it ends before, or does not answer within a minute. */
export async function startApiProcess(options: {
  databaseUrl: string
  temporalAddress: string
  namespace: string
  home: string
}): Promise<ApiProcess> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${String(port)}`
  const child = spawn(process.execPath, ['server/api.ts'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: options.databaseUrl,
      TEMPORAL_ADDRESS: options.temporalAddress,
      TEMPORAL_NAMESPACE: options.namespace,
      TRELLIS_HOME: options.home,
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const deadline = Date.now() + 60_000
  for (;;) {
    const isReady = await fetch(`${url}/ready`).then(
      (response) => response.ok,
      () => false,
    )
    if (isReady) return { url, kill: () => void child.kill('SIGKILL') }
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`The API on port ${String(port)} did not come up (exit code ${String(child.exitCode)}).`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
