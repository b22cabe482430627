/** What an error of the database means. */

/** 23505: another row has this value already. Drizzle wraps the driver's error, which has the code. */
export function isUniqueViolation(error: unknown): boolean {
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return (inner as { code?: unknown } | null)?.code === '23505'
}

/** 57014: the statement was stopped, because it took too long or because it was cancelled. */
export function isQueryCanceled(error: unknown): boolean {
  const inner = error instanceof Error ? (error.cause ?? error) : error
  return (inner as { code?: unknown } | null)?.code === '57014'
}
