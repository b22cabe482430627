/** The answer of a parser: the value, or one plain sentence saying why not. */
export type Result<Value> = { ok: true; value: Value } | { ok: false; message: string }

export function success<Value>(value: Value): Result<Value> {
  return { ok: true, value }
}

export function failure(message: string): { ok: false; message: string } {
  return { ok: false, message }
}
