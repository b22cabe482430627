import type { Config } from '../config.ts'
import type { Tracing } from './tracing.ts'

/** Tracing when a collector is configured, else null: then none of its code is even loaded. */
export async function obtainTracing(
  { otlpEndpoint }: Pick<Config, 'otlpEndpoint'>,
  { service, version }: { service: string; version: string },
): Promise<Tracing | null> {
  if (otlpEndpoint === undefined) return null
  const { startTracing } = await import('./tracing.ts')
  return startTracing({ service, version, endpoint: otlpEndpoint })
}
