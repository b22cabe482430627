/** Why a message could not be taken in: because of the message, or because of everything around it. */

/**
 * Classes of SQLSTATE (PostgreSQL, appendix A) that say nothing of what was written: connection, transaction state, login,
 * database, rollback (deadlock, serialisation), a schema or rights that are not as they should be, resources, locks,
 * operators, the system and its configuration.
 */
const aroundIt: ReadonlySet<string> = new Set([
  '08',
  '0A',
  '25',
  '28',
  '3D',
  '3F',
  '40',
  '42',
  '53',
  '55',
  '57',
  '58',
  'F0',
  'XX',
])

/**
 * Whether the same message will fail again and the next one will not. When in doubt no: a message kept waiting is told with
 * the mailbox, a stop that is passed over is a mail too many.
 */
export function isOfTheMessage(error: unknown): boolean {
  const code = codeOf(error)
  // The driver's and the system's own codes (CONNECTION_ENDED, ECONNREFUSED) are no SQLSTATE.
  if (code !== null) return /^[0-9A-Z]{5}$/.test(code) && !aroundIt.has(code.slice(0, 2))
  return innermost(error) instanceof Error
}

/** SQLSTATE, else the kind of error. Never its text, which may hold the message's words. */
export function reasonCode(error: unknown): string {
  const inner = innermost(error)
  return codeOf(error) ?? (inner instanceof Error ? inner.name : 'Error')
}

function codeOf(error: unknown): string | null {
  const { code } = (innermost(error) ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : null
}

/** Drizzle wraps the driver's error. */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error
}
