/** Which errors pass by themselves, and which are a lead's or our own and must be parked. */

/** SQLSTATE classes and codes that pass: connection, resources, operator intervention, deadlock, serialisation, lock. */
const passingStates = /^(08|53|57|58)|^(40P01|40001|55P03|25006)$/
/** Node's and postgres.js's names for a connection that is gone or not yet there. */
const passingCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
])

/** True for trouble of the infrastructure: retried for as long as it lasts, never a reason to park a lead. */
export function isPassing(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string' && (passingCodes.has(code) || passingStates.test(code))) return true
  }
  return false
}

export { failureCode } from '#engine/errors.ts'
