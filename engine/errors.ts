/** Unexpected failures of the engine, thrown. Ids are fields; messages hold no personal data. */

export const engineErrorCodes = [
  'STEP_NOT_FOUND',
  'STEP_TYPE_NOT_REGISTERED',
  'DEFINITION_UNREADABLE',
  'STEP_LIMIT',
  'RULE_UNCOMPILABLE',
  'STEP_THREW',
] as const
export type EngineErrorCode = (typeof engineErrorCodes)[number]

/** Thrown when a definition and the code that runs it disagree: our bug or a corrupted row, never a lead's data. */
export class EngineError extends Error {
  readonly code: EngineErrorCode
  readonly ids: Readonly<Record<string, string | number>>

  constructor(code: EngineErrorCode, message: string, ids: Record<string, string | number> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'EngineError'
    this.code = code
    this.ids = ids
  }
}

/** A code for logs and Temporal: never a message, which could quote data. */
export function failureCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string') return code
  }
  return error instanceof Error ? error.name : 'UNKNOWN'
}
