/** One thing the doctor looked at. `remedy` says what to do and is absent when all is well. */
export type DoctorCheck = {
  name: string
  status: 'ok' | 'warning' | 'failed'
  detail: string
  remedy?: string
}

/** The words of an error, whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
